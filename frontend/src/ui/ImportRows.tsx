import { ActionIcon, Group, Progress, Text } from '@mantine/core';
import { IconAlertTriangle, IconCheck, IconX } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useImagesChanged } from '@/api/images';
import { unfinished, useCancelImport, useImport, useUnfinishedImports } from '@/api/imports';
import { useProject } from '@/api/projects';
import { useSession } from '@/api/session';
import type { Import } from '@/api/types';
import classes from './UploadTray.module.css';
import type { Upload } from './uploadQueue';
import { outcomeOfImport, progressOfImport } from './uploads';

/** Those that are shown: under way as the page was opened or since, and not among the page's own uploads. */
export function shownImports(seen: string[], found: Import[], uploads: Upload[]): string[] {
  const own = new Set(uploads.map(({ importId }) => importId));
  const ids = [...seen, ...found.map(({ id }) => id).filter((id) => !seen.includes(id))];
  return ids.filter((id) => !own.has(id));
}

/** The imports of a project that the tray tells of, until they are over and the person has closed it. */
export function useWatchedImports(projectId: string | null, uploads: Upload[]) {
  const { data: found } = useUnfinishedImports(projectId);
  const [seen, setSeen] = useState<{ projectId: string | null; ids: string[] }>({ projectId, ids: [] });
  const before = seen.projectId === projectId ? seen.ids : [];
  const shown = shownImports(before, found ?? [], uploads).join();
  useEffect(() => setSeen({ projectId, ids: split(shown) }), [projectId, shown]);
  const forget = () => setSeen({ projectId, ids: [] });
  return { ids: split(shown), open: found?.length ?? 0, forget };
}

const split = (ids: string) => ids.split(',').filter(Boolean);

function StateIcon({ found }: { found: Import }) {
  if (found.state === 'done') return <IconCheck size={16} color="var(--good)" aria-label="Taken in" />;
  if (unfinished(found)) return <span className={classes.blank} />;
  if (found.state === 'cancelled') return <IconX size={16} color="var(--text-dim)" aria-label="Cancelled" />;
  return <IconAlertTriangle size={16} color="var(--danger)" aria-label="Not taken in" />;
}

export function ImportRow({ id, projectId }: { id: string; projectId: string }) {
  const { data: found } = useImport(id);
  const { data: project } = useProject(projectId);
  const { data: session } = useSession();
  const cancel = useCancelImport();
  const changed = useImagesChanged();
  const over = found !== undefined && !unfinished(found);
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the import has come to its end
  useEffect(() => {
    if (over) changed(projectId);
  }, [over]);
  if (!found) return null;
  const mayCancel = project?.role === 'owner' || session?.user?.id === found.started_by.id;
  const share = found.total > 0 ? (found.done / found.total) * 100 : 0;
  return (
    <li className={classes.row}>
      <StateIcon found={found} />
      <div className={classes.what}>
        <Group gap="xs" wrap="nowrap" justify="space-between">
          <Text size="sm" truncate title={found.name}>
            {found.name}
          </Text>
          <Text size="xs" c="dimmed" flex="none">
            {found.started_by.id === session?.user?.id ? '' : found.started_by.name || found.started_by.email}
          </Text>
        </Group>
        {!over && <Progress value={share} size={3} animated aria-label={`Taking in ${found.name}`} />}
        <Text
          size="xs"
          c={found.state === 'failed' ? 'var(--danger)' : 'dimmed'}
          className={classes.message}
          aria-live="polite"
        >
          {over ? outcomeOfImport(found).message : progressOfImport(found)}
        </Text>
      </div>
      {!over && mayCancel && (
        <ActionIcon
          variant="subtle"
          color="gray"
          size="sm"
          aria-label={`Cancel ${found.name}`}
          loading={cancel.isPending}
          onClick={() => cancel.mutate(id)}
        >
          <IconX size={14} />
        </ActionIcon>
      )}
    </li>
  );
}
