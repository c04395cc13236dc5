import { expect, test } from 'vitest';
import type { Quad } from './geometry';
import { cropFrame, isAffine, project, projection } from './rectify';

const SLANTED: Quad = [
  [10, 20],
  [110, 5],
  [120, 50],
  [8, 44],
];
const BOX: Quad = [
  [10, 20],
  [50, 20],
  [50, 30],
  [10, 30],
];

test('the corners of the crop lie on the corners of the region', () => {
  const m = projection(SLANTED, { width: 200, height: 80 });
  const corners = [
    [0, 0],
    [200, 0],
    [200, 80],
    [0, 80],
  ] as const;
  corners.forEach((corner, i) => {
    const [x, y] = project(m, corner);
    expect(x).toBeCloseTo(SLANTED[i]?.[0] ?? Number.NaN);
    expect(y).toBeCloseTo(SLANTED[i]?.[1] ?? Number.NaN);
  });
  expect(isAffine(m)).toBe(false);
});

test('a box needs no perspective', () => {
  expect(isAffine(projection(BOX, { width: 80, height: 20 }))).toBe(true);
});

test.each([
  ['box', BOX],
  ['slanted region', SLANTED],
])('the crop of a %s shows it with a margin and fits its room', (_what, quad) => {
  const frame = cropFrame(quad, { width: 320, height: 90 });
  expect(frame.size.width).toBeLessThanOrEqual(321);
  expect(frame.size.height).toBeLessThanOrEqual(91);
  const [x, y] = project(frame.projection, [frame.margin, frame.margin]);
  expect([x, y]).toEqual([expect.closeTo(quad[0][0], 3), expect.closeTo(quad[0][1], 3)]);
});
