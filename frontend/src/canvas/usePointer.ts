/** The pointer on the stage: presses become gestures of the editor, the wheel and two fingers move the view. */

import { type PointerEvent as ReactPointerEvent, useEffect, useRef, useState } from 'react';
import type { Editor } from '@/editor/editor';
import type { Point } from '@/editor/geometry';
import { begin, drag, end, type Gesture, type Modifiers } from '@/editor/gesture';
import { cursorOf } from '@/editor/handles';
import { type Hit, hit } from '@/editor/hit';
import { toImage } from '@/editor/view';
import { HANDLE_REACH } from './paint';
import { useSpaceHeld } from './useSpaceHeld';

const TOUCH_REACH = 20;

interface Press {
  gesture: Gesture;
  at: Point;
  /** A finger is on the region that was selected already: it has no keys to open the text with. */
  opens: boolean;
}

export function usePointer(editor: Editor) {
  const stage = useRef<HTMLDivElement>(null);
  const press = useRef<Press | null>(null);
  const fingers = useRef(new Map<number, Point>());
  const spaceHeld = useSpaceHeld();
  const [over, setOver] = useState<Hit>({ kind: 'empty' });
  const [panning, setPanning] = useState(false);
  useWheel(stage, editor);

  const screenPoint = (event: { clientX: number; clientY: number }): Point => {
    const box = stage.current?.getBoundingClientRect();
    return [event.clientX - (box?.left ?? 0), event.clientY - (box?.top ?? 0)];
  };
  const imagePoint = (at: Point): Point => toImage(editor.state.view, at);
  const hitAt = (at: Point, touch: boolean): Hit => {
    const reach = (touch ? TOUCH_REACH : HANDLE_REACH) / editor.state.view.scale;
    const selected = editor.state.readOnly ? null : editor.selected;
    return hit(editor.list, selected, imagePoint(at), reach);
  };
  const modifiersOf = (event: ReactPointerEvent, pan = false): Modifiers => ({
    shift: event.shiftKey,
    alt: event.altKey,
    pan: pan || spaceHeld || event.button === 1,
  });

  const onPointerDown = (event: ReactPointerEvent) => {
    if (!editor.state.picture || event.button === 2) return;
    // The text field keeps the keyboard while a box is being adjusted.
    event.preventDefault();
    event.currentTarget.setPointerCapture(event.pointerId);
    const at = screenPoint(event);
    fingers.current.set(event.pointerId, at);
    if (fingers.current.size > 1) {
      press.current = null;
      editor.preview(null);
      return;
    }
    const touch = event.pointerType === 'touch';
    const under = hitAt(at, touch);
    editor.keepText();
    const looksOnly = editor.state.readOnly && under.kind !== 'region';
    const modifiers = modifiersOf(event, looksOnly);
    const opens = touch && under.kind === 'region' && under.id === editor.state.selected;
    const quadOf = (id: string) =>
      editor.state.regions.get(id)?.quad ?? [
        [0, 0],
        [0, 0],
        [0, 0],
        [0, 0],
      ];
    press.current = { gesture: begin(under, imagePoint(at), modifiers, quadOf), at, opens };
    setPanning(modifiers.pan);
    if (under.kind === 'region' && !modifiers.pan && !modifiers.shift) editor.select(under.id);
  };

  const onPointerMove = (event: ReactPointerEvent) => {
    const at = screenPoint(event);
    if (fingers.current.size > 1) {
      pinch(editor, fingers.current, event.pointerId, at);
      return;
    }
    const now = press.current;
    if (!now) {
      setOver((old) => sameOr(old, hitAt(at, false)));
      return;
    }
    if (now.gesture.kind === 'pan') editor.pan(at[0] - now.at[0], at[1] - now.at[1]);
    else if (editor.state.picture && !editor.state.readOnly) {
      const { picture, view } = editor.state;
      now.gesture = drag(now.gesture, imagePoint(at), modifiersOf(event), picture, view.scale);
      editor.preview(previewOf(now.gesture));
    }
    now.at = at;
  };

  const onPointerUp = (event: ReactPointerEvent) => {
    fingers.current.delete(event.pointerId);
    const now = press.current;
    press.current = null;
    setPanning(false);
    editor.preview(null);
    if (now) finish(editor, now);
    setOver(hitAt(screenPoint(event), false));
  };

  const onPointerCancel = (event: ReactPointerEvent) => {
    fingers.current.delete(event.pointerId);
    press.current = null;
    setPanning(false);
    editor.preview(null);
  };

  const onDoubleClick = () => {
    if (editor.state.selected) editor.type(editor.state.selected);
  };
  const onPointerLeave = () => setOver({ kind: 'empty' });
  const cursor = panning ? 'grabbing' : spaceHeld ? 'grab' : cursorFor(editor, over);
  const hovered = over.kind === 'region' ? over.id : null;
  const handlers = {
    onPointerDown,
    onPointerMove,
    onPointerUp,
    onPointerCancel,
    onPointerLeave,
    onDoubleClick,
  };
  return { stage, handlers, cursor, hovered };
}

function finish(editor: Editor, { gesture, opens }: Press): void {
  const outcome = end(gesture);
  if (outcome.kind === 'drawn') editor.draw(outcome.quad);
  if (outcome.kind === 'changed') {
    editor.edit(outcome.id, { quad: outcome.quad }, { title: gesture.kind === 'pull' ? 'Resize' : 'Move' });
  }
  if (outcome.kind === 'click' && outcome.id === null) editor.select(null);
  if (outcome.kind === 'click' && outcome.id !== null && opens) editor.type(outcome.id);
}

function previewOf(gesture: Gesture) {
  if (gesture.kind === 'pan' || !gesture.moved || !gesture.quad) return null;
  return { id: gesture.kind === 'draw' ? null : gesture.id, quad: gesture.quad };
}

function sameOr(old: Hit, now: Hit): Hit {
  return JSON.stringify(old) === JSON.stringify(now) ? old : now;
}

function cursorFor(editor: Editor, over: Hit): string {
  if (editor.state.readOnly) return over.kind === 'region' ? 'pointer' : 'grab';
  if (over.kind === 'empty') return 'crosshair';
  if (over.kind === 'region') return 'move';
  const quad = editor.state.regions.get(over.id)?.quad;
  return quad ? cursorOf(quad, over.handle) : 'crosshair';
}

/** Two fingers: their middle moves the view, their distance zooms it. */
function pinch(editor: Editor, fingers: Map<number, Point>, moved: number, to: Point): void {
  const other = [...fingers].find(([id]) => id !== moved)?.[1];
  const from = fingers.get(moved);
  fingers.set(moved, to);
  if (!other || !from) return;
  const before = Math.hypot(from[0] - other[0], from[1] - other[1]);
  const after = Math.hypot(to[0] - other[0], to[1] - other[1]);
  editor.pan((to[0] - from[0]) / 2, (to[1] - from[1]) / 2);
  if (before > 0) editor.zoom(after / before, [(to[0] + other[0]) / 2, (to[1] + other[1]) / 2]);
}

/** React listens to the wheel passively; keeping the page still needs a listener of our own. */
function useWheel(stage: React.RefObject<HTMLDivElement | null>, editor: Editor): void {
  useEffect(() => {
    const element = stage.current;
    if (!element) return;
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      const box = element.getBoundingClientRect();
      const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
      // A pinch on a touchpad arrives as a wheel with Ctrl and small steps.
      const pace = event.ctrlKey ? 0.01 : 0.0018;
      const factor = Math.exp(-event.deltaY * lines * pace);
      if (event.shiftKey) editor.pan(-(event.deltaX + event.deltaY) * lines, 0);
      else
        editor.zoom(Math.min(Math.max(factor, 0.5), 2), [event.clientX - box.left, event.clientY - box.top]);
    };
    element.addEventListener('wheel', onWheel, { passive: false });
    return () => element.removeEventListener('wheel', onWheel);
  }, [stage, editor]);
}
