import { expect, test } from 'vitest';
import type { Miss } from '@/api/types';
import { placeOf } from './Misses';

const miss = { image_id: 'i', region: 'r' } as Miss;

test.each([
  [miss, '/projects/p/annotate/i?region=r'],
  [{ ...miss, region: null }, '/projects/p/annotate/i'],
  [{ ...miss, image_id: null, region: null }, null],
])('a miss leads to its image while that is there %#', (given, place) => {
  expect(placeOf(given, 'p')).toBe(place);
});
