import { assert, integer, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { random } from '../dev/synthetic';
import { median, movingMedian, spread, top } from '../src/model/robust';
import { worthALook } from '../src/model/worth';
import { overviewWith } from './overviews';

type Columns = Parameters<typeof overviewWith>[0];

/** Normal noise, the same for the same seed. */
function noise(count: number, seed: number): number[] {
  const next = random(seed);
  for (let i = 0; i < 20; i++) next();
  return Array.from(
    { length: count },
    () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
  );
}

/** A quiet training: gradients around 0.01, a horizon around 8, a third wrong. */
function quiet(count: number, seed = 1): { [K in keyof Columns]: number[] } {
  const [a, b, c, d] = [1, 2, 3, 4].map((k) => noise(count, seed * 10 + k));
  return {
    maximum: a!.map((z) => 0.01 * Math.exp(0.2 * z)),
    effective_horizon: b!.map((z) => Math.max(0, Math.round(8 + z))),
    error_rate: c!.map((z) => 0.33 + 0.03 * z),
    cancellation: d!.map((z) => 3 * Math.exp(0.1 * z)),
  };
}

const told = (columns: Columns, options = {}): Record<number, readonly string[]> =>
  Object.fromEntries(
    worthALook(overviewWith(columns, options)).map(({ step, reasons }) => [step, reasons]),
  );

const seeds = integer({ min: 1, max: 10_000 });
const places = integer({ min: 30, max: 169 });

describe('steps worth a look', () => {
  it('are those that were made to stand out, each for its reason', () => {
    assert(
      property(seeds, places, (seed, place) => {
        for (const [name, value, reason] of [
          ['maximum', 0.05, /^largest weight gradient, (4|5)(\.\d)? × the usual$/],
          [
            'cancellation',
            9,
            /^most cancels out: parts 9.0 × their sum, usually (2\.9|3\.[01]) ×$/,
          ],
          ['error_rate', 0.75, /^most wrong: 75 %, 3\d % around it$/],
        ] as const) {
          const columns = quiet(200, seed);
          columns[name]![place] = value;
          const reasons = told(columns)[10 * place] ?? [];
          expect(reasons.some((text) => reason.test(text))).toBe(true);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('name the very record with which the horizon jumps, or is lost', () => {
    assert(
      property(seeds, places, (seed, place) => {
        const rises = quiet(200, seed).effective_horizon!.map((h, i) => (i < place ? h : h + 30));
        for (const [horizon, sign] of [
          [rises, 1],
          [rises.map((h) => 46 - h), -1],
        ] as const) {
          const list = worthALook(overviewWith({ effective_horizon: horizon }));
          const jump = list.find(({ reasons }) => /^horizon \d+ → \d+$/.test(reasons[0]!))!;
          expect(jump.step).toBe(10 * place);
          const [from, to] = jump.reasons[0]!.match(/\d+/g)!.map(Number);
          expect(Math.abs(sign * (to! - from!) - 30)).toBeLessThan(6);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('leave a single odd record out of the horizon, whose level it does not change', () => {
    assert(
      property(places, (place) => {
        const horizon = Array.from({ length: 200 }, (_, i) => (i === place ? 40 : 8));
        expect(told({ effective_horizon: horizon })).toEqual({});
      }),
    );
  });

  it('are nearly none in a quiet training, but for the largest gradient', () => {
    let found = 0;
    for (let seed = 1; seed <= 100; seed++) {
      const { error_rate, effective_horizon, cancellation } = quiet(300, seed);
      const others = { error_rate, effective_horizon, cancellation } as Columns;
      found += worthALook(overviewWith(others)).length;
    }
    // Three kinds in each of a hundred trainings.
    expect(found).toBeLessThan(60);
  });

  it('do not depend on the unit of the gradient, nor on where training began to count', () => {
    assert(
      property(seeds, integer({ min: -12, max: 12 }), (seed, power) => {
        const columns = quiet(60, seed);
        columns.maximum![40] = 0.08;
        const before = worthALook(overviewWith(columns));
        const scaled = columns.maximum!.map((value) => value * 2 ** power);
        const steps = scaled.map((_, i) => 7000 + 10 * i);
        const after = worthALook(overviewWith({ ...columns, maximum: scaled }, { steps }));
        expect(after.map(({ step, reasons }) => [step - 7000, reasons])).toEqual(
          before.map(({ step, reasons }) => [step, reasons]),
        );
      }),
      { numRuns: 30 },
    );
  });

  it('begin with the first NaN or infinity, and tell no later one', () => {
    const columns = { ...quiet(40), nonfinite: quiet(40).maximum!.map((_, i) => (i > 29 ? 2 : 0)) };
    columns.maximum!.fill(NaN, 30);
    columns.maximum![20] = 0.5;
    const list = worthALook(overviewWith(columns));
    expect(list[0]).toEqual({
      step: 300,
      reasons: ['first NaN or infinite items'],
      strength: Infinity,
    });
    expect(list[1]!.step).toBe(200);
    // An older log has no count of them: the maximum says it too.
    expect(worthALook(overviewWith(columns, { without: ['nonfinite'] }))[0]).toEqual(list[0]);
  });

  it('say all that a step stands out in on one line', () => {
    const columns = quiet(100);
    columns.maximum![50] = 1;
    columns.error_rate![50] = 1;
    const reasons = told(columns)[500]!;
    expect(reasons.map((text) => text.split(/[,:]/)[0])).toEqual([
      'largest weight gradient',
      'most wrong',
    ]);
  });

  it('have the largest gradient among them, however usual it is', () => {
    assert(
      property(seeds, (seed) => {
        const { maximum } = quiet(50, seed);
        const place = maximum!.indexOf(Math.max(...maximum!));
        expect(Object.keys(told({ maximum: maximum! }))).toEqual([String(10 * place)]);
      }),
      { numRuns: 30 },
    );
  });

  it('are one of a kind, the most unusual first', () => {
    const columns = quiet(400);
    for (const place of [50, 100, 150, 200]) {
      columns.maximum![place] = place / 100;
      columns.error_rate![place + 20] = 0.5 + place / 1000;
      columns.cancellation![place + 30] = place;
    }
    columns.effective_horizon!.forEach((h, i, all) => (all[i] = i > 300 ? h : h + 40));
    const list = worthALook(overviewWith({ ...columns, nonfinite: [0, 1] }));
    expect(list.map(({ strength }) => strength)).toEqual(
      list.map(({ strength }) => strength).sort((a, b) => b - a),
    );
    expect(list[0]!.step).toBe(10);
    expect(list.map(({ step }) => step).sort((a, b) => a - b)).toEqual([
      10, 2000, 2200, 2300, 3010,
    ]);
  });

  it('are not looked for where there is nothing usual', () => {
    const few = { maximum: [1, 1, 1, 1, 1, 100], error_rate: [0, 0, 0, 0, 0, 1] };
    expect(told(few)).toEqual({});
    const alike = { maximum: Array<number>(50).fill(1), cancellation: Array<number>(50).fill(NaN) };
    expect(told(alike)).toEqual({});
    expect(told({ maximum: Array<number>(50).fill(0) })).toEqual({});
    const nothing = overviewWith({ maximum: [] });
    expect(worthALook(nothing)).toEqual([]);
  });

  it('stand out from what is all the same', () => {
    const maximum = Array.from({ length: 50 }, (_, i) => (i === 20 ? 5 : 1));
    expect(told({ maximum })).toEqual({ 200: ['largest weight gradient, 5.0 × the usual'] });
  });

  it('are not the beginning, only because one is wrong there', () => {
    const error = Array.from({ length: 60 }, (_, i) => Math.max(0.2, 1 - i / 8));
    expect(told({ error_rate: error })).toEqual({});
  });

  it('are read where an older log holds less', () => {
    const columns = quiet(100);
    columns.maximum![50] = 1;
    const options = { without: ['error_rate', 'cancellation', 'nonfinite'] as const };
    expect(Object.keys(told(columns, options))).toContain('500');
  });
});

describe('robust statistics', () => {
  it('are those of normal noise, and stay so among a tenth of nonsense', () => {
    const values = noise(4000, 7);
    for (let i = 0; i < 400; i++) values[i * 10] = 1e9;
    const all = Float64Array.from(values);
    expect(median(all)).toBeLessThan(0.25);
    expect(spread(all, median(all))).toBeGreaterThan(0.95);
    expect(spread(all, median(all))).toBeLessThan(1.3);
    expect(median(Float64Array.of())).toBeNaN();
    expect(median(Float64Array.of(3, 1, 2))).toBe(2);
    expect(spread(Float64Array.of(2, 2), 2)).toBe(0);
  });

  it('moves its median along, shorter at the ends', () => {
    assert(
      property(
        seeds,
        integer({ min: 0, max: 6 }),
        integer({ min: 0, max: 6 }),
        (seed, left, right) => {
          const values = Float64Array.from(noise(25, seed));
          const expected = values.map((_, i) =>
            median(values.subarray(Math.max(0, i - left), i + right + 1)),
          );
          expect(movingMedian(values, left, right)).toEqual(expected);
        },
      ),
    );
  });

  it('finds the top', () => {
    expect(top(Float64Array.of(1, 3, 2, 3))).toBe(1);
    expect(top(Float64Array.of(NaN))).toBe(0);
  });
});
