import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  excess,
  LEAST,
  lift,
  partOf,
  ranking,
  strongest,
  usualByLag,
} from '../src/layout/label_lifts';
import { layoutMatrix, placeAt, ROW, sideOf } from '../src/layout/label_matrix';
import { type Items, labelSums } from './label_cases';

const names = fc.constantFrom('a', 'b', 'c', 'others');
const items: fc.Arbitrary<Items> = fc
  .dictionary(
    fc.tuple(names, names, fc.nat(3)).map((parts) => parts.join(' ')),
    fc.tuple(fc.double({ min: 0, max: 9, noNaN: true }), fc.integer({ min: 1, max: 9 })),
    { minKeys: 1 },
  )
  .map((drawn) => drawn);

describe('lifts', () => {
  it('of everything together are 1, at each lag and over all', () => {
    fc.assert(
      fc.property(items, (drawn) => {
        const sums = labelSums(drawn);
        for (const lag of [undefined, ...sums.lags.keys()]) {
          const all = partOf(sums, undefined, undefined, lag);
          expect(all.expected).toBeCloseTo(all.sum, 9);
        }
      }),
    );
  });

  it('do not depend on how often a label occurs, where every item is the usual of its lag', () => {
    fc.assert(
      fc.property(items, (drawn) => {
        const usual = [8, 4, 2, 1];
        const even = Object.fromEntries(
          Object.entries(drawn).map(([key, [, count]]) => [
            key,
            [count * usual[Number(key.split(' ')[2])]!, count] as const,
          ]),
        );
        const sums = labelSums(even);
        for (const target of sums.targets.keys()) expect(lift(partOf(sums, target))).toBeCloseTo(1);
        for (const input of sums.inputs.keys())
          expect(lift(partOf(sums, undefined, input))).toBeCloseTo(1);
      }),
    );
  });

  it('are the mean of a pair over the mean of all at that lag', () => {
    const sums = labelSums({
      '( f 3': [40, 10],
      '( o 3': [10, 10],
      '; f 3': [10, 10],
      '; f 0': [9, 1],
    });
    expect(usualByLag(sums)).toEqual([9, 2]);
    expect(lift(partOf(sums, 0, 0, 1))).toBe(2);
    expect(lift(partOf(sums, 0))).toBe(1.25);
    expect(excess(partOf(sums, 0))).toBe(10);
    expect(lift(partOf(sums, 1, 1))).toBe(1); // never met
  });
});

describe('what stands out', () => {
  // `a` was said for `(` in a `for`: its losses reach back to the f, three cells before.
  const found = labelSums({
    '( f 3': [40, 10],
    '( o 3': [20, 10],
    '( r 0': [12, 10],
    '; f 3': [5, 10],
    '; o 3': [5, 10],
    '; r 0': [8, 10],
    'x f 3': [20, LEAST - 1],
  });

  it('is one pair of each target, that with most beyond the usual', () => {
    const list = ranking(found);
    expect(list.map(({ target, input, lag }) => [target, input, lag])).toEqual([[0, 0, 1]]);
  });

  it('is not what a loss has in its own cell, where others look back', () => {
    const own = labelSums({
      '( f 3': [30, 10],
      '( r 0': [90, 10],
      '; f 3': [5, 10],
      '; r 0': [8, 10],
    });
    expect(ranking(own).map(({ target, input, lag }) => [target, input, lag])).toEqual([[0, 0, 1]]);
    expect(ranking(own, 0).map(({ lag }) => lag)).toEqual([0, 1]);
  });

  it('is every pair of a target that is looked at alone', () => {
    const alone = ranking(
      labelSums({ '( f 3': [40, 10], '( r 0': [12, 10], '; f 3': [5, 10], '; r 0': [8, 10] }),
      0,
    );
    expect(alone.map(({ input }) => input)).toEqual([0, 1]);
    expect(alone.every((pair) => excess(pair) > 0)).toBe(true);
  });

  it('is nothing that was met a few times only', () => {
    expect(strongest(found, 2, 0)).toBeUndefined();
  });

  it('has a lag at which nothing else exceeds the usual more', () => {
    fc.assert(
      fc.property(items, (drawn) => {
        const sums = labelSums(drawn);
        for (const pair of ranking(sums)) {
          expect(pair.count).toBeGreaterThanOrEqual(LEAST);
          for (const input of sums.inputs.keys()) {
            for (const [lag, [first]] of sums.lags.entries()) {
              if (first === 0) continue; // its own cell
              const other = partOf(sums, pair.target, input, lag);
              if (other.count >= LEAST) expect(excess(other)).toBeLessThanOrEqual(excess(pair));
            }
          }
        }
      }),
    );
  });
});

describe('the matrix', () => {
  it('puts each pair where it is found again, within the width', () => {
    fc.assert(
      fc.property(items, fc.integer({ min: 30, max: 900 }), (drawn, width) => {
        const sums = labelSums(drawn);
        const matrix = layoutMatrix(sums, width);
        expect(matrix.columns.length * matrix.pitch).toBeLessThanOrEqual(width + 1e-9);
        for (const { row, column, side, part, pair } of matrix.marks) {
          expect(placeAt(matrix, (column + 0.5) * matrix.pitch, (row + 0.5) * ROW)).toEqual({
            row,
            column,
          });
          expect(side).toBeLessThan(ROW);
          expect(part.count).toBeGreaterThanOrEqual(LEAST);
          expect(pair === undefined).toBe(!(excess(part) > 0 && strongest(sums, row, column)));
        }
        expect(placeAt(matrix, -1, -1)).toBeUndefined();
      }),
    );
  });

  it('shares of rows are parts of the whole, with the others', () => {
    const { rows } = layoutMatrix(labelSums({ 'a x 0': [3, 1], 'others others 0': [1, 1] }), 400);
    expect(rows.map(({ share }) => share)).toEqual([0.75]);
  });

  it('draws lifts as areas', () => {
    expect(sideOf(2) ** 2).toBeCloseTo(2 * sideOf(1) ** 2);
    expect(sideOf(99)).toBe(sideOf(4));
  });
});
