// The replies of the routes `overview` and `lags` for synthetic records.
import { PbfWriter } from 'pbf';
import { cellTotals } from '../src/layout/items';
import { reach, totalDecay } from '../src/layout/decay';
import { decodeElements, unpack } from '../src/wire/elements';
import {
  type Metric,
  type Record,
  Scale,
  writeLagColumns,
  writeOverview,
} from '../src/wire/rnnbow_pb.js';

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

const RECORD = ['loss', 'error_rate', 'nonfinite', 'cancellation'];
const METRIC = ['maximum', 'mean', 'effective_horizon'];

/** `rows` hold what `overviewVector` gives for each of `metrics`. */
export function encodeOverview(
  layer: Record['layer'],
  metrics: readonly Metric[],
  steps: readonly number[],
  rows: readonly (readonly number[])[],
): Uint8Array {
  const bins = binsOf(metrics, rows);
  const places = [
    ...RECORD.map((_, i) => 1 + i),
    ...metrics.flatMap((_, m) =>
      METRIC.map((_, i) => 1 + RECORD.length + m * (METRIC.length + bins) + i),
    ),
  ];
  const pbf = new PbfWriter();
  const message = {
    layout: {
      layer,
      record_statistics: RECORD,
      metrics: [...metrics],
      metric_statistics: METRIC,
      lag_edges: EDGES,
    },
    steps: [...steps],
    statistics: places.map((place) => transposed(rows.map((row) => row[place]!))),
    first_bin: 0,
    bins,
  };
  writeOverview(message, pbf);
  return pbf.finish();
}

/** Of the first of `metrics`, in `columns` of equal width from the first step to the last. */
export function encodeLags(
  metrics: readonly Metric[],
  steps: readonly number[],
  rows: readonly (readonly number[])[],
  columns: number,
  first: number = steps[0] ?? 0,
  last: number = steps.at(-1) ?? 0,
): Uint8Array {
  const bins = binsOf(metrics, rows);
  const signed = metrics[0]?.scale === Scale.SHARE;
  const start = 1 + RECORD.length + METRIC.length;
  const shares = rows.map((row) => {
    const own = row.slice(start, start + bins);
    const total = own.reduce((sum, value) => sum + Math.abs(value || 0), 0);
    return own.map((value) => (total > 0 ? value / (signed ? 1 : total) : NaN));
  });
  const groups = new Map<number, number[]>();
  steps.forEach((step, i) => {
    if (step < first || step > last) return;
    const column = Math.floor(((step - first) * columns) / (last + 1 - first));
    groups.set(column, [...(groups.get(column) ?? []), i]);
  });
  const all = [...groups.values()];
  // Nothing is infinite here; a share is NaN where a record has not its lags, or no gradient.
  const known = (share: number): boolean => !Number.isNaN(share);
  const has = (i: number): boolean => shares[i]!.some(known);
  const cells = all.flatMap((group) =>
    Array.from({ length: bins }, (_, bin) => group.map((i) => shares[i]![bin]!).filter(known)),
  );
  const message = {
    ...{ lag_edges: EDGES, first_bin: 0, bins },
    first_steps: all.map((group) => steps[group[0]!]!),
    last_steps: all.map((group) => steps[group.at(-1)!]!),
    records: all.map(({ length }) => length),
    counted: all.map((group) => group.filter(has).length),
    broken: all.map(() => 0),
    shares: transposed(cells.map((of) => of.reduce((sum, share) => sum + share, 0) / of.length)),
    held: cells.map(({ length }) => length),
    highest: Math.max(0, ...cells.flat()),
    lowest: Math.min(0, ...cells.flat()),
  };
  const pbf = new PbfWriter();
  writeLagColumns(message, pbf);
  return pbf.finish();
}

function binsOf(metrics: readonly Metric[], rows: readonly (readonly number[])[]): number {
  const size = rows[0]?.length ?? 0;
  return metrics.length === 0 || size === 0
    ? 0
    : (size - 1 - RECORD.length) / metrics.length - METRIC.length;
}

/** As float32, all first bytes first. */
function transposed(values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(Float32Array.from(values).buffer);
  return bytes.map((_, i) => bytes[(i % values.length) * 4 + Math.floor(i / values.length)]!);
}
