import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test, vi } from 'vitest';
import type { Import, Project } from '@/api/types';
import { HeldBoxes } from './HeldBoxes';

const sent: FormData[] = [];

/** Answers every form with an import that has begun. */
class Door {
  status = 201;
  responseText = JSON.stringify({ id: 'second', state: 'done' });
  upload = {};
  onload = () => {};
  open() {}
  setRequestHeader() {}
  send(form: FormData) {
    sent.push(form);
    this.onload();
  }
}
vi.stubGlobal('XMLHttpRequest', Door);

const project = { id: 'p', labels: [] } as unknown as Project;
const order = { file: new File(['files,text'], 'boxes.csv'), format: 'tutorial-csv', label: 'plate' };
const report = { imported: 1, images: 1, left_out: [], left_out_count: 12, held: 12, notes: [] };

function show(held: number) {
  const found = { id: 'first', report: { ...report, held } } as unknown as Import;
  const started: [string, string | undefined][] = [];
  render(
    <QueryClientProvider client={new QueryClient()}>
      <MantineProvider>
        <HeldBoxes
          project={project}
          found={found}
          order={order}
          onStarted={({ id }, { drawnOn }) => started.push([id, drawnOn])}
        />
      </MantineProvider>
    </QueryClientProvider>,
  );
  return started;
}

test.each([
  ['Turn them with their photos', 'file'],
  ['Import them as they are', 'upright'],
])('boxes that seem to lie beside their texts are asked about: %s', async (button, drawnOn) => {
  const started = show(12);
  expect(screen.getByRole('alert').textContent).toContain('12 boxes seem to be drawn on photos');
  await userEvent.setup().click(screen.getByRole('button', { name: button }));
  await waitFor(() => expect(started).toEqual([['second', drawnOn]]));
  const form = sent.at(-1);
  expect([form?.get('drawn_on'), form?.get('format'), form?.get('label')]).toEqual([
    drawnOn,
    'tutorial-csv',
    'plate',
  ]);
});

test('nothing is asked where nothing is held', () => {
  show(0);
  expect(screen.queryByRole('alert')).toBeNull();
});
