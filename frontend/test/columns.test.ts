import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnAt, columnCentre, columnOf, layoutColumns } from '../src/layout/columns';

const shapes = fc.record({
  cells: fc.integer({ min: 1, max: 3000 }),
  width: fc.integer({ min: 1, max: 4000 }),
  narrowest: fc.integer({ min: 1, max: 3 }),
});

describe('columns', () => {
  it('lie side by side within the plot', () => {
    fc.assert(
      fc.property(shapes, ({ cells, width, narrowest }) => {
        const columns = layoutColumns(cells, width, narrowest, () => 0);
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
        const columns = layoutColumns(cells, width, narrowest, (cell) => (cell === spike ? 1 : 0));
        expect([...columns.cells]).toContain(spike);
        expect(columns.cells[columnOf(columns, spike)]).toBe(spike);
      }),
    );
  });

  it('are found again at their centre', () => {
    fc.assert(
      fc.property(shapes, ({ cells, width }) => {
        fc.pre(width >= cells);
        const columns = layoutColumns(cells, width, 1, () => 0);
        for (let i = 0; i < columns.count; i++) {
          expect(columnAt(columns, columnCentre(columns, i), width)).toBe(i);
        }
      }),
      { numRuns: 30 },
    );
    const columns = layoutColumns(4, 40, 1, () => 0);
    expect(columnAt(columns, -1, 40)).toBe(-1);
    expect(columnAt(columns, 40, 40)).toBe(-1);
  });
});
