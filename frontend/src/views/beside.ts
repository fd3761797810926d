// The runs that are compared: the chosen one and those beside it, each as a context of its own.
import { visibleName } from '../layout/format';
import { oncePer } from '../layout/once';
import { type Extent, stackExtent } from '../layout/stack';
import { pictureOf } from '../layout/picture';
import { resolve } from '../model/resolve';
import type { State } from '../model/state';
import { lagColours, type Rgb } from '../palettes';
import { runColour } from '../theme';
import type { RnnbowRecord } from '../wire/record';
import type { Context } from './context';
import { memo } from './memo';

/** One of the runs that are compared. */
export interface Beside {
  readonly context: Context;
  readonly name: string;
  readonly colour: string;
  readonly chosen: boolean;
  /** Its step is its own, and not the one nearest to that of the chosen run. */
  readonly own: boolean;
}

/** A run as people call it. */
export function runName(run: string): string {
  return run === '' || run === '.' ? `${run} (log directory)` : visibleName(run);
}

/** The colour that TensorBoard gives to a run. */
export function colourOf({ state, theme }: Context, run: string | undefined): string {
  return runColour(theme, [...(state.runs.value?.keys() ?? [])].indexOf(run ?? ''));
}

/** The chosen run first; alone where none stand beside it. */
export function compared(context: Context): readonly Beside[] {
  const { state } = context;
  const states = [state, ...state.beside];
  const farthest = Math.max(...states.map(farthestLag));
  return states.map((own, place) => {
    const now = place === 0 ? context.now : resolve(own);
    const run = now.run ?? '';
    const record = own.record.value;
    return {
      context: { ...context, state: own, now, colours: coloursOf(record, context, farthest) },
      name: runName(run),
      colour: colourOf(context, run),
      chosen: place === 0,
      own: state.selection.beside.some((each) => each.run === run && each.step !== undefined),
    };
  });
}

// The same list while nothing changes: bars are drawn again where they get another one.
const remembered = oncePer<RnnbowRecord, typeof lagColours>(() => memo(lagColours));

/** A lag has the same colour in all of them. */
function coloursOf(
  record: RnnbowRecord | undefined,
  { state, theme }: Context,
  farthest: number,
): readonly Rgb[] {
  if (!record) return [];
  const { first_lag: first, lags } = record.message;
  const { palette } = state.selection;
  return remembered(record)(palette, first, lags, theme.palette, farthest);
}

function farthestLag({ record }: State): number {
  const { first_lag: first, lags } = record.value?.message ?? { first_lag: 0, lags: 1 };
  return Math.max(Math.abs(first), Math.abs(first + lags - 1));
}

/** Whether a run has what is compared: an RNN has no cell state. */
export function hasMetric({ context: { now } }: Beside, metric: string | undefined): boolean {
  return metric !== undefined && now.metric?.name === metric;
}

/** What a vertical axis spans on which the bars of all of them fit. */
export function sharedExtent(all: readonly Beside[]): Extent {
  const extents = all.flatMap(({ context: { state, now } }) => {
    const record = state.record.value;
    if (!record || !now.metric) return [];
    return [stackExtent(pictureOf(record, now.sequence, now.metric).totals, state.selection.scale)];
  });
  const floors = extents.map(({ floor }) => floor).filter((floor) => floor > 0);
  return {
    up: Math.max(0, ...extents.map(({ up }) => up)),
    down: Math.max(0, ...extents.map(({ down }) => down)),
    floor: floors.length === 0 ? 0 : Math.min(...floors),
  };
}
