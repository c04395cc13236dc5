import { useParams } from 'react-router';
import { api } from '@/api/client';
import { AccountForm } from './AccountForm';
import { AccountFrame } from './AccountFrame';
import { useEnter } from './useEnter';

/** Where the link in an invitation leads. */
export default function InvitationPage() {
  const { token = '' } = useParams();
  const enter = useEnter();
  return (
    <AccountFrame title="You are invited" intro="Choose a name and a password, and you are in.">
      <AccountForm
        fields={['name', 'newPassword']}
        submit="Accept the invitation"
        onSubmit={async ({ name, password }) => {
          await api.post('/api/v1/invitations/accept', { token, name, password });
          await enter();
        }}
      />
    </AccountFrame>
  );
}
