import { MantineProvider } from '@mantine/core';
import { Notifications, notifications } from '@mantine/notifications';
import { act, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { showDone, showError, showUndo, showWay } from './toasts';

beforeEach(() => {
  render(
    <MantineProvider env="test">
      <Notifications position="bottom-left" limit={4} />
    </MantineProvider>,
  );
});

afterEach(() => {
  act(() => notifications.clean());
  vi.unstubAllGlobals();
});

test.each([
  ['done', showDone],
  ['error', showError],
])('the same sentence twice is one toast (%s)', async (_kind, show) => {
  act(() => {
    for (let time = 0; time < 3; time += 1) show('This is the first image.');
  });
  expect(await screen.findAllByText('This is the first image.')).toHaveLength(1);
});

test('a way on takes the place of the one of its kind, and leads there', async () => {
  const went: string[] = [];
  act(() => showWay('end', '2 still to do.', 'Go on', () => went.push('todo')));
  act(() => showWay('end', 'All 32 images are annotated.', 'Train', () => went.push('train')));
  expect(screen.queryByText('2 still to do.')).toBeNull();
  await userEvent.setup().click(await screen.findByRole('button', { name: 'Train' }));
  expect(went).toEqual(['train']);
});

test('what was done can be undone where the page is served without TLS', async () => {
  vi.stubGlobal('crypto', { getRandomValues: crypto.getRandomValues.bind(crypto) });
  const undone = vi.fn();
  act(() => showUndo('2 images deleted.', undone));
  await userEvent.setup().click(await screen.findByRole('button', { name: 'Undo' }));
  expect(undone).toHaveBeenCalledOnce();
});
