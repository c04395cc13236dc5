import { moveBy } from '../geometry';
import type { Act } from './act';

const DIRECTIONS: Record<string, readonly [number, number]> = {
  arrowleft: [-1, 0],
  arrowright: [1, 0],
  arrowup: [0, -1],
  arrowdown: [0, 1],
};

export const ARROWS = Object.keys(DIRECTIONS);

/** Pixels an arrow key stands for: one, or ten with Shift. */
export function arrowStep(key: string): readonly [number, number] {
  const [x, y] = DIRECTIONS[key.split('+').at(-1) ?? ''] ?? [0, 0];
  const far = key.includes('shift+') ? 10 : 1;
  return [x * far, y * far];
}

export const nudge: Act = {
  name: 'nudge',
  title: 'Move the region by one pixel; with Shift by ten',
  group: 'Draw',
  keys: ARROWS.flatMap((arrow) => [arrow, `shift+${arrow}`]),
  shown: '← ↑ → ↓',
  undo: 'recorded',
  can: (editor) => editor.selected !== null,
  perform(editor, _desk, key) {
    const { picture } = editor.state;
    const region = editor.selected;
    if (!region || !picture) return;
    const [dx, dy] = arrowStep(key);
    editor.edit(
      region.id,
      { quad: moveBy(region.quad, dx, dy, picture) },
      { title: 'Move', merge: `move ${region.id}` },
    );
  },
};
