import { Group, Progress, ScrollArea, Stack, Table, Text } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react';
import { unfinished } from '@/api/imports';
import type { Import, ImportReport as Report } from '@/api/types';
import { plural } from '@/ui/format';
import { summary } from '@/ui/importSummary';

function LeftOut({ rows }: { rows: Report['left_out'] }) {
  return (
    <ScrollArea.Autosize mah={320} type="auto" offsetScrollbars>
      <Table stickyHeader striped fz="sm" verticalSpacing={4}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={64}>Row</Table.Th>
            <Table.Th>Image</Table.Th>
            <Table.Th>Reason</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map(({ row, name, reason }) => (
            <Table.Tr key={`${row}-${name}-${reason}`}>
              <Table.Td ta="right">{row ?? '–'}</Table.Td>
              <Table.Td style={{ overflowWrap: 'anywhere' }}>{name}</Table.Td>
              <Table.Td>{reason}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollArea.Autosize>
  );
}

/** What became of every row of a table: what was imported, and what was left out and why. */
export function ImportReport({ found }: { found: Import }) {
  if (found.state === 'failed') {
    return (
      <Group gap="xs" wrap="nowrap" align="flex-start" c="var(--danger)" role="alert">
        <IconAlertTriangle size={20} style={{ flex: 'none', marginTop: 2 }} />
        <Text>{found.failure ?? 'The table could not be imported.'}</Text>
      </Group>
    );
  }
  if (unfinished(found) || !found.report) {
    const share = found.total > 0 ? (found.done / found.total) * 100 : 0;
    return (
      <Stack gap="xs">
        <Text size="sm">
          Importing {found.name}
          {found.total > 0 && `: ${found.done} of ${plural(found.total, 'row')}`}…
        </Text>
        <Progress value={share} aria-label="Progress of the import" />
        {found.note && (
          <Text size="sm" c="dimmed" aria-live="polite">
            {found.note}
          </Text>
        )}
      </Stack>
    );
  }
  return (
    <Stack gap="sm">
      <Group gap="xs" wrap="nowrap">
        {found.report.imported > 0 && found.report.held === 0 ? (
          <IconCircleCheck size={20} color="var(--good)" style={{ flex: 'none' }} aria-hidden />
        ) : (
          <IconAlertTriangle size={20} color="var(--warn)" style={{ flex: 'none' }} aria-hidden />
        )}
        <Text fw={500}>
          {found.state === 'cancelled' && 'Cancelled; what was imported stays. '}
          {summary(found.report)}
        </Text>
      </Group>
      {found.report.notes.map((note) => (
        <Text key={note} size="sm" c="dimmed">
          {note}
        </Text>
      ))}
      {found.report.left_out.length > 0 && <LeftOut rows={found.report.left_out} />}
    </Stack>
  );
}
