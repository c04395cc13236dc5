/** What part of the image is on the stage: screen = image * scale + offset. */

import { bounds, type Point, type Quad, type Size } from './geometry';

export interface View {
  scale: number;
  x: number;
  y: number;
}

export const LARGEST_SCALE = 40;
/** Regions that are lower than this on the screen cannot be read comfortably while typing. */
const READABLE_HEIGHT = 32;
const MARGIN = 24;

export function toImage(view: View, screen: Point): Point {
  return [(screen[0] - view.x) / view.scale, (screen[1] - view.y) / view.scale];
}

export function toScreen(view: View, point: Point): Point {
  return [point[0] * view.scale + view.x, point[1] * view.scale + view.y];
}

function centred(scale: number, x: number, y: number, stage: Size): View {
  return { scale, x: stage.width / 2 - x * scale, y: stage.height / 2 - y * scale };
}

/** The whole image, as large as it goes, up to four screen pixels for a pixel of a small one. */
export function whole(image: Size, stage: Size): View {
  const room = {
    width: Math.max(stage.width - 2 * MARGIN, 1),
    height: Math.max(stage.height - 2 * MARGIN, 1),
  };
  const scale = Math.min(room.width / image.width, room.height / image.height, 4);
  return centred(scale, image.width / 2, image.height / 2, stage);
}

export function smallestScale(image: Size, stage: Size): number {
  return whole(image, stage).scale / 4;
}

/** The point of the image under the pointer stays under it. */
export function zoomAt(view: View, pointer: Point, factor: number, image: Size, stage: Size): View {
  const scale = Math.min(Math.max(view.scale * factor, smallestScale(image, stage)), LARGEST_SCALE);
  const [x, y] = toImage(view, pointer);
  return keepInSight({ scale, x: pointer[0] - x * scale, y: pointer[1] - y * scale }, image, stage);
}

export function panBy(view: View, dx: number, dy: number, image: Size, stage: Size): View {
  return keepInSight({ ...view, x: view.x + dx, y: view.y + dy }, image, stage);
}

/** The image can be pushed aside but never lost: some of it stays on the stage. */
function keepInSight(view: View, image: Size, stage: Size): View {
  const left = Math.min(60, image.width * view.scale);
  const top = Math.min(60, image.height * view.scale);
  return {
    scale: view.scale,
    x: Math.min(Math.max(view.x, left - image.width * view.scale), stage.width - left),
    y: Math.min(Math.max(view.y, top - image.height * view.scale), stage.height - top),
  };
}

/** The view for typing a region: as it is while the region can be read on it, else zoomed to the region with its surroundings. */
export function viewFor(quad: Quad, view: View, stage: Size): View {
  const box = bounds(quad);
  const [left, top] = toScreen(view, [box.x, box.y]);
  const [right, bottom] = toScreen(view, [box.x + box.width, box.y + box.height]);
  const inSight = left >= 0 && top >= 0 && right <= stage.width && bottom <= stage.height;
  if (inSight && Math.min(bottom - top, right - left) >= READABLE_HEIGHT) return view;
  const scale = Math.min((stage.width * 0.5) / box.width, (stage.height * 0.16) / box.height, LARGEST_SCALE);
  const enough = inSight ? Math.max(scale, view.scale) : scale;
  return centred(enough, box.x + box.width / 2, box.y + box.height / 2, stage);
}

export function between(from: View, to: View, share: number): View {
  const scale = from.scale * (to.scale / from.scale) ** share;
  const done = to.scale === from.scale ? share : (scale - from.scale) / (to.scale - from.scale);
  return { scale, x: from.x + (to.x - from.x) * done, y: from.y + (to.y - from.y) * done };
}
