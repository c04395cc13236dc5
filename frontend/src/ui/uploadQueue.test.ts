import { beforeEach, expect, test } from 'vitest';
import { IN_FLIGHT, isRetryable, type Outcome, tally, type Upload, UploadQueue } from './uploadQueue';

interface Pending {
  upload: Upload;
  signal: AbortSignal;
  step: (change: Partial<Upload>) => void;
  answer: (outcome: Outcome) => void;
  fail: (error: unknown) => void;
}

let sent: Pending[];
let seen: Upload[];
let queue: UploadQueue;

const files = (...names: string[]) => names.map((name) => new File(['x'.repeat(10)], name));
const states = () => seen.map(({ state }) => state);
const settle = () => new Promise((resolve) => setTimeout(resolve, 0));
const done: Outcome = { state: 'done', message: '' };

beforeEach(() => {
  sent = [];
  seen = [];
  queue = new UploadQueue({
    send: (upload, signal, step) =>
      new Promise((answer, fail) => {
        sent.push({ upload, signal, step, answer, fail });
      }),
    hopeless: (error) => (error as Error).message.endsWith('is not a picture.'),
    phrase: (error) => (error as Error).message,
    changed: (uploads) => {
      seen = uploads;
    },
  });
});

test('three files are in flight and the next starts when one has arrived', async () => {
  queue.add('p', files('1', '2', '3', '4', '5'));
  expect(sent).toHaveLength(IN_FLIGHT);
  expect(states()).toEqual(['sending', 'sending', 'sending', 'waiting', 'waiting']);
  sent[1]?.answer(done);
  await settle();
  expect(states()).toEqual(['sending', 'done', 'sending', 'sending', 'waiting']);
});

test('a refused file keeps its reason and does not stop the others', async () => {
  queue.add('p', files('broken.jpg', 'good.jpg'));
  sent[0]?.fail(new Error('broken.jpg is not a picture.'));
  sent[1]?.answer(done);
  await settle();
  expect(seen[0]).toMatchObject({ state: 'refused', message: 'broken.jpg is not a picture.' });
  expect(states()[1]).toBe('done');
});

test('a cancelled upload is aborted and its late answer changes nothing', async () => {
  queue.add('p', files('1'));
  queue.cancel(1);
  expect(sent[0]?.signal.aborted).toBe(true);
  sent[0]?.answer(done);
  await settle();
  expect(states()).toEqual(['cancelled']);
});

test('a waiting upload that is cancelled is never sent', async () => {
  queue.add('p', files('1', '2', '3', '4'));
  queue.cancel(4);
  sent[0]?.answer(done);
  await settle();
  expect(sent.map(({ upload }) => upload.file.name)).toEqual(['1', '2', '3']);
});

test('retrying sends refused and cancelled files again, arrived ones not', async () => {
  queue.add('p', files('1', '2', '3'));
  sent[0]?.fail(new Error('no'));
  sent[1]?.answer(done);
  queue.cancel(3);
  sent[2]?.fail(new DOMException('', 'AbortError'));
  await settle();
  queue.retryAll();
  expect(sent.slice(3).map(({ upload }) => upload.file.name)).toEqual(['1', '3']);
  expect(states()).toEqual(['sending', 'done', 'sending']);
});

test('clearing forgets what ended and keeps what is under way', async () => {
  queue.add('p', files('1', '2'));
  sent[0]?.answer(done);
  await settle();
  queue.clear();
  expect(seen.map(({ file }) => file.name)).toEqual(['2']);
});

test('the tally counts bytes, and leaves cancelled files out of the whole', async () => {
  queue.add('p', files('1', '2', '3', '4'));
  sent[0]?.answer(done);
  sent[1]?.step({ sent: 0.5 });
  queue.cancel(3);
  await settle();
  expect(tally(seen)).toMatchObject({ total: 3, open: 2, done: 1, refused: 0, share: 0.5 });
});

test('an empty queue has a tally of nothing', () => {
  expect(tally([]).share).toBe(0);
});

test('a file that is no picture is not tried again, others are', async () => {
  queue.add('p', files('notes.txt', 'good.jpg'));
  sent[0]?.fail(new Error('notes.txt is not a picture.'));
  sent[1]?.fail(new Error('The server cannot be reached.'));
  await settle();
  expect(seen.map(isRetryable)).toEqual([false, true]);
  queue.retryAll();
  expect(states()).toEqual(['refused', 'sending']);
});
