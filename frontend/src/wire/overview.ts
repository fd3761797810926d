// The reply of the route `overview` -> columns of numbers, one entry per recorded step.
import { readMessage } from './message';
import { Refusal } from './refusal';
import { OverviewFields } from './rnnbow_fields';
import type { Metric, Overview as Message, OverviewLayout } from './rnnbow_pb.js';

/**
 * Sums by lag bin: that of bin `b`, counted from `first`, at step `i` is `values[i * stride + offset + b]`.
 * NaN where the record of that step has no such lags, and where an item is NaN: "maximum" tells which.
 */
export interface LagBins {
  readonly values: Float32Array;
  readonly stride: number;
  readonly offset: number;
  readonly count: number;
  /** Index of the first bin: bins below 0 hold negative lags. */
  readonly first: number;
  /** Bin b >= 0 holds the lags from `edges[b]` to below `edges[b + 1]`, the last all from its edge on. */
  readonly edges: readonly number[];
}

export class Overview {
  readonly #columns = new Map<number, Float32Array>();

  constructor(
    readonly layout: OverviewLayout,
    readonly steps: readonly number[],
    readonly wallTimes: readonly number[],
    /** Index of the first lag bin that the vectors hold. */
    readonly firstBin: number,
    private readonly vectors: Float32Array,
    private readonly size: number,
  ) {}

  get metrics(): readonly Metric[] {
    return this.layout.metrics;
  }

  /** Lag bins of each metric. */
  get bins(): number {
    const { record_statistics, metric_statistics, metrics } = this.layout;
    return metrics.length === 0
      ? 0
      : (this.size - record_statistics.length) / metrics.length - metric_statistics.length;
  }

  /** A statistic of the record (such as "loss") at every step; undefined where there is none. Do not write to it. */
  recordStatistic(name: string): Float32Array | undefined {
    return this.column(this.layout.record_statistics.indexOf(name));
  }

  /** A statistic of a metric (such as "maximum") at every step; undefined where there is none. Do not write to it. */
  metricStatistic(metric: string, name: string): Float32Array | undefined {
    const start = this.startOf(metric);
    const place = this.layout.metric_statistics.indexOf(name);
    return this.column(start < 0 || place < 0 ? -1 : start + place);
  }

  /** The items of a metric summed by lag bin; undefined where there is no such metric. Do not write to it. */
  lagBins(metric: string): LagBins | undefined {
    const start = this.startOf(metric);
    if (start < 0) return undefined;
    return {
      values: this.vectors,
      stride: this.size,
      offset: start + this.layout.metric_statistics.length,
      count: this.bins,
      first: this.firstBin,
      edges: this.layout.lag_edges,
    };
  }

  private startOf(metric: string): number {
    const { record_statistics, metric_statistics, metrics } = this.layout;
    const place = metrics.findIndex(({ name }) => name === metric);
    if (place < 0) return -1;
    return record_statistics.length + place * (metric_statistics.length + this.bins);
  }

  private column(offset: number): Float32Array | undefined {
    if (offset < 0) return undefined;
    let column = this.#columns.get(offset);
    if (!column) {
      // `from` with a function takes fifty times as long.
      column = new Float32Array(this.steps.length);
      for (let i = 0; i < column.length; i++) column[i] = this.vectors[i * this.size + offset]!;
      this.#columns.set(offset, column);
    }
    return column;
  }
}

/** Reads the reply of the route `overview`. Throws `Refusal`. */
export function decodeOverview(bytes: Uint8Array): Overview {
  let message;
  try {
    message = readMessage(OverviewFields, bytes) as Message;
  } catch (error) {
    throw new Refusal('structure', `the overview does not parse (${String(error)})`);
  }
  const { layout, steps, wall_times, vectors, vector_size: size, first_bin } = message;
  const stored = vectors ?? new Uint8Array();
  if (!layout || stored.length !== steps.length * size * 4) {
    throw new Refusal('structure', 'the overview and its layout do not fit each other');
  }
  // A view at any offset: copied, so that it may be read as float32.
  const numbers = new Float32Array(stored.slice().buffer);
  const overview = new Overview(layout, steps, wall_times, first_bin, numbers, size);
  const fits = size >= layout.record_statistics.length && overview.bins >= 0;
  if (steps.length > 0 && !(fits && Number.isInteger(overview.bins))) {
    throw new Refusal('structure', `vectors of ${size} numbers do not fit their layout`);
  }
  return overview;
}
