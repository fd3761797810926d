// Which of several runs reaches farther back. The rule is stated in docs/rules.md.
import type { Span } from './zoom';

/** The effective horizons of one run, NaN where a record has none. */
export interface Reach {
  readonly name: string;
  readonly steps: readonly number[];
  readonly horizons: ArrayLike<number>;
}

export interface Reached {
  readonly name: string;
  /** Median over its records in the span. */
  readonly steps: number;
  readonly horizons: Float64Array;
}

export interface ReachComparison {
  /** Steps of training that the records are of. */
  readonly span: Span;
  /** Farthest first; runs without enough records are left out. */
  readonly runs: readonly Reached[];
  /** Whether the first reaches farther than each of the others, by more than records differ anyway. */
  readonly clear: boolean;
}

/** Fewer records say nothing of a run. */
const FEWEST = 5;
/** The part of training, from its end, that is compared. */
const LAST = 0.25;
/** Of all pairs of records, one of each run, those in which the one reaches farther. */
const CLEAR = 0.75;

/** Over `range`, or the last quarter of what all have been trained for; undefined where that is too little. */
export function compareReach(
  all: readonly Reach[],
  range: Span | undefined,
): ReachComparison | undefined {
  const end = Math.min(...all.map(({ steps }) => steps.at(-1) ?? -1));
  const begin = Math.max(...all.map(({ steps }) => steps[0] ?? 0));
  const span = range ?? ([Math.ceil(end - LAST * (end - begin)), end] as const);
  const runs = all
    .map(({ name, steps, horizons }) => {
      const within = (_: number, i: number): boolean =>
        steps[i]! >= span[0] && steps[i]! <= span[1] && Number.isFinite(horizons[i]!);
      const values = Float64Array.from(Array.from(horizons).filter(within)).sort();
      return { name, horizons: values, steps: values[(values.length - 1) >> 1] ?? NaN };
    })
    .filter(({ horizons }) => horizons.length >= FEWEST)
    .sort((a, b) => b.steps - a.steps);
  if (runs.length < 2) return undefined;
  const [first, ...others] = runs;
  return { span, runs, clear: others.every((other) => superiority(first!, other) >= CLEAR) };
}

/** How often a record of the one reaches farther than a record of the other; a tie counts half. */
export function superiority(one: Reached, other: Reached): number {
  const [a, b] = [one.horizons, other.horizons];
  let [wins, below, upTo] = [0, 0, 0];
  for (const value of a) {
    while (below < b.length && b[below]! < value) below++;
    while (upTo < b.length && b[upTo]! <= value) upTo++;
    wins += (below + upTo) / 2;
  }
  return wins / (a.length * b.length);
}
