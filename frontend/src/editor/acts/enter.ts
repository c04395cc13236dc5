import type { Region } from '../model';
import { awaited } from '../state';
import type { Act } from './act';

/** What still asks for a person: no text yet, or a suggestion nobody has confirmed. */
export const isOpen = (region: Region) => region.text === '' || region.origin === 'suggestion';

/**
 * Enter in a text field keeps the text and goes on: to the next region that asks for one, then to what is missing on the
 * image, and only then to the next image. The region is let go, so that no key that follows changes it unseen.
 */
export const enter: Act = {
  name: 'enter',
  title:
    'Save the text and go to the next region without one, then to the next image when no label is missing',
  group: 'Type',
  keys: ['enter'],
  keysInText: ['enter'],
  undo: 'recorded',
  once: true,
  perform(editor, desk) {
    const { typing, selected } = editor.state;
    if (!typing && selected) return editor.type(selected, 'over');
    const current = editor.selected;
    if (typing && current?.origin === 'suggestion')
      editor.edit(current.id, { origin: 'person' }, { title: 'Accept' });
    const next = editor.nextAfter(typing?.id ?? null, isOpen);
    if (next) return editor.type(next.id);
    editor.finishTyping();
    editor.select(null);
    if (awaited(editor.state).length > 0) desk.tellMissing();
    else desk.go('next');
  },
};
