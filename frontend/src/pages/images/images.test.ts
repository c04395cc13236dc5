import { expect, test } from 'vitest';
import { cursorOf } from '@/api/images';
import type { Format } from '@/api/types';
import { isLeftBehind } from '@/ui/droppedFiles';
import { summary } from '@/ui/importSummary';
import { layout } from './ImageGrid';
import { isTable } from './ImagesPage';
import { likelyFormat } from './ImportDialog';

test.each([
  [1232, 6],
  [900, 4],
  [328, 2],
  [120, 1],
])('a grid %i pixels wide has %i columns', (width, columns) => {
  expect(layout(width).columns).toBe(columns);
});

const format = (key: string, extension: string, reads = true): Format => ({
  key,
  name: key,
  description: '',
  reads,
  writes: true,
  extension,
});
const formats = [format('tutorial-csv', '.csv'), format('coco', '.json'), format('only-out', '.xml', false)];

test.each([
  ['annot.CSV', 'tutorial-csv'],
  ['coco.json', 'coco'],
  ['out.xml', 'tutorial-csv'],
])('%s is most likely %s', (name, key) => {
  expect(likelyFormat(formats, name)).toBe(key);
});

test('without formats nothing is likely', () => {
  expect(likelyFormat([], 'a.csv')).toBeNull();
});

test.each([
  [{ imported: 33, images: 31, left_out_count: 217 }, '33 rows imported on 31 images, 217 left out.'],
  [{ imported: 1, images: 1, left_out_count: 0 }, '1 row imported on 1 image, none left out.'],
])('a report in one sentence %#', (counts, said) => {
  expect(summary({ ...counts, left_out: [], held: 0, notes: [] })).toBe(said);
});

test.each([
  ['/api/v1/projects/p/images?cursor=abc%3D&limit=2', 'abc='],
  ['http://host/api?limit=2', undefined],
  [null, undefined],
])('the cursor of %s', (next, cursor) => {
  expect(cursorOf(next)).toBe(cursor);
});

test.each([
  ['.DS_Store', true],
  ['Thumbs.db', true],
  ['__MACOSX', true],
  ['photo.jpg', false],
])('%s is left behind by a system: %s', (name, left) => {
  expect(isLeftBehind(name)).toBe(left);
});

test.each([
  ['manifest.jsonl', true],
  ['plates.CSV', true],
  ['car.png', false],
  ['notes.txt', false],
])('%s dropped among images opens the import: %s', (name, table) => {
  expect(isTable({ name })).toBe(table);
});
