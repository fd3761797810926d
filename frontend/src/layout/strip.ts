// Training as a heat map: how the gradient of the recorded steps is shared out among the lags.
//
// What the backend sends are columns of neighbouring records, of a single one each where these are few.
// A pixel shows the columns that lie in it.
import type { Lags } from '../wire/lags';
import { columnStarts, nearestIndex } from './timeline';

/**
 * Running sums over the columns: those of a pixel are a difference of two of them, so that a frame
 * takes as long with many as with few.
 */
export interface StripSums {
  readonly rows: number;
  /** `[columns + 1, rows]`: shares of all records before. One without shares adds nothing. */
  readonly shares: Float64Array;
  /** `[columns + 1, rows]`: how many records before have a share there: one may lack the lags of a row. */
  readonly held: Uint32Array;
  /** `[columns + 1]`: how many records before, how many have shares, and how many NaN or infinite items. */
  readonly records: Uint32Array;
  readonly counted: Uint32Array;
  readonly broken: Uint32Array;
}

export function stripSums(lags: Lags): StripSums {
  const { bins: rows, records } = lags;
  const shares = new Float64Array((records.length + 1) * rows);
  const held = new Uint32Array((records.length + 1) * rows);
  for (let i = 0; i < records.length; i++) {
    for (let row = 0; row < rows; row++) {
      const [before, now] = [i * rows + row, (i + 1) * rows + row];
      const share = lags.shares[before]!;
      const there = share === share ? (lags.held?.[before] ?? lags.counted[i]!) : 0;
      shares[now] = shares[before]! + (there > 0 ? share * there : 0);
      held[now] = held[before]! + there;
    }
  }
  const [all, counted, broken] = [records, lags.counted, lags.broken].map(running);
  return { rows, shares, held, records: all!, counted: counted!, broken: broken! };
}

function running(counts: readonly number[]): Uint32Array {
  const sums = new Uint32Array(counts.length + 1);
  counts.forEach((count, i) => (sums[i + 1] = sums[i]! + count));
  return sums;
}

/** Of the columns `from` to before `to`. */
export interface Gathered {
  readonly records: number;
  /** How many have shares: the others hold no gradient, or NaN or infinite items. */
  readonly counted: number;
  readonly broken: number;
}

export function gather(sums: StripSums, from: number, to: number): Gathered {
  return {
    records: sums.records[to]! - sums.records[from]!,
    counted: sums.counted[to]! - sums.counted[from]!,
    broken: sums.broken[to]! - sums.broken[from]!,
  };
}

/** Of the records in the columns `from` to before `to`, how many have a share in a row. */
export function holding({ held, rows }: StripSums, row: number, from: number, to: number): number {
  return held[to * rows + row]! - held[from * rows + row]!;
}

/**
 * Mean share of a row over the records in the columns `from` to before `to` that have its lags, each
 * counting alike; NaN where none has.
 */
export function meanShare(sums: StripSums, row: number, from: number, to: number): number {
  const { shares, rows } = sums;
  const sum = shares[to * rows + row]! - shares[from * rows + row]!;
  return sum / holding(sums, row, from, to);
}

/** Where columns stand on the axis: in the middle of their steps. */
export function middles({ firstSteps, lastSteps }: Lags): readonly number[] {
  return firstSteps.map((first, i) => (first + lastSteps[i]!) / 2);
}

/** The column that a step lies in; -1 where it is in none. */
export function columnAt({ firstSteps, lastSteps }: Lags, step: number): number {
  const nearest = nearestIndex(firstSteps, step);
  const column = firstSteps[nearest]! > step ? nearest - 1 : nearest;
  return column >= 0 && step <= lastSteps[column]! ? column : -1;
}

/** The columns that each pixel shows: `from[x]` to before `to[x]`; none where they are equal. */
export interface StripPixels {
  readonly from: Int32Array;
  readonly to: Int32Array;
}

/** Records in the fullest pixel. */
export function fullest({ records }: StripSums, { from, to }: StripPixels): number {
  return to.reduce((most, end, x) => Math.max(most, records[end]! - records[from[x]!]!), 0);
}

/** A place reaches at most so many times the usual distance to the next: beyond is a gap. */
const REACH = 1.5;
/** Pixels around one that is alone. */
const ALONE = 12;

/**
 * Where `places` lie closer than pixels, a pixel shows all that lie in it; where they lie further apart,
 * one reaches half way to the next, but not across a gap in the recording.
 */
export function stripPixels(
  places: readonly number[],
  usual: number,
  pixelOf: (step: number) => number,
  width: number,
): StripPixels {
  const from = new Int32Array(width);
  const to = new Int32Array(width);
  const reach = places.length > 1 ? REACH * Math.abs(pixelOf(usual) - pixelOf(0)) : ALONE;
  const starts = columnStarts(places, pixelOf, width);
  for (let x = 0; x < width; x++) {
    const [start, end] = [starts[x]!, starts[x + 1]!];
    from[x] = start;
    to[x] = end;
    if (end > start) continue;
    const before = start > 0 ? x - pixelOf(places[start - 1]!) : Infinity;
    const after = start < places.length ? pixelOf(places[start]!) - x : Infinity;
    if (Math.min(before, after) > reach) continue;
    from[x] = before <= after ? start - 1 : start;
    to[x] = from[x]! + 1;
  }
  return { from, to };
}

/** The usual distance from a place to the next, their median; 0 for less than two. */
export function usualGap(places: readonly number[]): number {
  const gaps = Float64Array.from(places.slice(1), (place, i) => place - places[i]!).sort();
  return gaps[gaps.length >> 1] ?? 0;
}
