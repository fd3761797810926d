import { describe, expect, it } from 'vitest';
import { layoutColumns } from '../src/layout/columns';
import { drawCuts } from '../src/render/cuts';
import type { Canvas2D } from '../src/render/surface';
import { LIGHT } from '../src/theme';

/** Where the lines stand, from the left edge of the plot. */
function marks(cuts: readonly number[], span: readonly [number, number], width = 200): number[] {
  const found: number[] = [];
  const nothing = (): void => undefined;
  const canvas = {
    ...{ save: nothing, restore: nothing, beginPath: nothing, stroke: nothing, lineTo: nothing },
    setLineDash: nothing,
    moveTo: (x: number): void => {
      found.push(x - 10);
    },
  } as unknown as Canvas2D;
  const columns = layoutColumns(span, width, 2, () => 0);
  drawCuts(canvas, cuts, columns, { left: 10, top: 5, width, height: 90 }, LIGHT, 1);
  return found;
}

describe('the marks where gradient stops', () => {
  it('stand between the two cells', () => {
    const [x, ...others] = marks([5], [0, 9]);
    expect(others).toEqual([]);
    expect(x).toBeGreaterThan(90);
    expect(x).toBeLessThanOrEqual(100.5);
  });

  it('move with what is in view, and leave with it', () => {
    expect(marks([5], [4, 7])[0]).toBeCloseTo(47.5, 0);
    expect(marks([5], [6, 9])).toEqual([]);
    expect(marks([5], [5, 9])).toEqual([]); // what lies before is not in view
  });

  it('stay in the plot where cells share columns', () => {
    const found = marks([1, 500, 1023], [0, 1023]);
    expect(found.every((x) => x > 0 && x < 200)).toBe(true);
    expect(found.at(-1)!).toBeGreaterThan(190);
  });
});
