import { MantineProvider } from '@mantine/core';
import { render, screen } from '@testing-library/react';
import { expect, test } from 'vitest';
import type { Evaluation, Rate, Scores } from '@/api/types';
import { LabelScores } from './LabelScores';

const rate = (right: number, of: number): Rate => ({ right, of, share: right / of, low: 0.5, high: 0.9 });
const text = (right: number) => ({
  exact: rate(right, 6),
  exact_normalised: rate(right, 6),
  cer: 0.1,
  cer_normalised: 0.1,
});
const scores: Scores = {
  finder: { regions: 6, found: 6, matched: 6, precision: 1, recall: 1, f1: 1, recall_range: [0.61, 1] },
  reading: text(5),
  end_to_end: text(4),
};

const show = (sentences: Record<string, string>) => {
  const evaluation = {
    labels: { date: scores, total: scores },
    overall: scores,
    sentences,
  } as unknown as Evaluation;
  render(
    <MantineProvider>
      <LabelScores evaluation={evaluation} />
    </MantineProvider>,
  );
};

test('each label has a row of numbers with ranges, and what the server says of them stands below', () => {
  show({
    few: 'There are only 6 held-out fields.',
    parity: 'The exported model answers as the trained one.',
  });
  expect(screen.getAllByRole('row').map((row) => row.textContent)).toEqual([
    'FieldFoundPrecisionExact, region givenExact, end to endCharacters wrong',
    ...['date', 'total', 'All'].map(
      (name) => `${name}100 %6 of 661–100 %100 %6 of 683 %5 of 650–90 %67 %4 of 650–90 %10.0 %`,
    ),
  ]);
  expect(screen.getByText('There are only 6 held-out fields.')).toBeTruthy();
  expect(screen.getByText('The exported model answers as the trained one.')).toBeTruthy();
});

test('a label of which nothing was found is named above the numbers', () => {
  show({ unfound: 'It finds none of the 10 held-out “address”.' });
  const said = screen.getByText('It finds none of the 10 held-out “address”.');
  expect(said.compareDocumentPosition(screen.getByRole('table'))).toBe(Node.DOCUMENT_POSITION_FOLLOWING);
});

test('a version of an earlier release says nothing of what was not measured', () => {
  show({});
  expect(screen.queryByText(/exported model/)).toBeNull();
  expect(screen.queryByText(/When it says/)).toBeNull();
});
