/** The eight handles of a region and what dragging one does to its quad. */

import {
  boxBetween,
  isAxisAligned,
  isConvex,
  isInside,
  isLargeEnough,
  isRectangle,
  type Point,
  type Quad,
  quadOf,
  type Size,
} from './geometry';

export type Handle = { kind: 'corner'; index: number } | { kind: 'edge'; index: number };

export function handlePoint(quad: Quad, handle: Handle): Point {
  const a = quad[handle.index] as Point;
  if (handle.kind === 'corner') return a;
  const b = quad[(handle.index + 1) % 4] as Point;
  return [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
}

export const HANDLES: readonly Handle[] = [
  ...[0, 1, 2, 3].map((index): Handle => ({ kind: 'corner', index })),
  ...[0, 1, 2, 3].map((index): Handle => ({ kind: 'edge', index })),
];

/** The mouse pointer that suits pulling this handle, by the direction it lies in from the middle of the region. */
export function cursorOf(quad: Quad, handle: Handle): string {
  const [x, y] = handlePoint(quad, handle);
  const [ox, oy] = handlePoint(quad, { ...handle, index: (handle.index + 2) % 4 });
  const octant = Math.round(((Math.atan2(y - oy, x - ox) * 180) / Math.PI + 360) / 45) % 4;
  return ['ew-resize', 'nwse-resize', 'ns-resize', 'nesw-resize'][octant] as string;
}

const snap = (value: number) => Math.round(value * 100) / 100;

/**
 * The quad after a handle was pulled to `to`. Rectangles stay rectangles, at their angle, unless `free`;
 * other quads have their corners pulled one by one. What cannot be (a dent, too small, outside) leaves the quad as it was.
 */
export function pull(quad: Quad, handle: Handle, to: Point, image: Size, free = false): Quad {
  const target: Point = [
    Math.min(Math.max(to[0], 0), image.width),
    Math.min(Math.max(to[1], 0), image.height),
  ];
  const pulled =
    free && handle.kind === 'corner'
      ? freeCorner(quad, handle.index, target)
      : shaped(quad, handle, target, image);
  const possible = isLargeEnough(pulled) && isConvex(pulled) && isInside(pulled, image);
  return possible ? pulled : quad;
}

function shaped(quad: Quad, handle: Handle, to: Point, image: Size): Quad {
  if (isAxisAligned(quad)) return pullBox(quad, handle, to, image);
  if (isRectangle(quad)) return pullRectangle(quad, handle, to);
  return handle.kind === 'corner' ? freeCorner(quad, handle.index, to) : pullEdge(quad, handle.index, to);
}

function freeCorner(quad: Quad, index: number, to: Point): Quad {
  return quadOf(quad.map((corner, i): Point => (i === index ? [snap(to[0]), snap(to[1])] : corner)));
}

/** Corner order is kept even when the text's top left is not the box's. */
function pullBox(quad: Quad, handle: Handle, to: Point, image: Size): Quad {
  const fixed = quad[(handle.index + 2) % 4] as Point;
  const corner = quad[handle.index] as Point;
  const next = quad[(handle.index + 1) % 4] as Point;
  const horizontal = corner[1] === next[1];
  let moved: Point = to;
  if (handle.kind === 'edge') moved = horizontal ? [corner[0], to[1]] : [to[0], corner[1]];
  if (
    (moved[0] - fixed[0]) * (corner[0] - fixed[0]) <= 0 ||
    (moved[1] - fixed[1]) * (corner[1] - fixed[1]) <= 0
  )
    return quad;
  const box = boxBetween(fixed, moved, image);
  return quadOf(
    quad.map(
      (old): Point => [
        old[0] === fixed[0] ? fixed[0] : otherOf(box, 0, fixed[0]),
        old[1] === fixed[1] ? fixed[1] : otherOf(box, 1, fixed[1]),
      ],
    ),
  );
}

/** Of the two values a box has along an axis, the one further from `value`. */
function otherOf(box: Quad, axis: 0 | 1, value: number): number {
  const [a, c] = [box[0][axis], box[2][axis]];
  return Math.abs(a - value) > Math.abs(c - value) ? a : c;
}

/** In the rectangle's own frame: u along the text, v down it. */
function pullRectangle(quad: Quad, handle: Handle, to: Point): Quad {
  const [a, b, , d] = quad;
  const width = Math.hypot(b[0] - a[0], b[1] - a[1]);
  const height = Math.hypot(d[0] - a[0], d[1] - a[1]);
  const u: Point = [(b[0] - a[0]) / width, (b[1] - a[1]) / width];
  const v: Point = [(d[0] - a[0]) / height, (d[1] - a[1]) / height];
  const along = (to[0] - a[0]) * u[0] + (to[1] - a[1]) * u[1];
  const down = (to[0] - a[0]) * v[0] + (to[1] - a[1]) * v[1];
  const side = sidesPulled(handle);
  const [left, right] = [side.left ? along : 0, side.right ? along : width];
  const [top, bottom] = [side.top ? down : 0, side.bottom ? down : height];
  const at = (x: number, y: number): Point => [
    snap(a[0] + u[0] * x + v[0] * y),
    snap(a[1] + u[1] * x + v[1] * y),
  ];
  return [at(left, top), at(right, top), at(right, bottom), at(left, bottom)];
}

function sidesPulled(handle: Handle) {
  const { kind, index } = handle;
  const corner = kind === 'corner';
  return {
    top: index === 0 || (corner && index === 1),
    right: index === 1 || (corner && index === 2),
    bottom: index === 2 || (corner && index === 3),
    left: index === 3 || (corner && index === 0),
  };
}

/** A whole edge of a free quad, straight out along its normal. */
function pullEdge(quad: Quad, index: number, to: Point): Quad {
  const a = quad[index] as Point;
  const b = quad[(index + 1) % 4] as Point;
  const length = Math.hypot(b[0] - a[0], b[1] - a[1]);
  const normal: Point = [(b[1] - a[1]) / length, -(b[0] - a[0]) / length];
  const by = (to[0] - a[0]) * normal[0] + (to[1] - a[1]) * normal[1];
  const shift = (p: Point): Point => [snap(p[0] + normal[0] * by), snap(p[1] + normal[1] * by)];
  return quadOf(quad.map((corner, i) => (i === index || i === (index + 1) % 4 ? shift(corner) : corner)));
}
