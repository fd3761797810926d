// What the strip shows, from the overview and the lags that there are of what is seen.
import type { LagRows } from '../layout/lag_rows';
import { middles, stripSums, usualGap } from '../layout/strip';
import type { Lags } from '../wire/lags';
import type { Overview } from '../wire/overview';
import { Scale } from '../wire/rnnbow_pb.js';
import type { StripFacts } from './strip_text';

/** What does not depend on the view of it. */
export interface Strip {
  readonly facts: StripFacts;
  /** Where the columns stand, and how far it usually is from one to the next. */
  readonly places: readonly number[];
  readonly usual: number;
}

export function hasBins({ metrics, bins, steps }: Overview): boolean {
  return metrics.length > 0 && bins > 0 && steps.length > 0;
}

export function stripOf(
  overview: Overview | undefined,
  lags: Lags | undefined = overview?.lags,
): Strip | undefined {
  const metric = overview?.metrics[0];
  if (!metric || !lags || !hasBins(overview)) return undefined;
  const { steps } = overview;
  const rows: LagRows = { first: lags.firstBin, edges: lags.edges, count: lags.bins };
  const horizons =
    overview.metricStatistic(metric.name, 'effective_horizon') ??
    new Float32Array(steps.length).fill(NaN);
  const what = metric.scale === Scale.SHARE ? 'gradient' : metric.label || metric.name;
  const places = middles(lags);
  return {
    facts: { steps, lags, sums: stripSums(lags), rows, horizons, what },
    places,
    usual: usualGap(places),
  };
}
