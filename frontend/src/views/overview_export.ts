// What the overview gives to take away, around its curves.
import type { Key, Picture } from '../export/panel';
import { formatStep, plural, visibleName } from '../layout/format';
import type { Span } from '../layout/zoom';
import { colourOf } from './beside';
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
  context: Context,
  { what, colour, recorded, dropped, seen }: OverviewFacts,
): Omit<Picture, 'plots'> {
  const { state, now, theme, report } = context;
  const legend: Key[] = [
    { kind: 'line', label: `largest ${what}`, colour, width: 2 },
    { kind: 'line', label: 'mean', colour, width: 0.75 },
  ];
  for (const { selection } of state.beside) {
    const run = selection.run ?? '';
    const own = colourOf(context, run);
    legend.push({
      kind: 'line',
      label: `largest of ${visibleName(run)}`,
      colour: own,
      width: 1.25,
    });
  }
  if (now.loss !== undefined) {
    const label = visibleName(now.loss);
    legend.push({ kind: 'line', label, colour: theme.second, dash: [4, 3], width: 2 });
  }
  const part = seen ? `, steps ${formatStep(seen[0])} to ${formatStep(seen[1])}` : '';
  const kept = `${plural(recorded - dropped, 'record')} of ${formatStep(recorded)}`;
  const why = report ? 'are in the file' : 'were kept by TensorBoard’s sampling';
  return {
    title: 'Training',
    subtitle: `largest ${what} of each recorded step${part}`,
    legend,
    note: dropped > 0 ? `${kept} ${why}: marked below the curves.` : '',
  };
}
