// Lags of a part of training, asked for where those of all of it are coarser than what can be shown.
import { type Span, visibleSpan, wholeSpan } from '../layout/zoom';
import type { Lags } from '../wire/lags';
import type { Overview } from '../wire/overview';
import type { State } from './state';

export interface Closer {
  /** Key of the overview that they belong to. */
  readonly of: string;
  readonly range: Span;
  readonly lags: Lags;
}

/** What to ask for; undefined where the lags of all of training say everything that is seen. */
export function closerRange(
  overview: Overview | undefined,
  zoom: Span | undefined,
): Span | undefined {
  const { lags, steps } = overview ?? {};
  if (!lags || !steps || lags.records.every((records) => records === 1)) return undefined;
  const whole = wholeSpan(steps);
  const seen = visibleSpan(zoom, whole);
  return seen === whole ? undefined : rangeAround(seen);
}

/**
 * A range that holds `seen` and is less than twice as wide, the same one for most of what lies near:
 * who moves along or looks a little closer has it already.
 */
export function rangeAround([from, to]: Span): Span {
  const size = Math.ceil(2 ** (Math.ceil(2 * Math.log2(to - from)) / 2));
  const part = Math.ceil(size / 4);
  const start = Math.floor(from / part) * part;
  return [start, start + 5 * part];
}

/** The lags to draw: the closest that there are of what is seen. */
export function lagsSeen({ overview, closer, selection }: State): Lags | undefined {
  const { value, valueKey } = overview;
  const there = closer.value;
  if (!value || there?.of !== valueKey) return value?.lags;
  const [from, to] = visibleSpan(selection.zoom, wholeSpan(value.steps));
  return there.range[0] <= from && to <= there.range[1] ? there.lags : value.lags;
}
