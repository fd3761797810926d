// From a share to a place in the palette.

export interface ShareScale {
  /** -1 to 1: below 0 for what cancels others. */
  readonly place: (share: number) => number;
  /** The share at place 1; larger ones are shown as it. */
  readonly top: number;
  /** The lowest share shown as itself: 0 where nothing cancels. */
  readonly bottom: number;
  /** Whether there are larger ones than that. */
  readonly clipped: boolean;
  readonly logarithmic: boolean;
}

/** Decades of a log scale. */
const DECADES = 4;

/**
 * On a square root, between a linear scale, on which all but the nearest lags would be one colour
 * once the gradient is spread over many, and a logarithmic one, on which nothing stands out. The
 * top is the largest share of all of training: colours do not change with what is in view.
 */
export function shareScale(highest: number, lowest: number, logarithmic: boolean): ShareScale {
  const largest = Math.max(highest, -lowest);
  const parts = largest > 0.1 ? 10 : 100;
  // Shares that cancel each other may be many times the whole.
  const rounded = (share: number): number => Math.min(1, Math.ceil(share * parts - 1e-6) / parts);
  const top = rounded(Math.max(largest, 1 / parts));
  const size = (share: number): number => {
    const part = Math.min(1, share / top);
    if (!logarithmic) return Math.sqrt(part);
    return part > 0 ? Math.max(0, 1 + Math.log10(part) / DECADES) : 0;
  };
  return {
    place: (share) => (share < 0 ? -size(-share) : size(share)),
    top,
    clipped: largest > top * (1 + 1e-6),
    bottom: -rounded(-Math.min(0, lowest)) + 0, // no -0
    logarithmic,
  };
}

const MARKS = [0.0001, 0.001, 0.01, 0.05, 0.1, 0.2, 0.5, 1];

/** Shares to write at a legend, ascending, none closer than `apart` to another, in places. */
export function shareMarks(
  { place, top, bottom, logarithmic }: ShareScale,
  apart: number,
): number[] {
  const marks = [top];
  for (const share of [...MARKS].reverse()) {
    const clear = place(marks[0]!) - place(share) >= apart;
    if (share < top && clear && place(share) >= (logarithmic ? 0 : apart)) marks.unshift(share);
  }
  if (!logarithmic) marks.unshift(0);
  return bottom < 0 ? [bottom, ...marks] : marks;
}
