import { IconMarquee2 } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useEditorState } from '@/canvas/useEditorState';
import type { Editor } from '@/editor/editor';
import type { EditorState } from '@/editor/state';
import classes from './AnnotatePage.module.css';

const SEEN = 'glyphsmith.hint.draw';

/** For somebody who has never drawn here: the two things there are to do. Gone for good with the first box. */
export function Hint({ editor, unused }: { editor: Editor; unused: boolean }) {
  const [seen, setSeen] = useState(() => localStorage.getItem(SEEN) !== null);
  const empty = useEditorState(editor, pickEmpty);
  const drawing = useEditorState(editor, pickDrawing);
  const drawn = unused && !empty;
  useEffect(() => {
    if (!drawn) return;
    localStorage.setItem(SEEN, 'seen');
    setSeen(true);
  }, [drawn]);
  if (seen || !unused || !empty || drawing) return null;
  return (
    <div className={classes.hint} role="note">
      <IconMarquee2 size={20} stroke={1.75} aria-hidden />
      Drag a box around a text, then type it
    </div>
  );
}

const pickEmpty = (state: EditorState) => state.regions.size === 0 && !state.readOnly;
const pickDrawing = (state: EditorState) => state.preview !== null;
