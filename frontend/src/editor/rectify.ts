/** Where the pixels of an upright crop lie in the image. */

import { type Point, type Quad, type Size, sidesOf } from './geometry';

/** Maps crop coordinates to image coordinates: [x' y' w'] = M · [x y 1], row by row. */
export type Projection = readonly [number, number, number, number, number, number, number, number, 1];

/** The projection that takes the corners of a width × height crop to the quad. */
export function projection(quad: Quad, { width, height }: Size): Projection {
  const [[x0, y0], [x1, y1], [x2, y2], [x3, y3]] = quad;
  const [dx1, dx2, dx3] = [x1 - x2, x3 - x2, x0 - x1 + x2 - x3];
  const [dy1, dy2, dy3] = [y1 - y2, y3 - y2, y0 - y1 + y2 - y3];
  const determinant = dx1 * dy2 - dx2 * dy1;
  const g = (dx3 * dy2 - dx2 * dy3) / determinant;
  const h = (dx1 * dy3 - dx3 * dy1) / determinant;
  return [
    (x1 - x0 + g * x1) / width,
    (x3 - x0 + h * x3) / height,
    x0,
    (y1 - y0 + g * y1) / width,
    (y3 - y0 + h * y3) / height,
    y0,
    g / width,
    h / height,
    1,
  ];
}

export function project(m: Projection, [x, y]: Point): Point {
  const w = m[6] * x + m[7] * y + 1;
  return [(m[0] * x + m[1] * y + m[2]) / w, (m[3] * x + m[4] * y + m[5]) / w];
}

/** No perspective in it: a canvas can draw it by itself. */
export function isAffine(m: Projection): boolean {
  return Math.abs(m[6]) < 1e-6 && Math.abs(m[7]) < 1e-6;
}

export interface CropFrame {
  /** Of the whole crop, in pixels of the screen. */
  size: Size;
  /** How far the region's surroundings reach in from each side. */
  margin: number;
  projection: Projection;
}

const MARGIN_SHARE = 0.14;

/** A crop with a little of its surroundings, as large as `room` allows. */
export function cropFrame(quad: Quad, room: Size): CropFrame {
  const { width, height } = sidesOf(quad);
  const around = 2 * MARGIN_SHARE * Math.min(width, height);
  const scale = Math.min(room.width / (width + around), room.height / (height + around));
  const margin = Math.max((around / 2) * scale, 1);
  const inner = { width: Math.max(width * scale, 1), height: Math.max(height * scale, 1) };
  const m = projection(quad, inner);
  return {
    size: { width: Math.round(inner.width + 2 * margin), height: Math.round(inner.height + 2 * margin) },
    margin,
    projection: shifted(m, margin),
  };
}

/** The same projection for coordinates that begin `by` further up and left. */
function shifted(m: Projection, by: number): Projection {
  const w = 1 - (m[6] + m[7]) * by;
  return [
    m[0] / w,
    m[1] / w,
    (m[2] - (m[0] + m[1]) * by) / w,
    m[3] / w,
    m[4] / w,
    (m[5] - (m[3] + m[4]) * by) / w,
    m[6] / w,
    m[7] / w,
    1,
  ];
}
