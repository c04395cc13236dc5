/** A server for the tests of saving. */

import { type Region, sameRegion } from '../model';
import type { Request, Stored } from './plan';
import type { ImageMark, ImageWish, Reply, Sight, Transport } from './transport';

export const IMAGE = 'image';

export const region = (id: string, text = '', fields: Partial<Region> = {}): Region => ({
  id,
  label: 'plate',
  quad: [
    [0, 0],
    [9, 0],
    [9, 9],
    [0, 9],
  ],
  text,
  origin: 'person',
  confidence: null,
  ...fields,
});

/** Keeps regions by the rules of the API, and can be unreachable, lose its answers or ask for a sign-in. */
export class Server implements Transport {
  readonly stored = new Map<string, Stored>();
  readonly deleted = new Map<string, Stored>();
  readonly log: string[] = [];
  mark: ImageMark = { id: IMAGE, version: 1, state: 'todo', absent: [] };
  fails: 'unreachable' | 'signed-out' | null = null;
  why: 'full' | 'busy' | undefined;
  losesAnswers = false;
  refuses = '';
  markTakes = 0;
  under = 0;
  most = 0;

  async region(_image: string, id: string, request: Request): Promise<Reply> {
    this.log.push(`${request.kind} ${id}`);
    this.under += 1;
    this.most = Math.max(this.most, this.under);
    await new Promise((resolve) => setTimeout(resolve, 50));
    this.under -= 1;
    if (this.fails === 'unreachable') return { kind: 'unreachable', why: this.why };
    if (this.fails) return { kind: this.fails };
    if (this.refuses) return { kind: 'refused', message: this.refuses };
    const reply = this.answer(id, request);
    return this.losesAnswers ? { kind: 'unreachable' } : reply;
  }

  private answer(id: string, request: Request): Reply {
    const now = this.stored.get(id) ?? null;
    if (request.kind === 'create')
      return now ? this.same(now) : this.store(id, { region: request.region, version: 1 });
    if (request.kind === 'restore' && now) return this.same(now);
    const before = this.deleted.get(id);
    if (request.kind === 'restore')
      return before ? this.store(id, bumped(before, {})) : { kind: 'conflict', stored: null };
    if (request.kind === 'remove' && !now && this.deleted.has(id)) return this.same(null);
    if (!now) return { kind: 'conflict', stored: null };
    if (request.kind === 'change') {
      const next = bumped(now, { ...request.fields, origin: 'person' });
      if (sameRegion(next.region, now.region)) return this.same(now);
      return now.version === request.version ? this.store(id, next) : { kind: 'conflict', stored: now };
    }
    if (now.version !== request.version) return { kind: 'conflict', stored: now };
    this.stored.delete(id);
    this.deleted.set(id, now);
    return this.done(null);
  }

  private store(id: string, stored: Stored): Reply {
    this.stored.set(id, stored);
    return this.done(stored);
  }

  /** Nothing new: also the answer to a request that is sent again. */
  private same(stored: Stored | null): Reply {
    return { kind: 'done', stored, image: this.told() };
  }

  private done(stored: Stored | null): Reply {
    this.mark = { ...this.mark, version: this.mark.version + 1 };
    return { kind: 'done', stored, image: this.told() };
  }

  /** Answers to a region say nothing of absent labels. */
  private told(): ImageMark {
    const { id, version, state } = this.mark;
    return { id, version, state };
  }

  async image(_id: string, wish: ImageWish, version: number): Promise<Reply> {
    this.log.push(`mark ${wish.state ?? `absent ${wish.absent}`}`);
    await new Promise((resolve) => setTimeout(resolve, this.markTakes));
    if (this.fails) return { kind: this.fails };
    if (this.refuses) return { kind: 'refused', message: this.refuses };
    const reply = this.answerMark(wish, version);
    return this.losesAnswers ? { kind: 'unreachable' } : reply;
  }

  async look(): Promise<Sight> {
    this.log.push('look');
    return { kind: 'seen', mark: this.mark, regions: [...this.stored.values()] };
  }

  private answerMark(wish: ImageWish, version: number): Reply {
    if (version !== this.mark.version) return { kind: 'stale', image: this.mark };
    if (wish.state && wish.state !== 'todo') this.acceptSuggestions();
    this.mark = { ...this.mark, ...wish, version: version + 1 };
    return { kind: 'done', stored: null, image: this.mark };
  }

  private acceptSuggestions(): void {
    for (const [id, stored] of this.stored)
      if (stored.region.origin === 'suggestion') this.stored.set(id, bumped(stored, { origin: 'person' }));
  }

  /** Somebody else changes a region. */
  elsewhere(id: string, text: string): void {
    this.store(id, bumped(this.stored.get(id) as Stored, { text }));
  }

  /** Somebody else draws one. */
  appears(region: Region): void {
    this.store(region.id, { region, version: 1 });
  }

  text(id: string): string | undefined {
    return this.stored.get(id)?.region.text;
  }
}

function bumped(stored: Stored, fields: Partial<Region>): Stored {
  return { version: stored.version + 1, region: { ...stored.region, ...fields } };
}
