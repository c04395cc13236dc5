import { Checkbox } from '@mantine/core';
import { useState } from 'react';
import { useNavigate, useParams } from 'react-router';
import { api } from '@/api/client';
import { useFreshSession } from '@/api/session';
import type { Renewed } from '@/api/types';
import { plural } from '@/ui/format';
import { showDone } from '@/ui/toasts';
import { AccountForm } from './AccountForm';
import { AccountFrame } from './AccountFrame';

/** Whether a key is still good is what somebody asks whose password was known to another. */
export function renewed({ keys_revoked, keys_left }: Renewed): string {
  const holds = 'Your new password holds from now on.';
  if (keys_revoked > 0) return `${holds} ${plural(keys_revoked, 'API key')} revoked.`;
  if (keys_left > 0) return `${holds} ${plural(keys_left, 'API key')} still good: see API keys.`;
  return holds;
}

/** Where the link in the reset mail leads. */
export default function NewPasswordPage() {
  const { uid = '', token = '' } = useParams();
  const navigate = useNavigate();
  const fresh = useFreshSession();
  const [revokeKeys, setRevokeKeys] = useState(false);
  return (
    <AccountFrame title="Your new password">
      <AccountForm
        fields={['newPassword']}
        submit="Keep this password"
        onSubmit={async ({ password }) => {
          const body = { uid, token, password, revoke_keys: revokeKeys };
          const answer = await api.post<Renewed>('/api/v1/session/reset/confirm', body);
          await fresh();
          showDone(renewed(answer));
          await navigate('/');
        }}
      >
        <Checkbox
          label="Revoke my API keys too"
          description="They go on working otherwise. Choose it if somebody else may know them; programs that use them then need new ones."
          checked={revokeKeys}
          onChange={(event) => setRevokeKeys(event.currentTarget.checked)}
        />
      </AccountForm>
    </AccountFrame>
  );
}
