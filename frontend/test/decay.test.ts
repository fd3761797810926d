import { describe, expect, it } from 'vitest';
import { meanDecay, reach, sourceDecay } from '../src/layout/decay';
import { layoutDecay } from '../src/layout/decay_bars';
import { itemAt } from '../src/layout/items';

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
      { lag: 0, cell: 2, value: 22 },
      { lag: 1, cell: 1, value: 21 },
      { lag: 2, cell: 0, value: 20 },
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
    expect(sourceDecay(both, 1)).toEqual([
      { lag: 0, cell: 1, value: 4 },
      { lag: -1, cell: 2, value: 2 },
      { lag: 1, cell: 0, value: 6 },
    ]);
  });

  it('of all losses is the mean over those that reach that far', () => {
    const mean = meanDecay(items);
    expect(mean.map(({ lag }) => lag)).toEqual([0, 1, 2, 3]);
    expect(mean[3]!.value).toBe(30);
    expect(mean[0]!.value).toBe((0 + 11 + 22 + 33) / 4);
  });

  it('has a reach', () => {
    const of = (...sizes: number[]): { lag: number; cell: undefined; value: number }[] =>
      sizes.map((value, lag) => ({ lag, cell: undefined, value }));
    expect(reach(of(9, 1), 0.9)).toBe(0);
    expect(reach(of(8, 1, 1), 0.9)).toBe(1);
    expect(reach(of(5, -5), 0.9)).toBe(1);
    expect(reach(of(0, 0), 0.9)).toBeUndefined();
    expect(reach(of(1, NaN), 0.9)).toBeUndefined();
  });

  it('is drawn down to six decades, and says what lies below', () => {
    const decay = [1, 0.1, 1e-9, NaN, 1e-9].map((value, lag) => ({ lag, cell: undefined, value }));
    const { bars, below } = layoutDecay(decay, 400, 100);
    expect(bars.length).toBe(4);
    expect(below).toBe(1);
    expect(bars[0]!.top).toBeLessThan(bars[1]!.top);
    expect(bars[2]!.top).toBe(100);
    expect(layoutDecay([], 400, 100).bars).toEqual([]);
  });
});
