// The reply of the route `overview` -> columns of numbers, one entry per recorded step.
import { decodeElements } from './elements';
import type { Lags } from './lags';
import { readMessage } from './message';
import { Refusal } from './refusal';
import { OverviewFields } from './rnnbow_fields';
import type { Metric, Overview as Message, OverviewLayout } from './rnnbow_pb.js';

export class Overview {
  constructor(
    readonly layout: OverviewLayout,
    readonly steps: readonly number[],
    /** Those of the records, then those of each metric; one number per step. */
    private readonly columns: readonly Float32Array[],
    /** Lag bins that there are: `bins` from `firstBin` on; below 0 they hold negative lags. */
    readonly firstBin: number,
    readonly bins: number,
    /** How the gradient of the first metric is shared out among the lags, over all of training. */
    readonly lags?: Lags,
  ) {}

  get metrics(): readonly Metric[] {
    return this.layout.metrics;
  }

  /** A statistic of the record (such as "loss") at every step; undefined where there is none. Do not write to it. */
  recordStatistic(name: string): Float32Array | undefined {
    return this.columns[placeOf(this.layout.record_statistics, name)];
  }

  /** A statistic of a metric (such as "maximum") at every step; undefined where there is none. Do not write to it. */
  metricStatistic(metric: string, name: string): Float32Array | undefined {
    const { record_statistics, metric_statistics, metrics } = this.layout;
    const which = placeOf(
      metrics.map((each) => each.name),
      metric,
    );
    const start = record_statistics.length + which * metric_statistics.length;
    return this.columns[start + placeOf(metric_statistics, name)];
  }
}

/** Place of a name; NaN, which leads to nothing, where it is not there. */
function placeOf(names: readonly string[], name: string): number {
  const place = names.indexOf(name);
  return place < 0 ? NaN : place;
}

/** Reads the reply of the route `overview`. Throws `Refusal`. */
export function decodeOverview(bytes: Uint8Array, lags?: Lags): Overview {
  let message;
  try {
    message = readMessage(OverviewFields, bytes) as Message;
  } catch (error) {
    throw new Refusal('structure', `the overview does not parse (${String(error)})`);
  }
  const { layout, steps, statistics, first_bin, bins } = message;
  const count =
    layout &&
    layout.record_statistics.length + layout.metrics.length * layout.metric_statistics.length;
  const whole = statistics.every((column) => column.length === 4 * steps.length);
  if (!layout || statistics.length !== count || !whole) {
    throw new Refusal('structure', 'the overview and its layout do not fit each other');
  }
  const columns = statistics.map((column) => decodeElements(column, 4));
  return new Overview(layout, steps, columns, first_bin, bins, lags);
}
