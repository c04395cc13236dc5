import { UnstyledButton } from '@mantine/core';
import { IconArrowBackUp } from '@tabler/icons-react';
import { useEditorState } from '@/canvas/useEditorState';
import type { Editor } from '@/editor/editor';
import type { Label } from '@/editor/model';
import type { EditorState } from '@/editor/state';
import classes from './Missing.module.css';

/** Which labels the image lacks: each is drawn, or said not to be there. `asked`: how often Enter has waited for them. */
export function Missing({ editor, asked }: { editor: Editor; asked: number }) {
  const labels = useEditorState(editor, pickLabels);
  const missing = useEditorState(editor, pickMissing);
  const absent = useEditorState(editor, pickAbsent);
  const next = useEditorState(editor, pickNext);
  const shown = useEditorState(editor, pickShown);
  const lacking = labels.filter(({ id }) => missing.includes(id));
  const without = labels.filter(({ id }) => absent.includes(id));
  if (!shown || lacking.length + without.length === 0) return null;
  const first = lacking.find(({ id }) => id === next) ?? lacking[0];
  return (
    <section className={classes.missing} aria-label="Labels that are missing">
      {lacking.length > 0 && (
        <p key={asked} className={classes.head} data-asked={asked > 0 || undefined}>
          Missing on this image
        </p>
      )}
      <ul>
        {lacking.map((label) => (
          <Row key={label.id} label={label}>
            <Say
              onClick={() => editor.sayAbsent(label.id)}
              about={label.name}
              words="Not on this image"
              chord={label === first ? 'X' : undefined}
            />
          </Row>
        ))}
        {without.map((label) => (
          <Row key={label.id} label={label} absent>
            <span className={classes.dim}>not on this image</span>
            <UnstyledButton
              className={classes.say}
              aria-label={`${label.name} is on this image after all`}
              title="It is on this image after all"
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => editor.sayAbsent(label.id, false)}
            >
              <IconArrowBackUp size={15} stroke={1.75} aria-hidden />
            </UnstyledButton>
          </Row>
        ))}
      </ul>
    </section>
  );
}

const pickLabels = (state: EditorState) => state.labels;
const pickMissing = (state: EditorState) => state.missing;
const pickAbsent = (state: EditorState) => state.absent;
const pickNext = (state: EditorState) => state.label;
const pickShown = (state: EditorState) => state.picture !== null && !state.readOnly;

function Row({ label, absent, children }: { label: Label; absent?: boolean; children: React.ReactNode }) {
  return (
    <li className={classes.row} data-absent={absent || undefined}>
      <span className={classes.dot} style={{ background: label.colour }} />
      <span className={classes.name}>{label.name}</span>
      {children}
    </li>
  );
}

interface SayProps {
  onClick: () => void;
  about: string;
  words: string;
  chord: string | undefined;
}

function Say({ onClick, about, words, chord }: SayProps) {
  return (
    <UnstyledButton className={classes.say} onMouseDown={(event) => event.preventDefault()} onClick={onClick}>
      {words}
      <span className="visually-hidden">: {about}</span>
      {chord && <kbd className={classes.key}>{chord}</kbd>}
    </UnstyledButton>
  );
}
