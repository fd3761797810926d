// One metric of one sequence: the table of items, and sums over it.
//
// `values[k * length + j]` is the item of cell j and lag `firstLag + k`; its source is j + lag.

export interface Items {
  readonly values: Float32Array;
  readonly firstLag: number;
  readonly lags: number;
  readonly length: number;
}

export interface CellTotals {
  /** Sum of the positive and of the negative items of a cell; the latter is <= 0. */
  readonly positive: Float64Array;
  readonly negative: Float64Array;
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

export function cellTotals(items: Items): CellTotals {
  const { values, lags, length } = items;
  const positive = new Float64Array(length);
  const negative = new Float64Array(length);
  const nonfinite = new Uint16Array(length);
  for (let k = 0; k < lags; k++) {
    const [from, to] = cellsWith(items, k);
    for (let j = from, i = k * length + from; j < to; j++, i++) {
      const value = values[i]!;
      // NaN and infinities are the numbers for which this is not 0.
      if (value - value !== 0) nonfinite[j]!++;
      else if (value > 0) positive[j]! += value;
      else negative[j]! += value;
    }
  }
  return { positive, negative, nonfinite };
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

/** Remembers what was computed of a table of items for as long as somebody holds the table. */
export function once<R>(compute: (items: Items) => R): (items: Items) => R {
  const known = new WeakMap<Float32Array, R>();
  return (items) => {
    let result = known.get(items.values);
    if (result === undefined) {
      result = compute(items);
      known.set(items.values, result);
    }
    return result;
  };
}
