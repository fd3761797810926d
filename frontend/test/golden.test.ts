import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeRecord, type RnnbowRecord, type Series } from '../src/wire/record';
import { Refusal } from '../src/wire/refusal';
import { ElementType, Scale } from '../src/wire/rnnbow_pb.js';

const GOLDEN = new URL('../../tests/golden/', import.meta.url);
const read = (name: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(readFileSync(new URL(name, GOLDEN)));
const json = (name: string): unknown => JSON.parse(readFileSync(new URL(name, GOLDEN), 'utf8'));
const names = readdirSync(GOLDEN)
  .filter((name) => name.endsWith('.rnnbow'))
  .map((name) => name.replace('.rnnbow', ''));

/** A record as `tests/golden/describe.py` writes it. */
function describeRecord(record: RnnbowRecord): unknown {
  const { message } = record;
  const keyOf = (table: object, value: number): string | undefined =>
    Object.entries(table).find(([, v]) => v === value)?.[0];
  return {
    element_type: keyOf(ElementType, message.element_type)?.toLowerCase(),
    layer: message.layer,
    step: message.step,
    metrics: message.metrics.map((metric) => ({ ...metric, scale: keyOf(Scale, metric.scale) })),
    cells: message.cells,
    first_lag: message.first_lag,
    lags: message.lags,
    labels: message.labels,
    sequences: message.sequences.map((sequence, place) => ({
      index: sequence.index,
      length: sequence.length,
      inputs: describeSeries(sequence.inputs),
      targets: describeSeries(sequence.targets),
      predictions: describeSeries(sequence.predictions),
      losses: sequence.losses.length > 0 ? sequence.losses.map(number) : null,
      items: message.metrics.map((_, metric) =>
        rows(record.items(place, metric), sequence.length).map((row) => row.map(number)),
      ),
    })),
    batch_size: message.batch_size,
    loss: optional(message.loss),
    weight_grad_norm: optional(message.weight_grad_norm),
    completeness_error: optional(message.completeness_error),
    lags_omitted: message.lags_omitted,
    micro_batches: record.microBatches,
    ranks: record.ranks,
    step_skipped: message.step_skipped,
    tolerance: message.tolerance,
    dropped_share: optional(message.dropped_share),
  };
}

function describeSeries(series: Series | undefined): unknown {
  if (!series || (series.tokens.length === 0 && series.channels === 0)) return null;
  if (series.tokens.length > 0) return { tokens: series.tokens };
  const { channels } = series;
  return { channels, values: rows(series.values, channels).map((row) => row.map(number)) };
}

function rows(values: ArrayLike<number>, length: number): number[][] {
  const all = Array.from(values);
  return Array.from({ length: all.length / length }, (_, i) =>
    all.slice(i * length, (i + 1) * length),
  );
}

const optional = (value: number | undefined): unknown =>
  value === undefined ? null : number(value);
const number = (value: number): unknown => (Number.isFinite(value) ? value : String(value));

describe('golden records', () => {
  it('are there', () => {
    expect(names.length).toBeGreaterThan(10);
  });

  it.each(names)('%s reads as in Python', async (name) => {
    const record = await decodeRecord(read(`${name}.rnnbow`));
    expect(describeRecord(record)).toEqual(json(`${name}.json`));
  });
});

describe('blobs that are refused', () => {
  const verdicts = Object.entries(json('invalid/errors.json') as Record<string, string>);
  const files = readdirSync(new URL('invalid/', GOLDEN)).filter((name) => name.endsWith('.rnnbow'));

  it('all have a verdict', () => {
    expect(files.sort()).toEqual(verdicts.map(([name]) => `${name}.rnnbow`).sort());
  });

  it.each(verdicts)('%s: %s', async (name, verdict) => {
    const error: unknown = await decodeRecord(read(`invalid/${name}.rnnbow`)).catch(
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(Refusal);
    expect((error as Refusal).verdict).toBe(verdict);
    expect((error as Refusal).message).toMatch(new RegExp(`^${verdict}: .{5,}`));
  });
});
