import { Skeleton } from '@mantine/core';
import { useElementSize, useMergedRef } from '@mantine/hooks';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import { useLocation } from 'react-router';
import type { Image } from '@/api/types';
import classes from './ImageGrid.module.css';
import { ImageTile } from './ImageTile';
import type { Selection } from './selection';

const GAP = 16;
const CAPTION = 28;
const SMALLEST_TILE = 184;
const SMALLEST_TILE_NARROW = 140;

/** How many tiles stand side by side, and how high a row is with its caption and gap. */
export function layout(width: number): { columns: number; rowHeight: number } {
  const smallest = width < 560 ? SMALLEST_TILE_NARROW : SMALLEST_TILE;
  const columns = Math.max(1, Math.floor((width + GAP) / (smallest + GAP)));
  const tile = (width - GAP * (columns - 1)) / columns;
  return { columns, rowHeight: Math.round((tile * 3) / 4) + CAPTION + GAP };
}

interface Props {
  images: Image[] | undefined;
  projectId: string;
  colours: Map<string, string>;
  selection: Selection;
  onSelect: (id: string, range: boolean) => void;
  /** Called when the end of what is loaded comes near. */
  onEnd: () => void;
}

/** Where the grid begins on the page, as the window scrolls and not the grid. */
function useTop(element: React.RefObject<HTMLElement | null>, width: number): number {
  const [top, setTop] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what stands above wraps when the width changes
  useLayoutEffect(() => {
    if (element.current) setTop(element.current.getBoundingClientRect().top + window.scrollY);
  }, [element, width]);
  return top;
}

function Placeholders() {
  return (
    <div className={classes.placeholders}>
      {Array.from({ length: 18 }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike
        <Skeleton key={index} className={classes.placeholder} />
      ))}
    </div>
  );
}

export function ImageGrid({ images, projectId, colours, selection, onSelect, onEnd }: Props) {
  const { ref, width } = useElementSize<HTMLDivElement>();
  const holder = useRef<HTMLDivElement>(null);
  const merged = useMergedRef(ref, holder);
  const top = useTop(holder, width);
  const { search } = useLocation();
  const { columns, rowHeight } = layout(width || 1232);
  const rows = Math.ceil((images?.length ?? 0) / columns);
  const virtual = useWindowVirtualizer({
    count: rows,
    estimateSize: () => rowHeight,
    overscan: 3,
    scrollMargin: top,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new height makes every row's place stale
  useEffect(() => virtual.measure(), [rowHeight, virtual]);

  const shown = virtual.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => {
    if (rows > 0 && last >= rows - 3) onEnd();
  }, [last, rows, onEnd]);

  return (
    <div ref={merged}>
      {images === undefined ? (
        <Placeholders />
      ) : (
        <div style={{ height: virtual.getTotalSize(), position: 'relative' }}>
          {shown.map((row) => (
            <div
              key={row.key}
              className={classes.row}
              style={{
                gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`,
                transform: `translateY(${row.start - virtual.options.scrollMargin}px)`,
              }}
            >
              {images.slice(row.index * columns, (row.index + 1) * columns).map((image) => (
                <ImageTile
                  key={image.id}
                  image={image}
                  to={`/projects/${projectId}/annotate/${image.id}${search}`}
                  colours={colours}
                  selected={selection.ids.has(image.id)}
                  selecting={selection.ids.size > 0}
                  onSelect={onSelect}
                />
              ))}
            </div>
          ))}
        </div>
      )}
    </div>
  );
}
