// What is said of lags that a record has not: nothing that reads like a 0.
import { describe, expect, it } from 'vitest';
import { stripTable } from '../src/export/tables/strip';
import type { Context } from '../src/views/context';
import { stripOf } from '../src/views/strip_facts';
import { stripLines, stripSubtitle, stripSummary } from '../src/views/strip_text';
import { Overview } from '../src/wire/overview';
import { WEIGHT } from './overviews';

/** `maximum`, then the bins of lags 0, 1 and 2, of one record each. */
function overviewOf(...records: readonly (readonly number[])[]): Overview {
  const steps = records.map((_, i) => 10 * i);
  const layout = {
    layer: undefined,
    record_statistics: [],
    metrics: [WEIGHT],
    metric_statistics: ['maximum'],
    lag_edges: [0, 1, 2, 3],
  };
  return new Overview(layout, steps, steps, 0, Float32Array.from(records.flat()), 4);
}

const LONG = [3, 3, 1, 0];
const SHORT = [2, 1, 1, NaN];
const BROKEN = [NaN, 1, NaN, NaN];

describe('lags that a record has not', () => {
  const mixed = overviewOf(LONG, SHORT, BROKEN);
  const { facts } = stripOf(mixed)!;

  it('are said to be absent, and are in no mean', () => {
    expect(stripLines(facts, 1, 2, [1, 2])).toContain('lag 2: this record has no such lags');
    expect(stripLines(facts, 0, 2, [0, 3])).toContain(
      'mean of the 1 record of this column with these lags: 0 %',
    );
    expect(stripLines(facts, 2, 2, [2, 3])).toContain('holds NaN or infinite items: no shares');
    expect(stripSummary(facts, 1)).toContain('most at lag 0: 50 %');
    expect(stripSubtitle(facts, 1)).toContain('empty where a record has no such lags');
    const whole = stripOf(overviewOf(LONG, LONG, BROKEN))!;
    expect(stripSubtitle(whole.facts, 1)).not.toContain('empty');
  });

  it('are empty in the table, and NaN is what is not finite alone', () => {
    const table = stripTable({ state: { overview: { value: mixed } } } as unknown as Context)!;
    const share = table.columns.find(({ name }) => name === 'share')!.values;
    expect(share).toEqual([0.75, 0.25, 0, 0.5, 0.5, undefined, NaN, NaN, NaN]);
  });
});
