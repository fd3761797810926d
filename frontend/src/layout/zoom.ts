// A part of training on the time axis: looking closer at it, moving along it. Steps are whole.

export type Span = readonly [from: number, to: number];

/** Records that there are in the closest view, on average. */
const CLOSEST = 8;

/** From the first to the last step of all lists, each ascending. */
export function wholeSpan(...lists: readonly (readonly number[])[]): Span {
  const first = Math.min(...lists.map((steps) => steps[0] ?? Infinity));
  const last = Math.max(...lists.map((steps) => steps.at(-1) ?? -Infinity));
  return first <= last ? [first, last] : [0, 0];
}

/** What is seen of `whole`; itself also where nothing of `zoom` lies within, as in another run. */
export function visibleSpan(zoom: Span | undefined, whole: Span): Span {
  if (!zoom) return whole;
  const from = Math.max(zoom[0], whole[0]);
  const to = Math.min(zoom[1], whole[1]);
  const all = from === whole[0] && to === whole[1];
  return from < to && !all ? [from, to] : whole;
}

/**
 * `view` with its width times `factor`, where the step `at` keeps its place; undefined for all.
 * `count` steps are recorded: there is an end to looking closer.
 */
export function scaledSpan(
  view: Span,
  whole: Span,
  factor: number,
  at: number,
  count: number,
): Span | undefined {
  const [from, to] = view;
  const all = whole[1] - whole[0];
  const least = Math.max(2, (CLOSEST * all) / Math.max(1, count - 1));
  const width = Math.max(least, (to - from) * factor);
  if (width >= all) return undefined;
  const wanted = at - ((at - from) / Math.max(1, to - from)) * width;
  const start = Math.min(Math.max(wanted, whole[0]), whole[1] - width);
  // Rounded the way it goes: a narrow view would else stay as it is.
  return factor < 1
    ? [Math.ceil(start), Math.floor(start + width)]
    : [Math.floor(start), Math.ceil(start + width)];
}

/** `view` moved `by` steps, or less where `whole` ends. */
export function movedSpan([from, to]: Span, whole: Span, by: number): Span {
  const shift = Math.round(Math.min(Math.max(by, whole[0] - from), whole[1] - to));
  return [from + shift, to + shift];
}

/** From the one of two steps to the other, within `whole`; undefined where that is one step. */
export function rangeBetween(one: number, other: number, whole: Span): Span | undefined {
  const [from, to] = [Math.min(one, other), Math.max(one, other)];
  const span = [Math.max(whole[0], Math.round(from)), Math.min(whole[1], Math.round(to))] as const;
  return span[0] < span[1] ? span : undefined;
}

/** A range of which one end is taken to a step: not beyond the other end, nor out of `whole`. */
export function movedEnd(range: Span, end: 0 | 1, step: number, whole: Span): Span {
  const [from, to] = range;
  const at = Math.round(Math.min(whole[1], Math.max(whole[0], step)));
  return end === 0 ? [Math.min(at, to - 1), to] : [from, Math.max(at, from + 1)];
}

/** As in the address: `100-2500`. */
export function encodeSpan([from, to]: Span): string {
  return `${from}-${to}`;
}

/** The inverse; undefined for what is no span. */
export function decodeSpan(text: string): Span | undefined {
  const [from, to] = (/^(\d{1,16})-(\d{1,16})$/.exec(text) ?? []).slice(1).map(Number);
  return from !== undefined && to !== undefined && from < to ? [from, to] : undefined;
}
