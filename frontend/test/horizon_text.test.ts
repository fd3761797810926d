import { describe, expect, it } from 'vitest';
import type { Contribution } from '../src/layout/decay';
import { caption, ratio, reachText } from '../src/views/horizon_text';

const of = (...values: number[]): Contribution[] =>
  values.map((value, lag) => ({ lag, cell: undefined, value, magnitude: Math.abs(value) }));

describe('the horizon in words', () => {
  it('says how far it reaches, or why it does not', () => {
    expect(reachText(of(9, 1), 3, false)).toBe('90 % within 0 steps');
    expect(reachText(of(5, -5), 3, true)).toBe('90 % of the magnitudes within 1 step');
    expect(reachText(of(0, 0), 3, false)).toBe('no gradient comes from this loss');
    expect(reachText(of(0, 0), undefined, false)).toBe('no gradient here');
    expect(reachText(of(1, NaN), 3, false)).toBe('some of it is NaN or infinite');
  });

  it('explains marks where there are any, and sums', () => {
    const axis = { position: () => 0, ticks: [], exponent: 0 };
    const layout = (below: number, ...values: number[]): Parameters<typeof caption>[0] => ({
      axis,
      lags: [],
      pitch: 9,
      bars: of(...values).map((entry) => ({ entry, left: 0, top: 0 })),
      below,
    });
    expect(caption(layout(0, 1, 2), 3, 'outlined in red')).toBe(
      'lag: steps from the cell to the loss',
    );
    expect(caption(layout(15, 1, -2), 3, 'outlined in red')).toBe(
      'lag: steps from the cell to the loss · 15 lags further on: below the axis · outlined in red: negative, cancels others',
    );
    expect(caption(layout(0, 1), undefined, undefined)).toMatch(
      /a bar is the sum over all losses$/,
    );
    // All there is is nothing: no lag is further on than that.
    expect(caption(layout(15), 3, undefined)).not.toMatch(/below/);
  });

  it('parts of lag 0 keep their sign, and are left out where they say nothing', () => {
    expect(ratio(-2, 4, true)).toBe(-0.5);
    expect(ratio(-2, -4, true)).toBe(0.5);
    expect(ratio(1, 0, false)).toBeUndefined();
    expect(ratio(1, 0.01, true)).toBeUndefined();
    // Of magnitudes that is a gradient that grows on its way back.
    expect(ratio(1, 0.01, false)).toBe(100);
    expect(ratio(1, NaN, false)).toBeUndefined();
  });
});
