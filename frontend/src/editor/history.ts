/** Undo and redo as plain values. Only a person's acts are recorded; loading and changes from elsewhere never are. */

import { type Change, sameRegion } from './model';

export interface Entry {
  /** What the person did, in the words of the screen: "Move", "Type". */
  readonly title: string;
  readonly changes: readonly Change[];
  /** The labels said to be absent, where the step changed them. */
  readonly absent?: { readonly before: readonly string[]; readonly after: readonly string[] };
  /** Entries with the same key made soon after each other are one step of undo. */
  readonly merge: string | null;
  readonly at: number;
}

export interface History {
  readonly past: readonly Entry[];
  readonly future: readonly Entry[];
}

export const EMPTY: History = { past: [], future: [] };
/** Edits of one kind on one region within this many milliseconds of each other become one step. */
export const MERGE_WITHIN = 1000;
const LONGEST = 500;

export function record(history: History, entry: Entry): History {
  const last = history.past.at(-1);
  const joins =
    last && entry.merge !== null && last.merge === entry.merge && entry.at - last.at <= MERGE_WITHIN;
  if (!joins) return { past: [...history.past, entry].slice(-LONGEST), future: [] };
  const changes = joined(last.changes, entry.changes);
  const past = history.past.slice(0, -1);
  return { past: changes.length > 0 ? [...past, { ...entry, changes }] : past, future: [] };
}

/** First state and last state of each region; a region that is back where it was is left out. */
function joined(first: readonly Change[], second: readonly Change[]): Change[] {
  const byId = new Map(first.map((change) => [change.id, change]));
  for (const change of second) {
    const earlier = byId.get(change.id);
    byId.set(change.id, earlier ? { ...earlier, after: change.after } : change);
  }
  return [...byId.values()].filter((change) => !sameRegion(change.before, change.after));
}

/** The next edit starts a step of its own, however soon it comes. */
export function seal(history: History): History {
  const last = history.past.at(-1);
  if (!last || last.merge === null) return history;
  return { ...history, past: [...history.past.slice(0, -1), { ...last, merge: null }] };
}

export function undone(history: History): { history: History; entry: Entry } | null {
  const entry = history.past.at(-1);
  if (!entry) return null;
  const sealed = { ...entry, merge: null };
  return { entry, history: { past: history.past.slice(0, -1), future: [...history.future, sealed] } };
}

export function redone(history: History): { history: History; entry: Entry } | null {
  const entry = history.future.at(-1);
  if (!entry) return null;
  return { entry, history: { past: [...history.past, entry], future: history.future.slice(0, -1) } };
}

/** Steps no longer touch a region that was changed by someone else: undoing them would overwrite that change unseen. */
export function forget(history: History, id: string): History {
  const without = (entries: readonly Entry[]) =>
    entries
      .map((entry) => ({ ...entry, changes: entry.changes.filter((change) => change.id !== id) }))
      .filter((entry) => entry.changes.length > 0 || entry.absent);
  return { past: without(history.past), future: without(history.future) };
}
