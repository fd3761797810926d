// How much of the gradient of a record lies at each lag, for records that are laid over another.
import { type Axis, linearAxis, percentLogAxis } from './axis';
import type { Contribution } from './decay';
import { formatLag } from './format';

/** Decades below the largest part that are shown. */
const DECADES = 5;

/** The part of the whole at each lag, ascending; none where there is no gradient or not all finite. */
export interface Profile {
  readonly lags: readonly number[];
  readonly parts: readonly number[];
}

export interface ProfileAxes {
  readonly x: Axis;
  readonly y: Axis;
  /** The smallest part that is shown. */
  readonly low: number;
}

/** Magnitudes by lag as parts of their sum, so that layers of other sizes compare. */
export function profileOf(decay: readonly Contribution[]): Profile {
  const whole = decay.reduce((sum, { magnitude }) => sum + magnitude, 0);
  if (!(whole > 0) || !Number.isFinite(whole)) return { lags: [], parts: [] };
  const ascending = [...decay].sort((a, b) => a.lag - b.lag);
  return {
    lags: ascending.map(({ lag }) => lag),
    parts: ascending.map(({ magnitude }) => magnitude / whole),
  };
}

/** Axes on which all of them fit; undefined where there is nothing to show. */
export function profileAxes(
  profiles: readonly Profile[],
  width: number,
  height: number,
): ProfileAxes | undefined {
  const all = profiles.flatMap(({ parts }) => parts.filter((part) => part > 0));
  if (all.length === 0) return undefined;
  const high = Math.max(...all);
  const low = Math.max(Math.min(...all) * 0.8, high * 10 ** -DECADES);
  // Lags at which nothing is left in any of them are left out.
  const seen = profiles.flatMap(({ lags, parts }) => lags.filter((_, i) => parts[i]! >= low));
  const domain = [Math.min(0, ...seen), Math.max(0, ...seen)] as const;
  const x = linearAxis(domain, [0, width - 1], width / 60);
  const ticks = x.ticks
    .filter(({ value }) => Number.isInteger(value))
    .map(({ value }) => ({ value, label: formatLag(value) }));
  const y = percentLogAxis([low, high * 1.15], [height, 0], height / 34);
  return { x: { ...x, ticks }, y, low };
}

/** A name that is to stand at the end of a line. */
export interface NamePlace {
  readonly left: number;
  readonly width: number;
  /** Where the line ends. */
  readonly y: number;
}

/**
 * Heights of names of `size` that stand where they belong, at most at `lowest`; one that would lie on
 * another goes above it, as the gradient at the end of a line is more often small than large.
 */
export function stackNames(places: readonly NamePlace[], size: number, lowest: number): number[] {
  const heights = places.map(({ y }) => Math.min(y, lowest));
  const order = places.map((_, i) => i).sort((a, b) => places[b]!.y - places[a]!.y);
  order.forEach((i, rank) => {
    const { left, width } = places[i]!;
    // From the lowest up: what is passed once is below, and stays so.
    const before = order
      .slice(0, rank)
      .filter((j) => left < places[j]!.left + places[j]!.width && places[j]!.left < left + width)
      .sort((a, b) => heights[b]! - heights[a]!);
    for (const j of before) {
      if (Math.abs(heights[i]! - heights[j]!) < size) heights[i] = heights[j]! - size;
    }
  });
  return heights;
}
