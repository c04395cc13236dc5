import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { act, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test, vi } from 'vitest';
import { useEditorState } from '@/canvas/useEditorState';
import type { Desk } from '@/editor/acts';
import { Editor } from '@/editor/editor';
import type { Region } from '@/editor/model';
import { RegionCard } from './RegionCard';
import { Saving } from './saving';
import { useKeys } from './useKeys';

const region = (id: string, top: number, fields: Partial<Region> = {}): Region => ({
  id,
  label: 'plate',
  quad: [
    [0, top],
    [60, top],
    [60, top + 20],
    [0, top + 20],
  ],
  text: '',
  origin: 'person',
  confidence: null,
  ...fields,
});

const went: string[] = [];
const desk: Desk = {
  go: (to) => went.push(to),
  tellMissing: () => went.push('missing'),
  review() {},
  toggleReviewed() {},
  toggleSheet() {},
};

function Cards({ editor, saving }: { editor: Editor; saving: Saving }) {
  const state = useEditorState(editor, (now) => now);
  useKeys(editor, desk);
  return editor.list.map((each, index) => (
    <RegionCard
      key={each.id}
      editor={editor}
      saving={saving}
      picture={null}
      region={each}
      number={index + 1}
      selected={state.selected === each.id}
    />
  ));
}

/** The server says which texts are unlike; nothing else is answered, as saving has tests of its own. */
const asked: string[][] = [];
function answer(address: string, { body }: RequestInit): Promise<Response> {
  if (!address.endsWith('/unlike')) return new Promise(() => {});
  const { texts } = JSON.parse(String(body)) as { texts: string[] };
  asked.push(texts);
  const unlike = texts.map((text) => text !== text.toUpperCase());
  return Promise.resolve(new Response(JSON.stringify({ unlike })));
}

let editor: Editor;

beforeEach(() => {
  went.length = 0;
  asked.length = 0;
  vi.stubGlobal('fetch', answer);
  editor = new Editor(() => 'new');
  editor.resize({ width: 800, height: 600 });
  editor.setLabels([
    { id: 'plate', name: 'number_plate', colour: '#0d6e67', pattern: '[A-Z0-9 ]+', words: [] },
    { id: 'state', name: 'state', colour: '#e8590c', pattern: '', words: ['KL', 'MH'] },
  ]);
  editor.open({ id: 'image', width: 400, height: 300 }, [
    region('first', 10),
    region('second', 60),
    region('third', 110, { text: 'OLD', origin: 'suggestion', confidence: 0.61 }),
  ]);
  render(
    <QueryClientProvider client={new QueryClient()}>
      <MantineProvider>
        <Cards editor={editor} saving={new Saving('alice')} />
      </MantineProvider>
    </QueryClientProvider>,
  );
});

const field = (number: number) => screen.getByLabelText<HTMLInputElement>(`Text of region ${number}`);

test('Enter, type, Enter: from text to text, then to the next image', async () => {
  const user = userEvent.setup();
  act(() => editor.sayAbsent('state'));
  await user.keyboard('{Enter}');
  expect(document.activeElement).toBe(field(1));
  await user.keyboard('KL 55{Enter}');
  expect(document.activeElement).toBe(field(2));
  await user.keyboard('MH 12{Enter}');
  expect(document.activeElement).toBe(field(3));
  await user.keyboard('{Enter}');
  expect(went).toEqual(['next']);
  expect(editor.list.map(({ text, origin }) => [text, origin])).toEqual([
    ['KL 55', 'person'],
    ['MH 12', 'person'],
    ['OLD', 'person'],
  ]);
});

test('an address keeps its lines while one of them is typed over', async () => {
  const user = userEvent.setup();
  await user.click(field(1));
  await user.keyboard('Ann Stone{Shift>}{Enter}{/Shift}12 Mill Lan');
  expect(field(1).value).toBe('Ann Stone\n12 Mill Lan');
  await user.keyboard('e{Enter}');
  expect(editor.state.regions.get('first')?.text).toBe('Ann Stone\n12 Mill Lane');
  expect(document.activeElement).toBe(field(2));
});

test('a text that the page has opened is added to, and never typed over', async () => {
  const user = userEvent.setup();
  act(() => editor.sayAbsent('state'));
  await user.keyboard('{Enter}KL 55{Enter}MH 12{Enter}');
  expect(document.activeElement).toBe(field(3));
  await user.keyboard('{Delete}9');
  expect(field(3).value).toBe('OLD9');
});

test('Enter on a selected region opens its text to be typed anew', async () => {
  const user = userEvent.setup();
  act(() => editor.select('third'));
  await user.keyboard('{Enter}NEW');
  expect(field(3).value).toBe('NEW');
});

test('keys after a text was left by Enter change nothing of its region', async () => {
  const user = userEvent.setup();
  act(() => editor.remove(['second', 'third']));
  await user.keyboard('{Enter}KL 55{Enter}');
  expect(went).toEqual(['missing']);
  await user.keyboard('1]{Backspace}{ArrowLeft}t');
  expect(editor.list).toEqual([{ ...region('first', 10), text: 'KL 55' }]);
});

test('a key that is held down leaves one image, not many', async () => {
  const user = userEvent.setup();
  act(() => editor.sayAbsent('state'));
  act(() => editor.remove(['first', 'second', 'third']));
  act(() => editor.sayAbsent('plate'));
  await user.keyboard('{Enter>4/}');
  expect(went).toEqual(['next']);
});

test('letters that are shortcuts elsewhere are letters in a text', async () => {
  const user = userEvent.setup();
  await user.click(field(1));
  await user.keyboard('bnprt0129?+-');
  expect(field(1).value).toBe('bnprt0129?+-');
  expect(went).toEqual([]);
  expect(editor.list).toHaveLength(3);
});

test('Esc gives the text back and leaves the field', async () => {
  const user = userEvent.setup();
  await user.click(field(3));
  await user.clear(field(3));
  await user.keyboard('NEW{Escape}');
  expect(field(3).value).toBe('OLD');
  expect(document.activeElement).not.toBe(field(3));
});

test('undo works inside the text field and keeps the document right', async () => {
  const user = userEvent.setup();
  await user.click(field(1));
  await user.keyboard('KL 55{Control>}z{/Control}');
  expect(field(1).value).toBe('');
});

test('a suggestion says how sure it is, and is accepted by its button', async () => {
  expect(screen.getByText('Suggestion 61 %')).toBeTruthy();
  await userEvent.setup().click(screen.getByLabelText('Accept region 3'));
  expect(editor.state.regions.get('third')?.origin).toBe('person');
});

test('a text that does not fit its label is pointed out and kept', async () => {
  const user = userEvent.setup();
  await user.click(field(1));
  await user.keyboard('kl');
  expect(await screen.findByText('Does not look like number_plate ([A-Z0-9 ]+).')).toBeTruthy();
  expect(editor.state.regions.get('first')?.text).toBe('kl');
  await user.keyboard('{Backspace}{Backspace}KL');
  expect(screen.queryByText(/Does not look like/)).toBeNull();
});

test('texts are compared with a pattern by the server, once typing rests', async () => {
  const user = userEvent.setup();
  await user.click(field(1));
  await user.keyboard('kl 55');
  await screen.findByText(/Does not look like/);
  expect(asked).toEqual([['OLD'], ['kl 55']]);
});

test('a text that is none of its label’s words is pointed out at once', async () => {
  const user = userEvent.setup();
  act(() => {
    editor.edit('first', { label: 'state' }, { title: 'Label' });
  });
  await user.click(field(1));
  await user.keyboard('X');
  expect(screen.getByText('Not one of the words of state.')).toBeTruthy();
  await user.keyboard('{Backspace}KL');
  expect(screen.queryByText(/Not one of/)).toBeNull();
});
