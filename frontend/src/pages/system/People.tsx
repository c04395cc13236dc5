import { Alert, Button, Group, Stack, Table, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { sentence } from '@/api/client';
import { useSession } from '@/api/session';
import { useInvite } from '@/api/system';
import type { SystemState } from '@/api/types';
import { CodeBlock } from '@/ui/CodeBlock';
import { dateTime } from '@/ui/format';
import { ResidentRow } from './ResidentRow';

function Invite() {
  const invite = useInvite();
  const [email, setEmail] = useState('');
  return (
    <Stack gap="sm">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          invite.mutate(email.trim(), { onSuccess: () => setEmail('') });
        }}
      >
        <Group gap="xs" align="flex-end">
          <TextInput
            label="Invite a person"
            type="email"
            placeholder="Email"
            required
            withAsterisk={false}
            value={email}
            onChange={(event) => setEmail(event.currentTarget.value)}
            flex={1}
            maw={360}
          />
          <Button type="submit" loading={invite.isPending}>
            Invite
          </Button>
        </Group>
      </form>
      {invite.isError && (
        <Alert color="red" variant="light" role="alert">
          {sentence(invite.error)}
        </Alert>
      )}
      {invite.data && (
        <Alert color="jade" variant="light" title={`${invite.data.email} is invited`}>
          <Text size="sm" mb="sm">
            A mail with this link is on its way; it holds until {dateTime(invite.data.expires_at)}.
          </Text>
          {invite.data.link && <CodeBlock code={invite.data.link} label="Link of the invitation" />}
        </Alert>
      )}
    </Stack>
  );
}

export function People({ people }: { people: SystemState['people'] }) {
  const { data: session } = useSession();
  return (
    <Stack gap="xl">
      <Invite />
      <Text size="sm" c="dimmed">
        Whoever is shut out is signed out at once, their API keys open nothing, and invitations they sent and
        nobody has accepted end. What they made stays.
      </Text>
      <Table verticalSpacing="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Person</Table.Th>
            <Table.Th visibleFrom="xs">Last here</Table.Th>
            <Table.Th>
              <span className="visually-hidden">What can be done</span>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {people.map((person) => (
            <ResidentRow key={person.id} person={person} self={person.id === session?.user?.id} />
          ))}
        </Table.Tbody>
      </Table>
    </Stack>
  );
}
