import { expect, test } from 'vitest';
import { kept } from './KeepPredictions';

test('what was saved is said in words, 0 too', () => {
  expect(kept(0)).toBe('Predictions are not kept beyond their answer.');
  expect(kept(1)).toBe('Predictions are kept for 1 day.');
  expect(kept(30)).toBe('Predictions are kept for 30 days.');
});
