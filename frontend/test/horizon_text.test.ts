import type { TemplateResult } from 'lit';
import { describe, expect, it } from 'vitest';
import { encodeRecord } from '../dev/encode';
import { syntheticRecord } from '../dev/synthetic';
import type { Contribution } from '../src/layout/decay';
import { fitText, recordCheck } from '../src/views/horizon_fit';
import { caption, ratio, reachText, sourceText } from '../src/views/horizon_text';
import { decodeRecord, type Sequence, type Series } from '../src/wire/record';
import type { Record as Message } from '../src/wire/rnnbow_pb.js';
import { CUSTOM, RNN } from './fake_api';

const of = (...values: number[]): Contribution[] =>
  values.map((value, lag) => ({
    lag,
    cell: undefined,
    value,
    magnitude: Math.abs(value),
    count: 1,
  }));

/** What a template says, without its marks. */
function said(part: unknown): string {
  if (Array.isArray(part)) return part.map(said).join('');
  if (typeof part !== 'object' || part === null) return String(part);
  const { strings, values } = part as TemplateResult;
  const text = strings.map((string, i) => string + (i < values.length ? said(values[i]) : ''));
  return text
    .join('')
    .replace(/<[^>]*>/g, '')
    .replace(/\s+/g, ' ');
}

describe('the horizon in words', () => {
  it('says which loss it is, and what is known of it', async () => {
    const record = await decodeRecord(encodeRecord(syntheticRecord(RNN, 0, 1)));
    const { labels, sequences } = record.message;
    const tokens = (...ids: number[]): Series => ({ tokens: ids, channels: 0, values: [] });
    const of = (parts: Partial<Sequence>): string =>
      said(sourceText({ ...sequences[0]!, ...parts }, labels, 1, 'no gradient here'));
    const known = { targets: tokens(1, 2), predictions: tokens(1, 1), losses: [1, 2.5] };
    expect(of(known)).toBe(
      `the loss at 1 is 2.50: target ${labels[2]}, predicted ${labels[1]} (wrong), no gradient here`,
    );
    const unknown = { targets: undefined, predictions: undefined, losses: [] };
    expect(of(unknown)).toBe('the loss at 1: no gradient here');
  });

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
    expect(caption(layout(0, 1, 2), 'outlined in red')).toBe('');
    expect(caption(layout(15, 1, -2), 'outlined in red')).toBe(
      '15 lags further on: below the axis · outlined in red: negative, cancels others',
    );
    expect(caption(layout(0, 1, -2), undefined)).toBe('');
    // All there is is nothing: no lag is further on than that.
    expect(caption(layout(15), undefined)).toBe('');
  });

  it('says how it decays, or why no number says it', () => {
    const line = { from: 0, to: 40, peaks: false, off: 1.42, at: () => 1 };
    expect(fitText({ ...line, kind: 'halves', every: 5.71 }, false)).toBe(
      'halves every 5.7 steps, × 1.4 off the line',
    );
    expect(fitText({ ...line, kind: 'doubles', every: 1, off: 12 }, true)).toBe(
      'magnitude doubles every step, × 12 off the line',
    );
    expect(fitText({ ...line, kind: 'halves', every: 2, from: 10, peaks: true }, false)).toBe(
      'halves every 2.0 steps beyond lag 10, × 1.4 off the line',
    );
    for (const kind of ['level', 'irregular', 'few', 'nonfinite'] as const) {
      expect(fitText({ kind }, false)).toMatch(/^no half-life: /);
    }
    expect(fitText({ kind: 'nothing' }, false)).toBe('no gradient');
  });

  it('says what the check of a record found, or why there is none', async () => {
    const says = async (parts: Partial<Message>): Promise<string> => {
      const message = { ...syntheticRecord(RNN, 0, 1), batch_size: 1, ...parts };
      return recordCheck(await decodeRecord(encodeRecord(message)));
    };
    expect(await says({ completeness_error: 2.14e-7 })).toBe(
      'Checked: all items together are the ordinary gradient of the recurrent weight, to 2.1×10⁻⁷ of its size.',
    );
    expect(await says({ completeness_error: 0.0123 })).toMatch(/, to 1\.2 % of its size\.$/);
    expect(await says({ completeness_error: 0.4 })).toMatch(/^Check failed: .* miss 40 % of the/);
    expect(await says({ completeness_error: NaN })).toMatch(/NaN or infinite/);
    expect(await says({ batch_size: 32 })).toMatch(/^Not checked: 1 of 32 sequences recorded,/);
    expect(await says({ lags_omitted: true })).toMatch(/lags were left out/);
    expect(await says({ tolerance: 1e-6 })).toMatch(/below the tolerance/);
    expect(await says({})).toMatch(/^Not checked: the record holds nothing/);
    const custom = syntheticRecord(CUSTOM, 0, 1);
    expect(recordCheck(await decodeRecord(encodeRecord(custom)))).toMatch(
      /no one recurrent weight/,
    );
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
