/**
 * What is not saved yet, kept where a reload or a closed tab does not reach it. Each tab has its own part, so that two
 * tabs never send the same change; the part of a tab that is gone is taken over by another.
 */

import type { Region } from '../model';
import type { Asked } from './marks';
import type { Known, Request } from './plan';
import type { ImageMark, ImageWish } from './transport';

/** `asked`: what was sent and not answered, so that an answer lost with the page is no surprise later. */
export type Kept =
  | {
      kind: 'region';
      id: string;
      image: string;
      known: Known;
      wanted: Region | null;
      asked: readonly Request[];
    }
  | {
      kind: 'image';
      id: string;
      image: string;
      wish: ImageWish;
      mark: ImageMark | null;
      asked: readonly Asked[];
    };

export interface Outbox {
  put(kept: Kept): void;
  drop(id: string): void;
  /** Everything left behind: by this tab before its reload, and by tabs that are gone. */
  adopt(): Kept[];
}

/** A tab that has not been heard of for this long is gone. Browsers let a hidden tab's clock tick once a minute only. */
export const GONE_AFTER = 90_000;
export const BEAT_EVERY = 3_000;

const PREFIX = 'glyphsmith.outbox';

export class TabOutbox implements Outbox {
  private readonly prefix: string;

  constructor(
    private readonly storage: Storage,
    user: string,
    private readonly tab: string,
    private readonly now: () => number = Date.now,
  ) {
    this.prefix = `${PREFIX}.${user}.`;
    this.beat();
  }

  private key(id: string): string {
    return `${this.prefix}${this.tab}.${id}`;
  }

  private beatKey(tab: string): string {
    return `${PREFIX}.tab.${tab}`;
  }

  /** Says that this tab is alive. */
  beat(): void {
    this.write(this.beatKey(this.tab), String(this.now()));
  }

  /** The tab closes on purpose: what it leaves can be taken over at once. */
  leave(): void {
    this.storage.removeItem(this.beatKey(this.tab));
  }

  put(kept: Kept): void {
    this.write(this.key(kept.id), JSON.stringify(kept));
  }

  drop(id: string): void {
    this.storage.removeItem(this.key(id));
  }

  adopt(): Kept[] {
    const found: Kept[] = [];
    for (const key of this.keys()) {
      const tab = key.slice(this.prefix.length).split('.')[0] ?? '';
      if (tab !== this.tab && this.isAlive(tab)) continue;
      const kept = parse(this.storage.getItem(key));
      this.storage.removeItem(key);
      if (!kept) continue;
      this.put(kept);
      found.push(kept);
    }
    return found;
  }

  private keys(): string[] {
    return Array.from({ length: this.storage.length }, (_, i) => this.storage.key(i) ?? '').filter((key) =>
      key.startsWith(this.prefix),
    );
  }

  private isAlive(tab: string): boolean {
    return this.now() - Number(this.storage.getItem(this.beatKey(tab)) ?? 0) < GONE_AFTER;
  }

  /** A full or forbidden storage costs the safety net, not the work: the queue keeps it in memory all the same. */
  private write(key: string, value: string): void {
    try {
      this.storage.setItem(key, value);
    } catch {}
  }
}

function parse(json: string | null): Kept | null {
  try {
    const kept = JSON.parse(json ?? 'null') as Kept | null;
    return kept && (kept.kind === 'region' || kept.kind === 'image') && Array.isArray(kept.asked)
      ? kept
      : null;
  } catch {
    return null;
  }
}
