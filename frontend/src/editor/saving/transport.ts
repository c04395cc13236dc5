/** What the queue asks of whoever carries its requests to the server. */

import type { Request, Stored } from './plan';

export type ImageState = 'todo' | 'annotated' | 'reviewed';

export interface ImageMark {
  id: string;
  version: number;
  state: ImageState;
}

export type Reply =
  | { kind: 'done'; stored: Stored | null; image: ImageMark | null }
  /** The server has another version; null when the region was deleted there. */
  | { kind: 'conflict'; stored: Stored | null }
  /** The image itself was changed meanwhile. */
  | { kind: 'stale'; image: ImageMark | null }
  /** Nothing is wrong with the request; it can be tried again later. `why` says more than that nobody answered. */
  | { kind: 'unreachable'; why?: 'full' | 'busy' }
  | { kind: 'signed-out' }
  /** It will never be accepted as it is; the sentence says why. */
  | { kind: 'refused'; message: string };

export interface Transport {
  region(imageId: string, regionId: string, request: Request): Promise<Reply>;
  image(imageId: string, state: ImageState, version: number): Promise<Reply>;
}
