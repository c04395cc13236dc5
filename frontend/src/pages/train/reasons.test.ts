import { expect, test } from 'vitest';
import type { DataCheck, Project } from '@/api/types';
import { minutesExpected, whyNot } from './reasons';

const project = { role: 'owner', run: null } as Project;
const ready: DataCheck = {
  state: 'done',
  done: 4,
  total: 4,
  failure: '',
  ready: true,
  summary: { images: 4, annotated: 4, regions: 4, train: 3, test: 1 },
  findings: [],
};
const refused: DataCheck = {
  ...ready,
  ready: false,
  findings: [
    { code: 'rare', severity: 'warn', message: 'Q is seen once.', image_ids: [], count: 1 },
    { code: 'few', severity: 'refuse', message: 'Annotate at least 4 images.', image_ids: [], count: 2 },
  ],
};

test.each([
  ['an owner with sound data', project, ready, null],
  [
    'an annotator',
    { ...project, role: 'annotator' } as Project,
    ready,
    'Only an owner of this project can train it.',
  ],
  [
    'a run under way',
    { ...project, run: { id: 'r', number: 3, state: 'training', fraction: 0.5 } } as Project,
    ready,
    'Run 3 is not over yet. One run of a project goes at a time.',
  ],
  ['refused data', project, refused, 'Annotate at least 4 images.'],
  [
    'data never looked at',
    project,
    { ...ready, state: 'checking', ready: null, summary: null } as DataCheck,
    'Your data is being looked at first.',
  ],
  ['data that was sound and is looked at again', project, { ...ready, state: 'checking' } as DataCheck, null],
  [
    'data that could not be looked at',
    project,
    { ...ready, state: 'failed', ready: null, summary: null, failure: 'The memory ran out.' } as DataCheck,
    'The memory ran out.',
  ],
])('%s', (_case, who, check, reason) => {
  expect(whyNot(who, check)).toBe(reason);
});

const estimate = {
  network: 'ppocr',
  name: 'PP-OCRv6',
  start: 'PP-OCRv6 small',
  device: 'CPU',
  minutes_low: 2.2,
  minutes_high: 11.1,
  warning: null,
};

test.each([
  [
    { ...estimate, minutes_expected: null, based_on: 0 },
    "2 to 11 minutes, guessed by your images and this machine's cores",
  ],
  [{ ...estimate, minutes_expected: 0.3, based_on: 1 }, 'About 1 minute, judged by 1 run'],
  [{ ...estimate, minutes_expected: 7.6, based_on: 4 }, 'About 8 minutes, judged by 4 runs'],
])('minutes %#', (given, said) => {
  expect(minutesExpected(given)).toBe(said);
});
