import type { Act } from './act';

const DIGITS = ['1', '2', '3', '4', '5', '6', '7', '8', '9'];

export const label: Act = {
  name: 'label',
  title: 'Set the label; while typing, with Alt',
  group: 'Type',
  keys: DIGITS,
  keysInText: DIGITS.map((digit) => `alt+${digit}`),
  shown: '1 … 9',
  undo: 'recorded',
  can: (editor) => !editor.state.readOnly,
  perform(editor, _desk, key) {
    const chosen = editor.state.labels[Number(key.split('+').at(-1)) - 1];
    if (chosen) editor.giveLabel(chosen.id);
  },
};
