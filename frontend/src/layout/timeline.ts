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
  /** The values next to what is seen, left and right of it, that a line comes from and goes to. */
  readonly before?: Beyond | undefined;
  readonly after?: Beyond | undefined;
}

/** A finite value outside of the plot; pixels as those of the columns, < 0 or beyond the last. */
export interface Beyond {
  readonly pixel: number;
  readonly value: number;
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
  const starts = columnStarts(steps, pixelOf, width);
  for (let x = 0; x < width; x++) {
    const end = starts[x + 1]!;
    for (let i = starts[x]!; i < end; i++) {
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
  }
  return { low, high, first, last, nonfinite, ...beyond(steps, values, pixelOf, starts) };
}

/** What stands next to the values in the columns. */
function beyond(
  steps: readonly number[],
  values: ArrayLike<number>,
  pixelOf: (step: number) => number,
  starts: Int32Array,
): Pick<Decimated, 'before' | 'after'> {
  const at = (i: number): Beyond | undefined =>
    i >= 0 && i < steps.length && Number.isFinite(values[i]!)
      ? { pixel: pixelOf(steps[i]!), value: values[i]! }
      : undefined;
  return { before: at(starts[0]! - 1), after: at(starts.at(-1)!) };
}

/** The mean of the finite values in each pixel column; a gap where there are only others. */
export function meanCurve(
  steps: readonly number[],
  values: ArrayLike<number>,
  pixelOf: (step: number) => number,
  width: number,
): Decimated {
  const starts = columnStarts(steps, pixelOf, width);
  const nonfinite = new Uint8Array(width);
  const mean = new Float64Array(width);
  for (let x = 0; x < width; x++) {
    const [from, to] = [starts[x]!, starts[x + 1]!];
    let sum = 0;
    let count = 0;
    for (let i = from; i < to; i++) {
      const value = values[i]!;
      if (!Number.isFinite(value)) continue;
      sum += value;
      count++;
    }
    mean[x] = sum / count; // NaN where there is none
    // One among many is no gap.
    if (count === 0 && to > from) nonfinite[x] = 1;
  }
  const ends = beyond(steps, values, pixelOf, starts);
  return { low: mean, high: mean, first: mean, last: mean, nonfinite, ...ends };
}

/**
 * The steps in each of `width` pixel columns: those of column x are `starts[x]` to before
 * `starts[x + 1]`. Most columns hold as many as the one before, give or take one: looked for there
 * first, then farther on, then by halving, so that most of very many steps are not looked at.
 */
export function columnStarts(
  steps: readonly number[],
  pixelOf: (step: number) => number,
  width: number,
): Int32Array {
  const starts = new Int32Array(width + 1);
  for (let x = 0, from = 0, usual = 0; x <= width; x++) {
    const start = from;
    // Rounded it would be one of the columns before.
    const lies = (place: number): boolean => pixelOf(steps[place]!) < x - 0.5;
    let to = from + usual + 1;
    for (let stride = usual + 1; to < steps.length && lies(to); stride *= 2) {
      from = to + 1;
      to += stride;
    }
    to = Math.min(to, steps.length);
    if (to - 2 >= from && lies(to - 2)) from = to - 1;
    while (from < to) {
      const middle = (from + to) >> 1;
      if (lies(middle)) from = middle + 1;
      else to = middle;
    }
    starts[x] = from;
    usual = from - start;
  }
  return starts;
}

/** Places of the steps that lie in one of `width` columns: the first, and the one after the last. */
export function inView(
  steps: readonly number[],
  pixelOf: (step: number) => number,
  width: number,
): readonly [from: number, to: number] {
  const place = (column: number): number => {
    let low = 0;
    let high = steps.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (Math.round(pixelOf(steps[middle]!)) < column) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return [place(0), place(width)];
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
    const ends = to === curve.low.length;
    if (!ends && curve.nonfinite[to - 1] === 0) continue;
    const part = {
      before: from === 0 && curve.nonfinite[0] === 0 ? curve.before : undefined,
      after:
        ends && curve.nonfinite[to - 1] === 0 && curve.after
          ? { ...curve.after, pixel: curve.after.pixel - from }
          : undefined,
      low: curve.low.subarray(from, to),
      high: curve.high.subarray(from, to),
      first: curve.first.subarray(from, to),
      last: curve.last.subarray(from, to),
      nonfinite: curve.nonfinite.subarray(from, to),
    };
    const crossing = part.before !== undefined && part.after !== undefined;
    if (crossing || part.low.some((value) => !Number.isNaN(value)))
      found.push({ from, curve: part });
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
