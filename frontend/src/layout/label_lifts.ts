// What learns from what: sums by label against what lags and frequencies alone would make of them.
//
// A frequent label sends and receives much because it is frequent, and near cells receive more than
// far ones whatever stands there. So the *usual* gradient of a lag is the mean over all items at that
// lag; what is expected of any group of items is the usual at the lag of each; and its *lift* is how
// many times that it really has. One rule for a pair of labels at one lag, for a target and for an input.
import type { LabelSums } from '../api/label_sums';
import { oncePer } from './once';

/** A group of items: what it adds up to, how many they are, and what is usual for as many. */
export interface Part {
  readonly sum: number;
  readonly count: number;
  readonly expected: number;
}

/** The lag at which losses of a target exceed the usual most at the cells of an input. */
export interface Pair extends Part {
  /** Places in the sums. */
  readonly target: number;
  readonly input: number;
  readonly lag: number;
}

/** Fewer occurrences than this say nothing: gradients of single losses differ by powers of ten. */
export const LEAST = 5;

/** What is nearer to the usual than this is no news. */
const NEWS = 1.2;

/** How many times the usual; 1 where there is nothing. */
export function lift({ sum, expected }: Part): number {
  return expected > 0 ? sum / expected : 1;
}

/** What there is beyond the usual: large where something is both frequent and strong. */
export function excess({ sum, expected }: Part): number {
  return sum - expected;
}

/** Mean gradient of an item at each lag. */
export const usualByLag = oncePer(({ sums, counts, lags }: LabelSums): readonly number[] =>
  lags.map((_, lag) => {
    let [sum, count] = [0, 0];
    for (let i = lag; i < sums.length; i += lags.length) {
      sum += sums[i]!;
      count += counts[i]!;
    }
    return count > 0 ? sum / count : 0;
  }),
);

/** The items of a target, of an input, of both, or all; at one lag or at all of them. */
export function partOf(sums: LabelSums, target?: number, input?: number, lag?: number): Part {
  const usual = usualByLag(sums);
  const columns = sums.inputs.length + 1;
  let [sum, count, expected] = [0, 0, 0];
  for (const a of only(target, sums.targets.length + 1)) {
    for (const b of only(input, columns)) {
      for (const l of only(lag, usual.length)) {
        const i = (a * columns + b) * usual.length + l;
        sum += sums.sums[i]!;
        count += sums.counts[i]!;
        expected += sums.counts[i]! * usual[l]!;
      }
    }
  }
  return { sum, count, expected };
}

function only(one: number | undefined, all: number): readonly number[] {
  return one === undefined ? Array.from({ length: all }, (_, i) => i) : [one];
}

/**
 * Where a pair of labels exceeds the usual most; undefined where it was seen too seldom. `away`: in
 * other cells than the loss's own.
 */
export function strongest(
  sums: LabelSums,
  target: number,
  input: number,
  away = false,
): Pair | undefined {
  let best: Pair | undefined;
  sums.lags.forEach(([first, last], lag) => {
    if (away && first <= 0 && last >= 0) return;
    const part = partOf(sums, target, input, lag);
    if (part.count < LEAST) return;
    if (!best || excess(part) > excess(best)) best = { ...part, target, input, lag };
  });
  return best;
}

/**
 * What exceeds the usual, most of it first: of each target the pair in which it does so most, so that
 * one target does not fill the list; of a single `target` all of its pairs. Of all targets what lies
 * in the loss's own cell is left out: nearly all of them have most there, and it looks nowhere.
 */
export function ranking(sums: LabelSums, target?: number): readonly Pair[] {
  const byExcess = (a: Pair, b: Pair): number => excess(b) - excess(a);
  return only(target, sums.targets.length)
    .flatMap((row) =>
      sums.inputs
        .flatMap((_, column) => strongest(sums, row, column, target === undefined) ?? [])
        .sort(byExcess)
        .slice(0, target === undefined ? 1 : undefined),
    )
    .filter((pair) => lift(pair) >= NEWS)
    .sort(byExcess);
}
