/** Several fields an image: what is missing, what the next box is, and what is said not to be there. */

import { beforeEach, describe, expect, test } from 'vitest';
import { type Desk, press } from './acts';
import { Editor } from './editor';
import type { Quad } from './geometry';
import type { Region } from './model';
import { awaited } from './state';

const box = (y: number): Quad => [
  [20, y],
  [80, y],
  [80, y + 20],
  [20, y + 20],
];

const LABELS = ['company', 'date', 'total', 'line'].map((id) => ({
  id,
  name: id,
  colour: '#0d6e67',
  pattern: '',
  words: [],
}));

const region = (id: string, label: string, fields: Partial<Region> = {}): Region => ({
  id,
  label,
  quad: box(20),
  text: id,
  origin: 'person',
  confidence: null,
  ...fields,
});

let editor: Editor;
let did: string[];
let desk: Desk;
let told: string[][];

beforeEach(() => {
  let number = 0;
  editor = new Editor(() => {
    number += 1;
    return `new ${number}`;
  });
  editor.resize({ width: 800, height: 600 });
  editor.setLabels(LABELS);
  told = [];
  editor.onAbsent = (absent) => told.push([...absent]);
  did = [];
  desk = {
    go: (direction) => did.push(direction),
    tellMissing: () => did.push('missing'),
    review: () => did.push('review'),
    toggleReviewed: () => did.push('toggle'),
    toggleSheet: () => did.push('sheet'),
  };
  open('first');
});

function open(id: string, regions: Region[] = [], absent: string[] = []): void {
  editor.open({ id, width: 400, height: 300 }, regions, absent);
}

function key(name: string): boolean {
  const [key, modifier] = name.split('+').reverse() as [string, string | undefined];
  const pressed = {
    key,
    ctrlKey: modifier === 'Ctrl',
    altKey: modifier === 'Alt',
    metaKey: false,
    shiftKey: false,
  };
  return press(pressed, editor, desk, editor.state.typing !== null);
}

function drawn(text: string, y = 20): void {
  const id = editor.draw(box(y)) as string;
  editor.setText(id, text);
  key('Enter');
}

const labels = () => editor.list.map((each) => each.label);

test('each box takes the first label that is missing, and Enter leaves when all are there', () => {
  for (const [index, text] of ['Acme', '12 JUN', '9.50', 'Tea'].entries()) {
    expect(did).toEqual(Array(index).fill('missing'));
    drawn(text, 20 + index * 40);
  }
  expect(labels()).toEqual(['company', 'date', 'total', 'line']);
  expect(did.at(-1)).toBe('next');
});

test('the label of the last box does not stick to the next image', () => {
  open('second', [region('a', 'company'), region('b', 'date')]);
  drawn('9.50', 60);
  open('third');
  expect(editor.state.label).toBe('company');
});

test('Enter on an image that lacks a label stays, shows all of it and lets the region go', () => {
  open('large', []);
  editor.open({ id: 'large', width: 4000, height: 3000 }, []);
  const whole = editor.state.view;
  drawn('Acme');
  expect(editor.state.view).toEqual(whole);
  expect([editor.state.typing, editor.state.selected]).toEqual([null, null]);
  expect(did).toEqual(['missing']);
  key('Enter');
  expect(did).toEqual(['missing', 'missing']);
});

test('a label that is said not to be there is not waited for', () => {
  open('second', [region('a', 'company'), region('b', 'date'), region('c', 'line')]);
  key('x');
  expect(told).toEqual([['total']]);
  key('Enter');
  expect(did).toEqual(['next']);
});

test('X is about the label of the next box, also when another one was chosen', () => {
  key('3');
  key('x');
  expect(editor.state.absent).toEqual(['total']);
  key('x');
  expect(editor.state.absent).toEqual(['total', 'company']);
});

test('what is not there can be undone and done again, and is told to whoever saves', () => {
  key('x');
  key('Ctrl+z');
  expect([editor.state.absent, editor.state.missing[0]]).toEqual([[], 'company']);
  key('Ctrl+y');
  expect(told).toEqual([['company'], [], ['company']]);
});

test('a box of a label that was not there ends that, and undo brings it back', () => {
  key('x');
  key('1');
  editor.draw(box(20));
  expect([labels(), editor.state.absent]).toEqual([['company'], []]);
  key('Escape');
  expect(editor.state.missing[0]).toBe('company');
  key('Ctrl+z');
  key('Ctrl+z');
  expect(editor.state.absent).toEqual(['company']);
  expect(told.at(-1)).toEqual(['company']);
});

test('with every label there the next box takes the label used last on this image', () => {
  open(
    'second',
    LABELS.map(({ id }) => region(id, id)),
  );
  editor.select('date');
  key('3');
  editor.select('date');
  key('2');
  editor.select(null);
  expect(editor.state.label).toBe('date');
});

test('X and Enter change nothing for somebody who may only look', () => {
  editor.setReadOnly(true);
  expect(key('x')).toBe(false);
  key('Enter');
  expect([editor.state.absent, did]).toEqual([[], ['next']]);
});

test('in a project with one label Enter never waits', () => {
  editor.setLabels(LABELS.slice(0, 1));
  key('Enter');
  drawn('KL 55');
  expect(did).toEqual(['next', 'next']);
});

describe('a label that occurs several times', () => {
  beforeEach(() => {
    open('second', [region('a', 'line'), region('b', 'line', { quad: box(80) })]);
    open('third', [region('c', 'company'), region('d', 'date'), region('e', 'total')]);
  });

  test('is not waited for on other images', () => {
    expect(editor.state.missing).toEqual(['line']);
    expect(awaited(editor.state)).toEqual([]);
    key('Enter');
    expect(did).toEqual(['next']);
  });

  test('stays chosen for the boxes that follow', () => {
    open('fourth');
    key('4');
    editor.draw(box(20));
    editor.draw(box(60));
    editor.draw(box(100));
    expect(labels()).toEqual(['line', 'line', 'line']);
  });

  test('is known from the images before, not from a slip on this one', () => {
    open('fourth', [region('a', 'total'), region('b', 'total', { quad: box(80) })]);
    editor.remove(['b']);
    expect(editor.state.several).toEqual(['line']);
  });
});

test('a label chosen once for one box is not chosen for the next', () => {
  key('3');
  drawn('9.50');
  expect([labels(), editor.state.label]).toEqual([['total'], 'company']);
});

test('what somebody else said is shown and cannot be undone', () => {
  editor.receiveAbsent(['date']);
  key('Ctrl+z');
  expect(editor.state.absent).toEqual(['date']);
});

describe('Esc', () => {
  test('takes back a box put there by B', () => {
    key('b');
    key('ArrowRight');
    key('Escape');
    expect(editor.list).toEqual([]);
  });

  test('takes back the text of such a box first', () => {
    key('b');
    key('Enter');
    editor.setText('new 1', 'wrong');
    key('Escape');
    expect([editor.selected?.text, editor.state.typing]).toEqual(['', null]);
    key('Escape');
    expect(editor.list).toEqual([]);
  });

  test('leaves a box that was there before', () => {
    open('second', [region('a', 'company', { text: '' })]);
    editor.select('a');
    key('Escape');
    expect([editor.list.length, editor.state.selected]).toEqual([1, null]);
  });
});
