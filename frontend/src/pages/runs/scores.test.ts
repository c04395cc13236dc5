import { describe, expect, test } from 'vitest';
import type { Evaluation, FinderScores, Rate, Scores } from '@/api/types';
import { cellsOf, heldBack, noteOf, rowsOf } from './scores';

const rate = (right: number, of: number, low: number, high: number): Rate => ({
  right,
  of,
  share: of ? right / of : 0,
  low,
  high,
});

const finder: FinderScores = {
  regions: 46,
  found: 47,
  matched: 45,
  precision: 45 / 47,
  recall: 45 / 46,
  f1: 0.968,
  precision_range: [0.858, 0.988],
  recall_range: [0.887, 0.996],
  f1_range: [0.88, 0.99],
};

const text = (right: number, of = 46) => ({
  exact: rate(right, of, 0.825, 0.978),
  exact_normalised: rate(right, of, 0.825, 0.978),
  cer: 0.0123,
  cer_normalised: 0.01,
});

const scores: Scores = {
  finder,
  reading: text(44),
  end_to_end: text(43),
  fields: { ...finder, matched: 43, f1: 0.925, f1_range: [0.82, 0.97] },
};

const told = (given: Scores) =>
  cellsOf(given).map(({ value, counted, range }) => [value, counted, range].filter(Boolean).join(' | '));

describe('the numbers of a label', () => {
  test('all of them, with what was counted and the likely range', () => {
    expect(told(scores)).toEqual([
      '98 % | 45 of 46 | 89–100 %',
      '96 % | 45 of 47 | 86–99 %',
      '96 % | 44 of 46 | 83–98 %',
      '93 % | 43 of 46 | 83–98 %',
      '1.2 %',
      '93 % | 82–97 %',
    ]);
  });

  test('a version of an earlier release lacks ranges, and has no column for F1', () => {
    const { regions, found, matched, precision, recall, f1 } = finder;
    const old = {
      finder: { regions, found, matched, precision, recall, f1 },
      reading: text(44),
      end_to_end: text(43),
    };
    expect(told(old)[0]).toBe('98 % | 45 of 46');
    expect(told(old)[5]).toBe('–');
    const [row] = rowsOf({ labels: { number_plate: old }, overall: old as Scores } as unknown as Evaluation);
    expect(row?.cells.map(({ name }) => name)).toEqual([
      'Found',
      'Precision',
      'Exact, region given',
      'Exact, end to end',
      'Characters wrong',
    ]);
  });

  test('a label without a held-out field has no share', () => {
    const none: FinderScores = { regions: 0, found: 0, matched: 0, precision: 0, recall: 0, f1: 0 };
    const empty = { finder: none, reading: text(0, 0), end_to_end: text(0, 0), fields: none };
    expect(told(empty)).toEqual(['–', '–', '–', '–', '–', '–']);
  });
});

test('several labels have all of them below, one stands alone', () => {
  const rows = (labels: Record<string, Scores>) =>
    rowsOf({ labels, overall: scores } as Evaluation).map(({ name }) => name);
  expect(rows({ number_plate: scores })).toEqual(['number_plate']);
  expect(rows({ date: scores, total: scores })).toEqual(['date', 'total', 'All']);
});

test.each([
  [true, 'Live: it is the first version.', 'Live: it is the first version.', false],
  [false, 'Live: it is the first version.', 'It went live when it was made: it is the first version.', false],
  [false, 'Not live: it reads 31.', 'Not live: it reads 31.', true],
  [true, 'Live: made so by hand, though it reads 31.', 'Live: made so by hand, though it reads 31.', false],
])('the note of a version %#', (live, note, said, held) => {
  const version = { id: 'v', number: 1, accuracy: 0.9, live, note };
  expect(noteOf(version)).toBe(said);
  expect(heldBack(version)).toBe(held);
});
