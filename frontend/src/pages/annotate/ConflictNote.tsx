import { Button } from '@mantine/core';
import type { Editor } from '@/editor/editor';
import type { Region } from '@/editor/model';
import classes from './ConflictNote.module.css';
import { type Saving, usePicked } from './saving';

interface Props {
  saving: Saving;
  id: string;
}

/** Asks whose change counts. Nothing was overwritten; both are still there. */
export function ConflictNote({ editor, saving, id }: Props & { editor: Editor }) {
  usePicked(saving, (queue) => queue.conflictTurn(id));
  const conflict = saving.queue.conflict(id);
  if (!conflict) return null;
  const mine = editor.state.regions.get(id) ?? null;
  return (
    <div className={classes.note} role="alert">
      <p>Changed in another tab or by someone else.</p>
      <dl className={classes.both}>
        <dt>Mine</dt>
        <dd>{tell(mine, conflict.theirs, editor)}</dd>
        <dt>Theirs</dt>
        <dd>{tell(conflict.theirs, mine, editor)}</dd>
      </dl>
      <div className={classes.buttons}>
        <Button size="compact-sm" onClick={() => saving.queue.keepMine(id)}>
          Keep mine
        </Button>
        <Button size="compact-sm" variant="default" onClick={() => saving.queue.takeTheirs(id)}>
          Take theirs
        </Button>
      </div>
    </div>
  );
}

/** One side in words: its text, and what else is different about it. */
function tell(region: Region | null, other: Region | null, editor: Editor): string {
  if (!region) return 'deleted';
  const text = region.text === '' ? 'no text' : `“${region.text}”`;
  if (!other) return text;
  const label = editor.state.labels.find((each) => each.id === region.label)?.name;
  const moved = region.quad.some(
    (corner, i) => corner[0] !== other.quad[i]?.[0] || corner[1] !== other.quad[i]?.[1],
  );
  return [text, region.label !== other.label ? label : '', moved ? 'another outline' : '']
    .filter(Boolean)
    .join(', ');
}

/** A change the server will not take, in its own sentence. */
export function RefusedNote({ saving, id }: Props) {
  const message = usePicked(saving, (queue) => queue.refusal(id));
  if (!message) return null;
  return (
    <div className={classes.note} role="alert">
      <p>Not saved. {message}</p>
      <div className={classes.buttons}>
        <Button size="compact-sm" variant="default" onClick={() => saving.queue.takeTheirs(id)}>
          Back to what is saved
        </Button>
      </div>
    </div>
  );
}
