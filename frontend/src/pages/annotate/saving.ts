/** The one save queue of this tab. It outlives the annotation page: what is under way goes on when the page is left. */

import { useSyncExternalStore } from 'react';
import { BEAT_EVERY, TabOutbox } from '@/editor/saving/outbox';
import { type QueueEvents, SaveQueue } from '@/editor/saving/queue';
import { newId } from '@/ui/ids';
import { apiTransport } from './transport';

const TAB = 'glyphsmith.tab';
const LOOK_FOR_LEFT_BEHIND = 15_000;

/** The same after a reload, another in a tab that the browser copied from this one. */
function tabName(): string {
  const name = sessionStorage.getItem(TAB) ?? newId();
  sessionStorage.removeItem(TAB);
  window.addEventListener('pagehide', () => sessionStorage.setItem(TAB, name));
  window.addEventListener('pageshow', () => sessionStorage.removeItem(TAB));
  return name;
}

export class Saving {
  readonly queue: SaveQueue;
  private readonly outbox: TabOutbox;
  private readonly listeners = new Set<() => void>();
  private readonly hearers = new Set<Partial<QueueEvents>>();
  private turn = 0;

  constructor(readonly user: string) {
    this.outbox = new TabOutbox(localStorage, user, tabName());
    this.queue = new SaveQueue(apiTransport, this.outbox);
    this.queue.events = {
      received: (...what) => this.tell((hearer) => hearer.received?.(...what)),
      marked: (mark) => this.tell((hearer) => hearer.marked?.(mark)),
      stale: (image) => this.tell((hearer) => hearer.stale?.(image)),
      unmarked: (...what) => this.tell((hearer) => hearer.unmarked?.(...what)),
      changed: () => this.changed(),
    };
    this.watch();
    this.queue.restore();
  }

  private tell(call: (hearer: Partial<QueueEvents>) => void): void {
    for (const hearer of this.hearers) call(hearer);
    this.changed();
  }

  private changed(): void {
    this.turn += 1;
    for (const listener of this.listeners) listener();
  }

  private watch(): void {
    setInterval(() => this.outbox.beat(), BEAT_EVERY);
    setInterval(() => this.queue.restore(), LOOK_FOR_LEFT_BEHIND);
    window.addEventListener('online', () => this.queue.resume());
    window.addEventListener('pagehide', () => this.outbox.leave());
    window.addEventListener('pageshow', () => this.outbox.beat());
    window.addEventListener('beforeunload', (event) => {
      this.queue.flush();
      if (this.queue.status().unsaved > 0) event.preventDefault();
    });
  }

  /** Hears of what the queue finds out, until the returned function is called. */
  hear(hearer: Partial<QueueEvents>): () => void {
    this.hearers.add(hearer);
    return () => this.hearers.delete(hearer);
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  snapshot = (): number => this.turn;
}

let saving: Saving | null = null;

/** Another person means another page load (the shell reloads), so one is enough. */
export function savingFor(user: string): Saving {
  if (saving?.user !== user) saving = new Saving(user);
  return saving;
}

/** Draws again when what is picked has changed; `pick` gives a plain value. */
export function usePicked<T extends string | number | null | undefined>(
  of: Saving,
  pick: (queue: SaveQueue) => T,
): T {
  return useSyncExternalStore(of.subscribe, () => pick(of.queue));
}

/** Draws again whenever anything about saving changes: for the few small parts that show all of it. */
export function useSavingTurn(of: Saving): number {
  return useSyncExternalStore(of.subscribe, of.snapshot);
}
