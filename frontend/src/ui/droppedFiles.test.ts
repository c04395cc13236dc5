import { expect, test } from 'vitest';
import { droppedFiles, folderOf } from './droppedFiles';

const fileEntry = (fullPath: string) => ({
  isFile: true,
  name: fullPath.split('/').at(-1),
  fullPath,
  file: (take: (file: File) => void) => take(new File(['x'], String(fullPath.split('/').at(-1)))),
});

function folderEntry(fullPath: string, entries: object[]) {
  const left = [entries, []];
  const createReader = () => ({ readEntries: (take: (some: object[]) => void) => take(left.shift() ?? []) });
  return { isFile: false, name: fullPath.split('/').at(-1), fullPath, createReader };
}

test('files of a dropped folder know in which they lay', async () => {
  const cameras = ['cam1', 'cam2'].map((cam) =>
    folderEntry(`/day/${cam}`, [fileEntry(`/day/${cam}/0000.jpg`)]),
  );
  const items = [folderEntry('/day', cameras), fileEntry('/alone.jpg')];
  const transfer = { items: items.map((entry) => ({ webkitGetAsEntry: () => entry })) };
  const files = await droppedFiles(transfer as unknown as DataTransfer);
  expect(files.map((file) => [folderOf(file), file.name])).toEqual([
    ['day/cam1', '0000.jpg'],
    ['day/cam2', '0000.jpg'],
    ['', 'alone.jpg'],
  ]);
});

test('files of a chosen folder know it too', () => {
  const file = new File(['x'], '0000.jpg');
  Object.defineProperty(file, 'webkitRelativePath', { value: 'day/cam1/0000.jpg' });
  expect(folderOf(file)).toBe('day/cam1');
});
