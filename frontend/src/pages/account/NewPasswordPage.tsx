import { useNavigate, useParams } from 'react-router';
import { api } from '@/api/client';
import { useFreshSession } from '@/api/session';
import { showDone } from '@/ui/toasts';
import { AccountForm } from './AccountForm';
import { AccountFrame } from './AccountFrame';

/** Where the link in the reset mail leads. */
export default function NewPasswordPage() {
  const { uid = '', token = '' } = useParams();
  const navigate = useNavigate();
  const fresh = useFreshSession();
  return (
    <AccountFrame title="Your new password">
      <AccountForm
        fields={['newPassword']}
        submit="Keep this password"
        onSubmit={async ({ password }) => {
          await api.post('/api/v1/session/reset/confirm', { uid, token, password });
          await fresh();
          showDone('Your new password holds from now on.');
          await navigate('/');
        }}
      />
    </AccountFrame>
  );
}
