/** What has to be asked of the server so that a region there becomes what a person wants it to be. Pure. */

import type { Quad } from '../geometry';
import { type Region, sameRegion } from '../model';

/** A region as the server has it. */
export interface Stored {
  readonly region: Region;
  readonly version: number;
}

/** What is known of a region on the server: stored, never there, or deleted there (and can be restored). */
export type Known = Stored | 'never' | 'deleted';

export interface Fields {
  label?: string;
  quad?: Quad;
  text?: string;
  origin?: 'person';
}

export type Request =
  | { kind: 'create'; region: Region }
  | { kind: 'change'; fields: Fields; version: number; wanted: Region }
  | { kind: 'remove'; version: number }
  | { kind: 'restore' };

export const isStored = (known: Known): known is Stored => typeof known === 'object';

/** The next request on the way from `known` to `wanted`; null when there is nothing to ask. */
export function nextRequest(known: Known, wanted: Region | null): Request | null {
  if (wanted === null) return isStored(known) ? { kind: 'remove', version: known.version } : null;
  if (wanted.label === null) return null;
  if (known === 'deleted') return { kind: 'restore' };
  if (known === 'never') return { kind: 'create', region: wanted };
  const fields = differing(known.region, wanted);
  return fields ? { kind: 'change', fields, version: known.version, wanted } : null;
}

function differing(from: Region, to: Region): Fields | null {
  const fields: Fields = {};
  if (to.label !== null && to.label !== from.label) fields.label = to.label;
  if (to.text !== from.text) fields.text = to.text;
  if (!sameRegion({ ...from, quad: to.quad }, from)) fields.quad = to.quad;
  if (to.origin === 'person' && from.origin === 'suggestion') fields.origin = 'person';
  return Object.keys(fields).length > 0 ? fields : null;
}

/**
 * The request that finds out what became of those without an answer, where there would be nothing to ask: what the person
 * took back meanwhile may have come through. A suggestion is not changed for it, as that would accept it.
 */
export function assurance(asked: readonly Request[], known: Known, wanted: Region | null): Request | null {
  if (asked.length === 0) return null;
  if (wanted === null) return { kind: 'remove', version: isStored(known) ? known.version : 0 };
  if (asked.some((each) => each.kind === 'remove')) return { kind: 'restore' };
  if (!isStored(known) || wanted.label === null || wanted.origin === 'suggestion') return null;
  return { kind: 'change', fields: contentOf(wanted), version: known.version, wanted };
}

/** Waits for a label before it can be saved. */
export function needsLabel(known: Known, wanted: Region | null): boolean {
  return wanted !== null && wanted.label === null && !isStored(known);
}

/** The stored region already is what was asked for: an answer was lost on the way, not a change by someone else. */
export function alreadyDone(asked: Request, found: Stored | null): boolean {
  if (asked.kind === 'remove') return found === null;
  if (found === null) return false;
  if (asked.kind === 'restore') return true;
  const { label, quad, text, origin } = asked.kind === 'create' ? contentOf(asked.region) : asked.fields;
  return (
    (label === undefined || label === found.region.label) &&
    (text === undefined || text.trim() === found.region.text.trim()) &&
    (origin === undefined || origin === found.region.origin) &&
    (quad === undefined || near(quad, found.region.quad))
  );
}

/** One of the requests whose answers were lost has come through, and nothing else since. */
export function cameThrough(asked: readonly Request[], found: Stored | null): boolean {
  return asked.some(
    (each) => alreadyDone(each, found) && (each.kind !== 'change' || found?.version === each.version + 1),
  );
}

/** Joined to what has no answer yet; the same again is one. */
export function withAsked(asked: readonly Request[], request: Request): readonly Request[] {
  const written = JSON.stringify(request);
  return [...asked.filter((each) => JSON.stringify(each) !== written), request].slice(-50);
}

function contentOf(region: Region): Fields {
  return { label: region.label ?? undefined, quad: region.quad, text: region.text };
}

function near(a: Quad, b: Quad): boolean {
  return a.every(
    (p, i) => Math.abs(p[0] - (b[i]?.[0] ?? 0)) < 0.02 && Math.abs(p[1] - (b[i]?.[1] ?? 0)) < 0.02,
  );
}

/** What is known after a request went well. */
export function afterSuccess(asked: Request, before: Known, answer: Stored | null): Known {
  if (asked.kind === 'remove' || answer === null) return 'deleted';
  // A create that had come through before answers with what is there, which may be older than what was just sent.
  if (asked.kind !== 'change' || !isStored(before)) return answer;
  // The content is what was sent: a text the server tidied up must not be sent for ever.
  const sent = { ...before.region, ...asked.fields };
  return { version: answer.version, region: { ...sent, confidence: answer.region.confidence } };
}
