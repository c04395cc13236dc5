import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { createMemoryRouter, RouterProvider } from 'react-router';
import { afterEach, expect, test, vi } from 'vitest';
import TrainPage, { remedy } from './TrainPage';

const summary = { images: 6, annotated: 4, regions: 5, train: 3, test: 1 };
const known = { state: 'done', done: 4, total: 4, failure: '' };
const estimate = {
  network: 'ppocr',
  name: 'PP-OCRv6',
  start: 'PP-OCRv6 small',
  minutes_expected: 6,
  minutes_low: 4,
  minutes_high: 9,
  based_on: 2,
  device: 'CPU',
  warning: null,
};
const TOO_LONG = 'RAM reads at most 1 character, and 5 of the 5 texts are longer.';
const network = {
  what: '',
  paper: '',
  papers: [{ name: 'Its paper', url: 'https://arxiv.org/abs/1507.05717' }],
  parameters: 3_014_740,
  default: false,
  starts: 'nothing',
  towers: [],
  most: 0,
  not_as: {},
};
const networks = [
  {
    ...network,
    key: 'ppocr',
    name: 'PP-OCRv6',
    guidance: 'It already reads.',
    default: true,
    starts: 'pretrained',
  },
  {
    ...network,
    key: 'ram',
    name: 'RAM',
    guidance: 'Single symbols.',
    most: 1,
    towers: ['pretrained', 'own'],
    not_as: { litert: 'its loops have no fixed length.' },
  },
];
const project = {
  id: 'p',
  name: 'Plates',
  role: 'owner',
  counts: { images: 6, todo: 2, annotated: 4, reviewed: 0, regions: 5 },
  labels: [],
  strip: [],
  live: null,
  newest: null,
  run: null,
};
const session = {
  user: { id: 1, email: 'alice@example.com', name: 'Alice', is_staff: false },
  workers: { default: true, predict: true, training: true },
  mail: 'smtp',
};

/** Answers as the server does; what was asked is kept. */
function serve(check: unknown, refusal?: string): string[] {
  const asked: string[] = [];
  const answers: Record<string, unknown> = {
    'GET /api/v1/projects/p': project,
    'GET /api/v1/projects/p/check': check,
    'GET /api/v1/projects/p/train-estimate': estimate,
    'GET /api/v1/projects/p/train-estimate?network=ram': {
      ...estimate,
      network: 'ram',
      name: 'RAM',
      minutes_expected: null,
      based_on: 0,
      warning: TOO_LONG,
    },
    'GET /api/v1/networks': networks,
    'GET /api/v1/session': session,
    'POST /api/v1/projects/p/runs': { id: 'r1', number: 1, project: 'p', state: 'queued' },
  };
  vi.stubGlobal('fetch', async (path: string, init?: RequestInit) => {
    const call = `${init?.method ?? 'GET'} ${path}`;
    asked.push(init?.body ? `${call} ${init.body}` : call);
    if (init?.method === 'POST' && refusal)
      return new Response(JSON.stringify({ error: { code: 'bad_options', message: refusal } }), {
        status: 400,
      });
    return new Response(JSON.stringify(answers[call] ?? {}), { status: call in answers ? 200 : 404 });
  });
  return asked;
}

function show() {
  const router = createMemoryRouter(
    [
      { path: '/projects/:projectId/train', element: <TrainPage /> },
      { path: '/projects/:projectId/runs/:runId', element: <p>The run</p> },
    ],
    { initialEntries: ['/projects/p/train'] },
  );
  render(
    <MantineProvider>
      <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>,
  );
}

afterEach(() => vi.unstubAllGlobals());

test('refused data disables the button, says why, and links to the images', async () => {
  serve({
    ...known,
    ready: false,
    summary,
    findings: [
      { code: 'note', severity: 'note', message: 'Two images are still to do.', image_ids: [], count: 2 },
      { code: 'empty', severity: 'refuse', message: 'Two texts are empty.', image_ids: ['a', 'b'], count: 2 },
    ],
  });
  show();
  const button = await screen.findByRole('button', { name: 'Train' });
  expect((button as HTMLButtonElement).disabled).toBe(true);
  expect(screen.getAllByText('Two texts are empty.')).toHaveLength(2);
  const link = screen.getByRole('link', { name: 'Show the 2 images' });
  expect(link.getAttribute('href')).toBe('/projects/p/images?ids=a,b');
  const rows = screen.getAllByRole('listitem').map((row) => row.textContent);
  expect(rows[0]).toContain('Two texts are empty.');
});

test('sound data can be trained, and starting leads to the run', async () => {
  const asked = serve({ ...known, ready: true, summary, findings: [] });
  show();
  await userEvent.click(await screen.findByRole('button', { name: 'Train' }));
  await screen.findByText('The run');
  expect(asked).toContain(
    'POST /api/v1/projects/p/runs {"network":null,"options":{"tower":null,"rectifier":null,"exports":[]}}',
  );
});

test('what will be trained is said beforehand', async () => {
  serve({ ...known, ready: true, summary, findings: [] });
  show();
  await screen.findByText('About 6 minutes, judged by 2 runs');
  expect(screen.getByText(/a mail goes to alice@example.com/)).toBeTruthy();
  expect(
    screen.getByText('4 of 6 images annotated, with 5 regions. 3 to learn from; 1 held out, to measure on.'),
  ).toBeTruthy();
});

test('the usual network is chosen, each tells when to choose it', async () => {
  serve({ ...known, ready: true, summary, findings: [] });
  show();
  const usual = await screen.findByRole('radio', { name: /PP-OCRv6/ });
  expect((usual as HTMLInputElement).checked).toBe(true);
  expect(screen.getByText('Single symbols.')).toBeTruthy();
  expect(
    screen.getByText(
      'Reads single characters; starts from nothing; can stand on a pretrained tower; 3.0 million parameters.',
    ),
  ).toBeTruthy();
  expect(screen.getAllByRole('link', { name: 'Its paper' })[0]?.getAttribute('href')).toBe(
    'https://arxiv.org/abs/1507.05717',
  );
});

test('another network says what it cannot read before anything is started', async () => {
  serve({ ...known, ready: true, summary, findings: [] });
  show();
  await userEvent.click(await screen.findByRole('radio', { name: 'RAM' }));
  await screen.findByText(TOO_LONG);
  await screen.findByText("4 to 9 minutes, guessed by your images and this machine's cores");
});

test('what was chosen is what is sent; a format it cannot be exported to cannot be chosen', async () => {
  const asked = serve({ ...known, ready: true, summary, findings: [] });
  show();
  await userEvent.click(await screen.findByRole('radio', { name: 'RAM' }));
  await userEvent.click(screen.getByText('More choices'));
  await userEvent.click(screen.getByRole('radio', { name: /^Affine/ }));
  await userEvent.click(screen.getByRole('checkbox', { name: /SavedModel/ }));
  const litert = screen.getByRole('checkbox', { name: /LiteRT/ }) as HTMLInputElement;
  expect(litert.disabled).toBe(true);
  expect(screen.getByText('Not with RAM: its loops have no fixed length.')).toBeTruthy();
  await screen.findByText(TOO_LONG);
  await userEvent.click(screen.getByRole('button', { name: 'Train' }));
  await screen.findByText('The run');
  expect(asked).toContain(
    'POST /api/v1/projects/p/runs {"network":"ram","options":{"tower":null,"rectifier":"affine","exports":["savedmodel"]}}',
  );
});

test('a choice that is refused is said in the words of the server', async () => {
  serve({ ...known, ready: true, summary, findings: [] }, 'The network ppocr cannot stand on the own tower.');
  show();
  await userEvent.click(await screen.findByRole('button', { name: 'Train' }));
  await screen.findByText('The network ppocr cannot stand on the own tower.');
});

test('a check that takes long says how far it has come, and Train waits for it', async () => {
  const checking = { ...known, state: 'checking', done: 12_400, total: 20_000 };
  serve({ ...checking, ready: null, summary: null, findings: [] });
  show();
  await screen.findByText('Looking at 12,400 of 20,000 images …');
  expect(screen.getByRole('progressbar').getAttribute('aria-valuenow')).toBe('62');
  const button = await screen.findByRole('button', { name: 'Train' });
  expect((button as HTMLButtonElement).disabled).toBe(true);
  screen.getByText('Your data is being looked at first.');
});

test('while it is made anew what was found before is shown', async () => {
  serve({ ...known, state: 'checking', done: 0, ready: true, summary, findings: [] });
  show();
  await screen.findByText(/^Looking at 4 images … Something has changed since/);
  screen.getByText(/^4 of 6 images annotated/);
  const button = await screen.findByRole('button', { name: 'Train' });
  expect((button as HTMLButtonElement).disabled).toBe(false);
});

test('a check that failed says why', async () => {
  serve({
    ...known,
    state: 'failed',
    failure: 'The memory ran out.',
    ready: null,
    summary: null,
    findings: [],
  });
  show();
  await screen.findByRole('button', { name: 'Train' });
  expect(screen.getAllByText('The memory ran out.')).toHaveLength(2);
});

const finding = (code: string, image_ids: string[] = []) => ({
  code,
  severity: 'refuse' as const,
  message: '',
  image_ids,
  count: 0,
});

test.each([
  [finding('no_labels'), 0, 'settings'],
  [finding('no_regions'), 0, 'images'],
  [finding('no_regions'), 6, 'annotate'],
  [finding('empty_texts', ['a']), 6, 'annotate/a'],
  [finding('empty_texts', ['a', 'b']), 6, 'images?ids=a,b'],
  [finding('few_images'), 6, undefined],
])('each finding leads to where it can be mended %#', (found, images, to) => {
  expect(remedy(found, images)?.to).toBe(to);
});
