// The reply of the route `overview` for synthetic records.
import { PbfWriter } from 'pbf';
import { cellTotals } from '../src/layout/items';
import { reach, totalDecay } from '../src/layout/decay';
import { decodeElements, unpack } from '../src/wire/elements';
import { type Metric, type Record, writeOverview } from '../src/wire/rnnbow_pb.js';

const EDGES = [0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024];

/**
 * The statistics of a record, then of each of `metrics` in its first sequence, then their bins. Of `lags`,
 * the record may lack the farthest: the bins of these are NaN.
 */
export function overviewVector(
  record: Partial<Record>,
  metrics: readonly Metric[],
  lags = record.lags!,
): number[] {
  const vectors = metrics.flatMap((metric) => metricVector(record, metric, lags));
  return [0, record.loss!, NaN, 0, 1, ...vectors];
}

function metricVector(record: Partial<Record>, { name }: Metric, most: number): number[] {
  const { lags, metrics } = record as Record;
  const sequence = record.sequences![0]!;
  const stored = sequence.items[metrics.findIndex((metric) => metric.name === name)]!;
  const values = unpack(decodeElements(stored, 2), 0, lags, sequence.length);
  const items = { values, firstLag: 0, lags, length: sequence.length };
  let maximum = 0;
  for (const value of values) maximum = Math.max(maximum, Math.abs(value));
  const { up, down } = cellTotals(items);
  const sum = [...up, ...down].reduce((a, b) => a + b, 0);
  const bins = EDGES.filter((edge) => edge < most).map((edge) => (edge < lags ? 0 : NaN));
  for (const { lag, value } of totalDecay(items)) {
    bins[EDGES.findLastIndex((edge) => edge <= lag)]! += value;
  }
  const statistics = [
    maximum,
    sum / (lags * sequence.length),
    reach(totalDecay(items), 0.9) ?? NaN,
  ];
  return [...statistics, ...bins];
}

export function encodeOverview(
  layer: Record['layer'],
  metrics: readonly Metric[],
  steps: readonly number[],
  times: readonly number[],
  rows: readonly (readonly number[])[],
): Uint8Array {
  const pbf = new PbfWriter();
  const message = {
    layout: {
      layer,
      record_statistics: ['first_bin', 'loss', 'error_rate', 'nonfinite', 'cancellation'],
      metrics: [...metrics],
      metric_statistics: ['maximum', 'mean', 'effective_horizon'],
      lag_edges: EDGES,
    },
    steps: [...steps],
    wall_times: [...times],
    vectors: new Uint8Array(Float32Array.from(rows.flat()).buffer),
    vector_size: rows[0]?.length ?? 0,
    first_bin: 0,
  };
  writeOverview(message, pbf);
  return pbf.finish();
}
