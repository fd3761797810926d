import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decimate, finiteExtent } from '../src/layout/timeline';
import {
  decodeSpan,
  movedEnd,
  movedSpan,
  rangeBetween,
  scaledSpan,
  type Span,
  visibleSpan,
  wholeSpan,
} from '../src/layout/zoom';

const WHOLE: Span = [100, 1100];
const COUNT = 1001;
const factors = fc.double({ min: 0.3, max: 3, noNaN: true });
const places = fc.double({ min: 0, max: 1, noNaN: true });

/** Views that somebody can get to, each with what led there. */
const views = fc.array(fc.tuple(factors, places), { maxLength: 12 }).map((moves) =>
  moves.reduce<Span>((view, [factor, place]) => {
    const at = view[0] + place * (view[1] - view[0]);
    return scaledSpan(view, WHOLE, factor, at, COUNT) ?? WHOLE;
  }, WHOLE),
);

describe('zoom', () => {
  it('stays within training, in whole steps, and never shows less than a few records', () => {
    fc.assert(
      fc.property(views, ([from, to]) => {
        expect([from, to].every(Number.isInteger)).toBe(true);
        expect(from).toBeGreaterThanOrEqual(WHOLE[0]);
        expect(to).toBeLessThanOrEqual(WHOLE[1]);
        expect(to - from).toBeGreaterThanOrEqual(6);
      }),
    );
  });

  it('keeps the step under the pointer where it is', () => {
    const [from, to] = scaledSpan([200, 1000], WHOLE, 0.5, 400, COUNT)!;
    expect([from, to]).toEqual([300, 700]);
    // At an end of training the end stays instead.
    expect(scaledSpan([100, 300], WHOLE, 2, 250, COUNT)).toEqual([100, 500]);
  });

  it('comes back out from anywhere', () => {
    fc.assert(
      fc.property(views, places, (start, place) => {
        let view: Span | undefined = start;
        for (let i = 0; i < 60 && view; i++) {
          const at: number = view[0] + place * (view[1] - view[0]);
          view = scaledSpan(view, WHOLE, 1.25, at, COUNT);
        }
        expect(view).toBeUndefined();
      }),
    );
  });

  it('moves along without another width, and stops at the ends', () => {
    fc.assert(
      fc.property(views, fc.double({ min: -2000, max: 2000, noNaN: true }), (view, by) => {
        const [from, to] = movedSpan(view, WHOLE, by);
        expect(to - from).toBe(view[1] - view[0]);
        expect(from).toBeGreaterThanOrEqual(WHOLE[0]);
        expect(to).toBeLessThanOrEqual(WHOLE[1]);
      }),
    );
    expect(movedSpan([200, 300], WHOLE, -40)).toEqual([160, 260]);
    expect(movedSpan([200, 300], WHOLE, -400)).toEqual([100, 200]);
  });

  it('survives more training, and another run where it has nothing to show', () => {
    expect(visibleSpan([200, 300], [0, 5000])).toEqual([200, 300]);
    expect(visibleSpan([200, 900], [0, 500])).toEqual([200, 500]);
    expect(visibleSpan([200, 300], [1000, 5000])).toEqual([1000, 5000]);
    expect(visibleSpan(undefined, WHOLE)).toBe(WHOLE);
    expect(visibleSpan([0, 2000], WHOLE)).toBe(WHOLE);
    expect(wholeSpan([5, 9], [3, 8])).toEqual([3, 9]);
    expect(wholeSpan([], [])).toEqual([0, 0]);
  });

  it('is a range in whole steps from wherever a pointer goes, and none on one step', () => {
    const pointers = fc.double({ min: -500, max: 2000, noNaN: true });
    fc.assert(
      fc.property(pointers, pointers, (one, other) => {
        const range = rangeBetween(one, other, WHOLE);
        expect(range).toEqual(rangeBetween(other, one, WHOLE));
        if (!range) return;
        const [from, to] = range;
        expect(range.every(Number.isInteger)).toBe(true);
        expect(WHOLE[0] <= from && from < to && to <= WHOLE[1]).toBe(true);
      }),
    );
    expect(rangeBetween(900.4, 199.6, WHOLE)).toEqual([200, 900]);
    expect(rangeBetween(-50, 5000, WHOLE)).toEqual(WHOLE);
    expect(rangeBetween(300.2, 299.8, WHOLE)).toBeUndefined();
    expect(rangeBetween(1200, 1300, WHOLE)).toBeUndefined();
  });

  it('is read from an address that people type', () => {
    expect(decodeSpan('100-2500')).toEqual([100, 2500]);
    for (const text of ['', '100', '100-', '-5-7', '9-3', '4-4', '1e3-2e3', '1.5-3']) {
      expect(decodeSpan(text)).toBeUndefined();
    }
  });
});

describe('what is seen of a curve', () => {
  it('holds every extreme of the steps in view, at any zoom', () => {
    fc.assert(
      fc.property(views, fc.integer({ min: 2, max: 300 }), ([from, to], width) => {
        const steps = Array.from({ length: COUNT }, (_, i) => 100 + i);
        const values = steps.map((step) => (step * 7919) % 1009);
        const pixelOf = (step: number): number => ((step - from) / (to - from)) * (width - 1);
        const { low, high } = decimate(steps, values, pixelOf, width);
        const seen = values.filter((_, i) => steps[i]! >= from && steps[i]! <= to);
        // A step next to the view may share its outermost pixel.
        expect(finiteExtent(high)![1]).toBeGreaterThanOrEqual(Math.max(...seen));
        expect(finiteExtent(low)![0]).toBeLessThanOrEqual(Math.min(...seen));
      }),
    );
  });

  it('is joined to what lies beyond, but not across what is not finite', () => {
    const of = (...values: number[]): ReturnType<typeof decimate> =>
      decimate([0, 10, 20, 30], values, (step) => step - 8, 5);
    expect(of(1, 2, 3, 4)).toMatchObject({
      before: { pixel: -8, value: 1 },
      after: { pixel: 12, value: 3 },
    });
    expect(of(NaN, 2, Infinity, 4)).toMatchObject({ before: undefined, after: undefined });
  });
});

describe('the end of a range', () => {
  it('goes where it is taken, within training, and never beyond the other', () => {
    expect(movedEnd([200, 400], 0, 300.4, WHOLE)).toEqual([300, 400]);
    expect(movedEnd([200, 400], 1, 99999, WHOLE)).toEqual([200, WHOLE[1]]);
    const step = fc.double({ min: -500, max: 2000, noNaN: true });
    fc.assert(
      fc.property(step, fc.integer({ min: 0, max: 1 }), (to, end) => {
        const [from, until] = movedEnd([200, 400], end as 0 | 1, to, WHOLE);
        expect(from).toBeLessThan(until);
        expect(from).toBeGreaterThanOrEqual(WHOLE[0]);
        expect(until).toBeLessThanOrEqual(WHOLE[1]);
        expect(end === 0 ? until : from).toBe(end === 0 ? 400 : 200);
      }),
    );
  });
});
