import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cellsOf, columnAt, columnCentre, columnOf, layoutColumns } from '../src/layout/columns';

const shapes = fc.record({
  cells: fc.integer({ min: 1, max: 3000 }),
  width: fc.integer({ min: 1, max: 4000 }),
  narrowest: fc.integer({ min: 1, max: 3 }),
});

describe('columns', () => {
  it('lie side by side within the plot', () => {
    fc.assert(
      fc.property(shapes, ({ cells, width, narrowest }) => {
        const columns = layoutColumns([0, cells - 1], width, narrowest, () => 0);
        expect(columns.to.at(-1)).toBeLessThanOrEqual(width);
        for (let i = 1; i < columns.count; i++) {
          expect(columns.from[i]).toBeGreaterThanOrEqual(columns.to[i - 1]!);
        }
      }),
    );
  });

  it('lose no spike: the largest cell is always shown', () => {
    fc.assert(
      fc.property(shapes, fc.nat(), ({ cells, width, narrowest }, seed) => {
        const spike = seed % cells;
        const columns = layoutColumns([0, cells - 1], width, narrowest, (cell) =>
          cell === spike ? 1 : 0,
        );
        expect([...columns.cells]).toContain(spike);
        expect(columns.cells[columnOf(columns, spike)]).toBe(spike);
      }),
    );
  });

  it('of a part of the cells show these, in the same company as one moves along', () => {
    fc.assert(
      fc.property(shapes, fc.nat(), fc.nat(), ({ cells, width }, a, b) => {
        const from = Math.min(a % cells, b % cells);
        const to = Math.max(a % cells, b % cells);
        const columns = layoutColumns([from, to], width, 1, () => 0);
        expect(columns.count).toBeLessThanOrEqual(width);
        let next = from;
        for (let i = 0; i < columns.count; i++) {
          const [first, last] = cellsOf(columns, i);
          expect(first).toBe(next);
          expect(columnOf(columns, first)).toBe(i);
          if (i > 0) expect(first % columns.perColumn).toBe(0);
          next = last + 1;
        }
        expect(next).toBe(to + 1);
        expect(columnOf(columns, from - 1)).toBe(-1);
        expect(columnOf(columns, to + 1)).toBe(-1);
      }),
    );
  });

  it('are found again at their centre', () => {
    fc.assert(
      fc.property(shapes, ({ cells, width }) => {
        fc.pre(width >= cells);
        const columns = layoutColumns([0, cells - 1], width, 1, () => 0);
        for (let i = 0; i < columns.count; i++) {
          expect(columnAt(columns, columnCentre(columns, i), width)).toBe(i);
        }
      }),
      { numRuns: 30 },
    );
    const columns = layoutColumns([0, 3], 40, 1, () => 0);
    expect(columnAt(columns, -1, 40)).toBe(-1);
    expect(columnAt(columns, 40, 40)).toBe(-1);
  });
});
