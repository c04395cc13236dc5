import { describe, expect, test } from 'vitest';
import type { ComparedVersion, ComparisonResult, Rate } from '@/api/types';
import { comparedRows, leftOut, outcome } from './compared';

const rate = (right: number, of = 46): Rate => ({
  right,
  of,
  share: of ? right / of : 0,
  low: 0.825,
  high: 0.978,
});

const version = (number: number, change: Partial<ComparedVersion> = {}): ComparedVersion => ({
  id: `v${number}`,
  run: `r${number}`,
  number,
  network: { key: 'ppocr', name: 'PP-OCRv6', tower: null, rectifier: null },
  exact: rate(43),
  exact_normalised: rate(43),
  cer: 0.012,
  given_region: rate(44),
  cer_given_region: 0.01,
  found: 45,
  regions: 46,
  invented: 0,
  milliseconds: 183.6,
  megabytes: 41.42,
  minutes: 7.25,
  ...change,
});

const result = (change: Partial<ComparisonResult> = {}): ComparisonResult => ({
  images: 40,
  some_only: 0,
  gone: 0,
  skipped: 0,
  labels: ['number_plate'],
  sentence: '',
  counts: { fields: 46, all_right: 30, some_right: 10, none_right: 6 },
  versions: [],
  differing: 0,
  differences: [],
  ...change,
});

describe('the table', () => {
  test('a version in its row, with what was counted and the likely range', () => {
    const [row] = comparedRows([version(1)]);
    expect(
      row?.map(({ value, counted, range }) => [value, counted, range].filter(Boolean).join(' | ')),
    ).toEqual([
      '93 % | 43 of 46 | 83–98 %',
      '1.2 %',
      '96 % | 44 of 46 | 83–98 %',
      '98 % | 45 of 46',
      '0',
      '184 ms',
      '41.4 MB',
      '7.3 min',
    ]);
  });

  test('the best of a column is marked where versions differ in it', () => {
    const rows = comparedRows([
      version(1),
      version(2, { exact: rate(30), megabytes: 12, minutes: null }),
      version(3, { minutes: 4 }),
    ]);
    const best = rows.map((row) => row.filter((cell) => cell.best).map(({ name }) => name));
    expect(best).toEqual([['Exact, whole pictures'], ['Bundle'], ['Exact, whole pictures', 'Training took']]);
    expect(rows[1]?.at(-1)?.value).toBe('–');
  });

  test('what cannot be told is a dash, long times are whole minutes', () => {
    const [row] = comparedRows([version(1, { invented: 2, minutes: 61.2, exact: rate(0, 0) })]);
    expect(row?.map(({ value }) => value)).toEqual([
      '–',
      '1.2 %',
      '96 %',
      '98 %',
      '2',
      '184 ms',
      '41.4 MB',
      '61 min',
    ]);
  });
});

test.each([
  [result(), ''],
  [result({ some_only: 5 }), 'Left out: 5 held out by only some of them.'],
  [result({ gone: 1, skipped: 2 }), 'Left out: 1 deleted since, 2 that could not be opened.'],
])('what was left out %#', (given, said) => {
  expect(leftOut(given)).toBe(said);
});

test.each([
  [
    { fields: 46, all_right: 30, some_right: 10, none_right: 6 },
    'Of 46 fields, all of them read 30; only some of them read 10; none of them reads 6.',
  ],
  [{ fields: 3, all_right: 3, some_right: 0, none_right: 0 }, 'All of them read all 3 fields exactly.'],
  [
    { fields: 3, all_right: 2, some_right: 1, none_right: 0 },
    'Of 3 fields, all of them read 2; only some of them read 1.',
  ],
])('how many fields who reads %#', (counts, said) => {
  expect(outcome(result({ counts }))).toBe(said);
});
