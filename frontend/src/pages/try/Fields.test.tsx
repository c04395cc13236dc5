import { MantineProvider } from '@mantine/core';
import { render, screen } from '@testing-library/react';
import { expect, test } from 'vitest';
import type { PredictedRegion } from '@/api/types';
import { doubt, Fields } from './Fields';

const region: PredictedRegion = {
  label: 'number_plate',
  quad: [
    [0, 0],
    [9, 0],
    [9, 3],
    [0, 3],
  ],
  text: 'K5',
  confidence: 0.8,
  finder_score: 0.9,
  characters: [
    ['K', 1],
    ['5', 0.6],
  ],
};

const show = (regions: PredictedRegion[]) =>
  render(
    <MantineProvider>
      <Fields regions={regions} colours={new Map()} active={null} onActive={() => undefined} />
    </MantineProvider>,
  );

test.each([
  [1, 0],
  [0.75, 0.5],
  [0.5, 1],
  [0.1, 1],
])('a confidence of %f is shaded %f', (confidence, shade) => {
  expect(doubt(confidence)).toBeCloseTo(shade);
});

test('a doubtful character is shaded, a sure one is not', () => {
  show([region]);
  const shade = (symbol: string) => screen.getByText(symbol).style.getPropertyValue('--doubt');
  expect([shade('K'), shade('5')]).toEqual(['0%', '48%']);
});

test('characters that do not make up the text do not replace it', () => {
  show([{ ...region, text: 'K 5' }]);
  expect(screen.getByText('K 5')).toBeTruthy();
});

test('an image without fields says what to do', () => {
  show([]);
  expect(screen.getByText(/add images like this/)).toBeTruthy();
});
