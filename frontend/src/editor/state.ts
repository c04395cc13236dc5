/** What the editor holds, and what follows from it: which labels are missing on the image, and what the next box is. */

import type { Quad, Size } from './geometry';
import { EMPTY, type History } from './history';
import { type Label, type Picture, type Region, type Regions, sameLabels } from './model';
import type { View } from './view';

export interface Typing {
  readonly id: string;
  /** The region as it was when its text field opened; null when it was drawn just now. */
  readonly before: Region | null;
  /** The person has opened this very text to type it anew: the first character replaces it. */
  readonly over: boolean;
}

export interface EditorState {
  readonly picture: Picture | null;
  readonly regions: Regions;
  readonly selected: string | null;
  readonly typing: Typing | null;
  /** Drawn just now and still without a text: Esc takes it back. */
  readonly fresh: string | null;
  readonly labels: readonly Label[];
  /** Labels that a person said are not on this image. */
  readonly absent: readonly string[];
  /** Labels that occur more than once on an image of this project, as the lines of a receipt do. */
  readonly several: readonly string[];
  /** The label that was chosen by hand for the next box. */
  readonly chosen: string | null;
  /** The label of the box that was drawn or labelled last on this image. */
  readonly last: string | null;
  /** Labels that are neither on this image nor said to be absent, in the order of the labels. */
  readonly missing: readonly string[];
  /** The label the next drawn region gets. */
  readonly label: string | null;
  readonly readOnly: boolean;
  readonly history: History;
  readonly stage: Size;
  readonly view: View;
  /** Where to go back to when the region that was zoomed to has been typed. */
  readonly home: View | null;
  /** A region as the pointer is just now drawing (id null), moving or pulling it. */
  readonly preview: Preview | null;
}

export interface Preview {
  readonly id: string | null;
  readonly quad: Quad;
}

export const NOTHING: EditorState = {
  picture: null,
  regions: new Map(),
  selected: null,
  typing: null,
  fresh: null,
  labels: [],
  absent: [],
  several: [],
  chosen: null,
  last: null,
  missing: [],
  label: null,
  readOnly: false,
  history: EMPTY,
  stage: { width: 0, height: 0 },
  view: { scale: 1, x: 0, y: 0 },
  home: null,
  preview: null,
};

type Fields = Pick<EditorState, 'missing' | 'label'>;

export function hasNewFields(change: Partial<EditorState>): boolean {
  return ['regions', 'labels', 'absent', 'chosen', 'last'].some((field) => field in change);
}

/** What a person chose comes first, then the first label that is missing, then the one used last on this image. */
export function fieldsOf(state: EditorState): Fields {
  const { labels, regions, absent, chosen, last } = state;
  const there = new Set([...regions.values()].map((region) => region.label));
  const found = labels.map(({ id }) => id).filter((id) => !there.has(id) && !absent.includes(id));
  const missing = sameLabels(found, state.missing) ? state.missing : found;
  const known = (id: string | null) => (labels.some((label) => label.id === id) ? id : null);
  const label = known(chosen) ?? missing[0] ?? known(last) ?? labels[0]?.id ?? null;
  return { missing, label };
}

/**
 * Labels that Enter waits for. One that can occur several times may as well not occur at all, and where there is one label
 * only, an image without it has nothing to be asked about.
 */
export function awaited({ labels, missing, several, readOnly }: EditorState): readonly string[] {
  if (labels.length < 2 || readOnly) return [];
  return missing.filter((id) => !several.includes(id));
}

/** Labels that more than one of these regions has. */
export function repeated(regions: Regions): string[] {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const { label } of regions.values()) {
    if (label !== null && seen.has(label)) twice.add(label);
    if (label !== null) seen.add(label);
  }
  return [...twice];
}
