import { expect, test } from 'vitest';
import type { Image, Import } from '@/api/types';
import { heading, shownRows } from './UploadTray';
import type { Upload, UploadState } from './uploadQueue';
import { outcomeOfImages, outcomeOfImport } from './uploads';

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
  format: 'archive',
  name: 'a.zip',
  state: 'done',
  done: 1,
  total: 1,
  note: '',
  report: null,
  failure: null,
  created_at: '',
  finished_at: null,
  ...change,
});

test('an archive tells how many images it held, and which files were no pictures', () => {
  const left_out = [{ row: null, name: 'readme.txt', reason: 'It is not a picture.' }];
  const report = { imported: 0, images: 10, left_out, left_out_count: 1, notes: [] };
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
