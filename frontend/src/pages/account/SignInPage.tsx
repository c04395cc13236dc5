import { Anchor, Stack, Text } from '@mantine/core';
import { Link, Navigate, useSearchParams } from 'react-router';
import { api } from '@/api/client';
import { useSession } from '@/api/session';
import { AccountForm } from './AccountForm';
import { AccountFrame } from './AccountFrame';
import { safeNext } from './safeNext';
import { useEnter } from './useEnter';

export default function SignInPage() {
  const session = useSession();
  const enter = useEnter();
  const [search] = useSearchParams();
  if (session.data?.user) return <Navigate to={safeNext(search.get('next'))} replace />;
  return (
    <AccountFrame title="Sign in" intro="Turn your own annotated images into an OCR model of your own.">
      <AccountForm
        fields={['email', 'password']}
        submit="Sign in"
        onSubmit={async ({ email, password }) => {
          await api.post('/api/v1/session/sign-in', { email, password });
          await enter();
        }}
      />
      <Stack gap={4} mt="lg">
        <Anchor component={Link} to="/reset" size="sm">
          Forgotten your password?
        </Anchor>
        {session.data?.signup === 'open' ? (
          <Anchor component={Link} to="/sign-up" size="sm">
            Make an account
          </Anchor>
        ) : (
          <Text size="sm" c="dimmed">
            New here? Ask whoever runs this installation for an invitation.
          </Text>
        )}
      </Stack>
    </AccountFrame>
  );
}
