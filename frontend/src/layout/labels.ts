// Which labels there is room for under the bars.
import { visibleToken } from './format';
import type { Row } from './series';

export interface LabelPlan {
  /** Every how many columns a label stands; 0 where none fits. */
  readonly every: number;
  /** Pixels for a label; what is longer is cut with an ellipsis. */
  readonly widest: number;
}

/** Width of a character of the labels' font, in CSS pixels, for layout without a canvas. */
const CHARACTER = 7.83;

/** Labels further apart than this no longer read as a sequence. */
const SPARSEST = 3;

/** Width under which a word that is cut says nothing any more. */
const LEAST = 44;

/** East Asian characters and pictures: twice as wide as others. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f000}-\u{3ffff}]/u;

/** Width of a text in characters of one width. */
export function textColumns(text: string): number {
  let columns = 0;
  for (const character of text) columns += WIDE.test(character) ? 2 : 1;
  return columns;
}

/** Width of the labels of `rows`, in characters; undefined where there are none. */
export function labelWidth(rows: readonly Row[]): number | undefined {
  const widths = rows
    .flatMap((row) => (row.kind === 'tokens' ? row.tokens : []))
    .map((token) => textColumns(visibleToken(token)))
    .sort((a, b) => a - b);
  // A rare long one is cut: it does not cost all others their place.
  return widths[Math.floor(widths.length * 0.95)];
}

/** Labels so many characters wide for columns `pitch` pixels apart. */
export function planLabels(columns: number | undefined, pitch: number): LabelPlan {
  if (columns === undefined) return { every: 1, widest: pitch };
  const wanted = Math.min(columns * CHARACTER + 3, LEAST);
  if (pitch >= wanted) return { every: 1, widest: pitch };
  const every = Math.ceil(wanted / pitch);
  // Every other word still reads; every other letter does not.
  return columns > 2 && every <= SPARSEST
    ? { every, widest: every * pitch }
    : { every: 0, widest: 0 };
}

/** The rows that have something to show: without labels only what is right or wrong, and lines. */
export function visibleRows(rows: readonly Row[], plan: LabelPlan): Row[] {
  return rows.filter((row) => row.kind === 'values' || plan.every > 0 || row.right);
}

/** Every how many of `count` things a number can stand under them, `room` pixels being enough. */
export function numberEvery(count: number, width: number, room: number): number {
  const least = Math.max(1, Math.ceil((count * room) / Math.max(1, width)));
  for (let power = 1; ; power *= 10) {
    for (const factor of [1, 2, 5]) if (factor * power >= least) return factor * power;
  }
}
