// Training as a heat map: for every recorded step, how the gradient is shared out among the lags.
import type { LagBins } from '../wire/overview';
import { columnStarts } from './timeline';

/**
 * Running sums over the recorded steps: those of a pixel are a difference of two of them, so that a
 * frame takes as long with a hundred thousand steps as with a thousand.
 */
export interface StripSums {
  readonly rows: number;
  /** `[steps + 1, rows]`: shares of all steps before. A step without shares adds nothing. */
  readonly shares: Float64Array;
  /** `[steps + 1, rows]`: how many steps before have a share there: a record may lack the lags of a row. */
  readonly held: Uint32Array;
  /** `[steps + 1]`: how many steps before have shares, and how many hold NaN or infinite items. */
  readonly counted: Uint32Array;
  readonly broken: Uint32Array;
  /** Largest and smallest share of a step; both 0 where there is none. */
  readonly highest: number;
  readonly lowest: number;
}

/**
 * The share of each lag bin in the sum of its step, so that an early step and a late one compare,
 * however large their gradients are. `signed` items are parts of a whole already. `maximum` is that
 * of every step: where it is finite, a bin that is NaN is one that the record has not.
 */
export function stripSums(
  bins: LagBins,
  maximum: ArrayLike<number> | undefined,
  steps: number,
  signed: boolean,
): StripSums {
  const { values, stride, offset, count: rows } = bins;
  const shares = new Float64Array((steps + 1) * rows);
  const held = new Uint32Array((steps + 1) * rows);
  const counted = new Uint32Array(steps + 1);
  const broken = new Uint32Array(steps + 1);
  let highest = 0;
  let lowest = 0;
  for (let i = 0; i < steps; i++) {
    const start = i * stride + offset;
    let total = 0;
    for (let row = 0; row < rows; row++) {
      const size = Math.abs(values[start + row]!);
      if (size >= 0) total += size;
    }
    const finite = Number.isFinite(total) && Number.isFinite(maximum?.[i] ?? 0);
    const whole = finite && total > 0;
    const unit = signed ? 1 : total;
    for (let row = 0; row < rows; row++) {
      const share = whole ? values[start + row]! / unit : NaN;
      const [before, now] = [i * rows + row, (i + 1) * rows + row];
      const there = share === share;
      if (share > highest) highest = share;
      if (share < lowest) lowest = share;
      shares[now] = shares[before]! + (there ? share : 0);
      held[now] = held[before]! + (there ? 1 : 0);
    }
    counted[i + 1] = counted[i]! + (whole ? 1 : 0);
    broken[i + 1] = broken[i]! + (finite ? 0 : 1);
  }
  return { rows, shares, held, counted, broken, highest, lowest };
}

/** Of the steps `from` to before `to`. */
export interface Gathered {
  readonly steps: number;
  /** How many have shares: the others hold no gradient, or NaN or infinite items. */
  readonly counted: number;
  readonly broken: number;
}

export function gather(sums: StripSums, from: number, to: number): Gathered {
  return {
    steps: to - from,
    counted: sums.counted[to]! - sums.counted[from]!,
    broken: sums.broken[to]! - sums.broken[from]!,
  };
}

/** Of the steps `from` to before `to`, how many have a share in a row. */
export function holding({ held, rows }: StripSums, row: number, from: number, to: number): number {
  return held[to * rows + row]! - held[from * rows + row]!;
}

/**
 * Mean share of a row over the steps `from` to before `to` that have its lags, each counting alike;
 * NaN where none has.
 */
export function meanShare(sums: StripSums, row: number, from: number, to: number): number {
  const { shares, rows } = sums;
  const sum = shares[to * rows + row]! - shares[from * rows + row]!;
  return sum / holding(sums, row, from, to);
}

/** The steps that each pixel column shows: `from[x]` to before `to[x]`; none where they are equal. */
export interface StripColumns {
  readonly from: Int32Array;
  readonly to: Int32Array;
  /** Steps in the fullest column. */
  readonly most: number;
}

/** A step reaches at most so many times the usual distance to the next: beyond is a gap. */
const REACH = 1.5;
/** Pixels around a step that is the only one. */
const ALONE = 12;

/**
 * Columns one pixel wide. Where steps lie closer than pixels a column holds all of its steps; where
 * they lie further apart, a step reaches half way to the next, but not across a gap in the recording.
 */
export function stripColumns(
  steps: readonly number[],
  usual: number,
  pixelOf: (step: number) => number,
  width: number,
): StripColumns {
  const from = new Int32Array(width);
  const to = new Int32Array(width);
  const reach = steps.length > 1 ? REACH * Math.abs(pixelOf(usual) - pixelOf(0)) : ALONE;
  let most = 0;
  const starts = columnStarts(steps, pixelOf, width);
  for (let x = 0; x < width; x++) {
    const [start, end] = [starts[x]!, starts[x + 1]!];
    from[x] = start;
    to[x] = end;
    if (end > start) {
      most = Math.max(most, end - start);
      continue;
    }
    const before = start > 0 ? x - pixelOf(steps[start - 1]!) : Infinity;
    const after = start < steps.length ? pixelOf(steps[start]!) - x : Infinity;
    if (Math.min(before, after) > reach) continue;
    from[x] = before <= after ? start - 1 : start;
    to[x] = from[x]! + 1;
    most = Math.max(most, 1);
  }
  return { from, to, most };
}

/** The usual distance from a recorded step to the next, their median; 0 for less than two. */
export function usualGap(steps: readonly number[]): number {
  const gaps = Float64Array.from(steps.slice(1), (step, i) => step - steps[i]!).sort();
  return gaps[gaps.length >> 1] ?? 0;
}
