// A row for each lag bin of each column: of each recorded step, where these are few enough.
import type { Cell, Column, Table } from '../panel';
import { lagsOf } from '../../layout/lag_rows';
import { gather, holding, meanShare, type StripSums } from '../../layout/strip';
import { nearestIndex } from '../../layout/timeline';
import { lagsSeen } from '../../model/closer';
import type { Context } from '../../views/context';
import { stripOf } from '../../views/strip_facts';
import type { StripFacts } from '../../views/strip_text';

export function stripTable({ state }: Context): Table | undefined {
  const strip = stripOf(state.overview.value, lagsSeen(state));
  if (!strip) return undefined;
  const { lags, sums, rows, what } = strip.facts;
  const { firstSteps, lastSteps, records } = lags;
  const several = records.some((count) => count > 1);
  const count = records.length * rows.count;
  const of = (
    name: string,
    description: string,
    value: (place: number, row: number) => Cell,
    unit = '',
  ): Column => ({
    ...{ name, unit, description },
    values: Array.from({ length: count }, (_, i) =>
      value(Math.floor(i / rows.count), i % rows.count),
    ),
  });
  const reaches = records.map((_, place) => meanReach(strip.facts, place));
  const sign = (row: number): 1 | -1 => (rows.first + row < 0 ? -1 : 1);
  const lag = (row: number, end: 0 | 1): Cell => {
    const distance = lagsOf(rows, row)[end];
    return Number.isFinite(distance) ? sign(row) * distance + 0 : undefined;
  };
  return {
    ofRecord: false,
    columns: [
      ...(several
        ? [
            of('first_step', 'First recorded step of the row.', (place) => firstSteps[place]),
            of('last_step', 'Last recorded step of it.', (place) => lastSteps[place]),
            of('records', 'Records that the row is the mean of.', (place) => records[place]),
          ]
        : [of('step', 'Training step that was recorded.', (place) => firstSteps[place])]),
      of('lag', 'Nearest lag of the bin.', (_, row) => lag(row, 0), 'time steps'),
      of('last_lag', 'Farthest lag of it; empty: all.', (_, row) => lag(row, 1), 'time steps'),
      of(
        'share',
        `Part of the ${what} of the step. Empty: its record has no such lags.`,
        (place, row) => shareAt(sums, row, place),
      ),
      of(
        'effective_horizon',
        'Smallest lag within which 90 % of the magnitude of the step lies.',
        (place) => reaches[place],
        'time steps',
      ),
    ],
  };
}

/** Of the records of a column; NaN where none has a reach. */
function meanReach({ steps, horizons, lags }: StripFacts, column: number): number {
  const last = lags.lastSteps[column]!;
  let [sum, count] = [0, 0];
  for (let i = nearestIndex(steps, lags.firstSteps[column]!); steps[i]! <= last; i++) {
    if (!Number.isFinite(horizons[i])) continue;
    sum += horizons[i]!;
    count++;
  }
  return sum / count;
}

/** NaN where the step has no shares at all. */
function shareAt(sums: StripSums, row: number, place: number): Cell {
  const lacks =
    holding(sums, row, place, place + 1) === 0 && gather(sums, place, place + 1).counted > 0;
  return lacks ? undefined : meanShare(sums, row, place, place + 1);
}
