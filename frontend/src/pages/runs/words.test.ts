import { describe, expect, test } from 'vitest';
import type { Epoch, Evaluation, Rate, Run } from '@/api/types';
import { doing, finalNumbers, leftOf, liveNumbers, rateSentence, stepsOf, versionList } from './words';

const rate = (right: number, of: number, low = 0, high = 1): Rate => ({
  right,
  of,
  share: of ? right / of : 0,
  low,
  high,
});

const run = (change: Partial<Run>): Run => ({
  id: 'r',
  number: 1,
  project: 'p',
  state: 'training',
  queue_position: null,
  waits_for_room: false,
  created_at: '2026-01-01T10:00:00Z',
  started_at: null,
  finished_at: null,
  started_by: null,
  progress: {},
  steps: {},
  device: null,
  failure: null,
  version: null,
  network: { key: 'ppocr', name: 'PP-OCRv6', tower: null, rectifier: null },
  spec: {},
  counts: {},
  attempts: 1,
  seconds: null,
  cancelling: false,
  ...change,
});

test.each([
  [rate(43, 46, 0.825, 0.978), 'reads 43 of 46 held-out fields exactly (93 %, likely between 83 and 98 %)'],
  [rate(1, 1, 0.21, 1), 'reads 1 of 1 held-out field exactly (100 %, likely between 21 and 100 %)'],
  [rate(0, 0), 'was not measured: no held-out field has a text'],
])('a rate in words %#', (given, said) => {
  expect(rateSentence(given)).toBe(said);
});

test.each([
  [[2], 'v2'],
  [[1, 3], 'v1 and v3'],
  [[1, 2, 4], 'v1, v2 and v4'],
])('versions in words %#', (numbers, said) => {
  expect(versionList(numbers)).toBe(said);
});

describe('what a run is doing', () => {
  test.each([
    [{ state: 'queued', queue_position: 1 }, 'Waiting for the training worker.'],
    [{ state: 'queued', queue_position: 3 }, 'Waiting: 2 runs before it.'],
    [
      { state: 'queued', progress: { step: 'queued', message: 'Freezing the data: 5 of 9 images.' } },
      'Freezing the data: 5 of 9 images.',
    ],
    [
      { state: 'queued', queue_position: 1, progress: { step: 'training', message: 'Cutting 31 crops' } },
      'Waiting for the training worker.',
    ],
    [{ state: 'queued', queue_position: 3, waits_for_room: true }, "Waiting for room on the server's disk."],
    [
      { state: 'queued', waits_for_room: true, started_at: '2026-01-01T10:00:00Z' },
      "Waiting for room on the server's disk. What it has learned so far is kept.",
    ],
    [{ progress: { part: 'reader', epoch: 4, epochs: 20 } }, 'Learning to read them, epoch 4 of 20'],
    [{ state: 'preparing', progress: { message: 'Cutting 31 crops' } }, 'Cutting 31 crops'],
    [{ state: 'evaluating' }, 'Evaluating…'],
    [{ cancelling: true }, 'Stopping…'],
  ] as [Partial<Run>, string][])('%j', (change, said) => {
    expect(doing(run(change))).toBe(said);
  });
});

const at = (minute: number) => `2026-01-01T10:${String(minute).padStart(2, '0')}:00Z`;

test('steps gone have their time, the current one counts on, the rest is ahead', () => {
  const steps = stepsOf(
    run({ steps: { queued: at(0), preparing: at(1), training: at(3) } }),
    new Date(at(4)).getTime(),
  );
  expect(steps.map(({ state, seconds }) => [state, seconds])).toEqual([
    ['queued', 60],
    ['preparing', 120],
    ['training', 60],
    ['exporting', null],
    ['evaluating', null],
    ['ready', null],
  ]);
  expect(steps.find(({ current }) => current)?.state).toBe('training');
});

test('a failed run ends where it failed', () => {
  const failed = run({
    state: 'failed',
    finished_at: at(5),
    steps: { queued: at(0), preparing: at(1), failed: at(5) },
  });
  expect(stepsOf(failed, 0).map(({ state, done }) => [state, done])).toEqual([
    ['queued', true],
    ['preparing', true],
    ['failed', false],
  ]);
});

test('the three numbers of a finished run', () => {
  const text = { exact: rate(43, 46), exact_normalised: rate(44, 46), cer: 0.0123, cer_normalised: 0.01 };
  const finder = { regions: 46, found: 47, matched: 45, precision: 0.96, recall: 0.98, f1: 0.97 };
  const overall = { finder, reading: text, end_to_end: text };
  expect(finalNumbers({ overall } as Evaluation).map(({ value, note }) => [value, note])).toEqual([
    ['93 %', '43 of 46 fields, found and read'],
    ['1.2 %', 'Character error rate on whole pictures'],
    ['98 %', '45 of 46, and 2 where none is'],
  ]);
});

const epoch = (change: Partial<Epoch>): Epoch => ({
  part: 'finder',
  epoch: 1,
  epochs: 6,
  loss: null,
  held_out_loss: null,
  cer: null,
  exact: null,
  f1: null,
  seconds: null,
  lr: null,
  time: at(1),
  ...change,
});

test('numbers of a run under way are the newest of each, and stay while the next part learns', () => {
  expect(liveNumbers([])).toBeNull();
  expect(liveNumbers([epoch({ loss: 3 })])).toBeNull();
  const finder = [epoch({ f1: 0.5 }), epoch({ epoch: 2, f1: 0.96 }), epoch({ epoch: 3 })];
  expect(liveNumbers(finder)?.map(({ value }) => value)).toEqual(['–', '–', '96 %']);
  const both = [
    ...finder,
    epoch({ part: 'reader', exact: 0.25, cer: 0.125 }),
    epoch({ part: 'reader', epoch: 2 }),
  ];
  expect(liveNumbers(both)?.map(({ value }) => value)).toEqual(['25 %', '12.5 %', '96 %']);
});

describe('how long a run still takes', () => {
  const expected = { minutes_low: 2.2, minutes_high: 10.6 };
  const at = (fraction: number, seconds_left: number) =>
    ({ state: 'training', progress: { fraction, seconds_left } }) as Run;

  test.each([130, 1_900, 300])('before the first epoch is done what was expected stands: %s', (seconds) => {
    expect(leftOf(at(0.05, seconds), [{ epoch: 0 }], expected)).toBe('2 to 11 minutes in all');
  });

  test('then it is a range, which narrows', () => {
    expect(leftOf(at(0.1, 600), [{ epoch: 1 }], expected)).toBe('7 to 19 minutes left');
    expect(leftOf(at(0.7, 600), [{ epoch: 4 }], expected)).toBe('9 to 13 minutes left');
    expect(leftOf(at(0.95, 40), [{ epoch: 6 }], expected)).toBe('less than a minute left');
  });

  test('of a run that waits nothing is said', () => {
    expect(leftOf({ ...at(0, 0), state: 'queued' }, [], expected)).toBe('');
  });
});
