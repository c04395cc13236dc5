import { Badge, Button, Group, Table, Text } from '@mantine/core';
import { useResidentActions } from '@/api/system';
import type { Resident } from '@/api/types';
import { ago, plural } from '@/ui/format';
import { Sure } from '@/ui/Sure';
import { showDone, showUndo } from '@/ui/toasts';

export function standing({ is_staff, is_active, shut_out }: Resident): string {
  if (shut_out) return 'shut out';
  if (!is_active) return 'not in yet';
  return is_staff ? 'administrator' : '';
}

function Actions({ person }: { person: Resident }) {
  const { shutOut, revokeKeys } = useResidentActions();
  const { id, email, api_keys, shut_out } = person;
  const letIn = () => shutOut.mutate({ id, shut_out: false });
  return (
    <Group gap="xs" justify="flex-end">
      {api_keys > 0 && (
        <Sure
          size="compact-sm"
          variant="subtle"
          color="gray"
          loading={revokeKeys.isPending}
          question={`Programs that use ${plural(api_keys, 'API key')} of ${email} stop working at once. This cannot be undone.`}
          act={api_keys === 1 ? 'Revoke the key' : `Revoke all ${api_keys} keys`}
          onAct={() =>
            revokeKeys.mutate(id, { onSuccess: () => showDone(`No API key of ${email} opens anything now.`) })
          }
        >
          Revoke {plural(api_keys, 'key')}
        </Sure>
      )}
      <Button
        size="compact-sm"
        variant="subtle"
        color={shut_out ? 'gray' : 'red'}
        loading={shutOut.isPending}
        onClick={
          shut_out
            ? letIn
            : () =>
                shutOut.mutate(
                  { id, shut_out: true },
                  { onSuccess: () => showUndo(`${email} is shut out.`, letIn) },
                )
        }
      >
        {shut_out ? 'Let in again' : 'Shut out'}
      </Button>
    </Group>
  );
}

/** One person; whoever looks has no buttons beside themselves. */
export function ResidentRow({ person, self }: { person: Resident; self: boolean }) {
  return (
    <Table.Tr>
      <Table.Td style={{ overflowWrap: 'anywhere' }}>
        <Text fw={500}>
          {person.name || person.email} {self && '(you)'}
        </Text>
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
      <Table.Td visibleFrom="xs">{person.last_login ? ago(person.last_login) : 'never'}</Table.Td>
      <Table.Td ta="right">{!self && <Actions person={person} />}</Table.Td>
    </Table.Tr>
  );
}
