import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, test } from 'vitest';
import { Editor } from '../editor';
import type { Quad } from '../geometry';
import type { Region } from '../model';
import { ACTS, type Desk, type KeyPress, keysOf, press } from '.';

const box = (x: number, y: number, width = 60, height = 20): Quad => [
  [x, y],
  [x + width, y],
  [x + width, y + height],
  [x, y + height],
];

const region = (id: string, quad: Quad, fields: Partial<Region> = {}): Region => ({
  id,
  label: 'plate',
  quad,
  text: '',
  origin: 'person',
  confidence: null,
  ...fields,
});

const LABELS = ['plate', 'date'].map((id) => ({ id, name: id, colour: '#0d6e67', pattern: '', words: [] }));

let editor: Editor;
let desk: Desk & { did: string[] };
let time: number;

beforeEach(() => {
  time = 0;
  let number = 0;
  const newId = () => {
    number += 1;
    return `new ${number}`;
  };
  editor = new Editor(newId, () => time);
  editor.resize({ width: 800, height: 600 });
  editor.setLabels(LABELS);
  editor.open({ id: 'image', width: 400, height: 300 }, [
    region('lower', box(20, 100)),
    region('upper', box(20, 20), { text: 'KL 55' }),
  ]);
  const did: string[] = [];
  desk = {
    did,
    go: (direction) => did.push(direction),
    tellMissing: () => did.push('missing'),
    review: () => did.push('review'),
    toggleReviewed: () => did.push('toggle'),
    toggleSheet: () => did.push('sheet'),
  };
});

const MODIFIERS: Record<string, Partial<KeyPress>> = {
  Ctrl: { ctrlKey: true },
  Meta: { metaKey: true },
  Alt: { altKey: true },
  Shift: { shiftKey: true },
};

/** Presses "Ctrl+z" or "Enter" where the person is: in a text field while one is open. */
function key(name: string): boolean {
  const parts = name.length > 1 ? name.split('+') : [name];
  const pressed = {
    key: parts.at(-1) || '+',
    ctrlKey: false,
    metaKey: false,
    altKey: false,
    shiftKey: false,
  };
  for (const part of parts.slice(0, -1)) Object.assign(pressed, MODIFIERS[part]);
  time += 5000;
  return press(pressed, editor, desk, editor.state.typing !== null);
}

const textOf = (id: string) => editor.state.regions.get(id)?.text;
const cornerOf = (id: string) => editor.state.regions.get(id)?.quad[0];

test('Enter goes through the regions without text, then to the next image', () => {
  editor.setLabels(LABELS.slice(0, 1));
  key('Enter');
  expect(editor.state.typing?.id).toBe('lower');
  editor.setText('lower', 'A 1');
  key('Enter');
  expect(editor.state.typing).toBeNull();
  expect(textOf('lower')).toBe('A 1');
  expect(desk.did).toEqual(['next']);
});

test('drawing opens the text of the new region, with the label in use', () => {
  editor.giveLabel('date');
  editor.draw(box(200, 200));
  expect(editor.state.typing).toEqual({ id: 'new 1', before: null, over: false });
  expect(editor.selected?.label).toBe('date');
});

test('Esc takes back a box drawn just now, and undo brings it back', () => {
  editor.draw(box(200, 200));
  key('Escape');
  expect(editor.state.regions.has('new 1')).toBe(false);
  key('Ctrl+z');
  expect(editor.selected?.id).toBe('new 1');
});

test('Esc first clears what was typed into a new box, then takes back the box', () => {
  editor.draw(box(200, 200));
  editor.setText('new 1', 'wrong');
  key('Escape');
  expect(textOf('new 1')).toBe('');
  expect(editor.state.typing?.id).toBe('new 1');
  key('Escape');
  expect(editor.state.regions.has('new 1')).toBe(false);
});

test('Esc gives an older region its text of before', () => {
  editor.type('upper');
  editor.setText('upper', 'KL 5');
  key('Escape');
  expect(textOf('upper')).toBe('KL 55');
  expect(editor.state.typing).toBeNull();
  expect(editor.state.selected).toBe('upper');
});

test.each(['Delete', 'Backspace'])('%s removes the selected region, and undo restores it', (name) => {
  editor.select('upper');
  key(name);
  expect(editor.state.regions.has('upper')).toBe(false);
  key('Ctrl+z');
  expect(textOf('upper')).toBe('KL 55');
});

test('Backspace while typing is left to the text', () => {
  editor.type('upper');
  expect(key('Backspace')).toBe(false);
  expect(editor.state.regions.has('upper')).toBe(true);
});

test('digits set the label; while typing they are text and Alt sets the label', () => {
  editor.select('upper');
  key('2');
  expect(editor.selected?.label).toBe('date');
  editor.type('upper');
  expect(key('1')).toBe(false);
  key('Alt+1');
  expect(editor.selected?.label).toBe('plate');
});

test('a digit beyond the labels does nothing', () => {
  editor.select('upper');
  key('9');
  expect(editor.selected?.label).toBe('plate');
});

describe('undo and redo', () => {
  test.each([
    ['Ctrl+z', 'Ctrl+Shift+z'],
    ['Meta+z', 'Meta+Shift+z'],
    ['Ctrl+z', 'Ctrl+y'],
  ])('%s and %s walk back and forth', (back, forth) => {
    editor.select('upper');
    key('ArrowRight');
    key('ArrowDown');
    key(back);
    expect(cornerOf('upper')).toEqual([21, 20]);
    key(back);
    expect(cornerOf('upper')).toEqual([20, 20]);
    key(forth);
    key(forth);
    expect(cornerOf('upper')).toEqual([21, 21]);
  });

  test('loading cannot be undone', () => {
    key('Ctrl+z');
    expect(editor.state.regions.size).toBe(2);
  });

  test('a region that somebody else changed is not undone', () => {
    editor.select('upper');
    key('ArrowRight');
    editor.receive('upper', region('upper', box(90, 90), { text: 'theirs' }));
    key('Ctrl+z');
    expect(textOf('upper')).toBe('theirs');
    expect(cornerOf('upper')).toEqual([90, 90]);
  });

  test('goes on where it was after another image was looked at', () => {
    editor.select('upper');
    key('ArrowRight');
    const left = [...editor.state.regions.values()];
    editor.open({ id: 'other', width: 100, height: 100 }, []);
    key('Ctrl+z');
    editor.open({ id: 'image', width: 400, height: 300 }, left);
    key('Ctrl+z');
    expect(cornerOf('upper')).toEqual([20, 20]);
  });

  test('is dropped for an image that has changed in the meantime', () => {
    editor.select('upper');
    key('ArrowRight');
    editor.open({ id: 'other', width: 100, height: 100 }, []);
    editor.open({ id: 'image', width: 400, height: 300 }, [region('upper', box(70, 70))]);
    key('Ctrl+z');
    expect(cornerOf('upper')).toEqual([70, 70]);
  });
});

test.each([
  ['ArrowLeft', [19, 20]],
  ['ArrowDown', [20, 21]],
  ['Shift+ArrowRight', [30, 20]],
  ['Shift+ArrowUp', [20, 10]],
])('%s moves the selected region', (name, corner) => {
  editor.select('upper');
  key(name);
  expect(cornerOf('upper')).toEqual(corner);
});

test.each([
  ['Alt+ArrowRight', box(20, 20, 61, 20)],
  ['Alt+ArrowLeft', box(20, 20, 59, 20)],
  ['Alt+ArrowDown', box(20, 20, 60, 21)],
  ['Alt+Shift+ArrowDown', box(20, 20, 60, 30)],
])('%s resizes it by its right and lower side', (name, quad) => {
  editor.select('upper');
  key(name);
  expect(editor.selected?.quad).toEqual(quad);
});

test('B puts a box in the middle, the arrows place it, Enter opens its text', () => {
  key('b');
  expect(editor.state.selected).toBe('new 1');
  expect(editor.state.typing).toBeNull();
  const before = cornerOf('new 1') as [number, number];
  key('ArrowRight');
  expect(cornerOf('new 1')).toEqual([before[0] + 1, before[1]]);
  key('Enter');
  expect(editor.state.typing?.id).toBe('new 1');
});

test('Tab walks the regions in reading order and leaves after the last', () => {
  expect(key('Tab')).toBe(true);
  expect(editor.state.selected).toBe('upper');
  key('Tab');
  expect(editor.state.selected).toBe('lower');
  expect(key('Tab')).toBe(false);
  key('Shift+Tab');
  expect(editor.state.selected).toBe('upper');
});

test('Tab while typing goes on typing in the next region', () => {
  editor.type('upper');
  key('Tab');
  expect(editor.state.typing?.id).toBe('lower');
});

describe('suggestions', () => {
  beforeEach(() => {
    editor.open({ id: 'suggested', width: 400, height: 300 }, [
      region('sure', box(20, 20), { text: 'A 1', origin: 'suggestion', confidence: 0.98 }),
      region('unsure', box(20, 60), { text: 'B 2', origin: 'suggestion', confidence: 0.4 }),
      region('silent', box(20, 100), { text: '', origin: 'suggestion', confidence: 0.1 }),
    ]);
  });

  const originOf = (id: string) => editor.state.regions.get(id)?.origin;

  test('A accepts one as it is and goes to the next', () => {
    editor.select('sure');
    key('a');
    expect(originOf('sure')).toBe('person');
    expect(editor.state.selected).toBe('unsure');
  });

  test('Delete rejects one', () => {
    editor.select('unsure');
    key('Delete');
    expect(editor.state.regions.has('unsure')).toBe(false);
  });

  test('Shift+A accepts all that have a text, as one step', () => {
    key('Shift+a');
    expect(['sure', 'unsure', 'silent'].map(originOf)).toEqual(['person', 'person', 'suggestion']);
    key('Ctrl+z');
    expect(originOf('sure')).toBe('suggestion');
  });

  test('Enter in its text accepts it', () => {
    editor.type('sure');
    key('Enter');
    expect(originOf('sure')).toBe('person');
    expect(editor.state.typing?.id).toBe('unsure');
  });

  test('changing it makes it a person’s', () => {
    editor.select('unsure');
    key('ArrowLeft');
    expect(originOf('unsure')).toBe('person');
  });
});

test('0 shows the whole image again, + and - zoom', () => {
  const { scale } = editor.state.view;
  key('+');
  expect(editor.state.view.scale).toBeCloseTo(scale * 1.25);
  key('-');
  key('-');
  expect(editor.state.view.scale).toBeCloseTo(scale / 1.25);
  key('0');
  expect(editor.state.view.scale).toBe(scale);
});

test('the keys of the desk reach it', () => {
  for (const name of ['n', 'p', 'r', 'Ctrl+Enter', '?']) key(name);
  expect(desk.did).toEqual(['next', 'previous', 'toggle', 'review', 'next', 'sheet']);
});

test('who may only look changes nothing by any key', () => {
  editor.setReadOnly(true);
  editor.select('upper');
  const before = editor.state.regions;
  for (const act of ACTS)
    for (const chord of act.keys)
      key(chord.replace('mod', 'Ctrl').replace('alt', 'Alt').replace('shift', 'Shift'));
  expect(editor.state.regions).toBe(before);
  expect(desk.did).not.toContain('review');
});

describe('typing and the view', () => {
  test('the view goes to a small region once and does not move while its text is typed', () => {
    editor.open({ id: 'large', width: 4000, height: 3000 }, [region('small', box(100, 100, 60, 15))]);
    const home = editor.state.view;
    editor.type('small');
    const near = editor.state.view;
    expect(near.scale).toBeGreaterThan(home.scale * 4);
    editor.setText('small', 'KL 55 R 2473');
    expect(editor.state.view).toBe(near);
    key('Escape');
    expect(editor.state.view).toEqual(home);
  });

  test('the view goes back when the region goes', () => {
    editor.open({ id: 'large', width: 4000, height: 3000 }, []);
    const home = editor.state.view;
    editor.draw(box(100, 100, 60, 15));
    expect(editor.state.view).not.toEqual(home);
    key('Escape');
    expect(editor.state.view).toEqual(home);
  });

  test('a view chosen by hand is not taken back', () => {
    editor.open({ id: 'large', width: 4000, height: 3000 }, [region('small', box(100, 100, 60, 15))]);
    editor.type('small');
    editor.zoom(2);
    const chosen = editor.state.view;
    key('Escape');
    expect(editor.state.view).toEqual(chosen);
  });
});

test('whoever saves hears of every change, undo too, and of loading never', () => {
  const heard: string[] = [];
  editor.onChange = (changes, settled) =>
    heard.push(`${changes.map((c) => `${c.id}:${c.after?.text}`)} ${settled}`);
  editor.open({ id: 'third', width: 400, height: 300 }, [region('a', box(0, 0))]);
  editor.type('a');
  editor.setText('a', 'x');
  editor.finishTyping();
  key('Ctrl+z');
  expect(heard).toEqual(['a:x false', 'a:x true', 'a: true']);
});

test('a thousand regions: selecting, typing and moving take a few milliseconds each', () => {
  const many = Array.from({ length: 1000 }, (_, i) =>
    region(`r${i}`, box((i % 25) * 70, Math.floor(i / 25) * 30)),
  );
  editor.open({ id: 'many', width: 2000, height: 2000 }, many);
  const began = performance.now();
  for (let i = 0; i < 100; i += 1) {
    editor.select(`r${i * 7}`);
    key('ArrowRight');
    editor.setText(`r${i * 7}`, `text ${i}`);
    expect(editor.list).toHaveLength(1000);
  }
  expect((performance.now() - began) / 100).toBeLessThan(40);
});

test('every act has a name and keys of its own', () => {
  const names = ACTS.map((act) => act.name);
  expect(new Set(names).size).toBe(names.length);
  for (const where of ['keys', 'keysInText'] as const) {
    const chords = ACTS.flatMap((act) => act[where] ?? []);
    expect(new Set(chords).size).toBe(chords.length);
  }
});

test('the page for readers lists every shortcut', () => {
  const page = readFileSync('../docs/annotating.md', 'utf8');
  for (const act of ACTS) {
    for (const shown of keysOf(act)) expect(page).toContain(`\`${shown}\``);
    expect(page).toContain(act.title);
  }
});
