/** An image's mark among the requests for its regions. */

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Region } from '../model';
import { TabOutbox } from './outbox';
import { SaveQueue } from './queue';
import { IMAGE, region, Server } from './testServer';

let server: Server;
let queue: SaveQueue;
let received: [string, Region | null][];

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const learn = () => queue.learn(server.mark, [...server.stored.values()], queue.moment());

beforeEach(() => {
  vi.useFakeTimers();
  localStorage.clear();
  server = new Server();
  server.stored.set('old', { region: region('old', 'first'), version: 3 });
  received = [];
  queue = new SaveQueue(server, new TabOutbox(localStorage, 'alice', 'tab'));
  queue.events = { ...queue.events, received: (_image, id, now) => received.push([id, now]) };
  learn();
});

afterEach(() => vi.useRealTimers());

test('the review mark waits for the regions of its image, and goes with the newest version', async () => {
  queue.want(IMAGE, 'old', region('old', 'second'));
  queue.review(IMAGE, 'reviewed');
  expect(queue.markOf(IMAGE)?.state).toBe('reviewed');
  await pass(200);
  expect(server.log).toEqual(['change old', 'mark reviewed']);
  expect(server.mark.state).toBe('reviewed');
});

test('an image that was changed elsewhere is not marked unseen', async () => {
  const stale = vi.fn();
  queue.events = { ...queue.events, stale };
  server.elsewhere('old', 'theirs');
  queue.review(IMAGE, 'reviewed');
  await pass(100);
  expect(stale).toHaveBeenCalledWith(IMAGE);
  expect(server.mark.state).toBe('todo');
  expect(queue.markOf(IMAGE)).toEqual(server.mark);
});

test.each([
  ['a region more', () => server.appears(region('theirs', 'x'))],
  ['a region less', () => server.stored.delete('old')],
])('%s is a change elsewhere too', async (_what, change) => {
  const stale = vi.fn();
  queue.events = { ...queue.events, stale };
  change();
  server.mark = { ...server.mark, version: 9 };
  queue.review(IMAGE, 'reviewed');
  await pass(100);
  expect(stale).toHaveBeenCalledWith(IMAGE);
});

test('another version of an image on which nothing is different is no change elsewhere', async () => {
  const stale = vi.fn();
  queue.events = { ...queue.events, stale };
  server.mark = { ...server.mark, version: 9 };
  queue.review(IMAGE, 'reviewed');
  await pass(100);
  expect(stale).not.toHaveBeenCalled();
  expect(server.log).toEqual(['mark reviewed', 'look', 'mark reviewed']);
  expect(server.mark.state).toBe('reviewed');
});

describe('while a mark is under way', () => {
  let alarms: string[];

  beforeEach(() => {
    alarms = [];
    queue.events = { ...queue.events, stale: (image) => alarms.push(image) };
    server.markTakes = 100;
    queue.review(IMAGE, 'reviewed');
  });

  test('another one waits, and the last one counts', async () => {
    queue.review(IMAGE, 'annotated');
    queue.review(IMAGE, 'reviewed');
    queue.review(IMAGE, 'annotated');
    await pass(500);
    expect(server.log).toEqual(['mark reviewed', 'mark annotated']);
    expect(alarms).toEqual([]);
  });

  test('the same again is not sent again', async () => {
    queue.review(IMAGE, 'reviewed');
    await pass(500);
    expect(server.log).toEqual(['mark reviewed']);
  });

  test('looking for what other tabs left behind finds nothing of this one', async () => {
    queue.restore();
    await pass(500);
    expect(server.log).toEqual(['mark reviewed']);
    expect(alarms).toEqual([]);
  });

  test('a region of the image waits for it, as both raise the version of the image', async () => {
    queue.want(IMAGE, 'old', region('old', 'second'));
    await pass(60);
    expect(server.log).toEqual(['mark reviewed']);
    await pass(500);
    expect(server.text('old')).toBe('second');
    expect(alarms).toEqual([]);
  });
});

test('a suggestion that was accepted with its image is edited under its new version', async () => {
  const guess = region('guess', 'A 1', { origin: 'suggestion', confidence: 0.4 });
  server.stored.set('guess', { region: guess, version: 1 });
  learn();
  queue.review(IMAGE, 'reviewed');
  await pass(60);
  expect(received).toEqual([['guess', { ...guess, origin: 'person' }]]);
  queue.want(IMAGE, 'guess', region('guess', 'A 12'));
  await pass(100);
  expect(queue.status().problems).toEqual([]);
  expect(server.text('guess')).toBe('A 12');
});

test('a mark that the server refuses is told, and not tried for ever', async () => {
  const unmarked = vi.fn();
  queue.events = { ...queue.events, unmarked };
  server.refuses = 'The image was deleted.';
  queue.review(IMAGE, 'reviewed');
  await pass(60_000);
  expect(unmarked).toHaveBeenCalledExactlyOnceWith(IMAGE, 'The image was deleted.');
  expect(queue.markOf(IMAGE)?.state).toBe('todo');
});
