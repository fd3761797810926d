import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Items, itemAt } from '../src/layout/items';
import {
  BROKEN,
  cellsOfSource,
  FINITE,
  gridOf,
  itemAtPlace,
  NOTHING,
  placeOf,
  rowOf,
  stepsAt,
} from '../src/layout/matrix';

/** Tables with lags on either side or on both, and with a bounded horizon. */
const tables: fc.Arbitrary<Items> = fc
  .record({
    length: fc.integer({ min: 1, max: 14 }),
    firstLag: fc.integer({ min: -14, max: 2 }),
    lags: fc.integer({ min: 1, max: 28 }),
  })
  .chain(({ length, firstLag, lags }) =>
    fc
      .array(
        fc.oneof(
          { weight: 8, arbitrary: fc.float({ noNaN: true, noDefaultInfinity: true }) },
          fc.constantFrom(0, NaN, Infinity, -Infinity),
        ),
        { minLength: length * lags, maxLength: length * lags },
      )
      .map((all) => {
        const values = Float32Array.from(all, (value, i) => {
          const source = (i % length) + Math.floor(i / length) + firstLag;
          return source >= 0 && source < length ? value : 0;
        });
        return { values, firstLag, lags, length };
      }),
  );
const sizes = fc.integer({ min: 1, max: 20 });

/** All items that there are. */
function* every(items: Items): Generator<{ source: number; cell: number; value: number }> {
  for (let source = 0; source < items.length; source++) {
    for (let cell = 0; cell < items.length; cell++) {
      const value = itemAt(items, cell, source);
      if (value !== undefined) yield { source, cell, value };
    }
  }
}

describe('the matrix', () => {
  it('loses no item to a larger neighbour but to that, and no mark at all', () => {
    fc.assert(
      fc.property(tables, sizes, (items, most) => {
        const grid = gridOf(items, most);
        expect(grid.size).toBe(Math.min(items.length, most));
        const seen = new Set<number>();
        const shown = new Set<number>();
        let broken = false;
        for (const { source, cell, value } of every(items)) {
          const at = placeOf(grid, source) * grid.size + placeOf(grid, cell);
          seen.add(at);
          if (!Number.isFinite(value)) {
            broken = true;
            expect(grid.kinds[at]).toBe(BROKEN);
          } else {
            expect(grid.kinds[at]).not.toBe(NOTHING);
            if (grid.kinds[at] === FINITE) {
              expect(Math.abs(grid.values[at]!)).toBeGreaterThanOrEqual(Math.abs(value));
            }
            if (Object.is(grid.values[at], value) || grid.values[at] === value) shown.add(at);
          }
        }
        expect(grid.broken).toBe(broken);
        grid.kinds.forEach((kind, at) => {
          expect(kind === NOTHING).toBe(!seen.has(at));
          // What is shown is an item that exists.
          if (kind === FINITE) expect(shown.has(at)).toBe(true);
        });
      }),
    );
  });

  it('finds the item that is shown at a place', () => {
    fc.assert(
      fc.property(tables, sizes, fc.nat(), fc.nat(), (items, most, a, b) => {
        const grid = gridOf(items, most);
        const [row, column] = [a % grid.size, b % grid.size];
        const { source, cell } = itemAtPlace(items, grid, row, column);
        const kind = grid.kinds[row * grid.size + column];
        expect(placeOf(grid, source)).toBe(row);
        if (cell === undefined) expect(kind).toBe(NOTHING);
        else {
          expect(placeOf(grid, cell)).toBe(column);
          const value = itemAt(items, cell, source)!;
          if (kind === BROKEN) expect(Number.isFinite(value)).toBe(false);
          else expect(Math.abs(value)).toBe(Math.abs(grid.values[row * grid.size + column]!));
        }
      }),
    );
  });

  it('shows one source alone with all of its cells', () => {
    fc.assert(
      fc.property(tables, sizes, fc.nat(), (items, most, a) => {
        const grid = gridOf(items, most);
        const source = a % items.length;
        const { values, kinds } = rowOf(items, grid, source);
        const mine = [...every(items)].filter((item) => item.source === source);
        const span = cellsOfSource(items, source);
        expect(span && span[1] - span[0] + 1).toBe(mine.length || undefined);
        expect(new Set(mine.map(({ cell }) => placeOf(grid, cell)))).toEqual(
          new Set([...kinds.keys()].filter((at) => kinds[at] !== NOTHING)),
        );
        for (const { cell, value } of mine) {
          const at = placeOf(grid, cell);
          if (!Number.isFinite(value)) expect(kinds[at]).toBe(BROKEN);
          else if (kinds[at] === FINITE) {
            expect(Math.abs(values[at]!)).toBeGreaterThanOrEqual(Math.abs(value));
          }
        }
      }),
    );
  });

  it('shares its places out evenly', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3000 }), sizes, (length, most) => {
        const grid = { size: Math.min(length, most), length };
        let next = 0;
        for (let place = 0; place < grid.size; place++) {
          const [from, to] = stepsAt(grid, place);
          expect(from).toBe(next);
          expect([placeOf(grid, from), placeOf(grid, to)]).toEqual([place, place]);
          next = to + 1;
        }
        expect(next).toBe(length);
      }),
    );
  });

  it('has colours for six decades at most, and says where something is exactly 0', () => {
    const items = { values: Float32Array.of(3, 1e-20, 0), firstLag: 0, lags: 1, length: 3 };
    const grid = gridOf(items, 9);
    expect(grid.largest).toBe(3);
    expect(grid.floor).toBeCloseTo(1e-6, 12);
    expect(grid.zeros).toBe(true);
    expect(gridOf(items, 9)).toBe(grid);
    expect(gridOf(items, 2)).not.toBe(grid);
    const empty = gridOf({ ...items, values: new Float32Array(3) }, 9);
    expect([empty.floor, empty.largest]).toEqual([0, 0]);
  });
});
