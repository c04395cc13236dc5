import { distance, type Point, type Quad, type Size } from '../geometry';
import { handlePoint, pull } from '../handles';
import type { Act } from './act';
import { ARROWS, arrowStep } from './nudge';

/** The side of the quad that lies furthest to the right, or furthest down. */
function sideTowards(quad: Quad, axis: 0 | 1): number {
  const middles = [0, 1, 2, 3].map((index) => handlePoint(quad, { kind: 'edge', index })[axis]);
  return middles.indexOf(Math.max(...middles));
}

/** Pulls the right side, or the lower one; the opposite side stays. */
export function stretched(quad: Quad, dx: number, dy: number, image: Size): Quad {
  const index = sideTowards(quad, dx !== 0 ? 0 : 1);
  const from = handlePoint(quad, { kind: 'edge', index });
  const opposite = handlePoint(quad, { kind: 'edge', index: (index + 2) % 4 });
  const length = distance(from, opposite);
  const by = dx + dy;
  const to: Point = [
    from[0] + ((from[0] - opposite[0]) / length) * by,
    from[1] + ((from[1] - opposite[1]) / length) * by,
  ];
  return pull(quad, { kind: 'edge', index }, to, image);
}

export const stretch: Act = {
  name: 'stretch',
  title: 'Resize the region by its right and lower side; with Shift by ten',
  group: 'Draw',
  keys: ARROWS.flatMap((arrow) => [`alt+${arrow}`, `alt+shift+${arrow}`]),
  shown: 'Alt + ← ↑ → ↓',
  undo: 'recorded',
  can: (editor) => editor.selected !== null,
  perform(editor, _desk, key) {
    const { picture } = editor.state;
    const region = editor.selected;
    if (!region || !picture) return;
    const [dx, dy] = arrowStep(key);
    const quad = stretched(region.quad, dx, dy, picture);
    editor.edit(region.id, { quad }, { title: 'Resize', merge: `resize ${region.id}` });
  },
};
