import type { Glide } from '@/editor/editor';
import { between } from '@/editor/view';

const DURATION = 180;

/** Moves the view smoothly, unless the person's system asks for less motion. */
export const glide: Glide = (from, to, show) => {
  if (window.matchMedia('(prefers-reduced-motion: reduce)').matches || document.hidden) {
    show(to);
    return;
  }
  const began = performance.now();
  const step = (now: number) => {
    const share = Math.min(Math.max((now - began) / DURATION, 0), 1);
    show(share === 1 ? to : between(from, to, 1 - (1 - share) ** 3));
    if (share < 1) requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
};
