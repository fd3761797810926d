// One metric of one sequence: the table of items, and sums over it.
//
// `values[k * length + j]` is the item of cell j and lag `firstLag + k`; its source is j + lag.
import { oncePer } from './once';

export interface Items {
  readonly values: Float32Array;
  readonly firstLag: number;
  readonly lags: number;
  readonly length: number;
}

export interface CellTotals {
  /** What of each cell counts up, and what counts down; both are >= 0. */
  readonly up: Float64Array;
  readonly down: Float64Array;
  /** Items of a cell that are NaN or infinite; they are in neither sum. */
  readonly nonfinite: Uint16Array;
}

/** The cells that have a source at lag index `k`, as a range: half of a full horizon has none. */
export function cellsWith(
  { firstLag, length }: Items,
  k: number,
): readonly [from: number, to: number] {
  const lag = firstLag + k;
  return [Math.min(length, Math.max(0, -lag)), Math.max(0, length - Math.max(0, lag))];
}

/**
 * Sums of magnitudes: positive items count up, negative ones down. `split` is for magnitudes with
 * losses on both sides of a cell: those ahead of it (and its own) count up, those behind it down.
 */
export function cellTotals(items: Items, split = false): CellTotals {
  const { values, firstLag, lags, length } = items;
  const up = new Float64Array(length);
  const down = new Float64Array(length);
  const nonfinite = new Uint16Array(length);
  for (let k = 0; k < lags; k++) {
    const [from, to] = cellsWith(items, k);
    const above = split && firstLag + k < 0 ? down : up;
    for (let j = from, i = k * length + from; j < to; j++, i++) {
      const value = values[i]!;
      // NaN and infinities are the numbers for which this is not 0.
      if (value - value !== 0) nonfinite[j]!++;
      else if (value > 0) above[j]! += value;
      else down[j]! -= value;
    }
  }
  return { up, down, nonfinite };
}

/** Sum of all items of each cell: NaN and infinities count as what they are. */
export function cellSums({ values, lags, length }: Items): Float64Array {
  const sums = new Float64Array(length);
  for (let k = 0; k < lags; k++) {
    for (let j = 0; j < length; j++) sums[j]! += values[k * length + j]!;
  }
  return sums;
}

/** The item of `cell` from `source`, or undefined where the record holds none. */
export function itemAt(items: Items, cell: number, source: number): number | undefined {
  const k = source - cell - items.firstLag;
  const inside = k >= 0 && k < items.lags && cell >= 0 && cell < items.length;
  return inside && source >= 0 && source < items.length
    ? items.values[k * items.length + cell]
    : undefined;
}

/** Whether all losses lie behind the cells that they reach: the layer reads from the end. */
export function isBackwards({ firstLag, lags }: Items): boolean {
  return firstLag < 0 && firstLag + lags - 1 <= 0;
}

/** Remembers what was computed of a table of items for as long as somebody holds the table. */
export function once<R>(compute: (items: Items) => R): (items: Items) => R {
  return oncePer(compute, ({ values }) => values);
}

/** The largest magnitude among the items of each loss; NaN where one of them is. */
export const largestBySource = once((items): Float64Array => {
  const { values, firstLag, lags, length } = items;
  const largest = new Float64Array(length);
  for (let k = 0; k < lags; k++) {
    const [from, to] = cellsWith(items, k);
    for (let j = from, i = k * length + from, t = j + firstLag + k; j < to; j++, i++, t++) {
      const size = Math.abs(values[i]!);
      if (size > largest[t]! || Number.isNaN(size)) largest[t] = size; // nothing is more than NaN
    }
  }
  return largest;
});
