import type { Act } from './act';

export const undo: Act = {
  name: 'undo',
  title: 'Undo',
  group: 'Draw',
  keys: ['mod+z'],
  keysInText: ['mod+z'],
  undo: 'history',
  perform(editor) {
    editor.undo();
  },
};

export const redo: Act = {
  name: 'redo',
  title: 'Redo',
  group: 'Draw',
  keys: ['mod+shift+z', 'mod+y'],
  keysInText: ['mod+shift+z', 'mod+y'],
  undo: 'history',
  perform(editor) {
    editor.redo();
  },
};
