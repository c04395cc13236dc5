/** How regions look. All sizes are screen pixels, whatever the zoom. */

import { bounds, type Quad } from '@/editor/geometry';
import { HANDLES, handlePoint } from '@/editor/handles';
import { isShown } from '@/editor/hit';
import type { Region } from '@/editor/model';

export type Brush = CanvasRenderingContext2D;

export const HANDLE_SIZE = 9;
/** How far from a handle a press still takes it. */
export const HANDLE_REACH = 9;

function trace(path: Path2D, quad: Quad): void {
  path.moveTo(quad[0][0], quad[0][1]);
  for (const [x, y] of quad.slice(1)) path.lineTo(x, y);
  path.closePath();
}

interface Look {
  colour: string;
  fill: number;
  width: number;
  dashed: boolean;
}

/** Of a #rrggbb colour, whether it is nearer to black. */
export function isDark(colour: string): boolean {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
  return red * 0.299 + green * 0.587 + blue * 0.114 < 140;
}

/** A light rim under dark lines and a dark one under light lines keep them visible on any picture. */
function drawPath(brush: Brush, path: Path2D, scale: number, { colour, fill, width, dashed }: Look): void {
  if (fill > 0) {
    brush.globalAlpha = fill;
    brush.fillStyle = colour;
    brush.fill(path);
  }
  brush.lineJoin = 'round';
  brush.setLineDash([]);
  brush.globalAlpha = 0.55;
  brush.strokeStyle = isDark(colour) ? '#fff' : '#000';
  brush.lineWidth = (width + 2) / scale;
  brush.stroke(path);
  brush.globalAlpha = 1;
  brush.setLineDash(dashed ? [6 / scale, 4 / scale] : []);
  brush.strokeStyle = colour;
  brush.lineWidth = width / scale;
  brush.stroke(path);
  brush.setLineDash([]);
}

export interface Scene {
  regions: Iterable<Region>;
  colourOf: (label: string | null) => string;
  scale: number;
  /** The region the active layer draws. */
  except: string | null;
  faded: boolean;
}

/** Regions that look the same are one path: a thousand regions are a handful of strokes. */
export function paintRegions(brush: Brush, { regions, colourOf, scale, except, faded }: Scene): void {
  const paths = new Map<string, { path: Path2D; look: Look }>();
  for (const region of regions) {
    if (region.id === except) continue;
    const colour = colourOf(region.label);
    const dashed = region.origin === 'suggestion';
    const fill = (region.text === '' ? 0.16 : 0.06) * (faded ? 0.5 : 1);
    const key = `${colour} ${dashed} ${fill}`;
    const same = paths.get(key) ?? { path: new Path2D(), look: { colour, dashed, fill, width: 1.75 } };
    trace(same.path, region.quad);
    paths.set(key, same);
  }
  brush.save();
  for (const { path, look } of paths.values()) drawPath(brush, path, scale, look);
  brush.restore();
}

function drawQuad(brush: Brush, quad: Quad, scale: number, look: Look): void {
  const path = new Path2D();
  trace(path, quad);
  drawPath(brush, path, scale, look);
}

export function paintHovered(brush: Brush, { quad, origin }: Region, colour: string, scale: number): void {
  brush.save();
  drawQuad(brush, quad, scale, { colour, fill: 0.18, width: 2.5, dashed: origin === 'suggestion' });
  brush.restore();
}

export function paintActive(brush: Brush, quad: Quad, colour: string, scale: number, handles: boolean): void {
  brush.save();
  drawQuad(brush, quad, scale, { colour, fill: 0.06, width: 2.5, dashed: false });
  paintTop(brush, quad, colour, scale);
  if (handles) paintHandles(brush, quad, colour, scale);
  brush.restore();
}

/** A short bar outside the text's upper side: which way the text stands. */
function paintTop(brush: Brush, quad: Quad, colour: string, scale: number): void {
  const [a, b] = quad;
  const length = Math.hypot(b[0] - a[0], b[1] - a[1]);
  if (length * scale < 24) return;
  const reach = 6 / scale / length;
  const [nx, ny] = [(b[1] - a[1]) * reach, -(b[0] - a[0]) * reach];
  const at = (share: number): [number, number] => [
    a[0] + (b[0] - a[0]) * share + nx,
    a[1] + (b[1] - a[1]) * share + ny,
  ];
  const half = Math.min(8 / scale / length, 0.3);
  brush.beginPath();
  brush.moveTo(...at(0.5 - half));
  brush.lineTo(...at(0.5 + half));
  brush.lineCap = 'round';
  brush.strokeStyle = colour;
  brush.lineWidth = 2.5 / scale;
  brush.stroke();
}

function paintHandles(brush: Brush, quad: Quad, colour: string, scale: number): void {
  const size = HANDLE_SIZE / scale;
  for (const handle of HANDLES) {
    if (!isShown(quad, handle, HANDLE_REACH / scale)) continue;
    const [x, y] = handlePoint(quad, handle);
    brush.beginPath();
    if (handle.kind === 'corner') brush.rect(x - size / 2, y - size / 2, size, size);
    else brush.arc(x, y, size / 2.6, 0, 2 * Math.PI);
    brush.fillStyle = '#fff';
    brush.fill();
    brush.strokeStyle = colour;
    brush.lineWidth = 2 / scale;
    brush.stroke();
  }
}

/** The label's name on a small flag over the region. */
export function paintFlag(brush: Brush, quad: Quad, name: string, colour: string, scale: number): void {
  const box = bounds(quad);
  brush.save();
  brush.font = `600 ${12 / scale}px system-ui, sans-serif`;
  const width = brush.measureText(name).width + 12 / scale;
  const height = 20 / scale;
  const top = box.y - height - 6 / scale;
  brush.fillStyle = 'rgba(16, 17, 18, 0.88)';
  brush.beginPath();
  brush.roundRect(box.x, top, width + 10 / scale, height, 4 / scale);
  brush.fill();
  brush.fillStyle = colour;
  brush.beginPath();
  brush.arc(box.x + 9 / scale, top + height / 2, 4 / scale, 0, 2 * Math.PI);
  brush.fill();
  brush.fillStyle = '#fff';
  brush.textBaseline = 'middle';
  brush.fillText(name, box.x + 17 / scale, top + height / 2 + 0.5 / scale);
  brush.restore();
}
