/** What lies under the pointer: a handle of the selected region, a region, or the empty image. */

import { area, contains, distance, type Point, type Quad } from './geometry';
import { HANDLES, type Handle, handlePoint } from './handles';

export type Hit =
  | { kind: 'empty' }
  | { kind: 'region'; id: string }
  | { kind: 'handle'; id: string; handle: Handle };

interface Target {
  id: string;
  quad: Quad;
}

/** `reach` is how far from a handle still counts, in image pixels. Of regions lying over each other the smallest is meant. */
export function hit(regions: readonly Target[], selected: Target | null, point: Point, reach: number): Hit {
  const handle = selected && handleAt(selected.quad, point, reach);
  if (selected && handle) return { kind: 'handle', id: selected.id, handle };
  let best: Target | null = null;
  let smallest = Number.POSITIVE_INFINITY;
  for (const region of regions) {
    if (!contains(region.quad, point)) continue;
    const size = area(region.quad);
    if (size >= smallest) continue;
    best = region;
    smallest = size;
  }
  return best ? { kind: 'region', id: best.id } : { kind: 'empty' };
}

function handleAt(quad: Quad, point: Point, reach: number): Handle | null {
  for (const handle of HANDLES) {
    if (!isShown(quad, handle, reach)) continue;
    if (distance(handlePoint(quad, handle), point) <= reach) return handle;
  }
  return null;
}

/** An edge handle is left out where the edge is too short to tell it from the corners. */
export function isShown(quad: Quad, handle: Handle, reach: number): boolean {
  if (handle.kind === 'corner') return true;
  return distance(quad[handle.index] as Point, quad[(handle.index + 1) % 4] as Point) > reach * 5;
}
