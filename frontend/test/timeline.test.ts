import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  columnStarts,
  decimate,
  droppedSteps,
  finiteExtent,
  nearestIndex,
  pieces,
} from '../src/layout/timeline';

const ascending = fc
  .uniqueArray(fc.nat(5000), { minLength: 1 })
  .map((all) => all.sort((a, b) => a - b));

describe('columns of pixels', () => {
  const scale = fc.double({ min: 0.01, max: 30, noNaN: true });
  const shift = fc.double({ min: -6000, max: 300, noNaN: true });

  it('hold the steps that round to them', () => {
    fc.assert(
      fc.property(ascending, fc.nat(300), scale, shift, (steps, width, scale, shift) => {
        const pixelOf = (step: number): number => step * scale + shift;
        const starts = columnStarts(steps, pixelOf, width);
        const before = (x: number): number =>
          steps.filter((step) => Math.round(pixelOf(step)) < x).length;
        expect([...starts]).toEqual(Array.from({ length: width + 1 }, (_, x) => before(x)));
      }),
    );
  });

  it('of evenly spaced steps are found in a few looks each', () => {
    const steps = Array.from({ length: 100_000 }, (_, i) => 3 * i);
    let looks = 0;
    columnStarts(steps, (step) => (looks++, step / 250), 1200);
    expect(looks).toBeLessThan(6 * 1200);
  });
});

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

  it('breaks where a value is not finite, at that column', () => {
    const of = (...values: number[]): ReturnType<typeof pieces> =>
      pieces(decimate([...values.keys()], values, (step) => step, values.length));
    const found = of(1, 2, NaN, 4, Infinity, NaN, 7);
    expect(found.map(({ from }) => from)).toEqual([0, 3, 6]);
    expect(found.map(({ curve }) => [...curve.last])).toEqual([[1, 2, NaN], [4, NaN], [7]]);
    expect(of(1, 2, 3).length).toBe(1);
    expect(of(NaN, NaN)).toEqual([]);
    const shared = decimate([0, 1, 2], [1, NaN, 3], () => 0, 2);
    expect(pieces(shared).map(({ from, curve }) => [from, ...curve.high])).toEqual([[0, 3]]);
  });

  it('breaks into pieces that together are the curve', () => {
    const value = fc.oneof(fc.double({ noNaN: true }), fc.constant(NaN));
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 40 }), (values) => {
        const whole = decimate([...values.keys()], values, (step) => step / 2, 40);
        const joined = new Float64Array(40).fill(NaN);
        for (const { from, curve } of pieces(whole)) joined.set(curve.low, from);
        expect(joined).toEqual(whole.low);
      }),
    );
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
