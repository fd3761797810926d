// Selection and data -> what is on the page. Pure.
import type { RunInfo, Runs, TagInfo } from '../api/routes';
import { nearestIndex } from '../layout/timeline';
import type { Metric } from '../wire/record';
import { isOfLayer } from './keys';
import type { State } from './state';

export interface Resolved {
  readonly run: string | undefined;
  readonly runInfo: RunInfo | undefined;
  readonly tag: string | undefined;
  readonly tagInfo: TagInfo | undefined;
  /** A run or tag that was asked for and is not there. */
  readonly missing: { readonly kind: 'run' | 'layer'; readonly name: string } | undefined;
  /** Step of the record that is wanted. */
  readonly step: number | undefined;
  /** Its place among the kept records; -1 where it is not (or no longer) kept. */
  readonly place: number;
  readonly following: boolean;
  /** The metrics of the layer, and the one shown. */
  readonly metrics: readonly Metric[];
  readonly metric: Metric | undefined;
  /** Place of the sequence shown in the record. */
  readonly sequence: number;
  /** Scalar tag of the loss curve; undefined for none. */
  readonly loss: string | undefined;
  /** Source that is isolated: the one under the pointer, else the pinned one. */
  readonly source: number | undefined;
}

export function resolve(state: State): Resolved {
  const { selection } = state;
  const runs = state.runs.value;
  const run = selection.run ?? state.opened;
  const runInfo = run === undefined ? undefined : runs?.get(run);
  const tag = selection.tag ?? runInfo?.tags.keys().next().value;
  const tagInfo = tag === undefined ? undefined : runInfo?.tags.get(tag);
  const missing =
    runs === undefined || runs.size === 0
      ? undefined
      : run !== undefined && !runInfo
        ? ({ kind: 'run', name: run } as const)
        : tag !== undefined && !tagInfo
          ? ({ kind: 'layer', name: tag } as const)
          : undefined;
  const record = state.record.value;
  const metrics = record?.metrics ?? state.overview.value?.metrics ?? [];
  const length = record ? record.sequences[sequenceOf(state)]!.length : 0;
  const inside = (source: number | undefined): number | undefined =>
    source !== undefined && source < length ? source : undefined;
  return {
    run: runInfo && run,
    runInfo,
    tag: tagInfo && tag,
    tagInfo,
    missing,
    ...position(state, run, tag),
    following: selection.step === undefined,
    metrics,
    metric: metrics.find(({ name }) => name === selection.metric) ?? metrics[0],
    sequence: sequenceOf(state),
    loss: lossTag(runInfo?.scalars ?? [], selection.loss),
    source: inside(state.hover) ?? inside(selection.pin),
  };
}

/** The run that records now, or did last; the first of those that are as new. */
export function newestRun(runs: Runs): string | undefined {
  let newest: string | undefined;
  for (const [run, { wallTime }] of runs) {
    if (newest === undefined || wallTime > runs.get(newest)!.wallTime) newest = run;
  }
  return newest;
}

/**
 * The wanted record among the kept ones. A step that was picked stays picked while its record is on
 * the page, even where TensorBoard's sampling has since let it go; else the nearest kept one.
 */
function position(state: State, run = '', tag = ''): { step: number | undefined; place: number } {
  const steps = state.steps.value?.steps ?? [];
  const picked = state.selection.step;
  if (picked === undefined) return { step: steps.at(-1), place: steps.length - 1 };
  const place = nearestIndex(steps, picked);
  if (steps[place] === picked) return { step: picked, place };
  const { value: record, valueKey } = state.record;
  if (record?.message.step === picked && isOfLayer(valueKey, run, tag))
    return { step: picked, place: -1 };
  return { step: steps[place], place };
}

function sequenceOf(state: State): number {
  const sequences = state.record.value?.sequences ?? [];
  const wanted = state.selection.sequence;
  return Math.max(
    0,
    sequences.findIndex(({ index }) => index === wanted),
  );
}

/** The scalar of the loss curve: the chosen one, or the shortest name that says "loss". */
export function lossTag(
  scalars: readonly string[],
  chosen: string | undefined,
): string | undefined {
  if (chosen === '') return undefined;
  if (chosen !== undefined && scalars.includes(chosen)) return chosen;
  const losses = scalars.filter((tag) => /loss/i.test(tag));
  return losses.sort((a, b) => a.length - b.length)[0];
}
