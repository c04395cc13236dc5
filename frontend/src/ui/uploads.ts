import { create } from 'zustand';
import { ApiError, api, sentence } from '@/api/client';
import { imagesKey } from '@/api/images';
import { unfinished } from '@/api/imports';
import { projectKey } from '@/api/projects';
import { queryClient } from '@/api/queryClient';
import type { Import, UploadAnswer } from '@/api/types';
import { uploadFile } from '@/api/upload';
import { folderOf } from './droppedFiles';
import { plural } from './format';
import { summary } from './importSummary';
import { type Outcome, type Upload, UploadQueue } from './uploadQueue';

/** What is on its way, for every page to see: uploads go on while the person moves about. */
export const useUploads = create<{ uploads: Upload[] }>(() => ({ uploads: [] }));

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(new DOMException('', 'AbortError'));
    });
  });
}

const isTable = (found: Import) => found.format !== 'files';

/** How far an import is, and what is unusual about it. */
export function progressOfImport(found: Import): string {
  const what = isTable(found) ? 'Importing' : 'Unpacking';
  const total = isTable(found) ? plural(found.total, 'row') : found.total;
  const share = found.total > 0 ? ` ${found.done} of ${total}` : '';
  return [`${found.state === 'waiting' ? 'Waiting' : what}${share}…`, found.note].filter(Boolean).join(' ');
}

/** What became of an archive, a long document or a table. */
export function outcomeOfImport(found: Import): Outcome {
  if (found.state === 'failed') {
    return { state: 'refused', message: found.failure ?? 'It could not be unpacked.' };
  }
  if (found.state === 'cancelled') {
    const taken = isTable(found)
      ? plural(found.report?.imported ?? 0, 'row')
      : plural(found.report?.images ?? 0, 'image');
    return { state: 'refused', message: found.failure || `Cancelled. ${taken} came in before and stay.` };
  }
  if (isTable(found) && found.report) return { state: 'done', message: summary(found.report) };
  const images = found.report?.images ?? 0;
  const left = found.report?.left_out ?? [];
  const reasons = left.map(({ name, reason }) => (name ? `${name}: ${reason}` : reason));
  const message = [plural(images, 'image'), ...reasons].join('\n');
  if (images > 0 || left.length === 0) return { state: 'done', message };
  return { state: 'refused', message, hopeless: true };
}

/** What became of a single picture or a short document. */
export function outcomeOfImages({ images, duplicates }: UploadAnswer): Outcome {
  if (images.length === 0 && duplicates.length > 0) {
    return { state: 'duplicate', message: 'This picture is in the project already.' };
  }
  const again = duplicates.length > 0 ? `, ${plural(duplicates.length, 'page')} there already` : '';
  return { state: 'done', message: images.length > 1 ? `${images.length} pages${again}` : '' };
}

async function unpacked(started: Import, signal: AbortSignal, step: (change: Partial<Upload>) => void) {
  let found = started;
  while (unfinished(found)) {
    step({ state: 'unpacking', message: progressOfImport(found), importId: found.id });
    try {
      await pause(1_000, signal);
      found = await api.get<Import>(`/api/v1/imports/${found.id}`, { signal });
    } catch (error) {
      if (signal.aborted) void api.post(`/api/v1/imports/${found.id}/cancel`).catch(() => {});
      throw error;
    }
  }
  return outcomeOfImport(found);
}

async function send(upload: Upload, signal: AbortSignal, step: (change: Partial<Upload>) => void) {
  const answer = await uploadFile<UploadAnswer>(`/api/v1/projects/${upload.projectId}/images`, upload.file, {
    signal,
    fields: { folder: folderOf(upload.file) },
    onProgress: (sent) => step({ sent }),
  });
  refreshSoon(upload.projectId);
  if (!answer.import) return outcomeOfImages(answer);
  const outcome = await unpacked(answer.import, signal, step);
  refreshSoon(upload.projectId);
  return outcome;
}

const stale = new Set<string>();

/** Shows what has arrived at most once a second, however many files come in. */
function refreshSoon(projectId: string): void {
  if (stale.has(projectId)) return;
  stale.add(projectId);
  setTimeout(() => {
    stale.delete(projectId);
    for (const queryKey of [imagesKey(projectId), projectKey(projectId), ['check', projectId]]) {
      void queryClient.invalidateQueries({ queryKey });
    }
  }, 1_000);
}

/** It is the file that was refused, not the moment: no picture, damaged, too large. */
export const isHopeless = (error: unknown) =>
  error instanceof ApiError && [400, 413, 415].includes(error.status);

export const uploadQueue = new UploadQueue({
  send,
  phrase: (error) => (error instanceof ApiError ? error.message : sentence(error)),
  hopeless: isHopeless,
  changed: (uploads) => useUploads.setState({ uploads }),
});
