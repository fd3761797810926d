// What the gradient horizon gives to take away: a row for each lag.
import type { Table } from '../export/panel';
import type { Contribution } from '../layout/decay';
import type { Metric } from '../wire/record';
import { itemUnit } from './batch_export';

export function decayTable(decay: readonly Contribution[], metric: Metric): Table {
  const unit = itemUnit(metric);
  const single = decay[0]?.cell !== undefined;
  const summed = single ? '' : ', summed over all losses';
  const { name, label } = metric;
  const columns = [
    {
      ...{ name: 'lag', unit: 'time steps', description: 'From the cell to the loss.' },
      values: decay.map(({ lag }) => lag),
    },
    {
      ...{ name, unit, description: `${label || name}${summed}.` },
      values: decay.map(({ value }) => value),
    },
    {
      ...{ name: 'magnitude', unit, description: `The same without signs${summed}.` },
      values: decay.map(({ magnitude }) => magnitude),
    },
  ];
  const cell = { name: 'cell', unit: '', description: 'Time step of the cell.' };
  if (single) columns.splice(1, 0, { ...cell, values: decay.map((entry) => entry.cell!) });
  return { ofRecord: true, columns };
}
