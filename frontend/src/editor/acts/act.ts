/** What an act is: something a person does by one key, named as the screen names it. */

import type { Editor } from '../editor';

/** What lies outside the document: other images, the review mark, the sheet. */
export interface Desk {
  go(direction: 'next' | 'previous'): void;
  /** Says which labels are still missing on the image. */
  tellMissing(): void;
  toggleReviewed(): void;
  review(): void;
  toggleSheet(): void;
}

export interface Act {
  name: string;
  /** The row of the shortcuts sheet. */
  title: string;
  group: 'Draw' | 'Type' | 'Look' | 'Go';
  /** Chords as `chord()` writes them: "mod+shift+z", "alt+arrowleft", "?". */
  keys: readonly string[];
  /** How the sheet shows the keys, where there are too many to list. */
  shown?: string;
  /** Chords that also hold while a text is being typed. */
  keysInText?: readonly string[];
  /** "recorded": can be undone. "none": changes nothing that could be. "history": is itself undo or redo. */
  undo: 'recorded' | 'none' | 'history';
  /** A key that is held down does it once: the next time it would be about something else. */
  once?: boolean;
  /** False where the act has nothing to do: the key is then left to the browser. */
  can?(editor: Editor): boolean;
  perform(editor: Editor, desk: Desk, key: string): void;
}

export interface KeyPress {
  key: string;
  /** Which key of the keyboard, whatever it writes: "Digit1". */
  code?: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
  /** The key is held down. */
  repeat?: boolean;
}

/** One name for a key press on every system. Shift is named only where it does not already change the character. */
export function chord(press: KeyPress): string {
  // With Alt some systems write another character: the digit row is then read by its place.
  const digit = press.altKey ? /^(?:Digit|Numpad)(\d)$/.exec(press.code ?? '')?.[1] : undefined;
  const key = digit ?? press.key.toLowerCase();
  const written = key.length === 1 && !/[a-z0-9]/.test(key);
  return [
    press.ctrlKey || press.metaKey ? 'mod+' : '',
    press.altKey ? 'alt+' : '',
    press.shiftKey && !written ? 'shift+' : '',
    key === ' ' ? 'space' : key,
  ].join('');
}
