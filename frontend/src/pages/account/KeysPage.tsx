import { Alert, Badge, Button, Group, Skeleton, Stack, Table, Text, TextInput } from '@mantine/core';
import { IconKey } from '@tabler/icons-react';
import { useState } from 'react';
import { sentence } from '@/api/client';
import { useKeyActions, useKeys } from '@/api/predictions';
import type { ApiKey } from '@/api/types';
import { CodeBlock } from '@/ui/CodeBlock';
import { EmptyState } from '@/ui/EmptyState';
import { ago, dateTime, plural } from '@/ui/format';
import { PageFrame } from '@/ui/PageFrame';
import { Sure } from '@/ui/Sure';
import { showDone } from '@/ui/toasts';

function KeyRow({ apiKey, onRevoke }: { apiKey: ApiKey; onRevoke: () => void }) {
  const { name, prefix, created_at, last_used_at, revoked_at } = apiKey;
  return (
    <Table.Tr c={revoked_at ? 'dimmed' : undefined}>
      <Table.Td>{name}</Table.Td>
      <Table.Td>
        <Text span ff="monospace" size="sm">
          {prefix}…
        </Text>
      </Table.Td>
      <Table.Td visibleFrom="xs" title={dateTime(created_at)}>
        {ago(created_at)}
      </Table.Td>
      <Table.Td visibleFrom="xs">{last_used_at ? ago(last_used_at) : 'never'}</Table.Td>
      <Table.Td ta="right">
        {revoked_at ? (
          <Badge variant="default" tt="none" fw={500}>
            revoked
          </Badge>
        ) : (
          <Button size="compact-sm" variant="subtle" color="red" onClick={onRevoke}>
            Revoke
          </Button>
        )}
      </Table.Td>
    </Table.Tr>
  );
}

function MakeKey({ onMade }: { onMade: (key: ApiKey) => void }) {
  const { make } = useKeyActions();
  const [name, setName] = useState('');
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        make.mutate(name.trim(), {
          onSuccess: (key) => {
            setName('');
            onMade(key);
          },
        });
      }}
    >
      <Group gap="xs" align="flex-end">
        <TextInput
          label="A new key for"
          placeholder="The gate camera"
          value={name}
          required
          withAsterisk={false}
          onChange={(event) => setName(event.currentTarget.value)}
          flex={1}
          maw={360}
        />
        <Button type="submit" leftSection={<IconKey size={16} />} loading={make.isPending}>
          Make a key
        </Button>
      </Group>
    </form>
  );
}

export default function KeysPage() {
  const { data: keys, error } = useKeys();
  const { revoke, revokeAll } = useKeyActions();
  const [made, setMade] = useState<ApiKey | null>(null);
  const good = keys?.filter((key) => !key.revoked_at).length ?? 0;
  const newestFirst = keys && [...keys].sort((a, b) => b.created_at.localeCompare(a.created_at));
  return (
    <PageFrame width="narrow" title="API keys">
      <Stack gap="xl">
        <Text c="dimmed">
          With a key a program does what you may do: it stands in for your sign-in. Give each program one of
          its own, so that you can revoke it alone.
        </Text>
        <MakeKey onMade={setMade} />
        {made?.key && (
          <Alert
            color="jade"
            variant="light"
            title={`The key for ${made.name}`}
            withCloseButton
            closeButtonLabel="Hide the key"
            onClose={() => setMade(null)}
          >
            <Text size="sm" mb="sm">
              It is shown this once and cannot be read again. Copy it now.
            </Text>
            <CodeBlock code={made.key} label="API key" />
          </Alert>
        )}
        {newestFirst && newestFirst.length > 0 && (
          <Table.ScrollContainer minWidth={320}>
            <Table verticalSpacing="sm">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>For</Table.Th>
                  <Table.Th>Begins with</Table.Th>
                  <Table.Th visibleFrom="xs">Made</Table.Th>
                  <Table.Th visibleFrom="xs">Last used</Table.Th>
                  <Table.Th>
                    <span className="visually-hidden">Revoke</span>
                  </Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {newestFirst.map((key) => (
                  <KeyRow
                    key={key.id}
                    apiKey={key}
                    onRevoke={() =>
                      revoke.mutate(key.id, {
                        onSuccess: () => showDone(`The key for ${key.name} opens nothing any more.`),
                      })
                    }
                  />
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        )}
        {good > 1 && (
          <Group justify="flex-end">
            <Sure
              size="compact-sm"
              variant="subtle"
              color="red"
              loading={revokeAll.isPending}
              question="Every program that uses one of your keys stops working at once. This cannot be undone."
              act={`Revoke all ${good} keys`}
              onAct={() =>
                revokeAll.mutate(undefined, {
                  onSuccess: ({ revoked }) => showDone(`${plural(revoked, 'key')} revoked.`),
                })
              }
            >
              Revoke all keys
            </Sure>
          </Group>
        )}
        {keys?.length === 0 && <Text c="dimmed">You have no key yet.</Text>}
        {!keys && !error && <Skeleton height={120} />}
        {!keys && error && <EmptyState title="Your keys could not be loaded">{sentence(error)}</EmptyState>}
      </Stack>
    </PageFrame>
  );
}
