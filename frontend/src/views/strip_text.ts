// What the strip says in words.
import { formatPercent, formatStep, plural } from '../layout/format';
import { type LagRows, rowText } from '../layout/lag_rows';
import { columnAt, gather, holding, meanShare, type StripSums } from '../layout/strip';
import type { Lags } from '../wire/lags';

/** What is seen of training: everything that a readout says is taken from here. */
export interface StripFacts {
  /** Recorded steps, and how far the gradient reaches at each. */
  readonly steps: readonly number[];
  readonly horizons: Float32Array;
  readonly lags: Lags;
  readonly sums: StripSums;
  readonly rows: LagRows;
  /** What the metric is called: "weight gradient". */
  readonly what: string;
}

/** What is drawn; `most` records share a pixel. */
export function stripSubtitle({ rows, what, sums, lags }: StripFacts, most: number): string {
  const ahead = rows.first + rows.count - 1 > 0 || rows.first === 0;
  const where = rows.first >= 0 ? 'above the line' : ahead ? 'between the lines' : 'below the line';
  const parts = [`share of the ${what} by lag; 90 % lies ${where}`];
  if (most > 1) parts.push(`a column is the mean of up to ${plural(most, 'record')}`);
  const columns = lags.records.length;
  const { counted } = gather(sums, 0, columns);
  const lacking = (row: number): boolean => holding(sums, row, 0, columns) < counted;
  if (Array.from({ length: rows.count }, (_, row) => row).some(lacking)) {
    parts.push('empty where a record has no such lags');
  }
  return parts.join(' · ');
}

/** How far 90 % of the gradient of one recorded step reaches; empty where it has no such reach. */
export function reachOf({ horizons, rows }: StripFacts, place: number): string {
  const reach = horizons[place];
  if (reach === undefined || !Number.isFinite(reach)) return '';
  const last = rows.first + rows.count - 1;
  const where = rows.first < 0 && last > 0 ? ' on either side' : '';
  return `90 % within ${plural(reach, 'step')}${where}`;
}

/** The share of one lag bin at one recorded step, or the mean of the records that are not told apart. */
export function shareOf(facts: StripFacts, place: number, row: number): string {
  const column = columnAt(facts.lags, facts.steps[place]!);
  // A record that came in since the lags were asked for.
  if (column < 0) return 'its shares by lag are not there yet';
  const { sums, rows, what } = facts;
  const { records, counted, broken } = gather(sums, column, column + 1);
  const one = records === 1;
  if (counted === 0 && broken > 0) {
    return one ? 'holds NaN or infinite items: no shares' : 'NaN or infinite items: no shares';
  }
  if (counted === 0) return 'no gradient at all';
  const held = holding(sums, row, column, column + 1);
  if (held === 0) {
    return `${rowText(rows, row)}: ${one ? 'this record has' : 'these records have'} no such lags`;
  }
  const share = formatPercent(meanShare(sums, row, column, column + 1), 2);
  const mean = one ? '' : `, mean of ${plural(held, 'record')}`;
  return `${rowText(rows, row)}: ${share} of the ${what}${mean}`;
}

/** What a readout says of a row of a recorded step, whose pixel shows the columns `from` to before `to`. */
export function stripLines(
  facts: StripFacts,
  place: number,
  row: number,
  [from, to]: readonly [from: number, to: number],
): string[] {
  const lines = [`step ${formatStep(facts.steps[place]!)}`, shareOf(facts, place, row)];
  const reach = reachOf(facts, place);
  if (reach !== '') lines.push(reach);
  const { records, counted } = gather(facts.sums, from, to);
  const held = holding(facts.sums, row, from, to);
  if (to - from > 1 && held > 0) {
    const mean = formatPercent(meanShare(facts.sums, row, from, to), 2);
    const which = held < counted ? ' with these lags' : '';
    lines.push(
      `mean of the ${plural(which ? held : records, 'record')} of this column${which}: ${mean}`,
    );
  }
  return lines;
}

/** A recorded step in one line, for a screen reader. */
export function stripSummary(facts: StripFacts, place: number): string {
  const { sums, lags } = facts;
  const column = columnAt(lags, facts.steps[place]!);
  const there = column >= 0 && gather(sums, column, column + 1).counted > 0;
  let [most, largest] = [0, -Infinity];
  for (let row = 0; there && row < sums.rows; row++) {
    const share = meanShare(sums, row, column, column + 1);
    if (share > largest) [most, largest] = [row, share];
  }
  return [
    `step ${formatStep(facts.steps[place]!)}`,
    reachOf(facts, place),
    `${there ? 'most at ' : ''}${shareOf(facts, place, most)}`,
  ]
    .filter((text) => text !== '')
    .join(', ');
}
