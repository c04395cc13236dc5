import type { Act } from './act';

export const cancel: Act = {
  name: 'cancel',
  title: 'Cancel: the text is as before; a box drawn just now goes when it has no text',
  group: 'Type',
  keys: ['escape'],
  keysInText: ['escape'],
  undo: 'recorded',
  perform(editor) {
    if (editor.state.typing) editor.cancelTyping();
    else if (!editor.takeBack()) editor.select(null);
  },
};
