import type { Act } from './act';

export const nextImage: Act = {
  name: 'nextImage',
  title: 'Next image',
  group: 'Go',
  keys: ['n'],
  undo: 'none',
  once: true,
  perform: (_editor, desk) => desk.go('next'),
};

export const previousImage: Act = {
  name: 'previousImage',
  title: 'Previous image',
  group: 'Go',
  keys: ['p'],
  undo: 'none',
  once: true,
  perform: (_editor, desk) => desk.go('previous'),
};

export const reviewed: Act = {
  name: 'reviewed',
  title: 'Mark the image reviewed, or not',
  group: 'Go',
  keys: ['r'],
  undo: 'none',
  once: true,
  can: (editor) => !editor.state.readOnly,
  perform: (_editor, desk) => desk.toggleReviewed(),
};

export const reviewedAndNext: Act = {
  name: 'reviewedAndNext',
  title: 'Mark the image reviewed and go to the next',
  group: 'Go',
  keys: ['mod+enter'],
  keysInText: ['mod+enter'],
  undo: 'none',
  once: true,
  can: (editor) => !editor.state.readOnly,
  perform(editor, desk) {
    editor.finishTyping();
    desk.review();
    desk.go('next');
  },
};

export const sheet: Act = {
  name: 'sheet',
  title: 'Show the shortcuts',
  group: 'Go',
  keys: ['?'],
  undo: 'none',
  once: true,
  perform: (_editor, desk) => desk.toggleSheet(),
};
