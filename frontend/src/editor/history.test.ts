import { expect, test } from 'vitest';
import {
  EMPTY,
  type Entry,
  forget,
  type History,
  MERGE_WITHIN,
  record,
  redone,
  seal,
  undone,
} from './history';
import type { Region } from './model';

const region = (text: string): Region => ({
  id: 'a',
  label: 'plate',
  quad: [
    [0, 0],
    [9, 0],
    [9, 9],
    [0, 9],
  ],
  text,
  origin: 'person',
  confidence: null,
});

const typed = (before: string, after: string, at: number, merge: string | null = 'text a'): Entry => ({
  title: 'Type',
  changes: [{ id: 'a', before: region(before), after: region(after) }],
  merge,
  at,
});

const textsOf = (history: History) =>
  history.past.map((entry) => entry.changes.map((c) => [c.before?.text, c.after?.text]));

test('letters typed one after the other are one step', () => {
  const history = record(record(EMPTY, typed('', 'K', 0)), typed('K', 'KL', 200));
  expect(textsOf(history)).toEqual([[['', 'KL']]]);
});

test('after a pause a new step begins', () => {
  const history = record(record(EMPTY, typed('', 'K', 0)), typed('K', 'KL', MERGE_WITHIN + 1));
  expect(history.past).toHaveLength(2);
});

test('a sealed step takes in nothing more', () => {
  const history = record(seal(record(EMPTY, typed('', 'K', 0))), typed('K', 'KL', 1));
  expect(history.past).toHaveLength(2);
});

test('acts without a merge key never join', () => {
  const history = record(record(EMPTY, typed('', 'K', 0, null)), typed('K', 'KL', 1, null));
  expect(history.past).toHaveLength(2);
});

test('a merged step that comes back to where it began leaves nothing to undo', () => {
  const history = record(record(EMPTY, typed('', 'K', 0)), typed('K', '', 100));
  expect(history.past).toEqual([]);
});

test('undo and redo walk the same steps back and forth', () => {
  const history = record(record(EMPTY, typed('', 'A', 0, null)), typed('A', 'B', 5, null));
  const back = undone(history);
  expect(back?.entry.changes[0]?.before?.text).toBe('A');
  const forth = redone((back as NonNullable<typeof back>).history);
  expect(forth?.entry.changes[0]?.after?.text).toBe('B');
  expect(forth?.history.past).toHaveLength(2);
});

test('a new act forgets what was undone', () => {
  const back = undone(record(EMPTY, typed('', 'A', 0))) as NonNullable<ReturnType<typeof undone>>;
  expect(redone(record(back.history, typed('', 'C', 9)))).toBeNull();
});

test('undo of nothing is nothing', () => {
  expect(undone(EMPTY)).toBeNull();
  expect(redone(EMPTY)).toBeNull();
});

test('steps no longer touch a region that somebody else changed', () => {
  const other = { ...typed('', 'x', 0, null), changes: [{ id: 'b', before: null, after: region('x') }] };
  const history = record(record(EMPTY, typed('', 'A', 0, null)), other);
  expect(forget(history, 'a').past.map((entry) => entry.changes.map((change) => change.id))).toEqual([['b']]);
});
