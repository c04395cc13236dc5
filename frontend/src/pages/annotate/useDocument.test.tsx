import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { act, renderHook, waitFor } from '@testing-library/react';
import type { ReactNode } from 'react';
import { beforeEach, expect, test, vi } from 'vitest';
import type { Project } from '@/api/types';
import { press } from '@/editor/acts';
import { Editor } from '@/editor/editor';
import { Saving } from './saving';
import { useDocument } from './useDocument';

const image = (id: string) => ({
  id,
  name: `${id}.png`,
  state: 'todo',
  version: 1,
  width: 400,
  height: 300,
  absent: [],
  regions: [],
  previous: null,
  next: null,
});

const project = { id: 'project', role: 'owner', labels: [{ id: 'plate', name: 'plate', colour: '#000' }] };
const desk = { go() {}, tellMissing() {}, review() {}, toggleReviewed() {}, toggleSheet() {} };
const B = { key: 'b', ctrlKey: false, metaKey: false, altKey: false, shiftKey: false };

let answered: (id: string) => boolean;

beforeEach(() => {
  localStorage.clear();
  vi.stubGlobal('fetch', (address: string) => {
    const id = address.split('/').at(-1)?.split('?')[0] ?? '';
    if (!address.includes('/images/') || !answered(id)) return new Promise(() => {});
    return Promise.resolve(new Response(JSON.stringify(image(id))));
  });
});

test('while the next image is on its way no key changes the one that was left', async () => {
  answered = (id) => id === 'first';
  const editor = new Editor(() => 'new');
  editor.resize({ width: 800, height: 600 });
  const saving = new Saving('alice');
  const client = new QueryClient();
  const wrapper = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={client}>{children}</QueryClientProvider>
  );
  const filters = {};
  const shown = renderHook(
    ({ id }) => useDocument(editor, saving, project as unknown as Project, id, filters),
    { wrapper, initialProps: { id: 'first' } },
  );
  await waitFor(() => expect(editor.state.picture?.id).toBe('first'));
  shown.rerender({ id: 'second' });
  act(() => {
    press(B, editor, desk, false);
  });
  expect(saving.queue.status().unsaved).toBe(0);
  expect(editor.state.picture).toBeNull();
});
