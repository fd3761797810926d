// Training as pixels: many steps, few columns.

export interface Decimated {
  /** Per pixel column, smallest and largest finite value; NaN where the column has none. */
  readonly low: Float64Array;
  readonly high: Float64Array;
  /** First and last finite value of a column: what joins it to its neighbours. */
  readonly first: Float64Array;
  readonly last: Float64Array;
  /** 1 where a column holds a value that is NaN or infinite. */
  readonly nonfinite: Uint8Array;
}

/** Per pixel column minimum and maximum, so that no spike is lost. */
export function decimate(
  steps: readonly number[],
  values: ArrayLike<number>,
  pixelOf: (step: number) => number,
  width: number,
): Decimated {
  const low = new Float64Array(width).fill(NaN);
  const high = new Float64Array(width).fill(NaN);
  const first = new Float64Array(width).fill(NaN);
  const last = new Float64Array(width).fill(NaN);
  const nonfinite = new Uint8Array(width);
  for (let i = 0; i < steps.length; i++) {
    const x = Math.round(pixelOf(steps[i]!));
    if (x < 0 || x >= width) continue;
    const value = values[i]!;
    if (!Number.isFinite(value)) {
      nonfinite[x] = 1;
      continue;
    }
    if (!(low[x]! <= value)) low[x] = value;
    if (!(high[x]! >= value)) high[x] = value;
    if (Number.isNaN(first[x]!)) first[x] = value;
    last[x] = value;
  }
  return { low, high, first, last, nonfinite };
}

/** A part of a curve without a gap, and the pixel column where it begins. */
export interface Piece {
  readonly from: number;
  readonly curve: Decimated;
}

/** The curve in pieces, broken where a value is NaN or infinite: no line may bridge that. */
export function pieces(curve: Decimated): Piece[] {
  const found: Piece[] = [];
  for (let from = 0, to = 1; to <= curve.low.length; to++) {
    if (to < curve.low.length && curve.nonfinite[to - 1] === 0) continue;
    const part = {
      low: curve.low.subarray(from, to),
      high: curve.high.subarray(from, to),
      first: curve.first.subarray(from, to),
      last: curve.last.subarray(from, to),
      nonfinite: curve.nonfinite.subarray(from, to),
    };
    if (part.low.some((value) => !Number.isNaN(value))) found.push({ from, curve: part });
    from = to;
  }
  return found;
}

/** Smallest and largest finite value; undefined where there is none. */
export function finiteExtent(values: ArrayLike<number>): [number, number] | undefined {
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return low <= high ? [low, high] : undefined;
}

/** Place of the entry of an ascending list nearest to `value`; -1 in an empty list. */
export function nearestIndex(ascending: readonly number[], value: number): number {
  let from = 0;
  let to = ascending.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (ascending[middle]! < value) from = middle + 1;
    else to = middle;
  }
  if (from === ascending.length) return from - 1;
  return from > 0 && value - ascending[from - 1]! <= ascending[from]! - value ? from - 1 : from;
}

/** Those steps of `all` that `kept` lacks; both ascending. */
export function droppedSteps(all: readonly number[], kept: readonly number[]): number[] {
  const there = new Set(kept);
  return all.filter((step) => !there.has(step));
}
