/** Every act, in the order of the shortcuts sheet. A new act is a file and a line here. */

import type { Editor } from '../editor';
import { absent } from './absent';
import { type Act, chord, type Desk, type KeyPress } from './act';
import { nextRegion, previousRegion } from './between';
import { box } from './box';
import { cancel } from './cancel';
import { enter } from './enter';
import { nextImage, previousImage, reviewed, reviewedAndNext, sheet } from './go';
import { redo, undo } from './history';
import { label } from './label';
import { showWhole, zoomIn, zoomOut } from './look';
import { nudge } from './nudge';
import { remove } from './remove';
import { stretch } from './stretch';
import { accept, acceptAll } from './suggestions';
import { rotate, turn } from './turn';

export type { Act, Desk, KeyPress } from './act';

export const ACTS: readonly Act[] = [
  enter,
  cancel,
  label,
  absent,
  nextRegion,
  previousRegion,
  accept,
  acceptAll,
  box,
  nudge,
  stretch,
  rotate,
  turn,
  remove,
  undo,
  redo,
  showWhole,
  zoomIn,
  zoomOut,
  nextImage,
  previousImage,
  reviewed,
  reviewedAndNext,
  sheet,
];

export function actFor(press: KeyPress, editor: Editor, inText: boolean): Act | null {
  const pressed = chord(press);
  const act = ACTS.find((candidate) => (inText ? candidate.keysInText : candidate.keys)?.includes(pressed));
  return act && (act.can?.(editor) ?? true) ? act : null;
}

/** Performs what the key stands for; false where it stands for nothing here. */
export function press(event: KeyPress, editor: Editor, desk: Desk, inText: boolean): boolean {
  const act = actFor(event, editor, inText);
  if (!(act?.once && event.repeat)) act?.perform(editor, desk, chord(event));
  return act !== null;
}

const SHOWN: Record<string, string> = {
  mod: 'Ctrl',
  alt: 'Alt',
  shift: 'Shift',
  enter: 'Enter',
  escape: 'Esc',
  delete: 'Delete',
  backspace: 'Backspace',
  tab: 'Tab',
};

/** A chord as people write it: "Ctrl + Shift + Z". */
export function spell(chordName: string): string {
  if (chordName.length === 1) return chordName.toUpperCase();
  return chordName
    .split('+')
    .map((part) => SHOWN[part] ?? part.toUpperCase())
    .join(' + ');
}

export function keysOf(act: Act): readonly string[] {
  return act.shown ? [act.shown] : act.keys.map(spell);
}
