import { Popover, UnstyledButton } from '@mantine/core';
import { IconAlertTriangle, IconCloudCheck, IconCloudOff, IconRefresh } from '@tabler/icons-react';
import { Link } from 'react-router';
import { useExpiry } from '@/api/session';
import { phrase, type SaveStatus } from '@/editor/saving/status';
import classes from './Footer.module.css';
import { type Saving, useSavingTurn } from './saving';

interface Props {
  saving: Saving;
  imageId: string | undefined;
  projectId: string;
}

type Mood = 'saved' | 'saving' | 'held' | 'asking';

function moodOf({ problems, trouble, unsaved, unlabelled }: SaveStatus): Mood {
  if (problems.length > 0) return 'asking';
  if (trouble !== null || unlabelled > 0) return 'held';
  return unsaved > 0 ? 'saving' : 'saved';
}

const ICONS = { saved: IconCloudCheck, saving: IconRefresh, held: IconCloudOff, asking: IconAlertTriangle };

/** Whether everything is saved, in one sentence; what needs the person opens from it. */
export function SaveState({ saving, imageId, projectId }: Props) {
  useSavingTurn(saving);
  const expired = useExpiry((state) => state.expired);
  const found = saving.queue.status();
  const status = expired && found.unsaved > 0 ? { ...found, trouble: 'signed-out' as const } : found;
  const mood = moodOf(status);
  const Icon = ICONS[mood];
  const words = (
    <span className={classes.saved} data-mood={mood} role="status" data-testid="save-state">
      <Icon size={17} stroke={1.75} aria-hidden />
      {phrase(status)}
    </span>
  );
  if (status.problems.length === 0) return words;
  return (
    <Popover position="top" width={320} withArrow shadow="md">
      <Popover.Target>
        <UnstyledButton>{words}</UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown>
        <ul className={classes.problems}>
          {status.problems.map(({ id, image, message }) => (
            <li key={id}>
              {message}
              {image === imageId ? ' (on this image).' : '. '}
              {image !== imageId && (
                <Link to={`/projects/${projectId}/annotate/${image}`}>Open the image</Link>
              )}
            </li>
          ))}
        </ul>
      </Popover.Dropdown>
    </Popover>
  );
}
