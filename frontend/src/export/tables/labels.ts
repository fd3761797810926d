// A row for each pair of labels and lag that was met.
import { lift, partOf } from '../../layout/label_lifts';
import type { Context } from '../../views/context';
import type { Cell, Column, Table } from '../panel';
import { itemUnit } from './units';

export function labelsTable({ state, now }: Context): Table | undefined {
  const sums = state.labels.value;
  if (!sums || !now.metric) return undefined;
  const { lags, targets, inputs, counts } = sums;
  const columns = inputs.length + 1;
  const rows = [...counts.keys()]
    .filter((i) => counts[i]! > 0)
    .map((i) => {
      const lag = i % lags.length;
      const input = Math.floor(i / lags.length) % columns;
      const target = Math.floor(i / lags.length / columns);
      return { target, input, lag, part: partOf(sums, target, input, lag) };
    });
  const column = (
    name: string,
    description: string,
    value: (row: (typeof rows)[number]) => Cell,
    unit = '',
  ): Column => ({ name, unit, description, values: rows.map(value) });
  const unit = itemUnit(now.metric);
  const others = 'empty: all others together.';
  return {
    ofRecord: false,
    columns: [
      column('target', `Label of the loss; ${others}`, ({ target }) => targets[target]?.label),
      column('input', `Label of the cell; ${others}`, ({ input }) => inputs[input]?.label),
      column('first_lag', 'From the cell to the loss.', ({ lag }) => lags[lag]![0], 'time steps'),
      column('last_lag', 'Of the same bin.', ({ lag }) => lags[lag]![1], 'time steps'),
      column(now.metric.name, 'Sum of the magnitudes.', ({ part }) => part.sum, unit),
      column('items', 'Added up.', ({ part }) => part.count),
      column('times_usual', 'Over the mean of all labels at these lags.', ({ part }) => lift(part)),
    ],
  };
}
