// Whether gradient outlasts the sequence, on tables whose answer is known.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { leftAtEdge } from '../src/layout/edge';
import type { Items } from '../src/layout/items';

/** Items of source t at cell j; of a layer that reads backwards its mirror image. */
function table(
  length: number,
  size: (cell: number, source: number) => number,
  { lags = length, backwards = false } = {},
): Items {
  const values = new Float32Array(lags * length);
  const firstLag = backwards ? 1 - lags : 0;
  for (let k = 0; k < lags; k++) {
    for (let j = 0; j < length; j++) {
      const t = j + firstLag + k;
      if (t < 0 || t >= length) continue;
      values[k * length + j] = backwards ? size(length - 1 - j, length - 1 - t) : size(j, t);
    }
  }
  return { values, firstLag, lags, length };
}

const decay =
  (factor: number) =>
  (cell: number, source: number): number =>
    factor ** (source - cell);

test.each([4, 5, 48])('of %i cells it is what decay leaves over the later half', (length) => {
  const far = Math.max(3, length >> 1);
  // Sources far ... length - 1 are as far from the first cell: the lower median is the farther one.
  const median = length - 1 - ((length - 1 - far) >> 1);
  expect(leftAtEdge(table(length, decay(0.9)))).toBeCloseTo(0.9 ** median, 6);
});

test('of a layer that reads from the end it is the same', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 3, max: 12 }),
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 144, maxLength: 144 }),
      (length, sizes) => {
        const size = (cell: number, source: number): number => sizes[cell * 12 + source]!;
        expect(leftAtEdge(table(length, size, { backwards: true }))).toBe(
          leftAtEdge(table(length, size)),
        );
      },
    ),
  );
});

test('the weight has no item at the first cell, where the state before it is 0', () => {
  const weight = table(8, (cell, source) => (cell === 0 ? 0 : decay(0.95)(cell, source)));

  expect(leftAtEdge(weight)).toBeCloseTo(0.95 ** 5, 6);
});

test.each([
  ['three cells', table(3, () => 1)],
  ['losses near the first cell', table(8, (_, source) => (source < 3 ? 1 : 0))],
  ['items that are no numbers', table(8, () => NaN)],
])('of %s nothing is known', (_, items) => {
  expect(leftAtEdge(items)).toBeUndefined();
});

test('padding is no part of the sequence', () => {
  const padded = table(24, (cell, source) => (source < 8 ? decay(0.95)(cell, source) : 0));

  expect(leftAtEdge(padded)).toBeCloseTo(0.95 ** 6, 6);
});

test('what lies beyond the recorded lags does not count as left', () => {
  expect(leftAtEdge(table(8, () => 1, { lags: 5 }))).toBe(0);
});

test.each([Infinity, NaN])('a loss with an item that is %d says nothing', (value) => {
  const one = table(8, (cell, source) => (source > 5 && cell === 3 ? value : 1));

  expect(leftAtEdge(one)).toBe(1);
});
