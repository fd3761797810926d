// What the strip shows, from the overview.
import type { LagRows } from '../layout/lag_rows';
import { stripSums, usualGap } from '../layout/strip';
import type { Overview } from '../wire/overview';
import { Scale } from '../wire/rnnbow_pb.js';
import type { StripFacts } from './strip_text';

/** What does not depend on the view of it. */
export interface Strip {
  readonly facts: StripFacts;
  readonly usual: number;
}

export function hasBins({ metrics, bins, steps }: Overview): boolean {
  return metrics.length > 0 && bins > 0 && steps.length > 0;
}

export function stripOf(overview: Overview | undefined): Strip | undefined {
  const metric = overview?.metrics[0];
  if (!metric || !hasBins(overview)) return undefined;
  const bins = overview.lagBins(metric.name)!;
  const { steps } = overview;
  const { first, edges, count } = bins;
  const rows: LagRows = { first, edges, count };
  const signed = metric.scale === Scale.SHARE;
  const horizons =
    overview.metricStatistic(metric.name, 'effective_horizon') ??
    new Float32Array(steps.length).fill(NaN);
  const maximum = overview.metricStatistic(metric.name, 'maximum');
  const sums = stripSums(bins, maximum, steps.length, signed);
  const what = signed ? 'gradient' : metric.label || metric.name;
  return { facts: { steps, sums, rows, horizons, what }, usual: usualGap(steps) };
}
