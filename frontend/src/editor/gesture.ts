/** One press of the pointer, from down to up, and what it is doing to the document meanwhile. */

import { boxBetween, distance, isLargeEnough, moveBy, type Point, type Quad, type Size } from './geometry';
import { type Handle, pull } from './handles';
import type { Hit } from './hit';

export interface Modifiers {
  /** Draw here even over a region. */
  shift: boolean;
  /** Pull a corner freely. */
  alt: boolean;
  /** Space held, or the middle button: move the view. */
  pan: boolean;
}

export type Gesture =
  | { kind: 'pan' }
  | { kind: 'draw'; start: Point; quad: Quad | null; moved: boolean }
  | { kind: 'move'; id: string; start: Point; original: Quad; quad: Quad; moved: boolean }
  | { kind: 'pull'; id: string; handle: Handle; start: Point; original: Quad; quad: Quad; moved: boolean };

/** A hand that twitches by as many screen pixels has clicked, not dragged; the small target of a handle was aimed at. */
const TWITCH = { draw: 7, move: 7, pull: 3 };

export function begin(hit: Hit, point: Point, modifiers: Modifiers, quadOf: (id: string) => Quad): Gesture {
  if (modifiers.pan) return { kind: 'pan' };
  if (hit.kind === 'handle') {
    const original = quadOf(hit.id);
    return {
      kind: 'pull',
      id: hit.id,
      handle: hit.handle,
      start: point,
      original,
      quad: original,
      moved: false,
    };
  }
  if (hit.kind === 'region' && !modifiers.shift) {
    const original = quadOf(hit.id);
    return { kind: 'move', id: hit.id, start: point, original, quad: original, moved: false };
  }
  return { kind: 'draw', start: point, quad: null, moved: false };
}

/** `scale`: screen pixels per image pixel. */
export function drag(
  gesture: Gesture,
  point: Point,
  modifiers: Modifiers,
  image: Size,
  scale: number,
): Gesture {
  if (gesture.kind === 'pan') return gesture;
  const moved = gesture.moved || distance(gesture.start, point) * scale > TWITCH[gesture.kind];
  if (!moved) return gesture;
  if (gesture.kind === 'draw') return { ...gesture, moved, quad: boxBetween(gesture.start, point, image) };
  if (gesture.kind === 'move') {
    const by = [Math.round(point[0] - gesture.start[0]), Math.round(point[1] - gesture.start[1])] as const;
    return { ...gesture, moved, quad: moveBy(gesture.original, by[0], by[1], image) };
  }
  const quad = pull(gesture.original, gesture.handle, point, image, modifiers.alt);
  return { ...gesture, moved, quad: quad === gesture.original ? gesture.quad : quad };
}

/** What the gesture came to when the pointer was let go. */
export type Outcome =
  | { kind: 'nothing' }
  | { kind: 'click'; id: string | null }
  | { kind: 'drawn'; quad: Quad }
  | { kind: 'changed'; id: string; quad: Quad };

export function end(gesture: Gesture): Outcome {
  if (gesture.kind === 'pan') return { kind: 'nothing' };
  if (!gesture.moved) return { kind: 'click', id: gesture.kind === 'draw' ? null : gesture.id };
  if (gesture.kind !== 'draw') return { kind: 'changed', id: gesture.id, quad: gesture.quad };
  return gesture.quad && isLargeEnough(gesture.quad)
    ? { kind: 'drawn', quad: gesture.quad }
    : { kind: 'nothing' };
}
