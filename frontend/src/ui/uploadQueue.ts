/** The queue of files on their way to the server: plain state, three in flight, no framework. */

export type UploadState =
  | 'waiting'
  | 'sending'
  | 'unpacking'
  | 'done'
  | 'duplicate'
  | 'refused'
  | 'cancelled';

export interface Upload {
  id: number;
  projectId: string;
  file: File;
  state: UploadState;
  /** Share of the bytes sent, 0 to 1. */
  sent: number;
  /** Why it was refused, or what became of it. */
  message: string;
  /** Whether another try would end the same: a file that is no picture becomes none. */
  hopeless?: boolean;
  /** The import that takes it in, once it has been sent. */
  importId?: string;
}

export interface Outcome {
  state: 'done' | 'duplicate' | 'refused';
  message: string;
  hopeless?: boolean;
}

export interface Ways {
  /** Sends one file; rejects with an AbortError when cancelled. */
  send: (upload: Upload, signal: AbortSignal, step: (change: Partial<Upload>) => void) => Promise<Outcome>;
  /** The sentence for a failure. */
  phrase: (error: unknown) => string;
  /** Whether the same file would fail the same way again. */
  hopeless: (error: unknown) => boolean;
  changed: (uploads: Upload[]) => void;
}

export const IN_FLIGHT = 3;
const OPEN: UploadState[] = ['waiting', 'sending', 'unpacking'];
const RETRYABLE: UploadState[] = ['refused', 'cancelled'];

export const isOpen = (upload: Upload) => OPEN.includes(upload.state);
export const isRetryable = (upload: Upload) => RETRYABLE.includes(upload.state) && !upload.hopeless;

export class UploadQueue {
  private uploads: Upload[] = [];
  private aborts = new Map<number, AbortController>();
  private nextId = 1;

  constructor(private readonly ways: Ways) {}

  add(projectId: string, files: File[]): void {
    const added = files.map(
      (file): Upload => ({ id: this.nextId++, projectId, file, state: 'waiting', sent: 0, message: '' }),
    );
    this.set([...this.uploads, ...added]);
    this.pump();
  }

  cancel(id: number): void {
    this.aborts.get(id)?.abort();
    this.patch(id, (upload) => (isOpen(upload) ? { state: 'cancelled', message: 'Cancelled' } : {}));
    this.pump();
  }

  cancelAll(): void {
    for (const upload of this.uploads.filter(isOpen)) this.cancel(upload.id);
  }

  retry(id: number): void {
    this.patch(id, (upload) => (isRetryable(upload) ? { state: 'waiting', sent: 0, message: '' } : {}));
    this.pump();
  }

  retryAll(): void {
    for (const upload of this.uploads.filter(isRetryable)) this.retry(upload.id);
  }

  /** Forgets what has come to its end. */
  clear(): void {
    this.set(this.uploads.filter(isOpen));
  }

  private pump(): void {
    const busy = this.aborts.size;
    const waiting = this.uploads.filter(
      (upload) => upload.state === 'waiting' && !this.aborts.has(upload.id),
    );
    for (const upload of waiting.slice(0, Math.max(0, IN_FLIGHT - busy))) void this.run(upload);
  }

  private async run(upload: Upload): Promise<void> {
    const abort = new AbortController();
    this.aborts.set(upload.id, abort);
    this.patch(upload.id, () => ({ state: 'sending' }));
    const step = (change: Partial<Upload>) => {
      if (!abort.signal.aborted) this.patch(upload.id, () => change);
    };
    try {
      step(await this.ways.send(upload, abort.signal, step));
    } catch (error) {
      step({
        state: 'refused',
        message: this.ways.phrase(error),
        hopeless: this.ways.hopeless(error),
      });
    } finally {
      this.aborts.delete(upload.id);
      this.pump();
    }
  }

  private patch(id: number, change: (upload: Upload) => Partial<Upload>): void {
    this.set(this.uploads.map((upload) => (upload.id === id ? { ...upload, ...change(upload) } : upload)));
  }

  private set(uploads: Upload[]): void {
    this.uploads = uploads;
    this.ways.changed(uploads);
  }
}

export interface Tally {
  total: number;
  open: number;
  done: number;
  duplicates: number;
  refused: number;
  /** Share of all bytes that have arrived, 0 to 1. */
  share: number;
}

export function tally(uploads: Upload[]): Tally {
  const counted = uploads.filter((upload) => upload.state !== 'cancelled');
  const bytes = counted.reduce((sum, { file }) => sum + file.size, 0);
  const arrived = counted.reduce((sum, { file, sent, state }) => {
    return sum + file.size * (OPEN.includes(state) ? sent : 1);
  }, 0);
  const having = (state: UploadState) => uploads.filter((upload) => upload.state === state).length;
  return {
    total: counted.length,
    open: uploads.filter(isOpen).length,
    done: having('done'),
    duplicates: having('duplicate'),
    refused: having('refused'),
    share: bytes > 0 ? arrived / bytes : 0,
  };
}
