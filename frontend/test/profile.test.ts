import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { profileAxes, profileOf, stackNames } from '../src/layout/profile';

const decay = fc.array(
  fc.tuple(fc.integer({ min: -50, max: 50 }), fc.double({ min: 0, max: 1e3, noNaN: true })),
  {
    minLength: 1,
    maxLength: 40,
  },
);

const contributions = (entries: [number, number][]) =>
  [...new Map(entries)].map(([lag, magnitude]) => ({
    lag,
    cell: undefined,
    value: magnitude,
    magnitude,
    count: 1,
  }));

describe('the profile by lag', () => {
  it('is made of parts of one whole, at ascending lags', () => {
    fc.assert(
      fc.property(decay, (entries) => {
        const all = contributions(entries);
        const { lags, parts } = profileOf(all);
        if (all.every(({ magnitude }) => magnitude === 0)) {
          expect(lags).toEqual([]);
          return;
        }
        expect(parts.reduce((sum, part) => sum + part, 0)).toBeCloseTo(1, 9);
        expect(lags).toEqual([...lags].sort((a, b) => a - b));
        expect(lags.length).toBe(all.length);
      }),
    );
  });

  it('does not depend on the size of the gradient', () => {
    const small = profileOf(
      contributions([
        [0, 3e-20],
        [1, 1e-20],
      ]),
    );
    expect(small.parts.map((part) => part.toFixed(6))).toEqual(['0.750000', '0.250000']);
  });

  it('of a gradient that is not finite, or not there, is none', () => {
    for (const value of [NaN, Infinity, 0]) {
      expect(
        profileOf([{ lag: 0, cell: undefined, value, magnitude: value, count: 1 }]).lags,
      ).toEqual([]);
    }
    expect(profileAxes([{ lags: [], parts: [] }], 300, 100)).toBeUndefined();
  });

  it('fits on its axes, whatever is laid over it', () => {
    fc.assert(
      fc.property(decay, decay, (one, other) => {
        const profiles = [one, other].map((entries) => profileOf(contributions(entries)));
        const axes = profileAxes(profiles, 300, 100);
        for (const { lags, parts } of profiles) {
          parts.forEach((part, i) => {
            if (!axes || part < axes.low) return;
            const [x, y] = [axes.x.position(lags[i]!), axes.y.position(part)];
            expect(x).toBeGreaterThanOrEqual(-1e-6);
            expect(x).toBeLessThanOrEqual(300);
            expect(y).toBeGreaterThanOrEqual(-1e-6);
            expect(y).toBeLessThanOrEqual(100 + 1e-6);
          });
        }
      }),
    );
  });
});

describe('names at the ends of lines', () => {
  it('do not lie on each other, nor below the plot, and never move down', () => {
    const number = fc.double({ min: 0, max: 100, noNaN: true });
    const places = fc.array(fc.record({ left: number, width: number, y: number }), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(places, (all) => {
        const heights = stackNames(all, 14, 93);
        all.forEach((one, i) => {
          expect(heights[i]).toBeLessThanOrEqual(Math.min(one.y, 93));
          all.slice(0, i).forEach((other, j) => {
            const meet = one.left < other.left + other.width && other.left < one.left + one.width;
            if (meet) expect(Math.abs(heights[i]! - heights[j]!)).toBeGreaterThan(14 - 1e-9);
          });
        });
      }),
    );
  });

  it('stand at the ends where there is room', () => {
    const at = (left: number, y: number) => ({ left, width: 50, y });
    expect(stackNames([at(0, 60), at(0, 10), at(60, 60)], 14, 100)).toEqual([60, 10, 60]);
    expect(stackNames([at(0, 60), at(40, 55)], 14, 100)).toEqual([60, 46]);
  });
});
