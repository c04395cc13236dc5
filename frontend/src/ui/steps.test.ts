import { expect, test } from 'vitest';
import type { Project } from '@/api/types';
import { stepsOf } from './steps';
import { obstacle, silentWorkers } from './workers';

const project = (change: Partial<Project>): Project => ({
  id: 'p',
  name: 'Plates',
  is_sample: false,
  prediction_days: 30,
  role: 'owner',
  created_at: '',
  updated_at: '',
  counts: { images: 241, todo: 46, annotated: 100, reviewed: 95, regions: 195 },
  labels: [],
  strip: [],
  live: null,
  newest: null,
  run: null,
  ...change,
});

const told = (change: Partial<Project>) =>
  stepsOf(project(change)).map(({ name, state }) => `${name} ${state}`.trim());

test('a project under annotation', () => {
  expect(told({})).toEqual(['Images 241', 'Annotate 195 / 241', 'Train', 'Use']);
});

test('a trained project says its version and what it reads', () => {
  const steps = told({ live: { version: 3, accuracy: 0.943 } });
  expect(steps.slice(2)).toEqual(['Train v3 · 94 %', 'Use live: v3']);
});

test('a version that did not go live is said to be so, and nothing can be used yet', () => {
  expect(told({ newest: 2 }).slice(2)).toEqual(['Train v2, not live', 'Use']);
  expect(stepsOf(project({ newest: 2 }))[3]?.done).toBe(false);
});

test('a run under way comes before the live version', () => {
  const change: Partial<Project> = {
    live: { version: 3, accuracy: 0.943 },
    run: { id: 'r', number: 4, state: 'training', fraction: 0.72 },
  };
  expect(told(change).slice(2)).toEqual(['Train training 72 %', 'Use live: v3']);
  expect(stepsOf(project(change))[2]).toMatchObject({ busy: true, short: '72 %' });
});

test('nothing is done in an empty project', () => {
  const counts = { images: 0, todo: 0, annotated: 0, reviewed: 0, regions: 0 };
  expect(stepsOf(project({ counts })).some(({ done }) => done)).toBe(false);
});

test.each([
  [{ default: true, predict: true, training: true }, null],
  [
    { default: true, predict: false, training: true },
    'The predict worker is not running: nothing can be predicted until it is back.',
  ],
  [
    { default: false, predict: true, training: false },
    'The default and training workers are not running: imports, samples and mails wait, training waits until they are back.',
  ],
  [
    { default: false, predict: false, training: false },
    'No worker is running: imports and training wait, and nothing can be predicted, until one is started.',
  ],
])('workers %j', (workers, said) => {
  expect(silentWorkers(workers)).toBe(said);
});

test('a full disk is said before the workers that fall silent by it', () => {
  const workers = { default: false, predict: false, training: false };
  expect(obstacle({ disk_short: true, workers })).toMatch(/^The disk of the server is nearly full\. Uploads/);
  expect(obstacle({ disk_short: false, workers })).toMatch(/^No worker is running/);
});
