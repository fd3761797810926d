// Axes of a plot over training.
import { type Axis, linearAxis, logAxis, percentAxis, percentLogAxis } from './axis';
import { formatStep } from './format';
import { finiteExtent } from './timeline';
import type { Span } from './zoom';

/** Training steps from left to right. */
export function stepAxis(
  domain: Span,
  width: number,
): Axis & { readonly stepAt: (pixel: number) => number } {
  const axis = linearAxis(domain, [0, width - 1], width / 110);
  const ticks = axis.ticks
    .filter(({ value }) => Number.isInteger(value))
    .map(({ value }) => ({ value, label: formatStep(value) }));
  const stepAt = (pixel: number): number =>
    domain[0] + (pixel / Math.max(1, width - 1)) * (domain[1] - domain[0]);
  return { ...axis, ticks, stepAt };
}

/** Ticks that the height of the plot has room for, and that a curve needs to be read. */
const TICKS = 4;

/**
 * Gradients upwards from zero, or on a log axis; shares in per cent. Undefined where no value is
 * finite. `others` are on the axis too, where they are not many times smaller.
 */
export function gradientAxis(
  values: Float32Array,
  height: number,
  logarithmic: boolean,
  share: boolean,
  others: Float32Array = new Float32Array(),
): Axis | undefined {
  const extent = finiteExtent(values);
  if (!extent) return undefined;
  const high = roof(extent);
  if (!logarithmic) {
    return (share ? percentAxis : linearAxis)([0, high || 1], [height, 0], TICKS);
  }
  const scale = share ? percentLogAxis : logAxis;
  const low = smallest(values);
  if (low === undefined) return undefined;
  const lowest = Math.min(low, smallest(others) ?? low) * 0.8;
  return scale([Math.max(lowest, high * 1e-8), high], [height, 0], 4);
}

/** The smallest value above zero. */
function smallest(values: Float32Array): number | undefined {
  let least = Infinity;
  for (const value of values) if (value > 0 && value < least) least = value;
  return least === Infinity ? undefined : least;
}

/** A loss on an axis of its own, from zero where it is not negative. */
export function lossAxis(values: ArrayLike<number>, height: number): Axis | undefined {
  const extent = finiteExtent(values);
  if (!extent) return undefined;
  const low = Math.min(0, extent[0]);
  const high = roof(extent);
  return linearAxis([low, high > low ? high : low + 1], [height, 0], TICKS);
}

/** Where an axis ends: a value that is the only one keeps clear of the record's marker on top. */
function roof([low, high]: readonly [number, number]): number {
  return low === high && high > 0 ? high * 1.25 : high;
}
