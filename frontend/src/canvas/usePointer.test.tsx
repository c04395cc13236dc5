import { fireEvent, render, screen } from '@testing-library/react';
import { beforeEach, expect, test } from 'vitest';
import { Editor } from '@/editor/editor';
import type { Quad } from '@/editor/geometry';
import { usePointer } from './usePointer';

const QUAD: Quad = [
  [100, 100],
  [200, 100],
  [200, 140],
  [100, 140],
];

function Surface({ editor }: { editor: Editor }) {
  const { stage, handlers, cursor } = usePointer(editor);
  return <div ref={stage} data-testid="surface" style={{ cursor }} {...handlers} />;
}

let editor: Editor;

beforeEach(() => {
  editor = new Editor(() => 'new');
  // One screen pixel is one pixel of the picture, and both begin at the same corner.
  editor.resize({ width: 400 + 48, height: 300 + 48 });
  const region = {
    id: 'a',
    label: null,
    quad: QUAD,
    text: 'KL 55',
    origin: 'person' as const,
    confidence: null,
  };
  editor.open({ id: 'image', width: 400, height: 300 }, [region]);
  editor.pan(-24, -24);
  render(<Surface editor={editor} />);
  surface().setPointerCapture = () => {};
});

const surface = () => screen.getByTestId('surface');

function drag(points: [number, number][], init: object = {}): void {
  const at = ([clientX, clientY]: [number, number]) => ({ clientX, clientY, pointerId: 1, ...init });
  const [first, ...rest] = points as [[number, number], ...[number, number][]];
  fireEvent.pointerDown(surface(), at(first));
  for (const point of rest) fireEvent.pointerMove(surface(), at(point));
  fireEvent.pointerUp(surface(), at(points.at(-1) as [number, number]));
}

test('a drag on the empty picture draws a region and opens its text', () => {
  drag([
    [10, 10],
    [40, 30],
    [90, 50],
  ]);
  expect(editor.state.typing?.id).toBe('new');
  expect(editor.selected?.quad).toEqual([
    [10, 10],
    [90, 10],
    [90, 50],
    [10, 50],
  ]);
});

test('a drag on a region moves it, as one step of undo', () => {
  drag([
    [150, 120],
    [160, 130],
    [170, 150],
  ]);
  expect(editor.selected?.quad[0]).toEqual([120, 130]);
  editor.undo();
  expect(editor.selected?.quad).toEqual(QUAD);
});

test('a drag on a corner of the selected region resizes it', () => {
  editor.select('a');
  drag([
    [200, 140],
    [220, 150],
    [230, 160],
  ]);
  expect(editor.selected?.quad[2]).toEqual([230, 160]);
});

test('while the pointer is down the document is untouched; only a preview moves', () => {
  fireEvent.pointerDown(surface(), { clientX: 150, clientY: 120, pointerId: 1 });
  fireEvent.pointerMove(surface(), { clientX: 190, clientY: 120, pointerId: 1 });
  expect(editor.state.preview?.quad[0]).toEqual([140, 100]);
  expect(editor.state.regions.get('a')?.quad).toEqual(QUAD);
});

test('a click selects a region, another one leaves its text closed, and one beside it lets go', () => {
  drag([[150, 120]]);
  drag([[150, 120]]);
  expect([editor.state.selected, editor.state.typing]).toEqual(['a', null]);
  drag([[300, 250]]);
  expect([editor.state.selected, editor.state.typing]).toEqual([null, null]);
});

test('a double click opens the text, to be added to', () => {
  drag([[150, 120]]);
  fireEvent.doubleClick(surface());
  expect(editor.state.typing).toMatchObject({ id: 'a', over: false });
});

test('the second touch of a finger opens the text, as it has no keys', () => {
  const finger = { pointerType: 'touch' };
  drag([[150, 120]], finger);
  drag([[150, 120]], finger);
  expect(editor.state.typing?.id).toBe('a');
});

test('a text opened to be typed anew is kept once the hand is back on the picture', () => {
  editor.type('a', 'over');
  drag([
    [150, 120],
    [170, 130],
  ]);
  expect(editor.state.typing).toMatchObject({ id: 'a', over: false });
});

test('a twitch on the empty picture is a click', () => {
  editor.select('a');
  drag([
    [20, 20],
    [22, 22],
    [25, 24],
  ]);
  expect([editor.state.regions.size, editor.state.selected]).toEqual([1, null]);
});

test('a twitch on a region moves nothing', () => {
  drag([
    [150, 120],
    [155, 124],
  ]);
  expect([editor.state.regions.get('a')?.quad, editor.state.selected]).toEqual([QUAD, 'a']);
});

test('with Space held a drag moves the view and nothing else', () => {
  fireEvent.keyDown(window, { key: ' ' });
  const { x } = editor.state.view;
  drag([
    [150, 120],
    [180, 120],
  ]);
  expect(editor.state.view.x).toBe(x + 30);
  expect(editor.state.regions.get('a')?.quad).toEqual(QUAD);
});

test('the wheel zooms at the pointer', () => {
  // The test DOM's wheel events know no place.
  const turned = { deltaY: -200, deltaX: 0, deltaMode: 0, clientX: 150, clientY: 120 };
  fireEvent(surface(), Object.assign(new Event('wheel', { cancelable: true }), turned));
  const { view } = editor.state;
  expect(view.scale).toBeGreaterThan(1.2);
  expect([(150 - view.x) / view.scale, (120 - view.y) / view.scale]).toEqual([
    expect.closeTo(150, 5),
    expect.closeTo(120, 5),
  ]);
});

test('two fingers zoom and draw nothing', () => {
  fireEvent.pointerDown(surface(), { clientX: 250, clientY: 200, pointerId: 1, pointerType: 'touch' });
  fireEvent.pointerDown(surface(), { clientX: 300, clientY: 200, pointerId: 2, pointerType: 'touch' });
  fireEvent.pointerMove(surface(), { clientX: 350, clientY: 200, pointerId: 2, pointerType: 'touch' });
  expect(editor.state.view.scale).toBeCloseTo(2);
  expect(editor.state.regions.size).toBe(1);
});

test('who may only look moves the view by dragging, and no region', () => {
  editor.setReadOnly(true);
  drag([
    [150, 120],
    [190, 140],
  ]);
  drag([
    [20, 20],
    [60, 40],
  ]);
  expect(editor.state.regions.get('a')?.quad).toEqual(QUAD);
  expect(editor.state.regions.size).toBe(1);
});
