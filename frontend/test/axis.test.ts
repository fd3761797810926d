import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linearAxis, logAxis, percentAxis, percentLogAxis, tickStep } from '../src/layout/axis';
import { gradientAxis, lossAxis, stepAxis } from '../src/layout/timeline_axes';

const labels = (axis: { ticks: readonly { label: string }[] }): string[] =>
  axis.ticks.map(({ label }) => label);

describe('linear axis', () => {
  it('has a few round ticks', () => {
    const axis = linearAxis([0, 0.0412], [200, 0], 4);
    expect(labels(axis)).toEqual(['0', '1', '2', '3', '4']);
    expect(axis.exponent).toBe(-2);
    expect(labels(linearAxis([-0.4, 1], [0, 1], 5))).toEqual([
      '−0.4',
      '−0.2',
      '0.0',
      '0.2',
      '0.4',
      '0.6',
      '0.8',
      '1.0',
    ]);
  });

  it('keeps ticks within its domain and as many as asked for, about', () => {
    const size = fc.double({ min: 1e-30, max: 1e30, noNaN: true });
    fc.assert(
      fc.property(fc.double({ min: -1e6, max: 1e6, noNaN: true }), size, (low, span) => {
        const high = low + span;
        fc.pre((high - low) / Math.max(Math.abs(low), Math.abs(high)) > 1e-6);
        const { ticks } = linearAxis([low, high], [0, 100], 5);
        const slack = tickStep(high - low, 5) * 1e-6;
        expect(ticks.length).toBeGreaterThanOrEqual(1);
        expect(ticks.length).toBeLessThanOrEqual(9);
        for (const { value } of ticks) {
          expect(value).toBeGreaterThanOrEqual(low - slack);
          expect(value).toBeLessThanOrEqual(high + slack);
        }
      }),
    );
  });

  it('survives a domain of one value', () => {
    const axis = linearAxis([3, 3], [10, 0], 4);
    expect(axis.position(3)).toBe(10);
    expect(labels(axis)).toEqual(['3.00']);
  });

  it('never says minus zero', () => {
    expect(labels(linearAxis([-0, 4], [0, 1], 4))[0]).toBe('0');
  });
});

describe('other axes', () => {
  it('log: powers of ten, thinned out where there are many', () => {
    expect(labels(logAxis([1e-3, 1], [100, 0], 10))).toEqual(['10⁻³', '10⁻²', '10⁻¹', '10⁰']);
    expect(logAxis([1e-30, 1], [100, 0], 5).ticks.length).toBeLessThanOrEqual(6);
    expect(logAxis([1e-3, 1], [99, 0], 4).position(0.1)).toBeCloseTo(33);
    expect(logAxis([1e-3, 1], [99, 0], 4).position(0)).toBe(99);
  });

  it('log: within a decade there are still ticks', () => {
    expect(labels(logAxis([0.15, 0.8], [100, 0], 4))).toEqual(['0.2', '0.5']);
    // Around one power of ten, all in one notation.
    expect(labels(logAxis([4e-4, 6e-3], [100, 0], 4))).toEqual([
      '0.0005',
      '0.001',
      '0.002',
      '0.005',
    ]);
    expect(labels(logAxis([4e-9, 6e-8], [100, 0], 4))).toEqual([
      '5×10⁻⁹',
      '1×10⁻⁸',
      '2×10⁻⁸',
      '5×10⁻⁸',
    ]);
  });

  it('percent', () => {
    expect(labels(percentAxis([0, 1], [100, 0], 5))).toEqual([
      '0 %',
      '20 %',
      '40 %',
      '60 %',
      '80 %',
      '100 %',
    ]);
  });

  it('percent on a log axis, as plain numbers where they are short', () => {
    const axis = percentLogAxis([1e-7, 1], [70, 0], 10);
    expect(labels(axis)).toEqual([
      '10⁻⁵ %',
      '10⁻⁴ %',
      '0.001 %',
      '0.01 %',
      '0.1 %',
      '1 %',
      '10 %',
      '100 %',
    ]);
    expect(axis.position(0.1)).toBeCloseTo(10);
    expect(axis.ticks[5]!.value).toBeCloseTo(0.01);
    expect(labels(percentLogAxis([0.15, 0.8], [100, 0], 4))).toEqual(['20 %', '50 %']);
  });

  it('gradients have ticks enough to read a peak, and shares are per cent on either scale', () => {
    expect(labels(gradientAxis(Float32Array.of(9.5, 1), 104, false, false)!)).toEqual([
      '0',
      '2',
      '4',
      '6',
      '8',
    ]);
    const shares = Float32Array.of(0.002, 0.5);
    for (const logarithmic of [false, true]) {
      const { ticks } = gradientAxis(shares, 104, logarithmic, true)!;
      expect(ticks.length).toBeGreaterThanOrEqual(2);
      expect(ticks.every(({ label }) => label.endsWith(' %'))).toBe(true);
    }
  });

  it('steps: whole numbers, and pixels lead back to steps', () => {
    const axis = stepAxis([0, 3], 800);
    expect(labels(axis)).toEqual(['0', '1', '2', '3']);
    expect(axis.stepAt(axis.position(2))).toBeCloseTo(2);
    expect(stepAxis([0, 0], 800).position(0)).toBe(0);
    expect(labels(stepAxis([1000, 1000], 800))).toEqual(['1,000']);
  });

  it('gradients and losses that are not finite have no axis', () => {
    expect(gradientAxis(Float32Array.of(NaN, Infinity), 100, false, false)).toBeUndefined();
    expect(gradientAxis(Float32Array.of(0, 0), 100, true, false)).toBeUndefined();
    expect(lossAxis([NaN], 100)).toBeUndefined();
    expect(lossAxis([0, 0], 100)!.position(0)).toBe(100);
    expect(lossAxis([-2, 4, NaN], 90)!.position(-2)).toBe(90);
    // A single value stands below the top edge.
    expect(lossAxis([5], 100)!.position(5)).toBeCloseTo(20);
    expect(gradientAxis(Float32Array.of(5), 100, false, false)!.position(5)).toBeCloseTo(20);
  });
});
