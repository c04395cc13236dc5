import type { Act } from './act';

export const accept: Act = {
  name: 'accept',
  title: 'Accept the suggestion',
  group: 'Type',
  keys: ['a'],
  undo: 'recorded',
  once: true,
  can: (editor) => editor.selected?.origin === 'suggestion',
  perform(editor) {
    const region = editor.selected;
    if (!region) return;
    editor.edit(region.id, { origin: 'person' }, { title: 'Accept' });
    const next = editor.nextAfter(region.id, (other) => other.origin === 'suggestion');
    if (next) editor.select(next.id);
  },
};

export const acceptAll: Act = {
  name: 'acceptAll',
  title: 'Accept all suggestions that have a text',
  group: 'Type',
  keys: ['shift+a'],
  undo: 'recorded',
  once: true,
  can: (editor) => editor.list.some((region) => region.origin === 'suggestion'),
  perform(editor) {
    const changes = editor.list
      .filter((region) => region.origin === 'suggestion' && region.text !== '')
      .map((region) => ({ id: region.id, before: region, after: { ...region, origin: 'person' as const } }));
    editor.change({ title: 'Accept all' }, changes);
  },
};
