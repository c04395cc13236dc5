import { rotateBy, turnReading } from '../geometry';
import type { Act } from './act';

export const rotate: Act = {
  name: 'rotate',
  title: 'Rotate the region by one degree, left or right',
  group: 'Draw',
  keys: ['[', ']'],
  undo: 'recorded',
  can: (editor) => editor.selected !== null,
  perform(editor, _desk, key) {
    const { picture } = editor.state;
    const region = editor.selected;
    if (!region || !picture) return;
    const quad = rotateBy(region.quad, key === '[' ? -1 : 1, picture);
    editor.edit(region.id, { quad }, { title: 'Rotate', merge: `rotate ${region.id}` });
  },
};

export const turn: Act = {
  name: 'turn',
  title: 'Turn the reading direction, for text that runs up or down',
  group: 'Draw',
  keys: ['t'],
  undo: 'recorded',
  can: (editor) => editor.selected !== null,
  perform(editor) {
    const region = editor.selected;
    if (region) editor.edit(region.id, { quad: turnReading(region.quad) }, { title: 'Turn' });
  },
};
