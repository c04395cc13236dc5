import { Tooltip } from '@mantine/core';
import { useEditorState } from '@/canvas/useEditorState';
import type { Editor } from '@/editor/editor';
import type { EditorState } from '@/editor/state';
import classes from './LabelPicker.module.css';

/** The labels with their keys: of the selected region, and of the next box. */
export function LabelPicker({ editor }: { editor: Editor }) {
  const labels = useEditorState(editor, pickLabels);
  const current = useEditorState(editor, pickCurrent);
  const readOnly = useEditorState(editor, pickReadOnly);
  return (
    <div className={classes.labels} role="radiogroup" aria-label="Label">
      {labels.map((label, index) => (
        <Tooltip
          key={label.id}
          label={index < 9 ? `Key ${index + 1}; while typing Alt + ${index + 1}` : label.name}
        >
          {/* biome-ignore lint/a11y/useSemanticElements: a chip that is one of several */}
          <button
            type="button"
            role="radio"
            aria-checked={label.id === current}
            className={classes.label}
            disabled={readOnly}
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => editor.giveLabel(label.id)}
          >
            <span className={classes.dot} style={{ background: label.colour }} />
            <span className={classes.name}>{label.name}</span>
            {index < 9 && <kbd className={classes.key}>{index + 1}</kbd>}
          </button>
        </Tooltip>
      ))}
    </div>
  );
}

const pickLabels = (state: EditorState) => state.labels;
const pickReadOnly = (state: EditorState) => state.readOnly;
const pickCurrent = (state: EditorState) =>
  (state.selected !== null ? state.regions.get(state.selected)?.label : null) ?? state.label;
