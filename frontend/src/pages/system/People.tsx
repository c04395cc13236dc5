import { Alert, Badge, Button, Group, Stack, Table, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { sentence } from '@/api/client';
import { useInvite } from '@/api/system';
import type { SystemState } from '@/api/types';
import { CodeBlock } from '@/ui/CodeBlock';
import { ago, dateTime } from '@/ui/format';

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

function standing({ is_staff, is_active }: SystemState['people'][number]): string {
  if (!is_active) return 'not in yet';
  return is_staff ? 'administrator' : '';
}

export function People({ people }: { people: SystemState['people'] }) {
  return (
    <Stack gap="xl">
      <Invite />
      <Table verticalSpacing="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Person</Table.Th>
            <Table.Th>Last here</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {people.map((person) => (
            <Table.Tr key={person.id}>
              <Table.Td style={{ overflowWrap: 'anywhere' }}>
                <Text fw={500}>{person.name || person.email}</Text>
                {person.name && (
                  <Text size="sm" c="dimmed">
                    {person.email}
                  </Text>
                )}
                {standing(person) && (
                  <Badge variant="default" tt="none" fw={500} mt={4}>
                    {standing(person)}
                  </Badge>
                )}
              </Table.Td>
              <Table.Td>{person.last_login ? ago(person.last_login) : 'never'}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Stack>
  );
}
