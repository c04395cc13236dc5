/**
 * Brings every region on the server to what the person wants it to be. It works on states, not on a log of edits: each
 * region has one request under way at a time, later edits wait and join, and a request can be sent twice without harm.
 */

import { type Region, sameRegion } from '../model';
import type { Outbox } from './outbox';
import {
  afterSuccess,
  alreadyDone,
  isStored,
  type Known,
  needsLabel,
  nextRequest,
  type Request,
  type Stored,
} from './plan';
import type { Problem, SaveStatus, Trouble } from './status';
import type { ImageMark, ImageState, Reply, Transport } from './transport';

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

interface Review {
  wanted: ImageState;
  busy: boolean;
}

export interface QueueEvents {
  /** A region turned out different from what the editor shows. */
  received(image: string, id: string, region: Region | null): void;
  marked(mark: ImageMark): void;
  /** An image could not be marked because it was changed elsewhere. */
  stale(image: string): void;
  changed(): void;
}

const MOST_AT_ONCE = 4;
const TYPING_PAUSE = 700;
const FIRST_WAIT = 1_000;
const LONGEST_WAIT = 30_000;

export class SaveQueue {
  events: QueueEvents = { received() {}, marked() {}, stale() {}, changed() {} };
  private readonly entries = new Map<string, Entry>();
  private readonly known = new Map<string, Known>();
  /** When a region was last saved, on the queue's own clock: an older listing of the image knows less than we do. */
  private readonly savedAt = new Map<string, number>();
  private readonly imageOf = new Map<string, string>();
  private readonly marks = new Map<string, ImageMark>();
  private readonly reviews = new Map<string, Review>();
  private clock = 0;
  private trouble: Trouble = null;
  /** Nothing is sent until the wait is over or the person has signed in again. */
  private paused = false;
  private wait = FIRST_WAIT;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private typingTimer: ReturnType<typeof setTimeout> | null = null;

  constructor(
    private readonly transport: Transport,
    private readonly outbox: Outbox,
  ) {}

  // ---- What comes from the server ----

  /** A moment on the queue's clock, to be taken before an image is asked for. */
  moment(): number {
    return this.clock;
  }

  /** Takes in an image's regions as listed and gives them back with everything unsaved laid over them. */
  learn(mark: ImageMark, listed: readonly Stored[], asOf: number): Region[] {
    this.note(mark);
    const shown = new Map<string, Region>();
    for (const stored of listed) {
      const id = stored.region.id;
      if (!this.isNewer(id, asOf) && !this.entries.has(id) && this.isNews(stored)) this.known.set(id, stored);
      const known = this.known.get(id) ?? stored;
      if (isStored(known)) shown.set(id, known.region);
    }
    this.addSavedSince(mark.id, shown, asOf);
    for (const entry of this.entries.values()) {
      if (entry.image !== mark.id) continue;
      if (entry.wanted) shown.set(entry.id, entry.wanted);
      else shown.delete(entry.id);
    }
    return [...shown.values()];
  }

  /** Regions saved after the listing was asked for are missing in it. */
  private addSavedSince(image: string, shown: Map<string, Region>, asOf: number): void {
    for (const [id, known] of this.known) {
      if (this.imageOf.get(id) !== image || !this.isNewer(id, asOf)) continue;
      if (isStored(known)) shown.set(id, known.region);
      else shown.delete(id);
    }
  }

  /** A listing out of a cache may be older than one that was seen since. */
  private isNews({ region, version }: Stored): boolean {
    const known = this.known.get(region.id);
    return known === undefined || !isStored(known) || version >= known.version;
  }

  private isNewer(id: string, asOf: number): boolean {
    return (this.savedAt.get(id) ?? -1) >= asOf;
  }

  private note(mark: ImageMark): void {
    const old = this.marks.get(mark.id);
    if (!old || mark.version >= old.version) this.marks.set(mark.id, mark);
  }

  markOf(image: string): ImageMark | null {
    const mark = this.marks.get(image) ?? null;
    const review = this.reviews.get(image);
    return mark && review ? { ...mark, state: review.wanted } : mark;
  }

  // ---- What comes from the person ----

  want(image: string, id: string, wanted: Region | null, settled = true): void {
    const old = this.entries.get(id);
    const entry: Entry = old ?? {
      id,
      image,
      wanted,
      busy: false,
      settling: false,
      conflict: null,
      refused: null,
    };
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
    this.outbox.put({ kind: 'region', id, image, known: this.known.get(id) ?? 'never', wanted });
  }

  private isSettled(entry: Entry): boolean {
    if (entry.busy || entry.conflict) return false;
    const known = this.known.get(entry.id) ?? 'never';
    return nextRequest(known, entry.wanted) === null && !needsLabel(known, entry.wanted);
  }

  private finish(entry: Entry): void {
    this.entries.delete(entry.id);
    this.outbox.drop(entry.id);
  }

  review(image: string, wanted: ImageState): void {
    this.reviews.set(image, { wanted, busy: false });
    const version = this.marks.get(image)?.version ?? 0;
    this.outbox.put({ kind: 'image', id: `image ${image}`, image, wanted, version });
    this.pump();
    this.events.changed();
  }

  keepMine(id: string): void {
    const entry = this.entries.get(id);
    if (!entry?.conflict) return;
    this.known.set(id, entry.conflict.theirs ?? 'deleted');
    entry.conflict = null;
    this.want(entry.image, id, entry.wanted);
  }

  takeTheirs(id: string): void {
    const entry = this.entries.get(id);
    if (!entry) return;
    const known = entry.conflict ? (entry.conflict.theirs ?? 'deleted') : (this.known.get(id) ?? 'never');
    this.known.set(id, known);
    this.finish(entry);
    this.events.received(entry.image, id, isStored(known) ? known.region : null);
    this.events.changed();
  }

  /** Takes up what earlier tabs left unsaved. */
  restore(): void {
    for (const kept of this.outbox.adopt()) {
      if (kept.kind === 'image') {
        this.reviews.set(kept.image, { wanted: kept.wanted, busy: false });
        this.note({ id: kept.image, version: kept.version, state: kept.wanted });
      } else if (!this.entries.has(kept.id)) {
        const { id, image, wanted } = kept;
        this.known.set(id, kept.known);
        this.entries.set(id, {
          id,
          image,
          wanted,
          busy: false,
          settling: false,
          conflict: null,
          refused: null,
        });
        this.events.received(image, id, wanted);
      }
    }
    this.pump();
    this.events.changed();
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
    let unsaved = this.reviews.size;
    let unlabelled = 0;
    for (const { id, image, conflict, refused, wanted } of this.entries.values()) {
      if (conflict)
        problems.push({ id, image, kind: 'conflict', message: 'Changed in another tab or by someone else' });
      else if (refused) problems.push({ id, image, kind: 'refused', message: refused });
      else if (needsLabel(this.known.get(id) ?? 'never', wanted)) unlabelled += 1;
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
      const request = nextRequest(this.known.get(entry.id) ?? 'never', entry.wanted);
      if (!request) continue;
      busy += 1;
      void this.send(entry, request);
    }
    for (const image of this.reviews.keys()) this.sendReview(image);
  }

  private async send(entry: Entry, request: Request): Promise<void> {
    entry.busy = true;
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
    this.reached();
    if (reply.kind === 'conflict') this.takeConflict(entry, request, reply.stored);
    else if (reply.kind === 'done') this.takeDone(entry, request, reply.stored, reply.image);
    else if (reply.kind === 'refused') entry.refused = reply.message;
    this.pump();
  }

  private takeDone(entry: Entry, request: Request, stored: Stored | null, image: ImageMark | null): void {
    const before = this.known.get(entry.id) ?? 'never';
    this.settle(entry, afterSuccess(request, before, stored));
    if (!image) return;
    this.note(image);
    this.events.marked(image);
  }

  private takeConflict(entry: Entry, request: Request, theirs: Stored | null): void {
    const known = theirs ?? 'deleted';
    const wantedGone = entry.wanted === null && theirs === null;
    const same = theirs !== null && entry.wanted !== null && sameRegion(theirs.region, entry.wanted);
    if (alreadyDone(request, theirs) || wantedGone || same) this.settle(entry, known);
    else {
      entry.conflict = { theirs };
      this.keep(entry);
    }
  }

  private settle(entry: Entry, known: Known): void {
    this.clock += 1;
    this.known.set(entry.id, known);
    this.imageOf.set(entry.id, entry.image);
    this.savedAt.set(entry.id, this.clock);
    if (this.isSettled(entry)) this.finish(entry);
    else this.keep(entry);
  }

  private sendReview(image: string): void {
    const review = this.reviews.get(image);
    const mark = this.marks.get(image);
    const waiting = [...this.entries.values()].some((entry) => entry.image === image);
    if (!review || !mark || review.busy || waiting) return;
    review.busy = true;
    void this.transport.image(image, review.wanted, mark.version).then((reply) => {
      review.busy = false;
      this.takeReview(image, review, reply);
      this.events.changed();
    });
  }

  private takeReview(image: string, review: Review, reply: Reply): void {
    if (reply.kind === 'unreachable' || reply.kind === 'signed-out') {
      this.hold(reply);
      return;
    }
    this.reached();
    if (this.reviews.get(image) === review) {
      this.reviews.delete(image);
      this.outbox.drop(`image ${image}`);
    }
    if ((reply.kind === 'done' || reply.kind === 'stale') && reply.image) this.note(reply.image);
    if (reply.kind === 'done' && reply.image) this.events.marked(reply.image);
    if (reply.kind === 'stale') this.events.stale(image);
    this.pump();
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
