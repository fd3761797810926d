import { array, assert, boolean, double, integer, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { random } from '../dev/synthetic';
import { averageDecay, type Contribution, sourceDecay, totalDecay } from '../src/layout/decay';
import { type DecayFit, fitDecay } from '../src/layout/decay_fit';
import type { Items } from '../src/layout/items';
import { largestItem, largestItems } from '../src/layout/largest';

/** One loss whose contribution at each lag is given; with `sign`, lags go the other way. */
const of = (sizes: readonly number[], sign = 1): Contribution[] =>
  sizes.map((value, distance) => ({
    lag: sign * distance || 0,
    cell: 0,
    value,
    magnitude: Math.abs(value),
    count: value === 0 ? 0 : 1,
  }));

const decaying = (count: number, halfLife: number, scale = 1): number[] =>
  Array.from({ length: count }, (_, lag) => scale * 2 ** (-lag / halfLife));

function exponential(fit: DecayFit): Extract<DecayFit, { every: number }> {
  if (!('every' in fit)) throw new Error(fit.kind);
  return fit;
}

/** Items of `length` cells in which source t gives `size(t, lag)`. */
function itemsFrom(length: number, size: (t: number, lag: number) => number): Items {
  const values = new Float32Array(length * length);
  for (let lag = 0; lag < length; lag++) {
    for (let j = 0; j + lag < length; j++) values[lag * length + j] = size(j + lag, lag);
  }
  return { values, firstLag: 0, lags: length, length };
}

describe('the half-life', () => {
  it('is that of an exponential, whatever its size, its signs and its direction', () => {
    assert(
      property(
        integer({ min: 5, max: 200 }),
        double({ min: 0.3, max: 50, noNaN: true }),
        double({ min: -30, max: 30, noNaN: true }),
        boolean(),
        (count, halfLife, power, backwards) => {
          const sizes = decaying(count, halfLife, 10 ** power).map((v, i) => (i % 3 ? v : -v));
          const fit = fitDecay(of(sizes, backwards ? -1 : 1));
          if (count - 1 < halfLife) expect(fit.kind).toBe('level');
          else {
            const { kind, every, off, at, peaks } = exponential(fit);
            expect([kind, peaks]).toEqual(['halves', false]);
            expect(every / halfLife).toBeCloseTo(1, 6);
            expect(off).toBeCloseTo(1, 6);
            expect(at(2) / Math.abs(sizes[2]!)).toBeCloseTo(1, 6);
          }
        },
      ),
    );
  });

  it('is found in noise, which the residual measures', () => {
    assert(
      property(integer({ min: 1, max: 10_000 }), (seed) => {
        const next = random(seed);
        const sizes = decaying(60, 6).map((value) => value * 2 ** (2 * next() - 1));
        const { every, off } = exponential(fitDecay(of(sizes)));
        expect(every).toBeGreaterThan(5);
        expect(every).toBeLessThan(7.5);
        // Uniform over a factor of two up and down: 2^(1 / sqrt 3) = 1.49.
        expect(off).toBeGreaterThan(1.3);
        expect(off).toBeLessThan(1.7);
      }),
      { numRuns: 30 },
    );
  });

  it('is negative where contributions grow: they double', () => {
    const { kind, every } = exponential(fitDecay(of(decaying(40, -4))));
    expect(kind).toBe('doubles');
    expect(every).toBeCloseTo(4, 6);
  });

  it('is that of what lies behind a peak', () => {
    const knee = Array.from({ length: 40 }, (_, lag) =>
      lag < 10 ? 1 + lag / 5 : 3 * 2 ** (10 - lag),
    );
    const { kind, every, from, peaks } = exponential(fitDecay(of(knee)));
    expect([kind, from, peaks]).toEqual(['halves', 10, true]);
    expect(every).toBeCloseTo(1, 6);
  });

  it('looks at nothing below a millionth of the largest', () => {
    const sizes = decaying(60, 1).map((value, lag) => (lag < 20 ? value : 1e-9));
    const { every, to } = exponential(fitDecay(of(sizes)));
    expect(every).toBeCloseTo(1, 6);
    expect(to).toBe(19);
  });

  it('of all losses is theirs, wherever they end, stop or are masked', () => {
    assert(
      property(
        integer({ min: 12, max: 60 }),
        array(boolean(), { minLength: 60, maxLength: 60 }),
        integer({ min: 12, max: 60 }),
        (length, masked, every) => {
          const items = itemsFrom(length, (t, lag) => {
            // A loss that is left out, and a graph that is cut every so many steps.
            const cut = Math.floor(t / every) !== Math.floor((t - lag) / every);
            return (t < length - 1 && masked[t]) || cut ? 0 : 2 ** (-lag / 3);
          });
          const fit = fitDecay(totalDecay(items));
          // The last loss may stand right behind a cut: too few lags then, and never a wrong number.
          if ('every' in fit) expect(fit.every).toBeCloseTo(3, 4);
          else expect(['few', 'level']).toContain(fit.kind);
        },
      ),
    );
    const level = itemsFrom(30, () => 0.5);
    // Their sum falls from lag to lag, because fewer losses reach far back.
    expect(fitDecay(totalDecay(level)).kind).toBe('level');
    expect(averageDecay(totalDecay(level)).map(({ value }) => value)).toEqual(Array(30).fill(0.5));
  });

  it('is not claimed where there is none', () => {
    const zigzag = Array.from({ length: 40 }, (_, lag) => (lag % 2 ? 1 : 1e-3));
    expect(fitDecay(of(zigzag)).kind).toBe('irregular');
    expect(fitDecay(of(Array<number>(40).fill(2))).kind).toBe('level');
    expect(fitDecay(of([1, 0.5, 0.25])).kind).toBe('few');
    expect(fitDecay(of([1])).kind).toBe('few');
    expect(fitDecay(of([1, 0, 0, 0, 0, 0])).kind).toBe('few');
    expect(fitDecay(of([0, 0, 0, 0, 0])).kind).toBe('nothing');
    expect(fitDecay([]).kind).toBe('nothing');
    expect(fitDecay(of([1, 0.5, NaN, 0.1, 0.05])).kind).toBe('nonfinite');
    expect(fitDecay(of([Infinity, 0.5, 0.2, 0.1, 0.05])).kind).toBe('nonfinite');
  });

  it('takes both directions together where lags have either sign', () => {
    const both = [...of(decaying(20, 4)), ...of(decaying(20, 4), -1).slice(1)];
    expect(exponential(fitDecay(both)).every).toBeCloseTo(4, 6);
  });
});

describe('the largest items', () => {
  it('are the first of all, sorted', () => {
    assert(
      property(integer({ min: 1, max: 12 }), integer({ min: 1, max: 1000 }), (length, seed) => {
        const next = random(seed);
        const items = itemsFrom(length, () => next() - 0.5);
        const all = Array.from({ length }, (_, t) => sourceDecay(items, t)).flat();
        const sizes = all.map(({ magnitude }) => magnitude).sort((a, b) => b - a);
        const found = largestItems(items, 8);
        expect(found.map(({ value }) => Math.abs(value))).toEqual(sizes.slice(0, 8));
        for (const { source, cell, lag, value } of found) {
          expect(source - cell).toBe(lag);
          expect(sourceDecay(items, source).find((entry) => entry.cell === cell)?.value).toBe(
            value,
          );
        }
      }),
    );
  });

  it('have a first one, with so many others as large', () => {
    assert(
      property(integer({ min: 1, max: 12 }), integer({ min: 1, max: 1000 }), (length, seed) => {
        const next = random(seed);
        const items = itemsFrom(length, () => Math.round(4 * next()) - 2);
        const all = largestItems(items, length * length);
        const size = Math.abs(all[0]?.value ?? 0);
        const alike = all.filter(({ value }) => Math.abs(value) === size);
        const others = alike.length - 1;
        expect(largestItem(items)).toEqual(all[0] && { ...all[0], others });
      }),
    );
    const broken = itemsFrom(3, (t, lag) => (t === 2 && lag === 1 ? NaN : 9));
    expect(largestItem(broken)).toMatchObject({ source: 2, cell: 1, value: NaN, others: 0 });
  });

  it('begin with those that are not finite, and hold no zeros', () => {
    const items = itemsFrom(3, (t, lag) => (t === 2 ? [0, NaN, 5][lag]! : t === 1 ? -7 : 0));
    expect(largestItems(items, 4).map(({ source, cell, value }) => [source, cell, value])).toEqual([
      [2, 1, NaN],
      [1, 1, -7],
      [1, 0, -7],
      [2, 0, 5],
    ]);
    expect(
      largestItems(
        itemsFrom(3, () => 0),
        4,
      ),
    ).toEqual([]);
  });
});
