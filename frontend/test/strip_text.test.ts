// What is said of lags that a record has not: nothing that reads like a 0.
import { describe, expect, it } from 'vitest';
import { stripTable } from '../src/export/tables/strip';
import type { Cell } from '../src/export/panel';
import type { Context } from '../src/views/context';
import { stripOf } from '../src/views/strip_facts';
import { stripLines, stripSubtitle, stripSummary } from '../src/views/strip_text';
import type { Lags } from '../src/wire/lags';
import { Overview } from '../src/wire/overview';
import { lagsOf, WEIGHT } from './overviews';

/** Sums by lag of one record each, and how far each reaches. */
function overviewOf(lags: Lags, reaches: readonly number[]): Overview {
  const layout = {
    layer: undefined,
    record_statistics: [],
    metrics: [WEIGHT],
    metric_statistics: ['effective_horizon'],
    lag_edges: [0, 1, 2, 3],
  };
  const steps = reaches.map((_, i) => 10 * i);
  return new Overview(layout, steps, [Float32Array.from(reaches)], 0, 3, lags);
}

function tableOf(overview: Overview): Record<string, ArrayLike<Cell>> {
  const state = { overview: { value: overview, valueKey: 'a' }, closer: {}, selection: {} };
  const table = stripTable({ state } as unknown as Context)!;
  return Object.fromEntries(table.columns.map(({ name, values }) => [name, values]));
}

const LONG = [3, 1, 0];
const SHORT = [1, 1, NaN];
const BROKEN = [Infinity, NaN, NaN];

describe('lags that a record has not', () => {
  const mixed = overviewOf(lagsOf([LONG, SHORT, BROKEN]), [1, 1, NaN]);
  const { facts } = stripOf(mixed)!;

  it('are said to be absent, and are in no mean', () => {
    expect(stripLines(facts, 1, 2, [1, 2])).toContain('lag 2: this record has no such lags');
    expect(stripLines(facts, 0, 2, [0, 3])).toContain(
      'mean of the 1 record of this column with these lags: 0 %',
    );
    expect(stripLines(facts, 2, 2, [2, 3])).toContain('holds NaN or infinite items: no shares');
    expect(stripSummary(facts, 1)).toContain('most at lag 0: 50 %');
    expect(stripSubtitle(facts, 1)).toContain('empty where a record has no such lags');
    const whole = stripOf(overviewOf(lagsOf([LONG, LONG, BROKEN]), [1, 1, NaN]))!;
    expect(stripSubtitle(whole.facts, 1)).not.toContain('empty');
  });

  it('are empty in the table, and NaN is what is not finite alone', () => {
    const { step, share } = tableOf(mixed);
    expect(share).toEqual([0.75, 0.25, 0, 0.5, 0.5, undefined, NaN, NaN, NaN]);
    expect(step).toEqual([0, 0, 0, 10, 10, 10, 20, 20, 20]);
  });
});

describe('records that share a column', () => {
  const lags = {
    ...lagsOf([LONG, SHORT]),
    firstSteps: [0, 30],
    lastSteps: [20, 40],
    records: [3, 2],
    counted: [2, 0],
    broken: [1, 2],
    held: [2, 2, 1, 0, 0, 0],
    shares: Float32Array.of(0.75, 0.25, 0, NaN, NaN, NaN),
  };
  const overview = overviewOf(lags, [1, NaN, 3, NaN, NaN, 7]);
  const { facts } = stripOf(overview)!;

  it('are said to be a mean, each step with its own reach', () => {
    const lines = stripLines(facts, 2, 0, [0, 1]);
    expect(lines).toEqual([
      'step 20',
      'lag 0: 75 % of the weight gradient, mean of 2 records',
      '90 % within 3 steps',
    ]);
    expect(stripLines(facts, 0, 2, [0, 1])).toContain(
      'lag 2: 0 % of the weight gradient, mean of 1 record',
    );
    expect(stripLines(facts, 0, 1, [0, 2]).at(-1)).toBe(
      'mean of the 5 records of this column: 25 %',
    );
    expect(stripSummary(facts, 0)).toBe(
      'step 0, 90 % within 1 step, most at lag 0: 75 % of the weight gradient, mean of 2 records',
    );
    expect(stripSummary(facts, 4)).toBe('step 40, NaN or infinite items: no shares');
  });

  it('are not there yet where a record has come in since', () => {
    expect(stripSummary(facts, 5)).toBe(
      'step 50, 90 % within 7 steps, its shares by lag are not there yet',
    );
  });

  it('are a row of the table, which says of how many', () => {
    const table = tableOf(overview);
    expect(Object.keys(table)).toEqual([
      ...['first_step', 'last_step', 'records', 'lag', 'last_lag', 'share', 'effective_horizon'],
    ]);
    expect(table.records).toEqual([3, 3, 3, 2, 2, 2]);
    expect(table.effective_horizon).toEqual([2, 2, 2, NaN, NaN, NaN]);
  });
});
