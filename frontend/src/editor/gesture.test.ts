import { expect, test } from 'vitest';
import type { Point, Quad } from './geometry';
import { begin, drag, end, type Modifiers } from './gesture';
import type { Hit } from './hit';

const IMAGE = { width: 200, height: 100 };
const QUAD: Quad = [
  [10, 10],
  [50, 10],
  [50, 30],
  [10, 30],
];
const PLAIN: Modifiers = { shift: false, alt: false, pan: false };

function gestureOf(hit: Hit, points: readonly Point[], modifiers = PLAIN, scale = 1) {
  const [first, ...rest] = points as [Point, ...Point[]];
  const begun = begin(hit, first, modifiers, () => QUAD);
  return end(rest.reduce((gesture, point) => drag(gesture, point, modifiers, IMAGE, scale), begun));
}

const ON_REGION: Hit = { kind: 'region', id: 'a' };

test('dragging on the empty image draws', () => {
  const drawn = gestureOf({ kind: 'empty' }, [
    [60, 40],
    [80, 50],
    [100, 60],
  ]);
  expect(drawn).toMatchObject({
    kind: 'drawn',
    quad: [
      [60, 40],
      [100, 40],
      [100, 60],
      [60, 60],
    ],
  });
});

test('dragging on a region moves it by whole pixels', () => {
  const moved = gestureOf(ON_REGION, [
    [20, 20],
    [30.4, 24.6],
  ]);
  expect(moved).toMatchObject({
    kind: 'changed',
    id: 'a',
    quad: [
      [20, 15],
      [60, 15],
      [60, 35],
      [20, 35],
    ],
  });
});

test('with Shift a drag that begins on a region draws all the same', () => {
  expect(
    gestureOf(
      ON_REGION,
      [
        [20, 20],
        [40, 28],
      ],
      { ...PLAIN, shift: true },
    ).kind,
  ).toBe('drawn');
});

test('a hand that trembles has clicked', () => {
  expect(
    gestureOf(ON_REGION, [
      [20, 20],
      [21, 21],
    ]),
  ).toEqual({ kind: 'click', id: 'a' });
  expect(
    gestureOf({ kind: 'empty' }, [
      [60, 40],
      [61, 41],
    ]),
  ).toEqual({ kind: 'click', id: null });
});

test('what counts as trembling is measured on the screen, not in the image', () => {
  expect(
    gestureOf(
      ON_REGION,
      [
        [20, 20],
        [21, 21],
      ],
      PLAIN,
      10,
    ).kind,
  ).toBe('changed');
});

test('a sliver is no region', () => {
  expect(
    gestureOf({ kind: 'empty' }, [
      [60, 40],
      [100, 41],
    ]),
  ).toEqual({ kind: 'nothing' });
});

test('a corner pulled with Alt moves alone', () => {
  const onCorner: Hit = { kind: 'handle', id: 'a', handle: { kind: 'corner', index: 1 } };
  const pulled = gestureOf(
    onCorner,
    [
      [50, 10],
      [60, 5],
    ],
    { ...PLAIN, alt: true },
  );
  expect(pulled).toMatchObject({
    kind: 'changed',
    quad: [
      [10, 10],
      [60, 5],
      [50, 30],
      [10, 30],
    ],
  });
});

test('with Space held nothing of the document changes', () => {
  expect(
    gestureOf(
      ON_REGION,
      [
        [20, 20],
        [90, 90],
      ],
      { ...PLAIN, pan: true },
    ),
  ).toEqual({ kind: 'nothing' });
});
