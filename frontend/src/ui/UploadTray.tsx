import { ActionIcon, Button, Group, Progress, Text } from '@mantine/core';
import {
  IconAlertTriangle,
  IconCheck,
  IconChevronDown,
  IconChevronUp,
  IconCopy,
  IconRefresh,
  IconX,
} from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useLocation } from 'react-router';
import { bytes, plural } from './format';
import { ImportRow, useWatchedImports } from './ImportRows';
import classes from './UploadTray.module.css';
import { isOpen, isRetryable, type Tally, tally, type Upload } from './uploadQueue';
import { uploadQueue, useUploads } from './uploads';

export function heading(
  { open, total, done, duplicates, refused }: Tally,
  imports = { all: 0, open: 0 },
): string {
  if (total === 0 && imports.open > 0) return `Taking in ${plural(imports.open, 'file')}`;
  if (total === 0 && imports.all > 0) return `${plural(imports.all, 'import')} ended`;
  if (open > 0) return `Uploading ${total - open + 1} of ${plural(total, 'file')}`;
  const parts = [`${plural(done, 'file')} uploaded`];
  if (duplicates > 0) parts.push(`${duplicates} there already`);
  if (refused > 0) parts.push(`${refused} refused`);
  return parts.join(', ');
}

function StateIcon({ upload }: { upload: Upload }) {
  if (upload.state === 'done') return <IconCheck size={16} color="var(--good)" aria-label="Uploaded" />;
  if (upload.state === 'duplicate')
    return <IconCopy size={16} color="var(--text-dim)" aria-label="There already" />;
  if (upload.state === 'refused')
    return <IconAlertTriangle size={16} color="var(--danger)" aria-label="Refused" />;
  return <span className={classes.blank} />;
}

function Row({ upload }: { upload: Upload }) {
  const { id, file, state, sent, message } = upload;
  return (
    <li className={classes.row}>
      <StateIcon upload={upload} />
      <div className={classes.what}>
        <Group gap="xs" wrap="nowrap" justify="space-between">
          <Text size="sm" truncate title={file.name}>
            {file.name}
          </Text>
          <Text size="xs" c="dimmed" flex="none">
            {bytes(file.size)}
          </Text>
        </Group>
        {(state === 'sending' || state === 'unpacking') && (
          <Progress
            value={sent * 100}
            size={3}
            animated={state === 'unpacking'}
            aria-label={`Sending ${file.name}`}
          />
        )}
        {message && (
          <Text size="xs" c={state === 'refused' ? 'var(--danger)' : 'dimmed'} className={classes.message}>
            {message}
          </Text>
        )}
      </div>
      {isOpen(upload) && (
        <ActionIcon
          variant="subtle"
          color="gray"
          size="sm"
          aria-label={`Cancel ${file.name}`}
          onClick={() => uploadQueue.cancel(id)}
        >
          <IconX size={14} />
        </ActionIcon>
      )}
      {isRetryable(upload) && (
        <ActionIcon
          variant="subtle"
          color="gray"
          size="sm"
          aria-label={`Try ${file.name} again`}
          onClick={() => uploadQueue.retry(id)}
        >
          <IconRefresh size={14} />
        </ActionIcon>
      )}
    </li>
  );
}

/** Refused files first, then what is under way, then the rest; long lists are cut, as hundreds may come at once. */
export function shownRows(uploads: Upload[], limit = 60): Upload[] {
  const rank = (upload: Upload) => {
    if (upload.state === 'refused') return 0;
    if (upload.state === 'sending' || upload.state === 'unpacking') return 1;
    return upload.state === 'waiting' ? 2 : 3;
  };
  return [...uploads].sort((a, b) => rank(a) - rank(b) || a.id - b.id).slice(0, limit);
}

/** Leaving the page would break off what is being sent: the browser asks first. What has arrived goes on. */
function useLeaveWarning(active: boolean) {
  useEffect(() => {
    if (!active) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', warn);
    return () => window.removeEventListener('beforeunload', warn);
  }, [active]);
}

/** What can be done to all of them; nothing where there is nothing to do. */
function Foot({ uploads, shown, open }: { uploads: Upload[]; shown: number; open: number }) {
  const retryable = uploads.some(isRetryable);
  const cut = uploads.length - shown;
  if (!retryable && open === 0 && cut === 0) return null;
  return (
    <Group className={classes.foot} gap="xs" justify="space-between">
      <Text size="xs" c="dimmed">
        {cut > 0 && `and ${plural(cut, 'more file')}`}
      </Text>
      <Group gap={4}>
        {retryable && (
          <Button size="compact-xs" variant="subtle" onClick={() => uploadQueue.retryAll()}>
            Try again
          </Button>
        )}
        {open > 0 && (
          <Button size="compact-xs" variant="subtle" color="gray" onClick={() => uploadQueue.cancelAll()}>
            Cancel all
          </Button>
        )}
      </Group>
    </Group>
  );
}

export function UploadTray() {
  const { uploads } = useUploads();
  const projectId = /^\/projects\/([^/]+)\/images$/.exec(useLocation().pathname)?.[1] ?? null;
  const onImages = projectId !== null;
  const imports = useWatchedImports(projectId, uploads);
  const [unfolded, setUnfolded] = useState<boolean | null>(null);
  const counts = tally(uploads);
  useLeaveWarning(uploads.some(({ state }) => state === 'waiting' || state === 'sending'));
  // Elsewhere it would lie over somebody's work: it is one line while files are on their way, and then gone.
  if (uploads.length + imports.ids.length === 0 || (!onImages && counts.open === 0)) return null;
  const close = () => {
    uploadQueue.clear();
    imports.forget();
  };
  const folded = !(unfolded ?? onImages);
  const rows = shownRows(uploads);
  return (
    <section className={classes.tray} aria-label="Uploads">
      <Group className={classes.head} justify="space-between" wrap="nowrap" gap="xs">
        <Text fw={600} size="sm" aria-live="polite">
          {heading(counts, { all: imports.ids.length, open: imports.open })}
        </Text>
        <Group gap={4} wrap="nowrap">
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={folded ? 'Show the files' : 'Hide the files'}
            onClick={() => setUnfolded(folded)}
          >
            {folded ? <IconChevronUp size={16} /> : <IconChevronDown size={16} />}
          </ActionIcon>
          {counts.open + imports.open === 0 && (
            <ActionIcon variant="subtle" color="gray" aria-label="Close" onClick={close}>
              <IconX size={16} />
            </ActionIcon>
          )}
        </Group>
      </Group>
      {uploads.length > 0 && (
        <Progress value={counts.share * 100} size={3} radius={0} aria-label="Progress of all uploads" />
      )}
      {!folded && (
        <>
          <ul className={classes.rows}>
            {projectId && imports.ids.map((id) => <ImportRow key={id} id={id} projectId={projectId} />)}
            {rows.map((upload) => (
              <Row key={upload.id} upload={upload} />
            ))}
          </ul>
          <Foot uploads={uploads} shown={rows.length} open={counts.open} />
        </>
      )}
    </section>
  );
}
