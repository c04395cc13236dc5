/** The words of the editor: regions, their labels, and the document they make up. */

import type { Quad, Size } from './geometry';

export type Origin = 'person' | 'import' | 'suggestion';

/** A region as a person sees it. What the server knows of it (its version) belongs to the save queue. */
export interface Region {
  readonly id: string;
  /** null until the project has a label to give. */
  readonly label: string | null;
  readonly quad: Quad;
  readonly text: string;
  readonly origin: Origin;
  readonly confidence: number | null;
}

export interface Label {
  id: string;
  name: string;
  colour: string;
  pattern: string;
  words: readonly string[];
}

export interface Picture extends Size {
  id: string;
}

/** How one region differs between two moments; null is "not there". */
export interface Change {
  readonly id: string;
  readonly before: Region | null;
  readonly after: Region | null;
}

export type Regions = ReadonlyMap<string, Region>;

export function apply(regions: Regions, changes: readonly Change[]): Regions {
  const next = new Map(regions);
  for (const { id, after } of changes) {
    if (after) next.set(id, after);
    else next.delete(id);
  }
  return next;
}

export function reversed(changes: readonly Change[]): Change[] {
  return changes.map(({ id, before, after }) => ({ id, before: after, after: before })).reverse();
}

export function sameRegion(a: Region | null, b: Region | null): boolean {
  if (a === null || b === null) return a === b;
  const sameCorners = a.quad.every((p, i) => p[0] === b.quad[i]?.[0] && p[1] === b.quad[i]?.[1]);
  return (
    sameCorners &&
    a.label === b.label &&
    a.text === b.text &&
    a.origin === b.origin &&
    a.confidence === b.confidence
  );
}

export function sameLabels(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((label) => b.includes(label));
}
