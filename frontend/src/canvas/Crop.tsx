import { useLayoutEffect, useRef } from 'react';
import type { Quad } from '@/editor/geometry';
import { cutCrop } from './cutCrop';

interface Props {
  picture: HTMLImageElement;
  quad: Quad;
  width: number;
  height: number;
  label: string;
}

/** The region upright and as large as the given room allows. */
export function Crop({ picture, quad, width, height, label }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    if (canvas.current) cutCrop(canvas.current, picture, quad, { width, height });
  }, [picture, quad, width, height]);
  return <canvas ref={canvas} role="img" aria-label={label} />;
}
