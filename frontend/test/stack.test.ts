import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { layoutColumns } from '../src/layout/columns';
import { cellSums, cellTotals, type Items } from '../src/layout/items';
import { bothWays, lagOrder } from '../src/layout/order';
import {
  bandAt,
  bandEdges,
  layoutStack,
  type ScaleKind,
  type Stack,
  stackExtent,
} from '../src/layout/stack';

const HEIGHT = 300;

function stackOf(items: Items, kind: ScaleKind, height = HEIGHT, split = false): Stack {
  const totals = cellTotals(items, split);
  const columns = layoutColumns([0, items.length - 1], items.length * 10, 1, () => 0);
  const stacked = { items, totals, order: lagOrder(items), split };
  return layoutStack(stacked, columns, stackExtent(totals, kind), kind, height);
}

/** Edges of all bands, laid out as the items are: there are as many columns as cells here. */
function layout(
  items: Items,
  kind: ScaleKind,
): { top: number[]; bottom: number[]; zero: number; lags: number } {
  const stack = stackOf(items, kind);
  const all = Array.from(items.values, (value, i) =>
    bandEdges(stack, i % items.length, Math.floor(i / items.length), value),
  );
  const { zero } = stack;
  const { lags } = items;
  return { top: all.map(([top]) => top), bottom: all.map(([, bottom]) => bottom), zero, lags };
}

/** Edges of one bar's bands. */
function bar(edges: readonly number[], cell: number, lags: number): number[] {
  return Array.from({ length: lags }, (_, k) => edges[(k * edges.length) / lags + cell]!);
}

const table = (values: fc.Arbitrary<number>): fc.Arbitrary<Items> =>
  fc.integer({ min: 1, max: 12 }).chain((length) =>
    fc.array(values, { minLength: length * length, maxLength: length * length }).map((all) => ({
      values: Float32Array.from(all, (value, i) =>
        Math.floor(i / length) + (i % length) < length ? value : 0,
      ),
      firstLag: 0,
      lags: length,
      length,
    })),
  );
const magnitudes = table(fc.float({ min: 0, max: 1e6, noNaN: true }));
const signed = table(fc.float({ min: -5, max: 5, noNaN: true }));
const anything = table(fc.oneof(fc.float(), fc.constant(0), fc.constant(NaN)));
const kinds = fc.constantFrom<ScaleKind>('linear', 'log', 'relative');

describe('stacked bars', () => {
  it('a linear bar is as tall as its total, within half a pixel', () => {
    fc.assert(
      fc.property(magnitudes, (items) => {
        const { up } = cellTotals(items);
        const { top, zero, lags } = layout(items, 'linear');
        const largest = Math.max(...up);
        for (let cell = 0; cell < items.length; cell++) {
          const highest = Math.min(zero, ...bar(top, cell, lags));
          const exact = largest > 0 ? (up[cell]! / largest) * HEIGHT : 0;
          expect(Math.abs(zero - highest - exact)).toBeLessThanOrEqual(0.5 + 1e-6);
        }
      }),
    );
  });

  it('bands of one sign follow each other without gap or overlap', () => {
    fc.assert(
      fc.property(signed, kinds, (items, kind) => {
        const { top, bottom, zero, lags } = layout(items, kind);
        for (let cell = 0; cell < items.length; cell++) {
          let up = zero;
          let down = zero;
          for (let k = 0; k < lags; k++) {
            const i = k * items.length + cell;
            const value = items.values[k * items.length + cell]!;
            if (value > 0) {
              expect(bottom[i]).toBe(up);
              up = top[i]!;
            } else if (value < 0) {
              expect(top[i]).toBe(down);
              down = bottom[i]!;
            }
            expect(top[i]).toBeLessThanOrEqual(bottom[i]!);
          }
        }
      }),
    );
  });

  it('stay within the plot whatever the numbers are', () => {
    fc.assert(
      fc.property(anything, kinds, (items, kind) => {
        const { top, bottom } = layout(items, kind);
        expect(Math.min(...top)).toBeGreaterThanOrEqual(0);
        expect(Math.max(...bottom)).toBeLessThanOrEqual(HEIGHT);
      }),
    );
  });

  it('stay within the plot where zero lies halfway between two pixels', () => {
    // 3 parts of 8 up and 5 down, of 300 pixels: 112.5 and 187.5.
    const items = { values: Float32Array.of(3, -5), firstLag: 0, lags: 1, length: 2 };
    const { top, bottom, zero } = layout(items, 'linear');
    expect([Math.min(...top), zero, Math.max(...bottom)]).toEqual([0, 113, HEIGHT]);
  });

  it('relative bars that hold anything fill the plot', () => {
    fc.assert(
      fc.property(magnitudes, (items) => {
        const { up } = cellTotals(items);
        const { top, lags } = layout(items, 'relative');
        for (let cell = 0; cell < items.length; cell++) {
          if (up[cell]! === 0) continue;
          expect(Math.min(...bar(top, cell, lags))).toBe(0);
        }
      }),
    );
  });

  it('on a log axis equal factors are equal heights', () => {
    const items = { values: Float32Array.of(1, 10, 100), firstLag: 0, lags: 1, length: 3 };
    const { top, zero } = layout(items, 'log');
    expect(zero - top[0]!).toBeGreaterThan(0);
    expect(Math.abs(top[0]! - top[1]! - (top[1]! - top[2]!))).toBeLessThanOrEqual(1);
  });

  it('leave out what is not finite, and count it', () => {
    const values = Float32Array.of(1, NaN, 5, Infinity, 2, 0);
    const totals = cellTotals({ values, firstLag: 0, lags: 2, length: 3 });
    expect([...totals.nonfinite]).toEqual([1, 1, 0]);
    expect([...totals.up]).toEqual([1, 2, 5]);
    expect([...cellSums({ values, firstLag: 0, lags: 2, length: 3 })]).toEqual([Infinity, NaN, 5]);
  });

  it('have losses behind a cell below zero where some are ahead, nearest ones at the foot', () => {
    const both = fc.integer({ min: 2, max: 8 }).chain((length) =>
      fc
        .array(fc.float({ min: 0, max: 9, noNaN: true }), {
          minLength: (2 * length - 1) * length,
          maxLength: (2 * length - 1) * length,
        })
        .map((all) => {
          const lags = 2 * length - 1;
          const values = Float32Array.from(all, (value, i) => {
            const source = (i % length) + Math.floor(i / length) + 1 - length;
            return source >= 0 && source < length ? value : 0;
          });
          return { values, firstLag: 1 - length, lags, length };
        }),
    );
    fc.assert(
      fc.property(both, kinds, (items, kind) => {
        const stack = stackOf(items, kind, HEIGHT, true);
        for (let cell = 0; cell < items.length; cell++) {
          const edgesAt = (lag: number): readonly [number, number] => {
            const k = lag - items.firstLag;
            return bandEdges(stack, cell, k, items.values[k * items.length + cell]!);
          };
          let [foot, head] = [stack.zero, stack.zero];
          for (let lag = 0; lag < items.length; lag++) {
            const [top, bottom] = edgesAt(lag);
            expect(bottom).toBe(foot);
            foot = top;
            if (lag === 0) continue;
            const [from, to] = edgesAt(-lag);
            expect(from).toBe(head);
            head = to;
          }
          // What is seen there is found there.
          if (head > stack.zero)
            expect(bandAt(stack, cell, head - 1, 0)).toBeLessThan(items.length - 1);
          if (foot < stack.zero)
            expect(bandAt(stack, cell, foot, 0)).toBeGreaterThanOrEqual(items.length - 1);
        }
      }),
    );
  });

  it('of a reverse direction begin with the nearest loss as well', () => {
    const values = Float32Array.of(0, 0, 1, 0, 2, 2, 3, 3, 3);
    const items = { values, firstLag: -2, lags: 3, length: 3 };
    expect(bothWays(items)).toBe(false);
    expect([...lagOrder(items).indices]).toEqual([2, 1, 0]);
    const stack = stackOf(items, 'linear', 60);
    expect([2, 1, 0].map((k) => bandEdges(stack, 2, k, 1))).toEqual([
      [30, 60],
      [10, 30],
      [0, 10],
    ]);
  });

  it('find the band at a point, and a thin one near it', () => {
    const values = Float32Array.of(50, 0, 0, 0.001, 0, 0, 50, 0, 0);
    const stack = stackOf({ values, firstLag: 0, lags: 3, length: 3 }, 'linear', 100);
    expect(bandAt(stack, 0, 99, 0)).toBe(0);
    expect(bandAt(stack, 0, 10, 0)).toBe(2);
    expect(bandAt(stack, 0, -3, 4)).toBe(2);
    expect(bandAt(stack, 0, -9, 4)).toBe(-1);
  });
});
