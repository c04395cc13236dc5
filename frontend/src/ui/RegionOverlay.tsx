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
  /** Whether a line shows where the picture ends, which a white page on a light one does not. */
  edge?: boolean;
}

/** Regions drawn thin over a picture that is shown whole, in the picture's own pixels. */
export function RegionOverlay({ width, height, regions, edge = false }: Props) {
  return (
    <svg
      className={classes.overlay}
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="xMidYMid meet"
      aria-hidden="true"
    >
      {edge && <rect width={width} height={height} className={classes.edge} />}
      {regions.map(({ key, quad, colour, active }) => (
        <g key={key} data-active={active || undefined}>
          <polygon points={quad.join(' ')} className={classes.halo} />
          <polygon points={quad.join(' ')} className={classes.line} stroke={colour} />
        </g>
      ))}
    </svg>
  );
}
