import { expect, test } from 'vitest';
import { endOf, trailOf, withStep } from './walk';

const counts = (images: number, todo: number) => ({
  images,
  todo,
  annotated: images - todo,
  reviewed: 0,
  regions: 0,
});

test.each([
  [counts(4, 3), 'annotated', 'That was the last image here. 3 still to do.', 'todo'],
  [counts(4, 1), 'annotated', 'That was the last image here. 1 still to do.', 'todo'],
  [counts(4, 1), 'todo', 'Only this image is still to do.', null],
  [counts(32, 0), 'annotated', 'All 32 images are annotated.', 'train'],
  [counts(1, 0), 'reviewed', 'The image is annotated.', 'train'],
] as const)('the end of %o tells what is left', (some, here, message, way) => {
  expect(endOf(some, here)).toEqual({ message, way });
});

test('the way back is what the browser kept, and nothing else it may hold', () => {
  expect(trailOf({ trail: ['a', 'b', 3] })).toEqual(['a', 'b']);
  for (const other of [null, undefined, 'a', { idx: 3 }, { trail: 'a' }]) expect(trailOf(other)).toEqual([]);
});

test('a long way back keeps its newest steps', () => {
  const long = Array.from({ length: 300 }, (_, i) => `${i}`).reduce<readonly string[]>(withStep, []);
  expect([long.length, long.at(-1)]).toEqual([200, '299']);
});
