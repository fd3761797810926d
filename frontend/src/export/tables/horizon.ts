// A row for each lag.
import { sourceDecay, totalDecay } from '../../layout/decay';
import { itemsOf } from '../../layout/picture';
import type { Context } from '../../views/context';
import type { Table } from '../panel';
import { itemUnit } from './units';

export function decayTable({ state, now }: Context): Table | undefined {
  const record = state.record.value;
  const { metric, source } = now;
  if (!record || !metric) return undefined;
  const items = itemsOf(record, now.sequence, metric);
  const decay = source === undefined ? totalDecay(items) : sourceDecay(items, source);
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
  const losses = { name: 'losses', unit: '', description: 'Losses that reach this lag.' };
  if (!single) columns.push({ ...losses, values: decay.map(({ count }) => count) });
  const cell = { name: 'cell', unit: '', description: 'Time step of the cell.' };
  if (single) columns.splice(1, 0, { ...cell, values: decay.map((entry) => entry.cell!) });
  return { ofRecord: true, columns };
}
