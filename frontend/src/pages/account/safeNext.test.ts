import { expect, test } from 'vitest';
import { safeNext } from './safeNext';

test.each([
  ['/projects/1/images?state=todo', '/projects/1/images?state=todo'],
  ['//elsewhere.example/', '/'],
  ['https://elsewhere.example/', '/'],
  ['/\\elsewhere.example', '/'],
  ['projects', '/'],
  [null, '/'],
])('%s leads to %s', (next, path) => {
  expect(safeNext(next)).toBe(path);
});
