import type { Region } from '../model';
import type { Act } from './act';

/** What still asks for a person: no text yet, or a suggestion nobody has confirmed. */
export const isOpen = (region: Region) => region.text === '' || region.origin === 'suggestion';

/** Enter in a text field keeps the text and goes on: to the next region that asks for one, then to the next image. */
export const enter: Act = {
  name: 'enter',
  title: 'Save the text and go to the next region without one, then to the next image',
  group: 'Type',
  keys: ['enter'],
  keysInText: ['enter'],
  undo: 'recorded',
  perform(editor, desk) {
    const { typing, selected } = editor.state;
    if (!typing && selected) return editor.type(selected);
    const current = editor.selected;
    if (typing && current?.origin === 'suggestion')
      editor.edit(current.id, { origin: 'person' }, { title: 'Accept' });
    const next = editor.nextAfter(typing?.id ?? null, isOpen);
    if (next) return editor.type(next.id);
    editor.finishTyping();
    desk.go('next');
  },
};
