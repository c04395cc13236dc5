import type { Act } from './act';

const STEP = 1.25;

export const showWhole: Act = {
  name: 'showWhole',
  title: 'See the whole image',
  group: 'Look',
  keys: ['0'],
  undo: 'none',
  perform: (editor) => editor.showWhole(),
};

export const zoomIn: Act = {
  name: 'zoomIn',
  title: 'Zoom in',
  group: 'Look',
  keys: ['+', '='],
  shown: '+',
  undo: 'none',
  perform: (editor) => editor.zoom(STEP),
};

export const zoomOut: Act = {
  name: 'zoomOut',
  title: 'Zoom out',
  group: 'Look',
  keys: ['-', '_'],
  shown: '-',
  undo: 'none',
  perform: (editor) => editor.zoom(1 / STEP),
};
