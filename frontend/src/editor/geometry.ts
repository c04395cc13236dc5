/** Quads and points in pixels of the upright image. No framework, no DOM. */

export type Point = readonly [number, number];

/** Four corners, clockwise on the screen, beginning at the top left of the text. */
export type Quad = readonly [Point, Point, Point, Point];

export interface Size {
  width: number;
  height: number;
}

export interface Rect {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** A region smaller than this in either direction is taken for a slip of the hand. */
export const SMALLEST_SIDE = 3;

const round = (value: number) => Math.round(value * 100) / 100;

const clamp = (value: number, low: number, high: number) => Math.min(Math.max(value, low), high);

function mapCorners(quad: Quad, change: (corner: Point) => Point): Quad {
  return [change(quad[0]), change(quad[1]), change(quad[2]), change(quad[3])];
}

export function quadOf(corners: readonly Point[]): Quad {
  const [a, b, c, d] = corners;
  if (!a || !b || !c || !d || corners.length !== 4) throw new Error('A quad has four corners.');
  return [a, b, c, d];
}

/** The axis-aligned quad between two opposite corners, in any order, within the image, on whole pixels. */
export function boxBetween(a: Point, b: Point, image: Size): Quad {
  const xs = [a[0], b[0]].map((x) => Math.round(clamp(x, 0, image.width))) as [number, number];
  const ys = [a[1], b[1]].map((y) => Math.round(clamp(y, 0, image.height))) as [number, number];
  const [left, right] = [Math.min(...xs), Math.max(...xs)];
  const [top, bottom] = [Math.min(...ys), Math.max(...ys)];
  return [
    [left, top],
    [right, top],
    [right, bottom],
    [left, bottom],
  ];
}

export function bounds(quad: Quad): Rect {
  const xs = quad.map((corner) => corner[0]);
  const ys = quad.map((corner) => corner[1]);
  const x = Math.min(...xs);
  const y = Math.min(...ys);
  return { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y };
}

export function centre(quad: Quad): Point {
  const box = bounds(quad);
  return [box.x + box.width / 2, box.y + box.height / 2];
}

export function distance(a: Point, b: Point): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1]);
}

/** Width and height of the text's own frame: the longer of each pair of opposite sides. */
export function sidesOf(quad: Quad): Size {
  return {
    width: Math.max(distance(quad[0], quad[1]), distance(quad[3], quad[2])),
    height: Math.max(distance(quad[0], quad[3]), distance(quad[1], quad[2])),
  };
}

export function area(quad: Quad): number {
  let doubled = 0;
  for (let i = 0; i < 4; i += 1) {
    const a = quad[i] as Point;
    const b = quad[(i + 1) % 4] as Point;
    doubled += a[0] * b[1] - b[0] * a[1];
  }
  return doubled / 2;
}

export function isLargeEnough(quad: Quad): boolean {
  const sides = sidesOf(quad);
  return sides.width >= SMALLEST_SIDE && sides.height >= SMALLEST_SIDE;
}

/** Clockwise and without a dent: what can be rectified. */
export function isConvex(quad: Quad): boolean {
  return [0, 1, 2, 3].every((i) => {
    const a = quad[i] as Point;
    const b = quad[(i + 1) % 4] as Point;
    const c = quad[(i + 2) % 4] as Point;
    return (b[0] - a[0]) * (c[1] - b[1]) - (b[1] - a[1]) * (c[0] - b[0]) > 0;
  });
}

/** Four right angles, at any angle to the image. */
export function isRectangle(quad: Quad, tolerance = 0.75): boolean {
  const [a, b, c, d] = quad;
  const parallelogram = distance([a[0] + c[0] - b[0], a[1] + c[1] - b[1]], d) <= tolerance;
  return parallelogram && Math.abs(distance(a, c) - distance(b, d)) <= tolerance;
}

export function isAxisAligned(quad: Quad): boolean {
  const [a, b, c, d] = quad;
  return a[1] === b[1] && b[0] === c[0] && c[1] === d[1] && d[0] === a[0];
}

export function isInside(quad: Quad, image: Size): boolean {
  return quad.every(([x, y]) => x >= 0 && y >= 0 && x <= image.width && y <= image.height);
}

export function sameQuad(a: Quad, b: Quad): boolean {
  return a.every((corner, i) => corner[0] === b[i]?.[0] && corner[1] === b[i]?.[1]);
}

/** Moved as far as asked, or as far as the image goes. */
export function moveBy(quad: Quad, dx: number, dy: number, image: Size): Quad {
  const box = bounds(quad);
  const x = clamp(dx, -box.x, Math.max(image.width - box.x - box.width, -box.x));
  const y = clamp(dy, -box.y, Math.max(image.height - box.y - box.height, -box.y));
  return mapCorners(quad, (corner) => [round(corner[0] + x), round(corner[1] + y)]);
}

/** Turned about its centre; unchanged where a corner would leave the image. */
export function rotateBy(quad: Quad, degrees: number, image: Size): Quad {
  const [cx, cy] = centre(quad);
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  const turned = mapCorners(quad, ([x, y]) => [
    round(cx + (x - cx) * cos - (y - cy) * sin),
    round(cy + (x - cx) * sin + (y - cy) * cos),
  ]);
  return isInside(turned, image) ? turned : quad;
}

/** The same outline with the next corner as the text's top left: text that runs upwards or downwards. */
export function turnReading(quad: Quad): Quad {
  return [quad[3], quad[0], quad[1], quad[2]];
}

export function contains(quad: Quad, point: Point): boolean {
  let inside = false;
  for (let i = 0, j = 3; i < 4; j = i, i += 1) {
    const [xi, yi] = quad[i] as Point;
    const [xj, yj] = quad[j] as Point;
    if (yi > point[1] !== yj > point[1] && point[0] < ((xj - xi) * (point[1] - yi)) / (yj - yi) + xi)
      inside = !inside;
  }
  return inside;
}

/** Lines from top to bottom, and within a line from left to right. Boxes share a line when the middle of one lies within the other's height. */
export function inReadingOrder<T extends { id: string; quad: Quad }>(regions: readonly T[]): T[] {
  const boxed = regions.map((region) => ({ region, box: bounds(region.quad) }));
  boxed.sort((a, b) => a.box.y - b.box.y || a.box.x - b.box.x || a.region.id.localeCompare(b.region.id));
  const lines: { top: number; bottom: number; items: typeof boxed }[] = [];
  for (const item of boxed) {
    const middle = item.box.y + item.box.height / 2;
    const line = lines.at(-1);
    if (line && middle <= line.bottom && item.box.y <= (line.top + line.bottom) / 2) line.items.push(item);
    else lines.push({ top: item.box.y, bottom: item.box.y + item.box.height, items: [item] });
  }
  return lines.flatMap((line) =>
    line.items.sort((a, b) => a.box.x - b.box.x || a.box.y - b.box.y).map((item) => item.region),
  );
}
