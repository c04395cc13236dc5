import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { createMemoryRouter, RouterProvider } from 'react-router';
import { afterEach, expect, test, vi } from 'vitest';
import type { Comparison } from '@/api/types';
import ComparisonPage from './ComparisonPage';

const rate = (right: number) => ({ right, of: 2, share: right / 2, low: 0.1, high: 0.9 });
const version = (number: number, name: string, right: number) => ({
  id: `version-${number}`,
  run: `run-${number}`,
  number,
  network: { key: name, name, tower: null, rectifier: null },
  exact: rate(right),
  exact_normalised: rate(right),
  cer: 0.1,
  given_region: rate(right),
  cer_given_region: 0.1,
  found: 2,
  regions: 2,
  invented: 0,
  milliseconds: 100,
  megabytes: 10,
  minutes: 4,
});

const waiting: Comparison = {
  id: 'c',
  project: 'p',
  state: 'running',
  versions: [1, 2],
  done: 3,
  total: 8,
  failure: '',
  created_at: '2026-01-01T10:00:00Z',
  finished_at: null,
  result: null,
};
const done: Comparison = {
  ...waiting,
  state: 'done',
  result: {
    images: 2,
    some_only: 3,
    gone: 0,
    skipped: 0,
    labels: ['plate'],
    sentence: 'v2 reads the most of the same 2 held-out fields: 2. v1 reads 1.',
    counts: { fields: 2, all_right: 1, some_right: 1, none_right: 0 },
    versions: [version(1, 'CRNN', 1), version(2, 'PP-OCRv6', 2)],
    differing: 1,
    differences: [
      {
        image: 'images/i.png',
        image_id: 'i',
        label: 'plate',
        quad: [],
        truth: 'KL 55',
        readings: { '1': null, '2': 'KL 55' },
        right: [2],
        crop: '/media/comparisons/c/crops/0',
      },
    ],
  },
};

/** Answers as the server does; what was asked, with its body, is kept. */
function show(comparison: Comparison | null): string[] {
  const asked: string[] = [];
  const versions = [1, 2, 3].map((number) => ({ id: `version-${number}`, number }));
  const answers: Record<string, unknown> = {
    'GET /api/v1/comparisons/c': comparison,
    'GET /api/v1/projects/p/versions': versions,
    'POST /api/v1/projects/p/comparisons': { ...waiting, state: 'waiting' },
  };
  vi.stubGlobal('fetch', async (path: string, init?: RequestInit) => {
    const call = `${init?.method ?? 'GET'} ${path}`;
    asked.push(`${call} ${init?.body ?? ''}`.trim());
    const answer = answers[call] ?? { error: { code: 'not_found', message: 'There is nothing here.' } };
    return new Response(JSON.stringify(answer), { status: answers[call] ? 200 : 404 });
  });
  const router = createMemoryRouter(
    [{ path: '/projects/:projectId/runs/comparisons/:comparisonId', element: <ComparisonPage /> }],
    { initialEntries: ['/projects/p/runs/comparisons/c'] },
  );
  render(
    <MantineProvider>
      <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>,
  );
  return asked;
}

afterEach(() => vi.unstubAllGlobals());

test('while it is measured, it says how far it is', async () => {
  show(waiting);
  await screen.findByText('Reading pictures: 3 of 8');
  expect(screen.getByRole('heading', { name: 'v1 and v2 on the same images' })).toBeTruthy();
});

test('the result is a sentence, a row a version, and where they differ', async () => {
  show(done);
  await screen.findByText('v2 reads the most of the same 2 held-out fields: 2. v1 reads 1.');
  expect(
    screen.getByText(
      'Measured on 2 images that none of them learnt from. Left out: 3 held out by only some of them.',
    ),
  ).toBeTruthy();
  const [, first, second] = screen.getAllByRole('row');
  expect(first?.textContent).toContain('v1CRNN50 %1 of 2');
  expect(second?.textContent).toContain('v2PP-OCRv6100 %2 of 2');
  const link = screen.getByRole('link', { name: 'Open the image of “KL 55”' });
  expect(link.getAttribute('href')).toBe('/projects/p/annotate/i');
  const card = within(link.closest('li') as HTMLElement);
  expect(card.getByText('nothing')).toBeTruthy();
  expect(card.getAllByLabelText('right')).toHaveLength(1);
});

test('one that failed says why, and is tried again', async () => {
  const asked = show({ ...waiting, state: 'failed', failure: 'v2 cannot be measured: its bundle is gone.' });
  await screen.findByText('v2 cannot be measured: its bundle is gone.');
  const button = await screen.findByRole('button', { name: 'Try again' });
  await vi.waitFor(() => expect((button as HTMLButtonElement).disabled).toBe(false));
  await userEvent.click(button);
  await screen.findByText('Waiting for the prediction worker…');
  expect(asked).toContain('POST /api/v1/projects/p/comparisons {"versions":["version-1","version-2"]}');
});

test('one that does not exist is said to be missing', async () => {
  show(null);
  await screen.findByText(/comparison/i);
});
