import { api } from '@/api/client';
import { useFreshSession } from '@/api/session';
import { AccountForm } from './AccountForm';
import { AccountFrame } from './AccountFrame';

/** A fresh installation: whoever opens it first makes the administrator's account. */
export function FirstAccount() {
  const fresh = useFreshSession();
  return (
    <AccountFrame
      title="Welcome to Glyphsmith"
      intro="This installation is new. Make the first account: it is the administrator's and can invite other people."
    >
      <AccountForm
        fields={['name', 'email', 'newPassword']}
        submit="Make the first account"
        onSubmit={async (values) => {
          await api.post('/api/v1/session/first-account', values);
          await fresh();
        }}
      />
    </AccountFrame>
  );
}
