/** The upright axis of a curve: ticks at numbers people count in. */

const STEPS = [1, 2, 2.5, 5, 10];
const MOST_SPACES = 4;

export interface Axis {
  /** From 0 to the first tick that no value passes. */
  ticks: number[];
  /** Digits after the point that tell one tick from the next. */
  digits: number;
}

/** Ticks from 0 to `top`, or a little above it, at most five of them. */
export function axisTo(top: number): Axis {
  const rough = (Number.isFinite(top) && top > 0 ? top : 1) / MOST_SPACES;
  const power = Math.floor(Math.log10(rough));
  // A rough step of exactly 0.1 comes out of the logarithm a hair above it.
  const factor = STEPS.find((one) => one * 10 ** power >= rough * (1 - 1e-9)) ?? 10;
  const step = factor * 10 ** power;
  const digits = Math.max(0, -power - (factor === 10 ? 1 : 0) + (factor === 2.5 ? 1 : 0));
  const spaces = Math.ceil((rough * MOST_SPACES) / step - 1e-9);
  const ticks = Array.from({ length: spaces + 1 }, (_, index) => Number((index * step).toFixed(digits)));
  return { ticks, digits };
}
