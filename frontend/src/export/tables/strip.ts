// A row for each lag bin of each recorded step.
import type { Cell, Column, Table } from '../panel';
import { lagsOf } from '../../layout/lag_rows';
import { gather, holding, meanShare, type StripSums } from '../../layout/strip';
import type { Context } from '../../views/context';
import { stripOf } from '../../views/strip_facts';

export function stripTable({ state }: Context): Table | undefined {
  const strip = stripOf(state.overview.value);
  if (!strip) return undefined;
  const { steps, sums, rows, horizons, what } = strip.facts;
  const count = steps.length * rows.count;
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
  const sign = (row: number): 1 | -1 => (rows.first + row < 0 ? -1 : 1);
  const lag = (row: number, end: 0 | 1): Cell => {
    const distance = lagsOf(rows, row)[end];
    return Number.isFinite(distance) ? sign(row) * distance + 0 : undefined;
  };
  return {
    ofRecord: false,
    columns: [
      of('step', 'Training step that was recorded.', (place) => steps[place]),
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
        (place) => horizons[place],
        'time steps',
      ),
    ],
  };
}

/** NaN where the step has no shares at all. */
function shareAt(sums: StripSums, row: number, place: number): Cell {
  const lacks =
    holding(sums, row, place, place + 1) === 0 && gather(sums, place, place + 1).counted > 0;
  return lacks ? undefined : meanShare(sums, row, place, place + 1);
}
