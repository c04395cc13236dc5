import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Region } from '../model';
import { BEAT_EVERY, GONE_AFTER, TabOutbox } from './outbox';
import type { Stored } from './plan';
import { SaveQueue } from './queue';
import { phrase } from './status';
import { IMAGE, region, Server } from './testServer';

let server: Server;
let queue: SaveQueue;
let received: [string, Region | null][];

function newQueue(tab = 'tab'): SaveQueue {
  const made = new SaveQueue(server, new TabOutbox(localStorage, 'alice', tab));
  made.events = { ...made.events, received: (_image, id, now) => received.push([id, now]) };
  return made;
}

const listing = () => [...server.stored.values()];
const unsaved = () => queue.status().unsaved;
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

beforeEach(() => {
  vi.useFakeTimers();
  localStorage.clear();
  server = new Server();
  server.stored.set('old', { region: region('old', 'first'), version: 3 });
  received = [];
  queue = newQueue();
  queue.learn(server.mark, listing(), queue.moment());
});

afterEach(() => vi.useRealTimers());

test('a drawn region is made, and its text follows in one change', async () => {
  queue.want(IMAGE, 'new', region('new'));
  queue.want(IMAGE, 'new', region('new', 'K'), false);
  queue.want(IMAGE, 'new', region('new', 'KL'), false);
  expect(phrase(queue.status())).toBe('Saving …');
  await pass(1000);
  expect(server.log).toEqual(['create new', 'change new']);
  expect(server.text('new')).toBe('KL');
  expect(phrase(queue.status())).toBe('All changes saved');
});

test('what is being typed is sent after a pause, or at once when asked', async () => {
  queue.want(IMAGE, 'old', region('old', 'f'), false);
  await pass(300);
  expect(server.log).toEqual([]);
  queue.flush();
  await pass(60);
  expect(server.text('old')).toBe('f');
});

test('one region has one request under way; what happens meanwhile joins', async () => {
  for (const text of ['a', 'b', 'c', 'd']) queue.want(IMAGE, 'old', region('old', text));
  expect(server.log).toEqual(['change old']);
  await pass(200);
  expect(server.log).toEqual(['change old', 'change old']);
  expect(server.text('old')).toBe('d');
  expect(server.stored.get('old')?.version).toBe(5);
});

test('many regions go a few at a time, in the order they were changed', async () => {
  for (let i = 0; i < 12; i += 1) queue.want(IMAGE, `n${i}`, region(`n${i}`));
  await pass(400);
  expect(server.most).toBe(4);
  expect(server.log).toEqual(Array.from({ length: 12 }, (_, i) => `create n${i}`));
});

test('what was undone before it was sent is not sent', async () => {
  queue.want(IMAGE, 'old', region('old', 'x'), false);
  queue.want(IMAGE, 'old', region('old', 'first'), false);
  expect(unsaved()).toBe(0);
  await pass(2000);
  expect(server.log).toEqual([]);
});

test('deleting and undoing the deletion restores the same region with what it had last', async () => {
  queue.want(IMAGE, 'old', null);
  await pass(100);
  expect(server.stored.has('old')).toBe(false);
  queue.want(IMAGE, 'old', region('old', 'again'));
  await pass(200);
  expect(server.log).toEqual(['remove old', 'restore old', 'change old']);
  expect(server.text('old')).toBe('again');
});

test('a region without a label waits until the project has one', async () => {
  queue.want(IMAGE, 'new', region('new', 'x', { label: null }));
  await pass(100);
  expect(server.log).toEqual([]);
  expect(phrase(queue.status())).toBe('Not saved yet: name the label');
  queue.want(IMAGE, 'new', region('new', 'x'));
  await pass(100);
  expect(server.text('new')).toBe('x');
});

describe('with the connection gone', () => {
  beforeEach(() => {
    server.fails = 'unreachable';
  });

  test('changes are kept, tried again ever more slowly, and saved in order when it is back', async () => {
    queue.want(IMAGE, 'a', region('a', '1'));
    await pass(100);
    queue.want(IMAGE, 'b', region('b', '2'));
    expect(phrase(queue.status())).toBe('Not saved yet: no connection, retrying');
    await pass(15_000);
    const tries = server.log.filter((line) => line === 'create a').length;
    expect(tries).toBeGreaterThanOrEqual(4);
    expect(tries).toBeLessThanOrEqual(6);
    server.fails = null;
    server.log.length = 0;
    await pass(30_000);
    expect(server.log).toEqual(['create a', 'create b']);
    expect(phrase(queue.status())).toBe('All changes saved');
  });

  test.each([
    ['full', "Not saved yet: the server's disk is full, retrying"],
    ['busy', 'Not saved yet: the server is busy, retrying'],
  ] as const)('a server that is %s is told apart, and changes go when it takes them', async (why, said) => {
    server.why = why;
    queue.want(IMAGE, 'a', region('a', '1'));
    await pass(100);
    expect(phrase(queue.status())).toBe(said);
    server.fails = null;
    await pass(30_000);
    expect(server.text('a')).toBe('1');
  });

  test('they go at once when the browser says that it is back', async () => {
    queue.want(IMAGE, 'a', region('a', '1'));
    await pass(8_000);
    server.fails = null;
    queue.resume();
    await pass(60);
    expect(server.text('a')).toBe('1');
  });

  test('a reload finds them again and saves them', async () => {
    queue.want(IMAGE, 'a', region('a', 'kept'));
    queue.want(IMAGE, 'old', region('old', 'also kept'), false);
    await pass(100);
    server.fails = null;
    const reloaded = newQueue('tab');
    reloaded.restore();
    const shown = reloaded.learn(server.mark, listing(), reloaded.moment());
    expect(shown.map((each) => each.text).sort()).toEqual(['also kept', 'kept']);
    await pass(100);
    expect(server.text('a')).toBe('kept');
    expect(server.text('old')).toBe('also kept');
    expect(Object.keys(localStorage).filter((key) => key.includes('alice'))).toEqual([]);
  });

  test('another tab leaves them alone while theirs is alive, and takes them over when it is gone', async () => {
    queue.want(IMAGE, 'a', region('a', 'kept'));
    await pass(BEAT_EVERY);
    const other = newQueue('other');
    other.restore();
    expect(other.status().unsaved).toBe(0);
    await pass(GONE_AFTER);
    server.fails = null;
    other.restore();
    await pass(60);
    expect(server.text('a')).toBe('kept');
  });

  test('they are not sent in the name of someone else', () => {
    queue.want(IMAGE, 'a', region('a', 'kept'));
    const bobs = new SaveQueue(server, new TabOutbox(localStorage, 'bob', 'tab'));
    bobs.restore();
    expect(bobs.status().unsaved).toBe(0);
  });
});

test('a request whose answer was lost is sent again without harm', async () => {
  server.losesAnswers = true;
  queue.want(IMAGE, 'new', region('new', 'once'));
  queue.want(IMAGE, 'old', region('old', 'second'));
  await pass(100);
  server.losesAnswers = false;
  await pass(5000);
  expect(server.text('new')).toBe('once');
  expect(server.text('old')).toBe('second');
  expect(queue.status().problems).toEqual([]);
  expect(unsaved()).toBe(0);
});

test('an edit made after a create whose answer was lost is saved too', async () => {
  server.losesAnswers = true;
  queue.want(IMAGE, 'new', region('new', 'once'));
  await pass(100);
  server.losesAnswers = false;
  queue.want(IMAGE, 'new', region('new', 'twice'));
  await pass(5000);
  expect(server.text('new')).toBe('twice');
});

test('an expired sign-in keeps everything until the person is back', async () => {
  server.fails = 'signed-out';
  queue.want(IMAGE, 'old', region('old', 'mine'));
  await pass(60_000);
  expect(server.log).toEqual(['change old']);
  expect(phrase(queue.status())).toBe('Not saved yet: signed out');
  server.fails = null;
  queue.resume();
  await pass(100);
  expect(server.text('old')).toBe('mine');
});

describe('changed in another tab or by someone else', () => {
  beforeEach(async () => {
    server.elsewhere('old', 'theirs');
    queue.want(IMAGE, 'old', region('old', 'mine'));
    await pass(100);
  });

  test('nothing is overwritten; the person is asked', () => {
    expect(server.text('old')).toBe('theirs');
    expect(queue.conflict('old')?.theirs?.text).toBe('theirs');
    expect(phrase(queue.status())).toBe('One change needs you');
  });

  test('keep mine saves mine over theirs', async () => {
    queue.keepMine('old');
    await pass(100);
    expect(server.text('old')).toBe('mine');
    expect(queue.conflict('old')).toBeNull();
  });

  test('take theirs shows theirs and sends nothing', async () => {
    server.log.length = 0;
    queue.takeTheirs('old');
    await pass(1000);
    expect(received).toEqual([['old', expect.objectContaining({ text: 'theirs' })]]);
    expect(server.log).toEqual([]);
    expect(unsaved()).toBe(0);
  });

  test('typing on meanwhile does not send it either', async () => {
    queue.want(IMAGE, 'old', region('old', 'mine, longer'));
    await pass(1000);
    expect(server.text('old')).toBe('theirs');
    queue.keepMine('old');
    await pass(100);
    expect(server.text('old')).toBe('mine, longer');
  });
});

test('a region deleted elsewhere can be brought back with my text', async () => {
  server.deleted.set('old', server.stored.get('old') as Stored);
  server.stored.delete('old');
  queue.want(IMAGE, 'old', region('old', 'mine'));
  await pass(100);
  expect(queue.conflict('old')).toEqual({ theirs: null });
  queue.keepMine('old');
  await pass(200);
  expect(server.text('old')).toBe('mine');
});

test('both having typed the same is no conflict', async () => {
  server.elsewhere('old', 'same');
  queue.want(IMAGE, 'old', region('old', 'same'));
  await pass(100);
  expect(queue.status().problems).toEqual([]);
});

test('what the server refuses is said in its sentence and given back on request', async () => {
  server.refuses = 'The text is longer than 500 characters.';
  queue.want(IMAGE, 'old', region('old', 'long'));
  await pass(60_000);
  expect(server.log).toHaveLength(1);
  expect(queue.refusal('old')).toBe('The text is longer than 500 characters.');
  queue.takeTheirs('old');
  expect(received.at(-1)?.[1]?.text).toBe('first');
});

test('a listing that was asked for before a save does not bring back what was there before', async () => {
  const before = listing();
  const asOf = queue.moment();
  queue.want(IMAGE, 'old', region('old', 'newer'));
  queue.want(IMAGE, 'new', region('new', 'made'));
  await pass(200);
  const shown = queue.learn(server.mark, before, asOf);
  expect(shown.map((each) => [each.id, each.text]).sort()).toEqual([
    ['new', 'made'],
    ['old', 'newer'],
  ]);
});

test('an edit made after a change whose answer was lost is saved too, also over a reload', async () => {
  server.losesAnswers = true;
  queue.want(IMAGE, 'old', region('old', 'second'));
  await pass(100);
  server.losesAnswers = false;
  queue.want(IMAGE, 'old', region('old', 'third'));
  queue = newQueue();
  queue.restore();
  await pass(500);
  expect(queue.status().problems).toEqual([]);
  expect(server.text('old')).toBe('third');
});

test('what was taken back while its answer was lost does not stay on the server', async () => {
  server.losesAnswers = true;
  queue.want(IMAGE, 'old', region('old', 'second'));
  queue.want(IMAGE, 'new', region('new', 'made'));
  await pass(100);
  server.losesAnswers = false;
  queue.want(IMAGE, 'old', region('old', 'first'));
  queue.want(IMAGE, 'new', null);
  await pass(5000);
  expect([server.text('old'), server.text('new')]).toEqual(['first', undefined]);
  expect(unsaved()).toBe(0);
});
