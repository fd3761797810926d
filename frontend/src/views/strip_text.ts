// What the strip says in words.
import { formatPercent, formatStep, plural } from '../layout/format';
import { type LagRows, rowText } from '../layout/lag_rows';
import { gather, holding, meanShare, type StripSums } from '../layout/strip';

/** What is seen of training: everything that a readout says is taken from here. */
export interface StripFacts {
  readonly steps: readonly number[];
  readonly sums: StripSums;
  readonly rows: LagRows;
  readonly horizons: Float32Array;
  /** What the metric is called: "weight gradient". */
  readonly what: string;
}

/** What is drawn; `most` recorded steps share a column. */
export function stripSubtitle({ rows, what, sums, steps }: StripFacts, most: number): string {
  const ahead = rows.first + rows.count - 1 > 0 || rows.first === 0;
  const where = rows.first >= 0 ? 'above the line' : ahead ? 'between the lines' : 'below the line';
  const parts = [`share of the ${what} by lag; 90 % lies ${where}`];
  if (most > 1) parts.push(`a column is the mean of up to ${plural(most, 'record')}`);
  const { counted } = gather(sums, 0, steps.length);
  const lacking = (row: number): boolean => holding(sums, row, 0, steps.length) < counted;
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

/** The share of one lag bin at one recorded step. */
export function shareOf({ sums, rows, what }: StripFacts, place: number, row: number): string {
  const { counted, broken } = gather(sums, place, place + 1);
  if (broken > 0) return 'holds NaN or infinite items: no shares';
  if (counted === 0) return 'no gradient at all';
  if (holding(sums, row, place, place + 1) === 0) {
    return `${rowText(rows, row)}: this record has no such lags`;
  }
  const share = formatPercent(meanShare(sums, row, place, place + 1), 2);
  return `${rowText(rows, row)}: ${share} of the ${what}`;
}

/** What a readout says of a row of a recorded step, which shares its column with others. */
export function stripLines(
  facts: StripFacts,
  place: number,
  row: number,
  [from, to]: readonly [from: number, to: number],
): string[] {
  const lines = [`step ${formatStep(facts.steps[place]!)}`, shareOf(facts, place, row)];
  const reach = reachOf(facts, place);
  if (reach !== '') lines.push(reach);
  const { steps, counted } = gather(facts.sums, from, to);
  const held = holding(facts.sums, row, from, to);
  if (steps > 1 && held > 0) {
    const mean = formatPercent(meanShare(facts.sums, row, from, to), 2);
    const which = held < counted ? ' with these lags' : '';
    lines.push(
      `mean of the ${plural(which ? held : steps, 'record')} of this column${which}: ${mean}`,
    );
  }
  return lines;
}

/** A recorded step in one line, for a screen reader. */
export function stripSummary(facts: StripFacts, place: number): string {
  const { sums } = facts;
  let [most, largest] = [0, -Infinity];
  for (let row = 0; row < sums.rows; row++) {
    const share = meanShare(sums, row, place, place + 1);
    if (share > largest) [most, largest] = [row, share];
  }
  const reach = reachOf(facts, place);
  const { counted } = gather(sums, place, place + 1);
  return [
    `step ${formatStep(facts.steps[place]!)}`,
    reach,
    `${counted > 0 ? 'most at ' : ''}${shareOf(facts, place, most)}`,
  ]
    .filter((text) => text !== '')
    .join(', ');
}
