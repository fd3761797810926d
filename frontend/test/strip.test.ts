import fc from 'fast-check';
import { PbfWriter } from 'pbf';
import { describe, expect, it } from 'vitest';
import { encodeLags } from '../dev/overview';
import { labelledRows, type LagRows, reachLines, rowLabel, rowText } from '../src/layout/lag_rows';
import { shareMarks, shareScale } from '../src/layout/share_scale';
import {
  columnAt,
  fullest,
  gather,
  type Gathered,
  holding,
  meanShare,
  stripPixels,
  type StripSums,
  stripSums,
  usualGap,
} from '../src/layout/strip';
import { meanCurve } from '../src/layout/timeline';
import { decodeLags } from '../src/wire/lags';
import { Refusal } from '../src/wire/refusal';
import { writeLagColumns } from '../src/wire/rnnbow_pb.js';
import { lagsOf, WEIGHT } from './overviews';

const EDGES = [0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48];
const rowsOf = (first: number, count: number): LagRows => ({ first, count, edges: EDGES });

const size = fc.double({ min: 0, max: 1e6, noNaN: true });
const records = fc.array(fc.array(size, { minLength: 3, maxLength: 3 }), { minLength: 1 });

describe('shares by lag', () => {
  it('of several steps are their mean: a spike counts as much as any other', () => {
    const sums = stripSums(
      lagsOf([
        [3, 1],
        [0, 0],
        [0, 4000],
        [Infinity, 1],
      ]),
    );
    expect(gather(sums, 0, 4)).toEqual({ records: 4, counted: 2, broken: 1 });
    expect([0, 1].map((row) => meanShare(sums, row, 0, 4))).toEqual([0.375, 0.625]);
    expect(meanShare(sums, 0, 1, 2)).toBeNaN();
  });

  it('are of the records that have a lag, and nowhere 0 because another has it', () => {
    const rows = [
      [3, 1],
      [4, NaN],
      [1, 0],
      [NaN, NaN],
    ];
    const sums = stripSums(lagsOf(rows));
    expect(gather(sums, 0, 4)).toEqual({ records: 4, counted: 3, broken: 1 });
    expect([0, 1].map((row) => holding(sums, row, 0, 4))).toEqual([3, 2]);
    expect(meanShare(sums, 0, 0, 4)).toBeCloseTo((0.75 + 1 + 1) / 3);
    expect(meanShare(sums, 1, 0, 4)).toBe(0.125);
    expect(meanShare(sums, 1, 1, 2)).toBeNaN();
    expect(meanShare(sums, 1, 2, 3)).toBe(0);
  });

  it('are the same of records and of the columns that the backend made of them', () => {
    const layout = [{ ...WEIGHT, name: 'weight' }];
    const columns = fc.integer({ min: 1, max: 12 });
    fc.assert(
      fc.property(records, columns, (rows, count) => {
        // As dev/overview.ts makes vectors: statistics, then the bins.
        const vectors = rows.map((row) => [...Array<number>(8).fill(0), ...row]);
        const steps = rows.map((_, i) => 3 * i);
        const [exact, few] = [10_000, count].map((n) =>
          decodeLags(encodeLags(layout, steps, vectors, n)),
        );
        expect(few!.records.length).toBeLessThanOrEqual(count);
        expect(few!.highest).toBe(exact!.highest);
        const [all, reduced] = [stripSums(exact!), stripSums(few!)];
        const whole = (sums: StripSums): Gathered => gather(sums, 0, sums.records.length - 1);
        expect(whole(reduced)).toEqual(whole(all));
        for (let row = 0; row < 3; row++) {
          const [one, other] = [all, reduced].map((s) =>
            meanShare(s, row, 0, s.records.length - 1),
          );
          if (Number.isNaN(one)) expect(other).toBeNaN();
          else expect(other).toBeCloseTo(one!, 5);
        }
        steps.forEach((step) => {
          const column = columnAt(few!, step);
          expect(few!.firstSteps[column]).toBeLessThanOrEqual(step);
          expect(few!.lastSteps[column]).toBeGreaterThanOrEqual(step);
        });
        expect(columnAt(few!, steps.at(-1)! + 1)).toBe(-1);
        expect(columnAt(few!, -1)).toBe(-1);
      }),
    );
  });
});

describe('lags that do not fit', () => {
  it('are refused', () => {
    expect(() => decodeLags(Uint8Array.of(255, 255))).toThrow(Refusal);
    const whole = encodeLags([WEIGHT], [0], [[...Array<number>(8).fill(0), 1, 2]], 9);
    expect(decodeLags(whole.slice()).bins).toBe(2);
    // One more number of records than there are columns: field 6.
    expect(() => decodeLags(Uint8Array.of(...whole, 0x32, 1, 1))).toThrow(Refusal);
    const longer = new PbfWriter();
    writeLagColumns({ bins: 2, records: [1], first_steps: [0], last_steps: [0] }, longer);
    expect(() => decodeLags(longer.finish())).toThrow('several lengths');
  });
});

describe('pixels of the strip', () => {
  const steps = fc
    .uniqueArray(fc.nat(2000), { minLength: 1, maxLength: 200 })
    .map((all) => all.sort((a, b) => a - b));

  it('hold every step in view, each in the one where it lies', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 300 }), (all, width) => {
        const pixel = (step: number): number => ((step - 300) / 1200) * (width - 1);
        const pixels = stripPixels(all, usualGap(all), pixel, width);
        const { from, to } = pixels;
        const most = fullest(stripSums(lagsOf(all.map(() => [1]))), pixels);
        const seen = new Set<number>();
        for (let x = 0; x < width; x++) {
          for (let i = from[x]!; i < to[x]!; i++) seen.add(i);
          expect(to[x]! - from[x]!).toBeLessThanOrEqual(most);
        }
        all.forEach((step, i) => {
          const x = Math.round(pixel(step));
          if (x < 0 || x >= width) return;
          expect(seen.has(i)).toBe(true);
          expect(from[x]! <= i && i < to[x]!).toBe(true);
        });
      }),
    );
  });

  it('reach half way to the next step, but not across a gap', () => {
    const all = [0, 10, 20, 30, 100, 110];
    const pixels = stripPixels(all, usualGap(all), (step) => step, 120);
    const { from, to } = pixels;
    const at = (x: number): number | undefined => (from[x] === to[x] ? undefined : from[x]);
    expect([0, 4, 6, 14, 16].map(at)).toEqual([0, 0, 1, 1, 2]);
    expect([45, 46, 84, 85].map(at)).toEqual([3, undefined, undefined, 4]);
    expect(fullest(stripSums(lagsOf(all.map(() => [1]))), pixels)).toBe(1);
    expect(usualGap(all)).toBe(10);
  });

  it('of a single step are a few', () => {
    const { from, to } = stripPixels([7], usualGap([7]), () => 0, 100);
    expect(from.filter((start, x) => to[x]! > start).length).toBe(13);
  });
});

describe('rows of lags', () => {
  it('say which lags they hold, on both sides', () => {
    const both = rowsOf(-5, 11);
    expect([0, 4, 5, 6, 10].map((row) => rowText(both, row))).toEqual([
      'lag −6 to −7',
      'lag −1',
      'lag 0',
      'lag 1',
      'lag 6 to 7',
    ]);
    expect([0, 4, 5, 10].map((row) => rowLabel(both, row))).toEqual(['−6…', '−1', '0', '6–7']);
    expect(rowText(rowsOf(0, 12), 11)).toBe('lag 48 or farther');
  });

  it('label lag 0, and as many others as have room', () => {
    expect(labelledRows(rowsOf(0, 7), 1.2)).toEqual([0, 2, 4, 6]);
    expect(labelledRows(rowsOf(-3, 7), 2)).toEqual([1, 3, 5]);
    expect(labelledRows(rowsOf(-4, 5), 2.5)).toEqual([1, 4]);
  });

  it('put the line below the farthest lag that it counts, ever farther out', () => {
    const reachEdges = (rows: LagRows, reach: number): number[] =>
      reachLines(rows).map((line) => line(reach));
    // Lag 0 alone: the lower edge of its row. Lags 0 to 4: half of the row of lags 4 and 5.
    expect(reachEdges(rowsOf(0, 12), 0)).toEqual([1]);
    expect(reachEdges(rowsOf(0, 12), 4)).toEqual([4.5]);
    expect(reachEdges(rowsOf(0, 12), 47)).toEqual([11]);
    expect(reachEdges(rowsOf(-11, 12), 4)).toEqual([7.5]);
    expect(reachEdges(rowsOf(-3, 7), 1)).toEqual([5, 2]);
    fc.assert(
      fc.property(fc.double({ min: 0, max: 60, noNaN: true }), size, (reach, more) => {
        const [near, far] = [reach, reach + more].map((r) => reachEdges(rowsOf(-11, 23), r));
        expect(far![0]).toBeGreaterThanOrEqual(near![0]!);
        expect(far![1]).toBeLessThanOrEqual(near![1]!);
        expect(far![0]! + far![1]!).toBeCloseTo(23);
      }),
    );
  });
});

describe('colours of shares', () => {
  it('rise with the share, within the palette, mirrored below zero', () => {
    const share = fc.double({ min: 0, max: 3, noNaN: true });
    fc.assert(
      fc.property(share, share, share, fc.boolean(), (highest, one, other, logarithmic) => {
        const { place } = shareScale(highest, 0, logarithmic);
        const [less, more] = [Math.min(one, other), Math.max(one, other)];
        expect(place(less)).toBeLessThanOrEqual(place(more));
        expect(place(more)).toBeLessThanOrEqual(1);
        expect(place(-more)).toBeCloseTo(-place(more), 12);
        expect(place(0)).toBe(0);
      }),
    );
  });

  it('have marks from zero to a round top', () => {
    expect(shareMarks(shareScale(0.57, 0, false), 0.2)).toEqual([0, 0.05, 0.2, 0.6]);
    expect(shareScale(0, 0, false)).toMatchObject({ top: 0.01, bottom: 0 });
    expect(shareScale(0.034, 0, false).top).toBeCloseTo(0.04);
    const signed = shareScale(40, -0.21, false);
    expect(signed).toMatchObject({ top: 1, clipped: true });
    expect(signed.bottom).toBeCloseTo(-0.3);
    expect(shareMarks(shareScale(1, 0, true), 0.2)).toEqual([0.0001, 0.001, 0.01, 0.1, 1]);
  });
});

describe('a mean curve', () => {
  it('is the mean of a pixel, and broken only where nothing is finite', () => {
    const { low, nonfinite } = meanCurve([0, 1, 2, 3], [2, 4, NaN, 6], (s) => s >> 1, 2);
    expect([...low]).toEqual([3, 6]);
    expect([...nonfinite]).toEqual([0, 0]);
    expect([...meanCurve([0, 1], [NaN, 1], (s) => s, 2).nonfinite]).toEqual([1, 0]);
  });
});
