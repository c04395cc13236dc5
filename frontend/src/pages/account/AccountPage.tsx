import { Button, Group, Stack, Text, TextInput, Title } from '@mantine/core';
import { useState } from 'react';
import { useRename } from '@/api/account';
import { ApiError, sentence } from '@/api/client';
import { useSession } from '@/api/session';
import type { User } from '@/api/types';
import { PageFrame } from '@/ui/PageFrame';
import { showDone } from '@/ui/toasts';
import { Appearance } from './Appearance';
import { PasswordForm } from './PasswordForm';

function NameForm({ user }: { user: User }) {
  const [name, setName] = useState(user.name);
  const rename = useRename();
  const error = rename.error;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        rename.mutate(name.trim(), { onSuccess: () => showDone('You have your new name.') });
      }}
    >
      <Group align="flex-end" gap="xs">
        <TextInput
          label="Your name"
          description="As members of your projects see it, and mails that you send."
          autoComplete="name"
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={
            error &&
            (error instanceof ApiError ? (error.fields.name?.join(' ') ?? error.message) : sentence(error))
          }
          flex={1}
          maw={400}
        />
        <Button
          type="submit"
          variant="default"
          disabled={name.trim() === user.name}
          loading={rename.isPending}
        >
          Rename
        </Button>
      </Group>
    </form>
  );
}

/** What people change about themselves. */
export default function AccountPage() {
  const { data: session } = useSession();
  const user = session?.user;
  if (!user) return null;
  return (
    <PageFrame width="narrow" title="Your account">
      <Stack gap={48}>
        <Stack gap="lg">
          <Text c="dimmed">
            You sign in as <b>{user.email}</b>.
          </Text>
          <NameForm key={user.name} user={user} />
        </Stack>
        <section aria-labelledby="look-title">
          <Title order={2} size="h4" id="look-title" mb="sm">
            Light or dark
          </Title>
          <Appearance />
        </section>
        <section aria-labelledby="password-title">
          <Title order={2} size="h4" id="password-title" mb="sm">
            A new password
          </Title>
          <PasswordForm email={user.email} />
        </section>
      </Stack>
    </PageFrame>
  );
}
