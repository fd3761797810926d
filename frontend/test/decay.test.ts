import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  averageDecay,
  type Contribution,
  reach,
  sourceDecay,
  totalDecay,
} from '../src/layout/decay';
import { barAt, decayExtent, type DecayLayout, layoutDecay } from '../src/layout/decay_bars';
import { type Items, itemAt } from '../src/layout/items';
import { decodeRecord } from '../src/wire/record';

// Item of cell j and source t is 10 t + j: any mix-up of axes shows.
const length = 4;
const values = new Float32Array(16);
for (let lag = 0; lag < length; lag++) {
  for (let j = 0; j + lag < length; j++) values[lag * length + j] = 10 * (j + lag) + j;
}
const items = { values, firstLag: 0, lags: 4, length };

describe('gradient horizon', () => {
  it('is what one source gives to every earlier cell', () => {
    expect(sourceDecay(items, 2)).toEqual([
      { lag: 0, cell: 2, value: 22, magnitude: 22, count: 1 },
      { lag: 1, cell: 1, value: 21, magnitude: 21, count: 1 },
      { lag: 2, cell: 0, value: 20, magnitude: 20, count: 1 },
    ]);
    expect(itemAt(items, 3, 2)).toBeUndefined();
    expect(itemAt(items, 0, 4)).toBeUndefined();
  });

  it('reaches both ways where lags are negative', () => {
    const both = {
      values: Float32Array.from({ length: 9 }, (_, i) => i),
      firstLag: -1,
      lags: 3,
      length: 3,
    };
    expect(sourceDecay(both, 1).map(({ lag, cell, value }) => [lag, cell, value])).toEqual([
      [0, 1, 4],
      [-1, 2, 2],
      [1, 0, 6],
    ]);
  });

  it('of all losses is their sum, lag by lag', () => {
    expect(totalDecay(items).map(({ lag, value }) => [lag, value])).toEqual([
      [0, 0 + 11 + 22 + 33],
      [1, 10 + 21 + 32],
      [2, 20 + 31],
      [3, 30],
    ]);
  });

  it('of signed items sums what does not cancel, and counts what does', () => {
    const signed = { values: Float32Array.of(3, -1, -4, 0), firstLag: 0, lags: 2, length: 2 };
    expect(totalDecay(signed)).toEqual([
      { lag: 0, cell: undefined, value: 2, magnitude: 4, count: 2 },
      { lag: 1, cell: undefined, value: -4, magnitude: 4, count: 1 },
    ]);
  });

  it('has a reach', () => {
    const of = (...sizes: number[]): Contribution[] =>
      sizes.map((value, lag) => ({
        lag,
        cell: undefined,
        value,
        magnitude: Math.abs(value),
        count: 1,
      }));
    expect(reach(of(9, 1), 0.9)).toBe(0);
    expect(reach(of(8, 1, 1), 0.9)).toBe(1);
    expect(reach(of(5, -5), 0.9)).toBe(1);
    expect(reach(of(0, 0), 0.9)).toBeUndefined();
    expect(reach(of(1, NaN), 0.9)).toBeUndefined();
  });

  // What rnnbow_plugin.wire.statistic says of these records: the number in the sentence on top.
  it.each([
    ['first_lag_above_zero', { weight: 3 }],
    ['gru_bounded_horizon', { weight: 1 }],
    ['gru_no_labels', { weight: 2, hidden: 1, share: 2 }],
    ['lags_of_both_signs', { weight: 2, share: 2 }],
    ['lstm_long_compressed', { weight: 6, cell: 6 }],
    ['negative_lags', { weight: 3 }],
    ['non_finite_float32', { weight: undefined, share: undefined }],
    ['one_cell', { weight: 0 }],
    ['rnn_relu_values', { weight: 2, hidden: 2 }],
    ['rnn_tanh_tokens', { weight: 3, hidden: 3, share: 2 }],
  ])('reaches as far as the effective horizon of %s', async (name, horizons) => {
    const file = new URL(`../../tests/golden/${name}.rnnbow`, import.meta.url);
    const record = await decodeRecord(new Uint8Array(readFileSync(file)));
    const { first_lag: firstLag, lags } = record.message;
    const found = record.metrics.map((metric, place) => {
      const { length } = record.sequences[0]!;
      const total = totalDecay({ values: record.items(0, place), firstLag, lags, length });
      return [metric.name, reach(total, 0.9)];
    });
    expect(Object.fromEntries(found)).toEqual(horizons);
  });
});

/** Items whose lags hold `sizes`, all from the last source. */
function fromLast(sizes: readonly number[]): Items {
  const { length } = sizes;
  const values = new Float32Array(length * length);
  sizes.forEach((size, lag) => {
    values[lag * length + length - 1 - lag] = size;
  });
  return { values, firstLag: 0, lags: length, length };
}

function bars(shown: Items, source: number | undefined, share = false): DecayLayout {
  const decay = source === undefined ? averageDecay(totalDecay(shown)) : sourceDecay(shown, source);
  return layoutDecay(decay, decayExtent(shown, totalDecay(shown)), share, 400, 100);
}

describe('bars of the horizon', () => {
  it('go down six decades, and what lies below is said', () => {
    const { bars: drawn, below } = bars(fromLast([1, 0.1, 1e-9, NaN, 1e-9]), 4);
    expect(drawn.length).toBe(4);
    expect(below).toBe(1);
    expect(drawn[0]!.top).toBeLessThan(drawn[1]!.top);
    expect(drawn[2]!.top).toBe(100);
    expect(drawn[3]!.top).toBe(0);
    const none = layoutDecay([], { lags: [], low: 0, high: 0 }, false, 400, 100);
    expect(none.bars).toEqual([]);
  });

  it('stand on the same axes whichever loss is shown', () => {
    const layouts = [undefined, 0, 1, 2, 3].map((source) => bars(items, source));
    for (const { pitch, lags, axis } of layouts) {
      expect(pitch).toBe(layouts[0]!.pitch);
      expect(lags).toEqual([0, 1, 2, 3]);
      expect(axis.position(7)).toBe(layouts[0]!.axis.position(7));
      expect(axis.ticks).toEqual(layouts[0]!.axis.ticks);
    }
    const tops = layouts.flatMap(({ bars: drawn }) => drawn.map(({ top }) => top));
    expect(Math.min(...tops)).toBeGreaterThanOrEqual(0);
  });

  it('of a loss without gradient there are none', () => {
    const layout = bars(fromLast([1, 0.5, 0.2]), 0);
    expect(layout.bars).toEqual([]);
    expect(layout.lags).toEqual([0, 1, 2]);
    expect(bars(fromLast([0, 0]), undefined).axis.ticks).toEqual([]);
  });

  it('stand at their lag, also where a loss has no bar at the one before', () => {
    const ramp = Float32Array.from({ length: 15 }, (_, i) => i + 1);
    const layout = bars({ values: ramp, firstLag: -2, lags: 5, length: 3 }, 0);
    expect(layout.lags).toEqual([0, -1, 1, -2, 2]);
    expect(layout.bars.map(({ entry, left }) => [entry.lag, left / layout.pitch])).toEqual([
      [0, 0],
      [-1, 1],
      [-2, 3],
    ]);
    expect(barAt(layout, layout.pitch * 3.5)?.entry.lag).toBe(-2);
    expect(barAt(layout, layout.pitch * 2.5)).toBeUndefined();
    expect(barAt(layout, -1)).toBeUndefined();
  });

  it('of shares have an axis in per cent', () => {
    const { axis } = bars(fromLast([0.8, -0.01]), 1, true);
    expect(axis.ticks.every(({ label }) => label.endsWith(' %'))).toBe(true);
  });
});
