import { Anchor, Text } from '@mantine/core';
import { Link } from 'react-router';
import { api } from '@/api/client';
import { useSession } from '@/api/session';
import { AccountForm } from './AccountForm';
import { AccountFrame } from './AccountFrame';
import { useEnter } from './useEnter';

export default function SignUpPage() {
  const { data: session } = useSession();
  const enter = useEnter();
  if (session?.signup !== 'open') {
    return (
      <AccountFrame title="By invitation">
        <Text mb="md">
          Accounts here are made by invitation. Ask whoever runs this installation for one; the link in the
          mail brings you in.
        </Text>
        <Anchor component={Link} to="/sign-in">
          To the sign-in
        </Anchor>
      </AccountFrame>
    );
  }
  return (
    <AccountFrame title="Make an account">
      <AccountForm
        fields={['name', 'email', 'newPassword']}
        submit="Make the account"
        onSubmit={async (values) => {
          await api.post('/api/v1/session/sign-up', values);
          await enter();
        }}
      />
      <Anchor component={Link} to="/sign-in" size="sm" mt="lg" display="block">
        You have an account already?
      </Anchor>
    </AccountFrame>
  );
}
