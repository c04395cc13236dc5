import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { sentence } from '@/api/client';
import { type ImportOrder, useStartImport } from '@/api/imports';
import type { Import, Project } from '@/api/types';
import { plural } from '@/ui/format';

interface Props {
  project: Project;
  found: Import;
  /** What was sent; it is sent again with the answer. */
  order: ImportOrder;
  onStarted: (started: Import, order: ImportOrder) => void;
}

/** Asks on which picture boxes were drawn that look as if they belonged on the photos before they were turned. */
export function HeldBoxes({ project, found, order, onStarted }: Props) {
  const start = useStartImport(project.id);
  const held = found.report?.held ?? 0;
  if (held === 0) return null;
  const answer = (drawnOn: 'upright' | 'file') => {
    const again = { ...order, drawnOn };
    start.mutate(again, { onSuccess: (started) => onStarted(started, again) });
  };
  return (
    <Alert color="yellow" variant="light" role="alert" title="Turn these boxes?">
      <Stack gap="xs">
        <Text size="sm">
          {plural(held, 'box seems', 'boxes seem')} to be drawn on photos as they lie in their files, upside
          down or on their side. The photos were turned upright when they were stored, so the boxes would lie
          beside their texts. Nothing was imported on them yet.
        </Text>
        {start.isError && (
          <Text size="sm" c="var(--danger)">
            {sentence(start.error)}
          </Text>
        )}
        <Group gap="xs">
          <Button size="compact-sm" loading={start.isPending} onClick={() => answer('file')}>
            Turn them with their photos
          </Button>
          <Button
            size="compact-sm"
            variant="default"
            disabled={start.isPending}
            onClick={() => answer('upright')}
          >
            Import them as they are
          </Button>
        </Group>
      </Stack>
    </Alert>
  );
}
