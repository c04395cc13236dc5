import { MantineProvider } from '@mantine/core';
import { render, screen } from '@testing-library/react';
import { expect, test } from 'vitest';
import type { Look } from '@/api/types';
import { Looks } from './Looks';

const look = (change: Partial<Look>): Look => ({
  kind: 'attention',
  url: '/media/runs/r/looks/000.png',
  text: 'KL 55',
  truth: 'KL 56',
  ...change,
});

function show(looks: Look[]) {
  render(
    <MantineProvider>
      <Looks looks={looks} />
    </MantineProvider>,
  );
}

test('pictures stand by their kind, each kind with how to read it', () => {
  show([
    look({ kind: 'rectified', url: '/1.png' }),
    look({ url: '/0.png' }),
    look({ kind: 'rectified', url: '/2.png' }),
  ]);
  expect(screen.getAllByRole('heading').map(({ textContent }) => textContent)).toEqual([
    'Where it looked for each character',
    'Crops before and after the rectifier',
  ]);
  expect(screen.getByText(/coloured where the network looked/)).toBeTruthy();
  expect(screen.getAllByRole('img').map((image) => image.getAttribute('src'))).toEqual([
    '/0.png',
    '/1.png',
    '/2.png',
  ]);
});

test('what was read stands beside what is there, and their difference is marked', () => {
  show([look({})]);
  expect([...document.querySelectorAll('[data-differs]')].map(({ textContent }) => textContent)).toEqual([
    '6',
    '5',
  ]);
});
