import type { Act } from './act';

export const box: Act = {
  name: 'box',
  title: 'Put a box in the middle; arrows move it, Alt + arrows resize it, Enter opens its text',
  group: 'Draw',
  keys: ['b'],
  undo: 'recorded',
  once: true,
  can: (editor) => !editor.state.readOnly && editor.state.picture !== null,
  perform(editor) {
    editor.drawInMiddle();
  },
};
