/**
 * Brings every region on the server to what the person wants it to be. It works on states, not on a log of edits: each
 * region has one request under way at a time, later edits wait and join, and a request can be sent twice without harm.
 */

import { type Region, sameRegion } from '../model';
import { Knowledge } from './knowledge';
import { Marks } from './marks';
import type { Kept, Outbox } from './outbox';
import {
  afterSuccess,
  assurance,
  cameThrough,
  isStored,
  type Known,
  needsLabel,
  nextRequest,
  type Request,
  type Stored,
  withAsked,
} from './plan';
import type { Problem, SaveStatus, Trouble } from './status';
import type { ImageMark, ImageState, ImageWish, Reply, Transport } from './transport';

type Held = Extract<Reply, { kind: 'unreachable' | 'signed-out' }>;

export interface Conflict {
  /** The region as it is on the server; null when it was deleted there. */
  theirs: Region | null;
}

interface Entry {
  id: string;
  image: string;
  wanted: Region | null;
  busy: boolean;
  /** Still being typed: sent after a pause. */
  settling: boolean;
  conflict: { theirs: Stored | null } | null;
  refused: string | null;
}

const UNTOUCHED = { busy: false, settling: false, conflict: null, refused: null };

export interface QueueEvents {
  /** A region turned out different from what the editor shows. */
  received(image: string, id: string, region: Region | null): void;
  marked(mark: ImageMark): void;
  /** An image could not be marked because it was changed elsewhere. */
  stale(image: string): void;
  /** An image will not be marked; the sentence says why. */
  unmarked(image: string, message: string): void;
  changed(): void;
}

const DEAF: QueueEvents = { received() {}, marked() {}, stale() {}, unmarked() {}, changed() {} };

const MOST_AT_ONCE = 4;
const TYPING_PAUSE = 700;
const FIRST_WAIT = 1_000;
const LONGEST_WAIT = 30_000;

export class SaveQueue {
  events: QueueEvents = DEAF;
  private readonly entries = new Map<string, Entry>();
  private readonly knowledge = new Knowledge();
  private readonly marks: Marks;
  /** Of each region the requests that were sent and not answered. Any of them may have come through. */
  private readonly asked = new Map<string, readonly Request[]>();
  private trouble: Trouble = null;
  /** Nothing is sent until the wait is over or the person has signed in again. */
  private paused = false;
  private wait = FIRST_WAIT;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private typingTimer: ReturnType<typeof setTimeout> | null = null;

  constructor(
    private readonly transport: Transport,
    private readonly outbox: Outbox,
  ) {
    this.marks = new Marks(transport, outbox, this.knowledge, {
      isWaiting: (image) => [...this.entries.values()].some((entry) => entry.image === image),
      hold: (reply) => {
        this.hold(reply);
        this.events.changed();
      },
      reached: () => this.goOn(),
      accepted: (ids, image) => this.accepted(ids, image),
      marked: (mark) => this.events.marked(mark),
      stale: (image) => this.events.stale(image),
      refused: (image, message) => this.events.unmarked(image, message),
    });
  }

  // ---- What comes from the server ----

  /** A moment on the queue's clock, to be taken before an image is asked for. */
  moment(): number {
    return this.knowledge.moment();
  }

  /** Takes in an image's regions as listed and gives them back with everything unsaved laid over them. */
  learn(mark: ImageMark, listed: readonly Stored[], asOf: number): Region[] {
    this.marks.note(mark);
    const shown = this.knowledge.listed(mark.id, listed, asOf, (id) => this.entries.has(id));
    for (const entry of this.entries.values()) {
      if (entry.image !== mark.id) continue;
      if (entry.wanted) shown.set(entry.id, entry.wanted);
      else shown.delete(entry.id);
    }
    return [...shown.values()];
  }

  markOf(image: string): ImageMark | null {
    return this.marks.of(image);
  }

  // ---- What comes from the person ----

  want(image: string, id: string, wanted: Region | null, settled = true): void {
    const entry = this.entries.get(id) ?? { ...UNTOUCHED, id, image, wanted };
    entry.wanted = wanted;
    entry.settling = !settled;
    entry.refused = null;
    this.entries.set(id, entry);
    if (this.isSettled(entry)) this.finish(entry);
    else this.keep(entry);
    if (settled) this.pump();
    else this.pumpAfterTyping();
    this.events.changed();
  }

  private keep(entry: Entry): void {
    const { id, image, wanted } = entry;
    this.outbox.put({
      kind: 'region',
      id,
      image,
      known: this.knowledge.of(id),
      wanted,
      asked: this.asked.get(id) ?? [],
    });
  }

  private isSettled(entry: Entry): boolean {
    if (entry.busy || entry.conflict) return false;
    return this.requestFor(entry) === null && !needsLabel(this.knowledge.of(entry.id), entry.wanted);
  }

  private requestFor({ id, wanted }: Entry): Request | null {
    const known = this.knowledge.of(id);
    return nextRequest(known, wanted) ?? assurance(this.asked.get(id) ?? [], known, wanted);
  }

  private finish(entry: Entry): void {
    this.entries.delete(entry.id);
    this.outbox.drop(entry.id);
  }

  review(image: string, state: ImageState): void {
    this.mark(image, { state });
  }

  /** Which labels are not on the image. */
  sayAbsent(image: string, absent: readonly string[]): void {
    this.mark(image, { absent });
  }

  private mark(image: string, wish: ImageWish): void {
    this.marks.want(image, wish);
    this.pump();
    this.events.changed();
  }

  keepMine(id: string): void {
    const entry = this.entries.get(id);
    if (!entry?.conflict) return;
    this.knowledge.set(id, entry.image, entry.conflict.theirs ?? 'deleted');
    entry.conflict = null;
    this.want(entry.image, id, entry.wanted);
  }

  takeTheirs(id: string): void {
    const entry = this.entries.get(id);
    if (!entry) return;
    const known = entry.conflict ? (entry.conflict.theirs ?? 'deleted') : this.knowledge.of(id);
    this.knowledge.set(id, entry.image, known);
    this.finish(entry);
    this.events.received(entry.image, id, isStored(known) ? known.region : null);
    this.events.changed();
  }

  /** Takes up what earlier tabs left unsaved; what this tab is at is no news to it. */
  restore(): void {
    for (const kept of this.outbox.adopt()) {
      if (kept.kind === 'image') this.marks.adopt(kept.image, kept.mark, kept.wish, kept.asked);
      else this.adopt(kept);
    }
    this.pump();
    this.events.changed();
  }

  private adopt({ id, image, known, wanted, asked }: Extract<Kept, { kind: 'region' }>): void {
    const own = this.entries.get(id);
    if (own) {
      this.keep(own);
      return;
    }
    this.knowledge.set(id, image, known);
    this.asked.set(id, asked);
    this.entries.set(id, { ...UNTOUCHED, id, image, wanted });
    this.events.received(image, id, wanted);
  }

  /** Signed in again, or the connection is back: no need to wait any longer. */
  resume(): void {
    this.trouble = null;
    this.paused = false;
    this.wait = FIRST_WAIT;
    this.pump();
    this.events.changed();
  }

  /** Also what is still being typed, at once. */
  flush(): void {
    for (const entry of this.entries.values()) entry.settling = false;
    this.pump();
  }

  // ---- Reading ----

  conflict(id: string): Conflict | null {
    const conflict = this.entries.get(id)?.conflict;
    return conflict ? { theirs: conflict.theirs?.region ?? null } : null;
  }

  /** Of the conflict there is about a region, the server's version; null where there is none. */
  conflictTurn(id: string): number | null {
    const conflict = this.entries.get(id)?.conflict;
    return conflict ? (conflict.theirs?.version ?? 0) : null;
  }

  refusal(id: string): string | null {
    return this.entries.get(id)?.refused ?? null;
  }

  status(): SaveStatus {
    const problems: Problem[] = [];
    let unsaved = this.marks.size;
    let unlabelled = 0;
    for (const { id, image, conflict, refused, wanted } of this.entries.values()) {
      if (conflict)
        problems.push({ id, image, kind: 'conflict', message: 'Changed in another tab or by someone else' });
      else if (refused) problems.push({ id, image, kind: 'refused', message: refused });
      else if (needsLabel(this.knowledge.of(id), wanted)) unlabelled += 1;
      else unsaved += 1;
    }
    return { unsaved, trouble: this.trouble, problems, unlabelled };
  }

  // ---- Sending ----

  private pumpAfterTyping(): void {
    if (this.typingTimer) clearTimeout(this.typingTimer);
    this.typingTimer = setTimeout(() => this.flush(), TYPING_PAUSE);
  }

  private pump(): void {
    if (this.paused) return;
    let busy = [...this.entries.values()].filter((entry) => entry.busy).length;
    for (const entry of this.entries.values()) {
      if (busy >= MOST_AT_ONCE) return;
      if (entry.busy || entry.settling || entry.conflict || entry.refused) continue;
      if (this.marks.goesFirst(entry.image)) continue;
      const request = this.requestFor(entry);
      if (!request) {
        if (this.isSettled(entry)) this.finish(entry);
        continue;
      }
      busy += 1;
      void this.send(entry, request);
    }
    this.marks.send();
  }

  private async send(entry: Entry, request: Request): Promise<void> {
    entry.busy = true;
    this.asked.set(entry.id, withAsked(this.asked.get(entry.id) ?? [], request));
    this.keep(entry);
    const reply = await this.transport.region(entry.image, entry.id, request);
    entry.busy = false;
    this.take(entry, request, reply);
    this.events.changed();
  }

  private take(entry: Entry, request: Request, reply: Reply): void {
    if (reply.kind === 'unreachable' || reply.kind === 'signed-out') {
      this.hold(reply);
      return;
    }
    const asked = this.asked.get(entry.id) ?? [];
    this.asked.delete(entry.id);
    if (reply.kind === 'conflict') this.takeConflict(entry, asked, reply.stored);
    else if (reply.kind === 'done') this.takeDone(entry, request, reply.stored, reply.image);
    else if (reply.kind === 'refused') entry.refused = reply.message;
    this.goOn();
  }

  private takeDone(entry: Entry, request: Request, stored: Stored | null, image: ImageMark | null): void {
    const before = this.knowledge.of(entry.id);
    this.settle(entry, afterSuccess(request, before, stored));
    if (!image) return;
    this.marks.note(image);
    this.events.marked(image);
  }

  private takeConflict(entry: Entry, asked: readonly Request[], theirs: Stored | null): void {
    const neverThere = !isStored(this.knowledge.of(entry.id));
    const wantedGone = entry.wanted === null && theirs === null;
    const same = theirs !== null && entry.wanted !== null && sameRegion(theirs.region, entry.wanted);
    if (theirs === null && neverThere) this.settle(entry, 'never');
    else if (cameThrough(asked, theirs) || wantedGone || same) this.settle(entry, theirs ?? 'deleted');
    else {
      entry.conflict = { theirs };
      this.keep(entry);
    }
  }

  private settle(entry: Entry, known: Known): void {
    this.knowledge.learn(entry.id, entry.image, known);
    if (this.isSettled(entry)) this.finish(entry);
    else this.keep(entry);
  }

  /** With its image's mark a suggestion was accepted, whatever the person does with it meanwhile. */
  private accepted(ids: readonly string[], image: string): void {
    for (const id of ids) {
      const known = this.knowledge.of(id);
      const entry = this.entries.get(id);
      if (!entry) this.events.received(image, id, isStored(known) ? known.region : null);
      else if (this.isSettled(entry)) this.finish(entry);
      else this.keep(entry);
    }
  }

  private goOn(): void {
    this.reached();
    this.pump();
    this.events.changed();
  }

  private reached(): void {
    this.trouble = null;
    this.paused = false;
    this.wait = FIRST_WAIT;
  }

  /** Kept, and tried again after a while; an expired sign-in waits for the person instead. */
  private hold(reply: Held): void {
    this.trouble = reply.kind === 'unreachable' ? (reply.why ?? 'offline') : 'signed-out';
    const waiting = this.paused;
    this.paused = true;
    if (waiting || reply.kind === 'signed-out') return;
    if (this.timer) clearTimeout(this.timer);
    this.timer = setTimeout(() => this.retry(), this.wait);
    this.wait = Math.min(this.wait * 2, LONGEST_WAIT);
  }

  private retry(): void {
    this.paused = false;
    this.pump();
    this.events.changed();
  }
}
