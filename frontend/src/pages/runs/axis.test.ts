import { expect, test } from 'vitest';
import { axisTo } from './axis';

test.each([
  [1, [0, 0.25, 0.5, 0.75, 1], 2],
  [3.8, [0, 1, 2, 3, 4], 0],
  [0.14, [0, 0.05, 0.1, 0.15], 2],
  [0.11, [0, 0.05, 0.1, 0.15], 2],
  [0.4, [0, 0.1, 0.2, 0.3, 0.4], 1],
  [40, [0, 10, 20, 30, 40], 0],
  [0.0007, [0, 0.0002, 0.0004, 0.0006, 0.0008], 4],
])('up to %d people count in %j', (top, ticks, digits) => {
  expect(axisTo(top)).toEqual({ ticks, digits });
});

test.each([0, Number.NaN, -1, Number.POSITIVE_INFINITY])(
  'without a height (%d) there is an axis all the same',
  (top) => {
    expect(axisTo(top).ticks).toEqual([0, 0.25, 0.5, 0.75, 1]);
  },
);
