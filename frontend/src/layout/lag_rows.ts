// Lag bins as rows, from the most negative lag at the top to the farthest ahead at the bottom.
import { formatStep } from './format';

export interface LagRows {
  readonly count: number;
  /** Bin of the first row: below 0 where there are negative lags. */
  readonly first: number;
  readonly edges: readonly number[];
}

/** First and last lag of a row, by their distance from the cell; the last bin of all has no last. */
export function lagsOf(
  { first, edges }: LagRows,
  row: number,
): readonly [near: number, far: number] {
  const bin = Math.abs(first + row);
  const next = edges[bin + 1];
  return [edges[bin] ?? 0, next === undefined ? Infinity : next - 1];
}

/** In words: "lag 12 to 15", "lag 0", "lag −3". */
export function rowText(rows: LagRows, row: number): string {
  const [near, far] = lagsOf(rows, row);
  const sign = rows.first + row < 0 ? '−' : '';
  if (far === near) return `lag ${sign}${near}`;
  if (far === Infinity) return `lag ${sign}${formatStep(near)} or farther`;
  return `lag ${sign}${formatStep(near)} to ${sign}${formatStep(far)}`;
}

/** For an axis, where there is little room: "12–15", "−12…". */
export function rowLabel(rows: LagRows, row: number): string {
  const [near, far] = lagsOf(rows, row);
  const sign = rows.first + row < 0 ? '−' : '';
  if (far === near) return `${sign}${near}`;
  // Of negative lags a dash would read as another minus.
  if (far === Infinity || far > 999 || sign !== '') return `${sign}${formatStep(near)}…`;
  return `${near}–${far}`;
}

/**
 * Rows to label so that labels are at least `apart` rows from each other: lag 0 always, and from
 * there on in both directions.
 */
export function labelledRows({ first, count }: LagRows, apart: number): number[] {
  const every = Math.max(1, Math.ceil(apart));
  const zero = Math.min(Math.max(0, -first), count - 1);
  return Array.from({ length: count }, (_, row) => row).filter((row) => (row - zero) % every === 0);
}

/** Where the line of a reach is drawn, in rows from the top: below what is ahead, above what is behind. */
export type ReachLine = (reach: number) => number;

/** On the sides that have rows: the far edge of all lags within so many steps. */
export function reachLines({ first, count, edges }: LagRows): ReachLine[] {
  const rowsWithin: ReachLine = (reach) => {
    const far = reach + 1;
    const bin = edges.findLastIndex((edge) => edge < far);
    const width = (edges[bin + 1] ?? Infinity) - edges[bin]!;
    return bin + Math.min(1, (far - edges[bin]!) / width);
  };
  const lines: ReachLine[] = [];
  if (first + count - 1 > 0 || first === 0) {
    lines.push((reach) => Math.min(count, -first + rowsWithin(reach)));
  }
  if (first < 0) lines.push((reach) => Math.max(0, 1 - first - rowsWithin(reach)));
  return lines;
}
