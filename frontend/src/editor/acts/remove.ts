import type { Act } from './act';

export const remove: Act = {
  name: 'remove',
  title: 'Delete the region, or reject the suggestion',
  group: 'Draw',
  keys: ['delete', 'backspace'],
  keysInText: ['mod+delete', 'mod+backspace'],
  undo: 'recorded',
  once: true,
  can: (editor) => editor.selected !== null,
  perform(editor) {
    const region = editor.selected;
    if (!region) return;
    const next = editor.state.typing ? editor.nextAfter(region.id, () => true) : null;
    editor.remove([region.id]);
    if (next) editor.type(next.id);
    else editor.finishTyping();
  },
};
