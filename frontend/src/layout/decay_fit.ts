// How fast contributions decay with the lag: a line through their logarithms.
// The rules, and why they are these, are stated in docs/rules.md.
import type { Contribution } from './decay';

/** Contributions that change by a constant factor from one lag to the next. */
export interface Exponential {
  readonly kind: 'halves' | 'doubles';
  /** Steps in which they do. */
  readonly every: number;
  /** Distances, |lag|, from the first to the last of the fit. */
  readonly from: number;
  readonly to: number;
  /** Whether it begins behind lag 0 because contributions peak there. */
  readonly peaks: boolean;
  /** Factor by which a contribution typically lies above or below the line; 1: on it. */
  readonly off: number;
  /** The line, at a distance. */
  readonly at: (distance: number) => number;
}

/**
 * Or why there is no such number. `level`: they change by less than half over all lags; `irregular`:
 * no line describes them; `few`: too few lags; `nothing`: all are 0.
 */
export type DecayFit =
  Exponential | { readonly kind: 'level' | 'irregular' | 'few' | 'nothing' | 'nonfinite' };

/** Of the largest contribution: what is below does not move the weight, and is not fitted. */
const MEANINGFUL = 1e-6;
/** Through fewer points a line always goes well. */
const FEWEST = 4;
/** Part of the variation of the logarithms that the line has to explain. */
const EXPLAINED = 0.8;
/** Contributions peak behind lag 0 where they are larger there by this. */
const PEAK = 2;

interface Point {
  readonly distance: number;
  /** log2 of the mean magnitude. */
  readonly height: number;
  /** Contributions behind the mean. */
  readonly weight: number;
}

/** Both directions together, by distance; each distance counts by the losses that reach it. */
export function fitDecay(decay: readonly Contribution[]): DecayFit {
  const points = pointsOf(decay);
  if (points === undefined) return { kind: 'nonfinite' };
  if (points.length === 0) return { kind: 'nothing' };
  if (points.length < FEWEST) return { kind: 'few' };
  const whole = line(points);
  const grows = whole.good && whole.slope > 0;
  const behind = grows ? [] : behindPeak(points);
  const rest = behind.length >= FEWEST ? line(behind) : undefined;
  if (rest?.good && rest.slope < 0) return exponential(rest, behind, true);
  if (whole.good) return exponential(whole, points, false);
  return { kind: Math.abs(whole.change) < 1 && whole.deviation < 1 ? 'level' : 'irregular' };
}

/** From the highest point on, where it towers over the first. */
function behindPeak(points: readonly Point[]): readonly Point[] {
  const top = points.reduce((high, { height }, i) => (height > points[high]!.height ? i : high), 0);
  return points[top]!.height - points[0]!.height >= Math.log2(PEAK) ? points.slice(top) : [];
}

/** Undefined where one is not finite. */
function pointsOf(decay: readonly Contribution[]): Point[] | undefined {
  const sums: { magnitude: number; count: number }[] = [];
  for (const { lag, magnitude, count } of decay) {
    if (!Number.isFinite(magnitude)) return undefined;
    const distance = Math.abs(lag);
    const { magnitude: m, count: n } = sums[distance] ?? { magnitude: 0, count: 0 };
    sums[distance] = { magnitude: m + magnitude, count: n + count };
  }
  const points: Point[] = [];
  sums.forEach(({ magnitude, count }, distance) => {
    if (count > 0) points.push({ distance, height: Math.log2(magnitude / count), weight: count });
  });
  const least = Math.max(...points.map(({ height }) => height)) + Math.log2(MEANINGFUL);
  return points.filter(({ height }) => height >= least);
}

interface Line {
  /** Doublings a step; < 0: halvings. */
  readonly slope: number;
  /** Doublings from the first point to the last. */
  readonly change: number;
  /** Root mean square of the residuals, in doublings. */
  readonly deviation: number;
  readonly good: boolean;
  readonly height: (distance: number) => number;
}

/** Weighted least squares. */
function line(points: readonly Point[]): Line {
  const sum = (of: (point: Point) => number): number =>
    points.reduce((total, point) => total + point.weight * of(point), 0);
  const weight = sum(() => 1);
  const centre = sum(({ distance }) => distance) / weight;
  const mean = sum(({ height }) => height) / weight;
  const along = sum(({ distance }) => (distance - centre) ** 2);
  const slope = sum(({ distance, height }) => (distance - centre) * (height - mean)) / along;
  const height = (distance: number): number => mean + slope * (distance - centre);
  const whole = sum((point) => (point.height - mean) ** 2);
  const rest = sum((point) => (point.height - height(point.distance)) ** 2);
  const change = slope * (points.at(-1)!.distance - points[0]!.distance);
  const good = Math.abs(change) >= 1 && rest <= (1 - EXPLAINED) * whole;
  return { slope, change, deviation: Math.sqrt(rest / weight), good, height };
}

function exponential(found: Line, points: readonly Point[], peaks: boolean): Exponential {
  return {
    kind: found.slope < 0 ? 'halves' : 'doubles',
    every: 1 / Math.abs(found.slope),
    from: points[0]!.distance,
    to: points.at(-1)!.distance,
    peaks,
    off: 2 ** found.deviation,
    at: (distance) => 2 ** found.height(distance),
  };
}
