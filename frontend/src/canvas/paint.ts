/** How regions look. All sizes are screen pixels, whatever the zoom. */

import { bounds, type Quad } from '@/editor/geometry';
import { HANDLES, handlePoint } from '@/editor/handles';
import { isShown } from '@/editor/hit';
import type { Region } from '@/editor/model';

export type Brush = CanvasRenderingContext2D;

export const HANDLE_SIZE = 9;
/** How far from a handle a press still takes it. */
export const HANDLE_REACH = 9;

function outline(brush: Brush, quad: Quad): void {
  brush.beginPath();
  brush.moveTo(quad[0][0], quad[0][1]);
  for (const [x, y] of quad.slice(1)) brush.lineTo(x, y);
  brush.closePath();
}

interface Look {
  colour: string;
  fill: number;
  width: number;
  dashed: boolean;
}

/** A dark rim under the coloured line keeps it visible on any picture. */
function drawQuad(brush: Brush, quad: Quad, scale: number, { colour, fill, width, dashed }: Look): void {
  outline(brush, quad);
  if (fill > 0) {
    brush.globalAlpha = fill;
    brush.fillStyle = colour;
    brush.fill();
  }
  brush.globalAlpha = 0.45;
  brush.lineJoin = 'round';
  brush.setLineDash([]);
  brush.strokeStyle = '#000';
  brush.lineWidth = (width + 2) / scale;
  brush.stroke();
  brush.globalAlpha = 1;
  brush.setLineDash(dashed ? [6 / scale, 4 / scale] : []);
  brush.strokeStyle = colour;
  brush.lineWidth = width / scale;
  brush.stroke();
  brush.setLineDash([]);
}

export interface Scene {
  regions: Iterable<Region>;
  colourOf: (label: string | null) => string;
  scale: number;
  hovered: string | null;
  /** The region the active layer draws. */
  except: string | null;
  faded: boolean;
}

export function paintRegions(
  brush: Brush,
  { regions, colourOf, scale, hovered, except, faded }: Scene,
): void {
  brush.save();
  for (const region of regions) {
    if (region.id === except) continue;
    const over = region.id === hovered;
    const fill = over ? 0.22 : region.text === '' ? 0.16 : 0.06;
    drawQuad(brush, region.quad, scale, {
      colour: colourOf(region.label),
      fill: faded ? fill / 2 : fill,
      width: over ? 2.5 : 1.75,
      dashed: region.origin === 'suggestion',
    });
  }
  brush.restore();
}

export function paintActive(brush: Brush, quad: Quad, colour: string, scale: number, handles: boolean): void {
  brush.save();
  drawQuad(brush, quad, scale, { colour, fill: 0.08, width: 2.5, dashed: false });
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
