import { create } from 'zustand';
import { ApiError, api, sentence } from '@/api/client';
import { imagesKey, unfinished } from '@/api/images';
import { projectKey } from '@/api/projects';
import { queryClient } from '@/api/queryClient';
import type { Import, UploadAnswer } from '@/api/types';
import { uploadFile } from '@/api/upload';
import { plural } from './format';
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

/** What became of an archive or a long document. */
export function outcomeOfImport(found: Import): Outcome {
  if (found.state === 'failed') {
    return { state: 'refused', message: found.failure ?? 'It could not be unpacked.' };
  }
  const images = found.report?.images ?? 0;
  const left = found.report?.left_out ?? [];
  const reasons = left.map(({ name, reason }) => (name ? `${name}: ${reason}` : reason));
  const message = [plural(images, 'image'), ...reasons].join('\n');
  return { state: images === 0 && left.length > 0 ? 'refused' : 'done', message };
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
    const share = found.total > 0 ? ` ${found.done} of ${found.total}` : '';
    step({ state: 'unpacking', message: [`Unpacking${share}…`, found.note].filter(Boolean).join(' ') });
    await pause(1_000, signal);
    found = await api.get<Import>(`/api/v1/imports/${found.id}`, { signal });
  }
  return outcomeOfImport(found);
}

async function send(upload: Upload, signal: AbortSignal, step: (change: Partial<Upload>) => void) {
  const answer = await uploadFile<UploadAnswer>(`/api/v1/projects/${upload.projectId}/images`, upload.file, {
    signal,
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

export const uploadQueue = new UploadQueue({
  send,
  phrase: (error) => (error instanceof ApiError ? error.message : sentence(error)),
  changed: (uploads) => useUploads.setState({ uploads }),
});
