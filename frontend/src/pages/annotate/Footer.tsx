import { ActionIcon, Badge, Button, Tooltip } from '@mantine/core';
import {
  IconArrowBackUp,
  IconArrowForwardUp,
  IconChevronLeft,
  IconChevronRight,
  IconCircleCheck,
  IconCircleCheckFilled,
  IconKeyboard,
  IconMinus,
  IconPlus,
} from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { FullImage } from '@/api/types';
import { useEditorState } from '@/canvas/useEditorState';
import type { Desk } from '@/editor/acts';
import type { Editor } from '@/editor/editor';
import type { EditorState } from '@/editor/state';
import { imageName } from '@/ui/format';
import classes from './Footer.module.css';
import { SaveState } from './SaveState';
import { type Saving, usePicked } from './saving';

interface Props {
  editor: Editor;
  saving: Saving;
  image: FullImage | undefined;
  desk: Desk & { goesBack: boolean };
  projectId: string;
  /** Whether only what is to do is walked. */
  todo: boolean;
}

export function Footer({ editor, saving, image, desk, projectId, todo }: Props) {
  return (
    <footer className={classes.footer}>
      <div className={classes.left}>
        <Tool name="Previous image (P)" onClick={() => desk.go('previous')} disabled={!desk.goesBack}>
          <IconChevronLeft size={20} />
        </Tool>
        <span className={classes.position}>{image ? placeOf(image, todo) : '–'}</span>
        <Tool name="Next image (N)" onClick={() => desk.go('next')} disabled={!image}>
          <IconChevronRight size={20} />
        </Tool>
        <span className={classes.name} title={image?.name}>
          {image ? imageName(image) : ''}
        </span>
        <ReviewMark saving={saving} image={image} desk={desk} editor={editor} />
      </div>
      <SaveState saving={saving} imageId={image?.id} projectId={projectId} />
      <div className={classes.right}>
        <Steps editor={editor} />
        <span className={classes.wide}>
          <span className={classes.rule} />
          <Zoom editor={editor} />
          <span className={classes.rule} />
          <Tool name="Shortcuts (?)" onClick={desk.toggleSheet}>
            <IconKeyboard size={20} stroke={1.6} />
          </Tool>
        </span>
      </div>
    </footer>
  );
}

/** Of what is to do the number that is left; elsewhere the place in the list. */
function placeOf({ position, total }: FullImage, todo: boolean): string {
  if (todo) return `${total} to do`;
  return position > 0 ? `${position} / ${total}` : `– / ${total}`;
}

const pickHistory = (state: EditorState) => state.history;
const pickScale = (state: EditorState) => state.view.scale;
const pickReadOnly = (state: EditorState) => state.readOnly;

interface ToolProps {
  name: string;
  onClick: () => void;
  disabled?: boolean;
  children: ReactNode;
}

function Tool({ name, onClick, disabled, children }: ToolProps) {
  return (
    <Tooltip label={name}>
      <ActionIcon
        className={classes.tool}
        variant="subtle"
        color="gray"
        size={32}
        aria-label={name}
        disabled={disabled}
        onClick={onClick}
        onMouseDown={(event) => event.preventDefault()}
      >
        {children}
      </ActionIcon>
    </Tooltip>
  );
}

function Steps({ editor }: { editor: Editor }) {
  const { past, future } = useEditorState(editor, pickHistory);
  const named = (verb: string, title: string | undefined, keys: string) =>
    title ? `${verb}: ${title} (${keys})` : `${verb} (${keys})`;
  return (
    <>
      <Tool
        name={named('Undo', past.at(-1)?.title, 'Ctrl + Z')}
        disabled={past.length === 0}
        onClick={() => editor.undo()}
      >
        <IconArrowBackUp size={19} stroke={1.75} />
      </Tool>
      <Tool
        name={named('Redo', future.at(-1)?.title, 'Ctrl + Shift + Z')}
        disabled={future.length === 0}
        onClick={() => editor.redo()}
      >
        <IconArrowForwardUp size={19} stroke={1.75} />
      </Tool>
    </>
  );
}

function Zoom({ editor }: { editor: Editor }) {
  const scale = useEditorState(editor, pickScale);
  return (
    <>
      <Tool name="Zoom out (-)" onClick={() => editor.zoom(1 / 1.25)}>
        <IconMinus size={17} />
      </Tool>
      <Tooltip label="See the whole image (0)">
        <Button
          variant="subtle"
          color="gray"
          size="compact-sm"
          className={classes.zoom}
          onClick={() => editor.showWhole()}
          onMouseDown={(event) => event.preventDefault()}
        >
          {Math.round(scale * 100)} %
        </Button>
      </Tooltip>
      <Tool name="Zoom in (+)" onClick={() => editor.zoom(1.25)}>
        <IconPlus size={17} />
      </Tool>
    </>
  );
}

function ReviewMark({ saving, image, desk, editor }: Pick<Props, 'saving' | 'image' | 'desk' | 'editor'>) {
  const readOnly = useEditorState(editor, pickReadOnly);
  const marked = usePicked(saving, (queue) => image && queue.markOf(image.id)?.state);
  const state = marked ?? image?.state;
  const reviewed = state === 'reviewed';
  if (!state) return null;
  if (readOnly) return reviewed ? <Badge variant="light">Reviewed</Badge> : null;
  return (
    <Tooltip label={reviewed ? 'Not reviewed after all (R)' : 'Mark reviewed (R)'}>
      <Button
        variant={reviewed ? 'light' : 'subtle'}
        color={reviewed ? undefined : 'gray'}
        size="compact-sm"
        aria-pressed={reviewed}
        leftSection={
          reviewed ? <IconCircleCheckFilled size={17} /> : <IconCircleCheck size={17} stroke={1.6} />
        }
        onClick={desk.toggleReviewed}
        onMouseDown={(event) => event.preventDefault()}
      >
        {reviewed ? 'Reviewed' : 'Mark reviewed'}
      </Button>
    </Tooltip>
  );
}
