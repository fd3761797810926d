// A row for each lag bin of each recorded step.
import type { Cell, Column, Table } from '../panel';
import { lagsOf } from '../../layout/lag_rows';
import { meanShare } from '../../layout/strip';
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
      of('share', `Part of the ${what} of the step.`, (place, row) =>
        meanShare(sums, row, place, place + 1),
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
