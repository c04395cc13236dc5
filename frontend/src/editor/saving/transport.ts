/** What the queue asks of whoever carries its requests to the server. */

import type { Request, Stored } from './plan';

export type ImageState = 'todo' | 'annotated' | 'reviewed';

export interface ImageMark {
  id: string;
  version: number;
  state: ImageState;
  /** Labels that are said not to be on the image; answers to a region leave it out. */
  absent?: readonly string[];
}

/** What the mark of an image shall become; what is left out stays. */
export interface ImageWish {
  state?: ImageState;
  absent?: readonly string[];
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

/** An image as it is on the server. */
export type Sight = { kind: 'seen'; mark: ImageMark; regions: readonly Stored[] };

export interface Transport {
  region(imageId: string, regionId: string, request: Request): Promise<Reply>;
  image(imageId: string, wish: ImageWish, version: number): Promise<Reply>;
  /** Asked where an image turned out to have another version, to see whether anything is different on it. */
  look(imageId: string): Promise<Sight | Exclude<Reply, { kind: 'done' }>>;
}
