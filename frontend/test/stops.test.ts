import { array, assert, boolean, integer, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Items } from '../src/layout/items';
import { gradientStops } from '../src/layout/stops';
import { stopsSentence } from '../src/model/headline';

/** Items of all lags of either sign; `flows(t, j)`: whether source t reaches cell j. */
function table(
  length: number,
  flows: (t: number, j: number) => boolean,
  {
    lags = [1 - length, length - 1] as const,
    size = (t: number, j: number) => 0.8 ** Math.abs(t - j),
  } = {},
): Items {
  const [first, last] = lags;
  const values = new Float32Array((last - first + 1) * length);
  for (let lag = first; lag <= last; lag++) {
    for (let j = 0; j < length; j++) {
      const t = j + lag;
      if (t >= 0 && t < length && flows(t, j)) values[(lag - first) * length + j] = size(t, j);
    }
  }
  return { values, firstLag: first, lags: last - first + 1, length };
}

/** Which of the pieces between `cuts` a step is in. */
const piece = (cuts: readonly number[], step: number): number =>
  cuts.filter((cut) => cut <= step).length;

describe('where gradient stops', () => {
  it('is found wherever the graph was cut, in either direction and in both', () => {
    assert(
      property(
        integer({ min: 2, max: 24 }),
        array(integer({ min: 1, max: 23 }), { maxLength: 4 }),
        integer({ min: -1, max: 1 }),
        (length, drawn, direction) => {
          const cuts = [...new Set(drawn.filter((cut) => cut < length))].sort((a, b) => a - b);
          const items = table(
            length,
            (t, j) => piece(cuts, t) === piece(cuts, j) && (t - j) * direction >= 0,
          );
          expect(gradientStops([items]).cuts).toEqual(cuts);
        },
      ),
    );
  });

  it('is nowhere else: not where losses are left out, nor where nothing is recorded', () => {
    assert(
      property(
        integer({ min: 1, max: 20 }),
        array(boolean(), { minLength: 20, maxLength: 20 }),
        integer({ min: 0, max: 6 }),
        (length, losses, horizon) => {
          const items = table(length, (t, j) => t >= j && losses[t]!, {
            lags: [0, Math.min(horizon, length - 1)],
          });
          expect(gradientStops([items])).toEqual({
            cuts: [],
            sources: Array.from({ length }, (_, t) => t).filter((t) => losses[t]),
          });
        },
      ),
    );
  });

  it('is not where it has vanished, though by then it is exactly 0', () => {
    const items = table(20, (t, j) => t >= j && t - j < 9, { size: (t, j) => 1e-5 ** (t - j) });
    expect(gradientStops([items]).cuts).toEqual([]);
  });

  it('is not where a recorder stopped to follow it', () => {
    // Falls by 30 in a step: with a tolerance of 1 %, what is left of it after the second.
    const items = table(9, (t, j) => t === 8 && j > 6, { size: (t, j) => 0.03 ** (t - j) });
    expect(gradientStops([items]).cuts).toEqual([7]);
    expect(gradientStops([items], 0.01).cuts).toEqual([]);
  });

  it('is not where one metric is 0 because of the state before its cell', () => {
    const weight = table(6, (t, j) => t >= j && j > 0 && j !== 3);
    const hidden = table(6, (t, j) => t >= j);
    expect(gradientStops([weight]).cuts).toEqual([1]);
    expect(gradientStops([weight, hidden])).toEqual({ cuts: [], sources: [0, 1, 2, 3, 4, 5] });
  });

  it('takes NaN for gradient, which went there', () => {
    const items = table(4, (t, j) => t >= j, { size: (t, j) => (t - j === 1 ? NaN : 1) });
    expect(gradientStops([items]).cuts).toEqual([]);
  });

  it('is read no further than it has to be', () => {
    let read = 0;
    function* tables(): Generator<Items> {
      for (; read < 5; read++) yield table(6, (t, j) => t >= j);
    }
    gradientStops(tables());
    expect(read).toBe(0);
    expect(gradientStops([])).toEqual({ cuts: [], sources: [] });
  });
});

describe('where gradient stops, in words', () => {
  const all = [...Array(24).keys()];
  const says = (cuts: number[], sources = all, backwards = false, which?: number): string =>
    stopsSentence({ cuts, sources }, 24, backwards, which);

  it.each([
    [[], ''],
    [[12], 'Gradient stops at time step 12: none flows past.'],
    [[8, 16], 'Gradient stops every 8 steps: none flows past.'],
    [[7, 15], 'Gradient stops at the time steps 7 and 15: none flows past.'],
    // Cut once, or no longer: that is no period.
    [[4, 8], 'Gradient stops at the time steps 4 and 8: none flows past.'],
    [[3, 4, 9, 20], 'Gradient stops at 4 time steps, the first 3: none flows past.'],
  ])('cut at %j', (cuts, expected) => {
    expect(says(cuts)).toBe(expected);
  });

  it('comes from the other side in a reverse direction', () => {
    expect(says([12], all, true)).toBe('Gradient stops at time step 11: none flows past.');
  });

  it('tells of steps without a loss', () => {
    expect(says([], [23])).toBe('All of it enters at time step 23.');
    expect(says([], [0, 3, 11])).toBe('None enters after time step 11.');
    expect(says([], [5, 23])).toBe('');
    expect(says([], [])).toBe('');
    expect(stopsSentence({ cuts: [], sources: [0] }, 1, false)).toBe('');
  });

  it('says of which sequence it is where there are several', () => {
    expect(says([12], [0, 20], false, 4)).toBe(
      'In sequence 4 gradient stops at time step 12: none flows past. None enters after time step 20.',
    );
  });
});
