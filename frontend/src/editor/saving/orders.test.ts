/** One person, one tab, and every order of requests, answers, lost answers and reloads: nobody else changed anything. */

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Region } from '../model';
import { TabOutbox } from './outbox';
import type { Request } from './plan';
import { SaveQueue } from './queue';
import { phrase } from './status';
import { IMAGE, region, Server } from './testServer';
import type { ImageWish, Transport } from './transport';

const LOST = { kind: 'unreachable' } as const;

/** The same choices for the same seed. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Takes its time, and loses requests on their way there or answers on their way back while the weather is bad. */
class Line implements Transport {
  cut = false;

  constructor(
    private readonly server: Server,
    private readonly draw: () => number,
    private readonly weather: { bad: boolean },
  ) {}

  region = (image: string, id: string, request: Request) =>
    this.carry(() => this.server.region(image, id, request));
  image = (image: string, wish: ImageWish, version: number) =>
    this.carry(() => this.server.image(image, wish, version));

  look = () => this.carry(() => this.server.look());

  private async carry<T>(arrive: () => Promise<T>): Promise<T | typeof LOST> {
    const fate = this.weather.bad ? this.draw() : 1;
    await later(this.draw() * 100);
    if (this.cut) return never();
    const reply = fate < 0.25 ? LOST : await arrive();
    await later(this.draw() * 100);
    if (this.cut) return never();
    return fate < 0.5 ? LOST : reply;
  }
}

const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const never = () => new Promise<never>(() => {});

/** The tab of one person, with what is on the screen. */
class Tab {
  readonly shown = new Map<string, Region | null>();
  readonly alarms: string[] = [];
  reviewed = false;
  absent: readonly string[] = [];
  queue!: SaveQueue;
  private line!: Line;

  constructor(
    private readonly server: Server,
    private readonly draw: () => number,
    private readonly weather: { bad: boolean },
  ) {
    this.open();
  }

  open(): void {
    if (this.line) this.line.cut = true;
    this.line = new Line(this.server, this.draw, this.weather);
    const line = this.line;
    const outbox = new TabOutbox(localStorage, 'alice', 'tab');
    this.queue = new SaveQueue(line, {
      put: (kept) => line.cut || outbox.put(kept),
      drop: (id) => line.cut || outbox.drop(id),
      adopt: () => outbox.adopt(),
    });
    this.queue.events = {
      ...this.queue.events,
      received: (_image, id, now) => this.shown.set(id, now),
      stale: () => this.alarms.push('changed elsewhere'),
      unmarked: (_image, why) => this.alarms.push(why),
    };
    this.queue.restore();
    const seen = this.queue.learn(this.server.mark, [...this.server.stored.values()], this.queue.moment());
    const before = this.texts();
    this.shown.clear();
    for (const each of seen) this.shown.set(each.id, each);
    if (before.length > 0) expect(this.texts()).toEqual(before);
  }

  texts(): string[] {
    return [...this.shown.values()].flatMap((each) => (each ? [`${each.id}: ${each.text}`] : [])).sort();
  }

  put(id: string, wanted: Region | null, settled: boolean): void {
    this.shown.set(id, wanted);
    this.queue.want(IMAGE, id, wanted, settled);
  }
}

const IDS = ['old', 'suggested', 'new'];
const gone = new Map<string, Region>();

async function act(tab: Tab, draw: () => number): Promise<void> {
  const pick = draw();
  const id = IDS[Math.floor(draw() * IDS.length)] as string;
  const now = tab.shown.get(id) ?? null;
  if (pick < 0.4) {
    const text = String.fromCharCode(97 + Math.floor(draw() * 3));
    const next = now ? { ...now, text, origin: 'person' as const } : (gone.get(id) ?? region(id, text));
    tab.put(id, next, draw() < 0.6);
  } else if (pick < 0.55 && now) {
    gone.set(id, now);
    tab.put(id, null, true);
  } else if (pick < 0.75) {
    tab.reviewed = tab.queue.markOf(IMAGE)?.state !== 'reviewed';
    tab.queue.review(IMAGE, tab.reviewed ? 'reviewed' : 'annotated');
  } else if (pick < 0.82) {
    tab.absent = tab.absent.length > 0 ? [] : ['date'];
    tab.queue.sayAbsent(IMAGE, tab.absent);
  } else if (pick < 0.88) tab.queue.restore();
  else if (pick < 0.91) tab.open();
  else await vi.advanceTimersByTimeAsync(draw() * 400);
}

beforeEach(() => {
  vi.useFakeTimers();
  localStorage.clear();
  gone.clear();
});

afterEach(() => vi.useRealTimers());

test.each(Array.from({ length: 250 }, (_, seed) => seed))(
  'what one person does is saved, and nobody is said to have changed it (%i)',
  async (seed) => {
    const draw = chance(seed);
    const server = new Server();
    server.stored.set('old', { region: region('old', 'first'), version: 3 });
    const suggestion = region('suggested', 'guess', { origin: 'suggestion', confidence: 0.5 });
    server.stored.set('suggested', { region: suggestion, version: 1 });
    const weather = { bad: seed % 2 === 0 };
    const tab = new Tab(server, draw, weather);
    for (let step = 0; step < 25; step += 1) await act(tab, draw);
    weather.bad = false;
    tab.queue.flush();
    await vi.advanceTimersByTimeAsync(120_000);
    expect(tab.alarms).toEqual([]);
    expect(tab.queue.status().problems).toEqual([]);
    expect(phrase(tab.queue.status())).toBe('All changes saved');
    const stored = [...server.stored].map(([id, each]) => `${id}: ${each.region.text}`).sort();
    expect(stored).toEqual(tab.texts());
    expect(server.mark.state === 'reviewed').toBe(tab.reviewed);
    expect(server.mark.absent).toEqual(tab.absent);
    expect(Object.keys(localStorage).filter((key) => key.includes('alice'))).toEqual([]);
  },
);
