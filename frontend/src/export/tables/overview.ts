// A row for each recorded step.
import type { Context } from '../../views/context';
import type { Cell, Column, Table } from '../panel';
import { itemUnit } from './units';

export function overviewTable({ state, now }: Context): Table | undefined {
  const overview = state.overview.value;
  const metric = overview?.metrics[0];
  if (!overview || !metric) return undefined;
  const { steps } = overview;
  const kept = new Set(state.steps.value?.steps);
  const scalars = state.scalars.value;
  const scalarAt = new Map(scalars?.steps.map((step, i) => [step, scalars.values[i]]));
  const statistic = (name: string, description: string, unit: string): Column[] => {
    const values = overview.metricStatistic(metric.name, name);
    return values ? [{ name, unit, description, values }] : [];
  };
  const unit = itemUnit(metric);
  const column = (name: string, description: string, values: ArrayLike<Cell>): Column => ({
    ...{ name, unit: '', description, values },
  });
  const label = metric.label || metric.name;
  const columns = [
    column('step', 'Training step that was recorded.', steps),
    ...statistic('maximum', `Largest item of the record: ${label}.`, unit),
    ...statistic('mean', 'Mean over its items.', unit),
    ...statistic(
      'effective_horizon',
      'Smallest lag within which 90 % of the magnitude lies.',
      'time steps',
    ),
    column(
      'kept',
      'Whether the record is kept: the others were dropped by sampling.',
      steps.map((step) => kept.has(step)),
    ),
  ];
  if (now.loss !== undefined) {
    const about = `Scalar ${now.loss} logged at this step.`;
    columns.push(
      column(
        'scalar',
        about,
        steps.map((step) => scalarAt.get(step)),
      ),
    );
  }
  return { ofRecord: false, columns };
}
