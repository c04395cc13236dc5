import { expect, test } from 'vitest';
import {
  area,
  bounds,
  boxBetween,
  contains,
  inReadingOrder,
  isConvex,
  isRectangle,
  moveBy,
  type Point,
  type Quad,
  rotateBy,
  sidesOf,
  turnReading,
} from './geometry';
import { HANDLES, handlePoint, pull } from './handles';
import { hit } from './hit';
import { toImage, toScreen, viewFor, whole, zoomAt } from './view';

const IMAGE = { width: 200, height: 100 };
const BOX: Quad = [
  [10, 10],
  [50, 10],
  [50, 30],
  [10, 30],
];
const box = (x: number, y: number, width: number, height: number): Quad => [
  [x, y],
  [x + width, y],
  [x + width, y + height],
  [x, y + height],
];

test.each<[string, Point, Point, Quad]>([
  ['down and right', [10, 10], [50, 30], BOX],
  ['up and left', [50, 30], [10, 10], BOX],
  ['beyond the image', [-5, 90], [300, 120], box(0, 90, 200, 10)],
  ['between pixels', [9.6, 10.4], [50.3, 29.7], BOX],
])('a box drawn %s lies on whole pixels of the image', (_how, from, to, expected) => {
  expect(boxBetween(from, to, IMAGE)).toEqual(expected);
});

test.each<[string, number, number, [number, number]]>([
  ['freely', 5, 7, [15, 17]],
  ['no further than the left edge', -50, 0, [0, 10]],
  ['no further than the right edge', 500, 0, [160, 10]],
  ['no further than the bottom', 0, 500, [10, 80]],
])('a region moves %s and keeps its size', (_how, dx, dy, corner) => {
  const moved = moveBy(BOX, dx, dy, IMAGE);
  expect(moved[0]).toEqual(corner);
  expect(bounds(moved)).toMatchObject({ width: 40, height: 20 });
});

test('a region turned by a right angle and back is where it was, and stays a rectangle between', () => {
  const turned = rotateBy(box(80, 40, 40, 20), 30, IMAGE);
  expect(isRectangle(turned)).toBe(true);
  expect(sidesOf(turned).width).toBeCloseTo(40, 1);
  expect(rotateBy(turned, -30, IMAGE)[0][0]).toBeCloseTo(80, 1);
});

test('a region whose corner would leave the image is not turned', () => {
  expect(rotateBy(box(0, 0, 40, 20), 45, IMAGE)).toEqual(box(0, 0, 40, 20));
});

test('turning the reading direction keeps the outline and begins at the next corner', () => {
  const turned = turnReading(BOX);
  expect(turned[0]).toEqual(BOX[3]);
  expect(area(turned)).toBe(area(BOX));
  expect(isConvex(turned)).toBe(true);
});

test.each<[Point, boolean]>([
  [[30, 20], true],
  [[9, 20], false],
  [[30, 31], false],
])('the point %j lies in the box: %s', (point, expected) => {
  expect(contains(BOX, point)).toBe(expected);
});

test('regions are read line by line, and words of one line from left to right though they stand unevenly', () => {
  const regions = [
    { id: 'second line', quad: box(10, 60, 80, 20) },
    { id: 'right', quad: box(120, 8, 60, 20) },
    { id: 'left', quad: box(10, 12, 60, 20) },
  ];
  expect(inReadingOrder(regions).map((region) => region.id)).toEqual(['left', 'right', 'second line']);
});

test.each<[string, number, Point, Quad]>([
  ['top left', 0, [20, 15], box(20, 15, 30, 15)],
  ['bottom right', 2, [60, 40], box(10, 10, 50, 30)],
])('pulling the %s corner of a box keeps it a box', (_which, index, to, expected) => {
  expect(pull(BOX, { kind: 'corner', index }, to, IMAGE)).toEqual(expected);
});

test.each<[string, number, Point, Quad]>([
  ['top', 0, [99, 5], box(10, 5, 40, 25)],
  ['right', 1, [70, 99], box(10, 10, 60, 20)],
  ['bottom', 2, [0, 50], box(10, 10, 40, 40)],
  ['left', 3, [2, 0], box(2, 10, 48, 20)],
])('pulling the %s edge of a box moves that edge alone', (_which, index, to, expected) => {
  expect(pull(BOX, { kind: 'edge', index }, to, IMAGE)).toEqual(expected);
});

test('a box whose text runs downwards keeps the order of its corners when pulled', () => {
  const down = turnReading(BOX);
  const pulled = pull(down, { kind: 'corner', index: 0 }, [5, 40], IMAGE);
  expect(pulled).toEqual(turnReading(box(5, 10, 45, 30)));
});

test('a corner pulled freely moves alone', () => {
  const free = pull(BOX, { kind: 'corner', index: 1 }, [55, 4.25], IMAGE, true);
  expect(free).toEqual([BOX[0], [55, 4.25], BOX[2], BOX[3]]);
});

test('what would dent, flip or flatten the region is not done', () => {
  expect(pull(BOX, { kind: 'corner', index: 1 }, [12, 28], IMAGE, true)).toBe(BOX);
  expect(pull(BOX, { kind: 'edge', index: 1 }, [5, 20], IMAGE)).toBe(BOX);
  expect(pull(BOX, { kind: 'edge', index: 2 }, [20, 11], IMAGE)).toBe(BOX);
});

test('a rectangle at an angle keeps its angle, whichever handle is pulled', () => {
  const tilted = rotateBy(box(80, 40, 40, 20), 20, IMAGE);
  for (const handle of HANDLES) {
    const [x, y] = handlePoint(tilted, handle);
    const [cx, cy] = [100, 50];
    const pulled = pull(tilted, handle, [x + (x - cx) * 0.3, y + (y - cy) * 0.3], IMAGE);
    expect(isRectangle(pulled)).toBe(true);
    expect(area(pulled)).toBeGreaterThan(area(tilted));
  }
});

test('of two regions over each other the smaller one is meant, and a handle of the selected one before either', () => {
  const outer = { id: 'outer', quad: box(0, 0, 100, 80) };
  const inner = { id: 'inner', quad: BOX };
  expect(hit([outer, inner], null, [30, 20], 3)).toEqual({ kind: 'region', id: 'inner' });
  expect(hit([outer, inner], outer, [99, 79], 3)).toMatchObject({
    kind: 'handle',
    handle: { kind: 'corner', index: 2 },
  });
  expect(hit([outer, inner], null, [150, 90], 3)).toEqual({ kind: 'empty' });
});

test('zooming keeps the point under the pointer where it is', () => {
  const stage = { width: 800, height: 600 };
  const view = whole(IMAGE, stage);
  const under = toImage(view, [500, 320]);
  const zoomed = zoomAt(view, [500, 320], 2, IMAGE, stage);
  expect(zoomed.scale).toBeCloseTo(view.scale * 2);
  expect(toScreen(zoomed, under)[0]).toBeCloseTo(500);
  expect(toScreen(zoomed, under)[1]).toBeCloseTo(320);
});

test('typing a region that can be read already leaves the view alone; a small one is brought near', () => {
  const stage = { width: 800, height: 600 };
  const large = { width: 4000, height: 3000 };
  const view = whole(large, stage);
  expect(viewFor(box(100, 100, 2000, 600), view, stage)).toBe(view);
  const near = viewFor(box(1000, 1000, 120, 30), view, stage);
  expect(near.scale * 30).toBeGreaterThan(60);
  expect(toScreen(near, [1060, 1015])).toEqual([400, 300]);
});
