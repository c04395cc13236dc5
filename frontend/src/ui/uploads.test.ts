import { expect, test } from 'vitest';
import type { Image, Import } from '@/api/types';
import { shownImports } from './ImportRows';
import { heading, shownRows } from './UploadTray';
import type { Upload, UploadState } from './uploadQueue';
import { outcomeOfImages, outcomeOfImport, progressOfImport } from './uploads';

const image = { id: 'i' } as Image;
const duplicate = { name: 'a.jpg', image_id: 'i' };

test.each([
  ['a picture', { images: [image], duplicates: [], import: null }, 'done', ''],
  ['three pages', { images: [image, image, image], duplicates: [], import: null }, 'done', '3 pages'],
  [
    'a picture that is there',
    { images: [], duplicates: [duplicate], import: null },
    'duplicate',
    'This picture is in the project already.',
  ],
])('%s', (_what, answer, state, message) => {
  expect(outcomeOfImages(answer)).toEqual({ state, message });
});

const archive = (change: Partial<Import>): Import => ({
  id: 'x',
  format: 'files',
  name: 'a.zip',
  state: 'done',
  done: 1,
  total: 1,
  note: '',
  report: null,
  failure: null,
  started_by: { id: 1, email: 'alice@example.org', name: 'Alice' },
  created_at: '',
  finished_at: null,
  ...change,
});

test('an archive tells how many images it held, and which files were no pictures', () => {
  const left_out = [{ row: null, name: 'readme.txt', reason: 'It is not a picture.' }];
  const report = { imported: 0, images: 10, left_out, left_out_count: 1, held: 0, notes: [] };
  expect(outcomeOfImport(archive({ report }))).toEqual({
    state: 'done',
    message: '10 images\nreadme.txt: It is not a picture.',
  });
  expect(outcomeOfImport(archive({ report: { ...report, images: 0 } })).state).toBe('refused');
});

test('an archive that failed says why', () => {
  const failed = archive({ state: 'failed', failure: 'a.zip is damaged.' });
  expect(outcomeOfImport(failed)).toEqual({ state: 'refused', message: 'a.zip is damaged.' });
});

test('a cancelled import says what stays', () => {
  const report = { imported: 7, images: 4, left_out: [], left_out_count: 0, held: 0, notes: [] };
  const cancelled = archive({ state: 'cancelled', report });
  expect(outcomeOfImport(cancelled).message).toBe('Cancelled. 4 images came in before and stay.');
  expect(outcomeOfImport({ ...cancelled, format: 'manifest' }).message).toBe(
    'Cancelled. 7 rows came in before and stay.',
  );
  const deleted = { ...cancelled, failure: 'The project was deleted.' };
  expect(outcomeOfImport(deleted).message).toBe('The project was deleted.');
});

test.each([
  [{ state: 'running', done: 17, total: 400 }, 'Unpacking 17 of 400…'],
  [{ state: 'running', format: 'manifest', done: 600, total: 6000 }, 'Importing 600 of 6,000 rows…'],
  [{ state: 'waiting', done: 0, total: 0 }, 'Waiting…'],
  [
    { state: 'running', done: 17, total: 400, note: 'Taken up again after an interruption.' },
    'Unpacking 17 of 400… Taken up again after an interruption.',
  ],
] as const)('how far an import is %#', (change, said) => {
  expect(progressOfImport(archive(change))).toBe(said);
});

test('imports that were under way as the page was loaded are shown until they are closed, own uploads once', () => {
  const [first, second] = [archive({ id: 'a' }), archive({ id: 'b' })];
  expect(shownImports([], [first, second], [])).toEqual(['a', 'b']);
  expect(shownImports(['a'], [second], [])).toEqual(['a', 'b']);
  expect(shownImports([], [first, second], [{ ...upload(1, 'unpacking'), importId: 'b' }])).toEqual(['a']);
});

const upload = (id: number, state: UploadState): Upload => ({
  id,
  projectId: 'p',
  file: new File(['x'], `${id}.jpg`),
  state,
  sent: 0,
  message: '',
});

test('refused files come first, then what is under way, then what waits', () => {
  const uploads = [upload(1, 'done'), upload(2, 'waiting'), upload(3, 'sending'), upload(4, 'refused')];
  expect(shownRows(uploads).map(({ id }) => id)).toEqual([4, 3, 2, 1]);
  expect(shownRows(uploads, 2)).toHaveLength(2);
});

const counts = { total: 28, open: 0, done: 25, duplicates: 1, refused: 2, share: 1 };

test.each([
  [{ ...counts, open: 15 }, 'Uploading 14 of 28 files'],
  [counts, '25 files uploaded, 1 there already, 2 refused'],
  [{ ...counts, done: 1, duplicates: 0, refused: 0 }, '1 file uploaded'],
])('the heading %#', (given, said) => {
  expect(heading(given)).toBe(said);
});

test('the heading of imports that nobody uploads here', () => {
  const none = { ...counts, total: 0, done: 0, duplicates: 0, refused: 0 };
  expect(heading(none, { all: 2, open: 1 })).toBe('Taking in 1 file');
  expect(heading(none, { all: 2, open: 0 })).toBe('2 imports ended');
});
