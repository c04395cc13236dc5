import { Alert, Button, Modal, PasswordInput, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { api, sentence } from '@/api/client';
import { useExpiry, useSession } from '@/api/session';
import type { User } from '@/api/types';

/** Asks for the password over the page as it stands; what was held up goes on afterwards, nothing is lost. */
export function SignInAgain({ user }: { user: User }) {
  const { expired, renewed, abandoned } = useExpiry();
  const session = useSession();
  const [password, setPassword] = useState('');
  const signIn = useMutation({
    mutationFn: () => api.post('/api/v1/session/sign-in', { email: user.email, password }),
    onSuccess: async () => {
      setPassword('');
      await session.refetch();
      renewed();
    },
    meta: { quiet: true },
  });
  const leave = () => {
    abandoned();
    // A full load, so that nothing of this person stays in memory.
    window.location.assign('/sign-in');
  };
  return (
    <Modal
      opened={expired}
      onClose={() => undefined}
      withCloseButton={false}
      closeOnEscape={false}
      title="Your sign-in has run out"
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          signIn.mutate();
        }}
      >
        <Stack>
          <Text size="sm">
            Nothing is lost. Give the password of <b>{user.email}</b> and everything goes on where it stopped.
          </Text>
          {signIn.isError && (
            <Alert color="red" variant="light">
              {sentence(signIn.error)}
            </Alert>
          )}
          <PasswordInput
            label="Password"
            autoComplete="current-password"
            data-autofocus
            required
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          <Button type="submit" loading={signIn.isPending}>
            Sign in again
          </Button>
          <Button variant="subtle" color="gray" onClick={leave}>
            Leave instead
          </Button>
        </Stack>
      </form>
    </Modal>
  );
}
