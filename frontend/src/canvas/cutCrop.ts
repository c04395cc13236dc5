/** Draws a region upright and enlarged, with a dimmed rim of its surroundings. */

import { bounds, type Quad, type Size } from '@/editor/geometry';
import { type CropFrame, cropFrame, isAffine, project } from '@/editor/rectify';

export function cutCrop(canvas: HTMLCanvasElement, picture: HTMLImageElement, quad: Quad, room: Size): void {
  const density = window.devicePixelRatio || 1;
  const frame = cropFrame(quad, { width: room.width * density, height: room.height * density });
  canvas.width = frame.size.width;
  canvas.height = frame.size.height;
  canvas.style.width = `${frame.size.width / density}px`;
  canvas.style.height = `${frame.size.height / density}px`;
  const brush = canvas.getContext('2d');
  if (!brush) return;
  if (isAffine(frame.projection)) drawAffine(brush, picture, frame);
  else drawPerspective(brush, picture, quad, frame);
  dimRim(brush, frame, density);
}

/** The canvas wants image → crop, the projection goes crop → image: its inverse. */
function drawAffine(
  brush: CanvasRenderingContext2D,
  picture: HTMLImageElement,
  { projection: m }: CropFrame,
): void {
  const determinant = m[0] * m[4] - m[1] * m[3];
  const [a, c] = [m[4] / determinant, -m[1] / determinant];
  const [b, d] = [-m[3] / determinant, m[0] / determinant];
  brush.imageSmoothingQuality = 'high';
  brush.setTransform(a, b, c, d, -(a * m[2] + c * m[5]), -(b * m[2] + d * m[5]));
  brush.drawImage(picture, 0, 0);
  brush.resetTransform();
}

function drawPerspective(
  brush: CanvasRenderingContext2D,
  picture: HTMLImageElement,
  quad: Quad,
  { size, projection }: CropFrame,
): void {
  const source = pixelsAround(picture, quad);
  if (!source) return;
  const target = brush.createImageData(size.width, size.height);
  for (let y = 0; y < size.height; y += 1) {
    for (let x = 0; x < size.width; x += 1) {
      const [ix, iy] = project(projection, [x + 0.5, y + 0.5]);
      sample(
        source,
        (ix - source.x) * source.scale,
        (iy - source.y) * source.scale,
        target.data,
        (y * size.width + x) * 4,
      );
    }
  }
  brush.putImageData(target, 0, 0);
}

interface Pixels {
  x: number;
  y: number;
  scale: number;
  image: ImageData;
}

const MOST_PIXELS = 1200;

function pixelsAround(picture: HTMLImageElement, quad: Quad): Pixels | null {
  const box = bounds(quad);
  const rim = Math.max(box.width, box.height) * 0.3;
  const [x, y] = [Math.max(box.x - rim, 0), Math.max(box.y - rim, 0)];
  const width = Math.min(box.x + box.width + rim, picture.naturalWidth) - x;
  const height = Math.min(box.y + box.height + rim, picture.naturalHeight) - y;
  const scale = Math.min(1, MOST_PIXELS / Math.max(width, height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(Math.round(width * scale), 1);
  canvas.height = Math.max(Math.round(height * scale), 1);
  const brush = canvas.getContext('2d', { willReadFrequently: true });
  if (!brush) return null;
  brush.drawImage(picture, x, y, width, height, 0, 0, canvas.width, canvas.height);
  return { x, y, scale, image: brush.getImageData(0, 0, canvas.width, canvas.height) };
}

/** Between the four nearest pixels; outside the picture it stays clear. */
function sample({ image }: Pixels, x: number, y: number, into: Uint8ClampedArray, at: number): void {
  const [left, top] = [Math.floor(x - 0.5), Math.floor(y - 0.5)];
  if (left < 0 || top < 0 || left + 1 >= image.width || top + 1 >= image.height) return;
  const [fx, fy] = [x - 0.5 - left, y - 0.5 - top];
  const first = (top * image.width + left) * 4;
  const below = first + image.width * 4;
  for (let channel = 0; channel < 4; channel += 1) {
    const value = (offset: number) => image.data[offset + channel] ?? 0;
    const upper = value(first) * (1 - fx) + value(first + 4) * fx;
    const lower = value(below) * (1 - fx) + value(below + 4) * fx;
    into[at + channel] = upper * (1 - fy) + lower * fy;
  }
}

function dimRim(brush: CanvasRenderingContext2D, { size, margin }: CropFrame, density: number): void {
  const [width, height] = [size.width - 2 * margin, size.height - 2 * margin];
  brush.fillStyle = 'rgba(0, 0, 0, 0.5)';
  brush.beginPath();
  brush.rect(0, 0, size.width, size.height);
  brush.rect(margin, margin, width, height);
  brush.fill('evenodd');
  brush.strokeStyle = 'rgba(255, 255, 255, 0.7)';
  brush.lineWidth = density;
  brush.strokeRect(margin, margin, width, height);
}
