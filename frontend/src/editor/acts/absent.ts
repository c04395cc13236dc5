import type { Editor } from '../editor';
import type { Act } from './act';

/** The label of the next box where it is missing, else the first that is. */
function meant({ state: { label, missing } }: Editor): string | undefined {
  return missing.find((id) => id === label) ?? missing[0];
}

export const absent: Act = {
  name: 'absent',
  title: 'Say that the label of the next box is not on this image',
  group: 'Type',
  keys: ['x'],
  undo: 'recorded',
  once: true,
  can: (editor) => !editor.state.readOnly && meant(editor) !== undefined,
  perform(editor) {
    const label = meant(editor);
    if (label) editor.sayAbsent(label);
  },
};
