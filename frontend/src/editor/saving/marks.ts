/**
 * What is said of an image as a whole: its state, and which labels are not on it. An image has one such request under way at
 * a time, and none beside a request for one of its regions, as both raise the version that the other one names.
 */

import { sameLabels } from '../model';
import type { Knowledge } from './knowledge';
import type { Outbox } from './outbox';
import type { ImageMark, ImageWish, Reply, Sight, Transport } from './transport';

/** A wish that was sent and not answered: it may have come through all the same. */
export interface Asked {
  wish: ImageWish;
  version: number;
}

interface Entry {
  wish: ImageWish;
  busy: boolean;
  asked: readonly Asked[];
}

type Held = Extract<Reply, { kind: 'unreachable' | 'signed-out' }>;

/** What the marks ask of the queue they are part of. */
export interface Surroundings {
  isWaiting(image: string): boolean;
  hold(reply: Held): void;
  reached(): void;
  accepted(ids: readonly string[], image: string): void;
  marked(mark: ImageMark): void;
  stale(image: string): void;
  refused(image: string, message: string): void;
}

export function fits(mark: ImageMark | null, wish: ImageWish): boolean {
  if (!mark) return false;
  const stated = wish.state === undefined || wish.state === mark.state;
  return stated && (wish.absent === undefined || sameLabels(wish.absent, mark.absent ?? []));
}

/** Whether it is to do or annotated follows from its regions; reviewed is what somebody said. */
const isReviewed = (mark: ImageMark) => mark.state === 'reviewed';

const keyOf = (image: string) => `image ${image}`;

export class Marks {
  private readonly entries = new Map<string, Entry>();

  constructor(
    private readonly transport: Transport,
    private readonly outbox: Outbox,
    private readonly knowledge: Knowledge,
    private readonly around: Surroundings,
  ) {}

  get size(): number {
    return this.entries.size;
  }

  /** The mark as the person wants it to be. */
  of(image: string): ImageMark | null {
    const mark = this.knowledge.mark(image);
    return mark && { ...mark, ...this.entries.get(image)?.wish };
  }

  want(image: string, wish: ImageWish): void {
    const old = this.entries.get(image) ?? { wish: {}, busy: false, asked: [] };
    const entry = Object.assign(old, { wish: { ...old.wish, ...wish } });
    this.entries.set(image, entry);
    if (this.isSettled(image, entry)) this.finish(image);
    else this.keep(image, entry);
  }

  /** Taken up from a tab that is gone, or from before a reload; never over what this tab is at. */
  adopt(image: string, mark: ImageMark | null, wish: ImageWish, asked: readonly Asked[]): void {
    const own = this.entries.get(image);
    if (own) {
      this.keep(image, own);
      return;
    }
    if (mark) this.knowledge.note(mark);
    this.entries.set(image, { wish, busy: false, asked });
  }

  note(mark: ImageMark): void {
    const entry = this.entries.get(mark.id);
    if (this.knowledge.note(mark) && entry) this.keep(mark.id, entry);
  }

  /** Under way, or perhaps come through: the regions of the image wait until that is known. */
  goesFirst(image: string): boolean {
    const entry = this.entries.get(image);
    return entry !== undefined && (entry.busy || entry.asked.length > 0);
  }

  send(): void {
    for (const [image, entry] of this.entries) {
      const mark = this.knowledge.mark(image);
      if (!mark || entry.busy) continue;
      if (this.around.isWaiting(image) && entry.asked.length === 0) continue;
      // A region that was saved meanwhile may have brought what was wished for.
      if (this.isSettled(image, entry)) {
        this.finish(image);
        continue;
      }
      void this.ask(image, entry, mark.version);
    }
  }

  private async ask(image: string, entry: Entry, version: number): Promise<void> {
    const sent = entry.wish;
    entry.busy = true;
    entry.asked = [...entry.asked, { wish: sent, version }].slice(-50);
    this.keep(image, entry);
    const reply = await this.transport.image(image, sent, version);
    const seen = reply.kind === 'stale' ? await this.transport.look(image) : reply;
    entry.busy = false;
    this.take(image, entry, sent, seen);
  }

  private take(image: string, entry: Entry, sent: ImageWish, reply: Reply | Sight): void {
    if (reply.kind === 'unreachable' || reply.kind === 'signed-out') {
      this.around.hold(reply);
      return;
    }
    const asked = entry.asked;
    entry.asked = [];
    if (reply.kind === 'done') this.takeDone(image, entry, sent, reply.image);
    else if (reply.kind === 'seen') this.takeStale(image, entry, asked, reply);
    else {
      this.finish(image);
      if (reply.kind === 'refused') this.around.refused(image, reply.message);
    }
    this.around.reached();
  }

  private takeDone(image: string, entry: Entry, sent: ImageWish, mark: ImageMark | null): void {
    if (mark) this.note(mark);
    const accepts = sent.state !== undefined && sent.state !== 'todo';
    if (accepts) this.around.accepted(this.knowledge.acceptSuggestions(image), image);
    if (entry.wish === sent || this.isSettled(image, entry)) this.finish(image);
    else this.keep(image, entry);
    if (mark) this.around.marked(mark);
  }

  /** Another version is no change by somebody else where nothing is different, or only what this tab has asked for. */
  private takeStale(image: string, entry: Entry, asked: readonly Asked[], { mark, regions }: Sight): void {
    const known = this.knowledge.mark(image);
    const own = asked.some((each) => mark.version === each.version + 1 && fits(mark, each.wish));
    const asBefore =
      known !== null && isReviewed(mark) === isReviewed(known) && fits(mark, { absent: known.absent });
    const mine = (own || asBefore) && (this.knowledge.agrees(image, regions) ?? own);
    this.note(mark);
    if (mine) this.around.accepted(this.knowledge.see(image, regions), image);
    if (mine && !fits(mark, entry.wish)) {
      this.keep(image, entry);
      return;
    }
    this.finish(image);
    if (fits(mark, entry.wish)) this.around.marked(mark);
    else this.around.stale(image);
  }

  private isSettled(image: string, { busy, asked, wish }: Entry): boolean {
    return !busy && asked.length === 0 && fits(this.knowledge.mark(image), wish);
  }

  private keep(image: string, { wish, asked }: Entry): void {
    this.outbox.put({
      kind: 'image',
      id: keyOf(image),
      image,
      wish,
      mark: this.knowledge.mark(image),
      asked,
    });
  }

  private finish(image: string): void {
    this.entries.delete(image);
    this.outbox.drop(keyOf(image));
  }
}
