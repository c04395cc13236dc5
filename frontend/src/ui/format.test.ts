import { expect, test } from 'vitest';
import { ago, bytes, duration, imageName, percent, plural, timeLeft } from './format';

test.each([
  [0.934, 0, '93 %'],
  [0.9999, 0, '99 %'],
  [1, 0, '100 %'],
  [0, 0, '0 %'],
  [0.0123, 1, '1.2 %'],
  [1.4, 0, '140 %'],
])('percent of %f with %i digits', (share, digits, said) => {
  expect(percent(share, digits)).toBe(said);
});

test.each([
  [0, '0 s'],
  [59.4, '59 s'],
  [65, '1 min 05 s'],
  [3_725, '1 h 02 min'],
])('duration of %f seconds', (seconds, said) => {
  expect(duration(seconds)).toBe(said);
});

test.each([
  [12, 'less than a minute left'],
  [61, 'about 1 minute left'],
  [600, 'about 10 minutes left'],
  [10_800, 'about 3 hours left'],
])('time left of %i seconds', (seconds, said) => {
  expect(timeLeft(seconds)).toBe(said);
});

test.each([
  [999, '999 B'],
  [1_500, '2 kB'],
  [2_340_000, '2.3 MB'],
  [1_200_000_000, '1.2 GB'],
])('%i bytes', (count, said) => {
  expect(bytes(count)).toBe(said);
});

test.each([
  [1, '1 image'],
  [0, '0 images'],
  [1200, '1,200 images'],
])('plural of %i', (count, said) => {
  expect(plural(count, 'image')).toBe(said);
});

test.each([
  ['2026-01-02T11:59:40Z', 'just now'],
  ['2026-01-02T11:30:00Z', '30 minutes ago'],
  ['2026-01-01T11:00:00Z', 'yesterday'],
  ['2025-12-12T12:00:00Z', '3 weeks ago'],
])('%s, seen at noon of the second', (time, said) => {
  expect(ago(time, new Date('2026-01-02T12:00:00Z').getTime())).toBe(said);
});

test.each([
  [{ name: 'three.pdf', page: 0, pages: 3 }, 'three.pdf, page 1 of 3'],
  [{ name: 'three.pdf', page: 2, pages: 3 }, 'three.pdf, page 3 of 3'],
  [{ name: 'car.png', page: 0, pages: 1 }, 'car.png'],
])('an image is called %#', (image, name) => {
  expect(imageName(image)).toBe(name);
});
