/** The files of a drop, folders opened. Names that systems leave behind in folders are passed over. */

const LEFT_BEHIND = /^(\.|__MACOSX$|Thumbs\.db$|desktop\.ini$)/i;

export const isLeftBehind = (name: string) => LEFT_BEHIND.test(name);

const folders = new WeakMap<File, string>();

/** Where a file lay in the folder that was dropped or chosen: pictures of one name are told apart by it. */
export function folderOf(file: File): string {
  const path = folders.get(file) ?? file.webkitRelativePath ?? '';
  return path.split('/').slice(0, -1).join('/');
}

async function allEntries(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const found: FileSystemEntry[] = [];
  // A reader gives a hundred entries at a time and an empty list at the end.
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) return found;
    found.push(...some);
  }
}

async function filesIn(entry: FileSystemEntry): Promise<File[]> {
  if (isLeftBehind(entry.name)) return [];
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => {
      (entry as FileSystemFileEntry).file(resolve, reject);
    });
    folders.set(file, entry.fullPath.replace(/^\//, ''));
    return [file];
  }
  const entries = await allEntries(entry as FileSystemDirectoryEntry);
  entries.sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
  return (await Promise.all(entries.map(filesIn))).flat();
}

export async function droppedFiles(transfer: DataTransfer): Promise<File[]> {
  // Entries must be taken before the first await: afterwards the drop is closed.
  const entries = [...transfer.items]
    .map((item) => item.webkitGetAsEntry())
    .filter((entry) => entry !== null);
  if (entries.length === 0) return [...transfer.files].filter((file) => !isLeftBehind(file.name));
  return (await Promise.all(entries.map(filesIn))).flat();
}
