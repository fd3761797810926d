import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decimate, droppedSteps, finiteExtent, nearestIndex } from '../src/layout/timeline';

const ascending = fc
  .uniqueArray(fc.nat(5000), { minLength: 1 })
  .map((all) => all.sort((a, b) => a - b));

describe('decimation', () => {
  it('keeps the extent of every curve', () => {
    fc.assert(
      fc.property(ascending, fc.integer({ min: 1, max: 200 }), (steps, width) => {
        const values = steps.map((step) => ((step * 7919) % 1000) / 10);
        const last = steps.at(-1)! || 1;
        const { low, high } = decimate(steps, values, (step) => (step / last) * (width - 1), width);
        expect(finiteExtent(high)?.[1]).toBe(Math.max(...values));
        expect(finiteExtent(low)?.[0]).toBe(Math.min(...values));
      }),
    );
  });

  it('tells what is not finite', () => {
    const { low, nonfinite } = decimate([0, 1, 2], [1, NaN, Infinity], (step) => step, 3);
    expect([...nonfinite]).toEqual([0, 1, 1]);
    expect([...low]).toEqual([1, NaN, NaN]);
  });
});

describe('steps', () => {
  it('the nearest is the nearest', () => {
    fc.assert(
      fc.property(ascending, fc.integer({ min: -10, max: 6000 }), (steps, value) => {
        const found = Math.abs(steps[nearestIndex(steps, value)]! - value);
        expect(found).toBe(Math.min(...steps.map((step) => Math.abs(step - value))));
      }),
    );
    expect(nearestIndex([], 3)).toBe(-1);
  });

  it('dropped are those that are not kept', () => {
    expect(droppedSteps([0, 1, 2, 3], [0, 3])).toEqual([1, 2]);
    expect(finiteExtent([NaN])).toBeUndefined();
  });
});
