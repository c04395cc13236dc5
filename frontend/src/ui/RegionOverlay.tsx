import type { Quad } from '@/api/types';
import classes from './RegionOverlay.module.css';

export interface DrawnRegion {
  key: string;
  quad: Quad;
  colour: string;
  active?: boolean;
}

interface Props {
  width: number;
  height: number;
  regions: DrawnRegion[];
  /** How the picture below fills its frame; the overlay follows it. */
  fit?: 'cover' | 'contain';
}

/** Regions drawn thin over a picture, in the picture's own pixels. */
export function RegionOverlay({ width, height, regions, fit = 'contain' }: Props) {
  return (
    <svg
      className={classes.overlay}
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio={fit === 'cover' ? 'xMidYMid slice' : 'xMidYMid meet'}
      aria-hidden="true"
    >
      {regions.map(({ key, quad, colour, active }) => (
        <g key={key} data-active={active || undefined}>
          <polygon points={quad.join(' ')} className={classes.halo} />
          <polygon points={quad.join(' ')} className={classes.line} stroke={colour} />
        </g>
      ))}
    </svg>
  );
}
