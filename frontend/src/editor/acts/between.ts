import type { Editor } from '../editor';
import type { Act } from './act';

function neighbour(editor: Editor, step: 1 | -1) {
  const list = editor.list;
  const at = list.findIndex((region) => region.id === editor.state.selected);
  if (at < 0) return step === 1 ? list[0] : list.at(-1);
  return list[at + step];
}

function walk(name: string, title: string, key: string, step: 1 | -1): Act {
  return {
    name,
    title,
    group: 'Type',
    keys: [key],
    keysInText: [key],
    undo: 'none',
    // After the last region the key leaves the stage, as it does everywhere else.
    can: (editor) => neighbour(editor, step) !== undefined,
    perform(editor) {
      const region = neighbour(editor, step);
      if (!region) return;
      if (editor.state.typing) editor.type(region.id);
      else editor.select(region.id);
    },
  };
}

export const nextRegion = walk('nextRegion', 'Next region', 'tab', 1);
export const previousRegion = walk('previousRegion', 'Previous region', 'shift+tab', -1);
