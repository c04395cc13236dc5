/** From image to image: the way back, and what is said at the end. */

import type { ImageState, Project } from '@/api/types';
import type { Saving } from './saving';

const LONGEST_TRAIL = 200;

/**
 * The images one came from, the last one last. It lies in the browser's history, so that it outlives a reload, and an image
 * that has left the list meanwhile, as one that was to do, is still on the way back.
 */
export function trailOf(state: unknown): readonly string[] {
  const trail = (state as { trail?: unknown } | null)?.trail;
  return Array.isArray(trail) ? trail.filter((id): id is string => typeof id === 'string') : [];
}

export function withStep(trail: readonly string[], id: string): readonly string[] {
  return [...trail, id].slice(-LONGEST_TRAIL);
}

export interface End {
  message: string;
  /** Where one goes from here. */
  way: 'todo' | 'train' | null;
}

/** What is left when there is no next image. */
export function endOf({ images, todo }: Project['counts'], here: ImageState | undefined): End {
  if (todo === 0) {
    const all = images === 1 ? 'The image is annotated.' : `All ${images} images are annotated.`;
    return { message: all, way: 'train' };
  }
  if (todo === 1 && here === 'todo') return { message: 'Only this image is still to do.', way: null };
  return { message: `That was the last image here. ${todo} still to do.`, way: 'todo' };
}

/** When all is saved, or after a while in which it could not be. */
export function whenSaved(saving: Saving, longest = 4_000): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      stop();
      resolve();
    };
    const timer = setTimeout(done, longest);
    const look = () => saving.queue.status().unsaved === 0 && done();
    const stop = saving.subscribe(look);
    look();
  });
}
