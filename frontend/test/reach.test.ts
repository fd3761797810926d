import { assert, array, integer, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareReach, type Reach } from '../src/layout/reach';

const run = (name: string, horizons: readonly number[], every = 10): Reach => ({
  name,
  horizons: Float32Array.from(horizons),
  steps: horizons.map((_, i) => i * every),
});

const level = (height: number, count = 40): number[] =>
  Array.from({ length: count }, (_, i) => height + (i % 3) - 1);

describe('which run reaches farther back', () => {
  it('is said with the medians of the last quarter that all have', () => {
    const young = [...level(2, 30), ...level(7, 10)];
    const found = compareReach([run('rnn', level(5, 60)), run('lstm', [...young])], undefined)!;
    expect(found.span).toEqual([293, 390]);
    expect(found.runs.map(({ name, steps }) => [name, steps])).toEqual([
      ['lstm', 7],
      ['rnn', 5],
    ]);
    expect(found.clear).toBe(true);
  });

  it('is of the picked range, where there is one', () => {
    const found = compareReach(
      [run('a', level(5)), run('b', [...level(9, 20), ...level(1, 20)])],
      [0, 190],
    )!;
    expect(found.runs.map(({ name }) => name)).toEqual(['b', 'a']);
    expect(found.span).toEqual([0, 190]);
  });

  it('is not clear where records differ as much as the runs do', () => {
    const noisy = (shift: number): number[] =>
      Array.from({ length: 40 }, (_, i) => ((i * 7) % 11) + shift);
    expect(compareReach([run('a', noisy(0)), run('b', noisy(1))], undefined)!.clear).toBe(false);
    expect(compareReach([run('a', level(5)), run('b', level(5))], undefined)!.clear).toBe(false);
  });

  it('needs five records of two runs that have a horizon', () => {
    const broken = level(5).map((value, i) => (i > 20 ? NaN : value));
    expect(compareReach([run('a', level(5)), run('b', broken)], undefined)).toBeUndefined();
    expect(compareReach([run('a', level(5)), run('b', [])], undefined)).toBeUndefined();
    expect(compareReach([run('a', level(5))], undefined)).toBeUndefined();
    expect(compareReach([], undefined)).toBeUndefined();
  });

  it('is the same whatever the order of the runs, and clear of two that do not overlap', () => {
    const horizons = array(integer({ min: 0, max: 20 }), { minLength: 20, maxLength: 60 });
    assert(
      property(horizons, horizons, (a, b) => {
        const [there, back] = [
          compareReach([run('a', a), run('b', b)], undefined),
          compareReach([run('b', b), run('a', a)], undefined),
        ];
        expect(there?.runs.map(({ steps }) => steps)).toEqual(back?.runs.map(({ steps }) => steps));
        const apart = compareReach(
          [
            run('a', a),
            run(
              'b',
              b.map((value) => value + 21),
            ),
          ],
          undefined,
        );
        if (apart) expect([apart.clear, apart.runs[0]!.name]).toEqual([true, 'b']);
      }),
    );
  });
});
