import { MantineProvider } from '@mantine/core';
import { render, screen } from '@testing-library/react';
import { expect, test } from 'vitest';
import type { PredictedRegion } from '@/api/types';
import { doubt, Fields, unsureOf } from './Fields';

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
  label_id: null,
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

test('a character below 0.8 is underlined and named, and the field says how sure it is', () => {
  show([region]);
  expect(screen.getByText('5').dataset.unsure).toBe('true');
  expect(screen.getByText('K').dataset.unsure).toBeUndefined();
  expect(screen.getByText('Less sure of 5 (character 2, 60 %)')).toBeTruthy();
  expect(screen.getByText('80 % sure')).toBeTruthy();
});

test.each([
  ['A B', [0.9, 0.7, 0.9], 'Less sure of the space (character 2, 70 %)'],
  ['A\nB', [0.9, 0.7, 0.5], 'Less sure of the line break (character 2, 70 %), B (character 3, 50 %)'],
  ['AB', [0.8, 0.99], null],
  ['', [], null],
] as [string, number[], string | null][])('what it is less sure of in %j', (text, sure, said) => {
  const characters = [...text].map((symbol, index): [string, number] => [symbol, sure[index] ?? 0]);
  expect(unsureOf({ ...region, text, characters })).toBe(said);
});

test('of many doubtful characters the first six are named', () => {
  const characters = [...'ABCDEFGH'].map((symbol): [string, number] => [symbol, 0.5]);
  const said = unsureOf({ ...region, text: 'ABCDEFGH', characters });
  expect(said).toMatch(/F \(character 6, 50 %\) and 2 more$/);
});

test('characters that do not make up the text do not replace it', () => {
  show([{ ...region, text: 'K 5' }]);
  expect(screen.getByText('K 5')).toBeTruthy();
});

test('a place the finder is unsure of is said to be one', () => {
  show([{ ...region, doubtful: true }, region]);
  expect(screen.getAllByText(/^Perhaps no number_plate: it is the likeliest place/)).toHaveLength(1);
});

test('an image without fields says what to do', () => {
  show([]);
  expect(screen.getByText(/add images like this/)).toBeTruthy();
});
