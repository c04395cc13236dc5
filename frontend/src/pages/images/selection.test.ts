import { expect, test } from 'vitest';
import { extend, NOTHING, toggle, within } from './selection';

const order = ['a', 'b', 'c', 'd', 'e'];
const chosen = (...ids: string[]) => ids.reduce(toggle, NOTHING);

test('choosing an image twice leaves it unchosen', () => {
  expect([...chosen('a', 'b', 'a').ids]).toEqual(['b']);
});

test.each([
  ['forwards', 'b', 'd', ['b', 'c', 'd']],
  ['backwards', 'd', 'b', ['b', 'c', 'd']],
  ['onto itself', 'c', 'c', ['c']],
])('shift extends %s', (_way, from, to, expected) => {
  expect([...extend(chosen(from), to, order).ids].sort()).toEqual(expected);
});

test('shift without a start chooses the one image', () => {
  expect([...extend(NOTHING, 'c', order).ids]).toEqual(['c']);
});

test('shift keeps what was chosen elsewhere', () => {
  expect([...extend(chosen('a', 'c'), 'd', order).ids].sort()).toEqual(['a', 'c', 'd']);
});

test('an image that left the list is no longer chosen', () => {
  expect([...within(chosen('a', 'e'), ['a', 'b']).ids]).toEqual(['a']);
});

test('a list that still holds all changes nothing', () => {
  const selection = chosen('a');
  expect(within(selection, order)).toBe(selection);
});
