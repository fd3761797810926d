// What the overview gives to take away: its curves, and a row for each recorded step.
import type { Cell, Column, Key, Picture, Table } from '../export/panel';
import { formatStep, plural } from '../layout/format';
import type { Span } from '../layout/zoom';
import { itemUnit } from './batch_export';
import type { Context } from './context';

export interface OverviewFacts {
  readonly what: string;
  readonly colour: string;
  readonly recorded: number;
  readonly dropped: number;
  /** The part of training that is seen; undefined for all of it. */
  readonly seen: Span | undefined;
}

/** All of the picture but the drawing. */
export function overviewPicture(
  { now, theme, report }: Context,
  { what, colour, recorded, dropped, seen }: OverviewFacts,
): Omit<Picture, 'layers'> {
  const legend: Key[] = [
    { kind: 'line', label: `largest ${what}`, colour, width: 2 },
    { kind: 'line', label: 'mean', colour, width: 0.75 },
  ];
  if (now.loss !== undefined) {
    legend.push({ kind: 'line', label: now.loss, colour: theme.second, dash: [4, 3], width: 2 });
  }
  const part = seen ? `, steps ${formatStep(seen[0])} to ${formatStep(seen[1])}` : '';
  const kept = `${plural(recorded - dropped, 'record')} of ${formatStep(recorded)}`;
  const why = report ? 'are in the file' : 'were kept by TensorBoard’s sampling';
  return {
    title: 'Training',
    subtitle: `largest ${what} of each recorded step${part}`,
    legend,
    axes: {},
    note: dropped > 0 ? `${kept} ${why}: marked below the curves.` : '',
  };
}

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
