// The gradient by lag of all runs that stand side by side.
import { totalDecay } from '../../layout/decay';
import { itemsOf } from '../../layout/picture';
import { profileOf } from '../../layout/profile';
import { compared, hasMetric } from '../../views/beside';
import type { Context } from '../../views/context';
import type { Cell, Column, Table } from '../panel';
import { itemUnit } from './units';

export function runsTable(context: Context): Table | undefined {
  const { metric } = context.now;
  if (!metric) return undefined;
  const rows = compared(context).flatMap((beside) => {
    const { state, now } = beside.context;
    const record = state.record.value;
    if (!record || !hasMetric(beside, metric.name)) return [];
    const decay = totalDecay(itemsOf(record, now.sequence, now.metric!));
    const { lags, parts } = profileOf(decay);
    const part = new Map(lags.map((lag, i) => [lag, parts[i]]));
    const { step } = record.message;
    return decay.map(({ lag, value }) => ({ ...{ now, step, lag, value }, part: part.get(lag) }));
  });
  const of = (
    name: string,
    description: string,
    value: (row: (typeof rows)[number]) => Cell,
    unit = '',
  ): Column => ({ name, unit, description, values: rows.map(value) });
  const label = metric.label || metric.name;
  const lag = 'From the cell to the loss.';
  return {
    ofRecord: false,
    columns: [
      of('compared_run', 'The run of this row.', ({ now }) => now.run),
      of('compared_layer', 'Its layer.', ({ now }) => now.tag),
      of('step', 'Training step of its record.', ({ step }) => step),
      of('lag', lag, (row) => row.lag, 'time steps'),
      of(metric.name, `${label}, summed over all losses.`, ({ value }) => value, itemUnit(metric)),
      of('part', 'Part of the gradient of the run at this lag.', (row) => row.part),
    ],
  };
}
