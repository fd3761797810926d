// All that a decoded record says, as a few letters: those of `torture/content.py` for the same record.
import { crc32 } from '../src/wire/crc32';
import type { RnnbowRecord, Series } from '../src/wire/record';

export function digest(record: RnnbowRecord): string {
  let crc = 0;
  const add = (bytes: Uint8Array): void => {
    crc = crc32(bytes, crc);
  };
  const array = (values: ArrayLike<number>): void => {
    const numbers = Float64Array.from(values, (value) => (Number.isNaN(value) ? NaN : value));
    add(new Uint8Array(Float64Array.of(numbers.length).buffer));
    add(new Uint8Array(numbers.buffer));
  };
  const numbers = (...values: number[]): void => {
    array(values);
  };
  const optional = (value: number | undefined): void => {
    array(value === undefined ? [] : [value]);
  };
  const text = (...texts: string[]): void => {
    for (const one of texts) {
      const bytes = new TextEncoder().encode(one);
      numbers(bytes.length);
      add(bytes);
    }
  };
  const series = (one: Series | undefined): void => {
    if (!one || (one.tokens.length === 0 && one.channels === 0)) numbers(0);
    else if (one.tokens.length > 0) {
      numbers(1);
      array(one.tokens);
    } else {
      numbers(2, one.channels);
      array(one.values);
    }
  };

  const { message } = record;
  text(message.layer?.cell ?? '');
  numbers(message.layer?.hidden_size ?? 0, message.step, message.metrics.length);
  for (const metric of message.metrics) {
    text(metric.name, metric.label, metric.unit, metric.description);
    numbers(metric.scale);
  }
  numbers(message.cells, message.first_lag, message.lags, message.batch_size);
  numbers(message.labels.length);
  text(...message.labels);
  optional(message.loss);
  optional(message.weight_grad_norm);
  optional(message.completeness_error);
  const { lags_omitted: omitted, step_skipped: skipped } = message;
  numbers(Number(omitted), record.microBatches, record.ranks, Number(skipped));
  numbers(message.tolerance);
  optional(message.dropped_share);
  numbers(message.sequences.length);
  message.sequences.forEach((sequence, place) => {
    numbers(sequence.index, sequence.length);
    for (const one of [sequence.inputs, sequence.targets, sequence.predictions]) series(one);
    array(sequence.losses);
    message.metrics.forEach((_, metric) => {
      array(record.decode(place, metric));
    });
  });
  return crc.toString(16).padStart(8, '0');
}
