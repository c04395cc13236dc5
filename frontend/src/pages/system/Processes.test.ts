import { expect, test } from 'vitest';
import type { Process } from '@/api/types';
import { standing } from './Processes';

const web: Process = { name: 'web', pid: 42, state: 'running', restarts: 0, last_exit: null };

test.each([
  [{}, 'Running as process 42'],
  [{ restarts: 1, last_exit: -9 }, 'Running as process 42; started again 1 time, last ended by signal 9'],
  [
    { state: 'backing off', pid: null, restarts: 3, last_exit: 1 },
    'Ended; is about to be started again; started again 3 times, last ended with code 1',
  ],
  [{ state: 'stopped', pid: null }, 'Stopped'],
] as [Partial<Process>, string][])('%j is told in words', (change, said) => {
  expect(standing({ ...web, ...change })).toBe(said);
});
