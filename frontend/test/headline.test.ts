import { describe, expect, it } from 'vitest';
import { encodeRecord, packItems } from '../dev/encode';
import { headline } from '../src/model/headline';
import { decodeRecord, type RnnbowRecord } from '../src/wire/record';
import { Scale } from '../src/wire/rnnbow_pb.js';
import { overviewWith, WEIGHT } from './overviews';

const LENGTH = 24;

/** One sequence whose item of source t at each lag is `size(t, lag)`. */
function recordOf(
  size: (t: number, lag: number) => number,
  { step = 1600, sequences = [0], omitted = false, lags = LENGTH } = {},
): Promise<RnnbowRecord> {
  const items = new Float32Array(lags * LENGTH);
  for (let lag = 0; lag < lags; lag++) {
    for (let j = 0; j + lag < LENGTH; j++) items[lag * LENGTH + j] = size(j + lag, lag);
  }
  const sequence = {
    length: LENGTH,
    inputs: undefined,
    targets: undefined,
    predictions: undefined,
    losses: [],
  };
  return decodeRecord(
    encodeRecord({
      layer: { cell: 'LSTM', hidden_size: 4 },
      step,
      metrics: [WEIGHT],
      cells: LENGTH,
      lags,
      labels: [],
      batch_size: 8,
      lags_omitted: omitted,
      sequences: sequences.map((index) => ({
        ...sequence,
        index,
        items: [packItems(items, 0, LENGTH)],
      })),
    }),
  );
}

const overview = overviewWith(
  { maximum: [1, 1, 1], effective_horizon: [2, 0, 18] },
  { steps: [0, 50, 1600] },
);
const REACH =
  'At step 1,600, 90 % of the weight gradient comes from losses at most 18 steps ahead; it was 2 at step 0.';
const says = (record: RnnbowRecord, sequence = 0): string =>
  headline(overview, 1600, { record, sequence, metric: record.metrics[0]! });

describe('the sentence on top', () => {
  it('says how far the record reaches, and the first one', () => {
    expect(headline(overview, 1600)).toBe(REACH);
    expect(headline(overview, 50)).toMatch(
      /comes from each cell's own loss; it was 2 at step 0\.$/,
    );
    expect(headline(overview, 0)).toMatch(/at most 2 steps ahead\.$/);
    const same = overviewWith({ maximum: [1, 1], effective_horizon: [1, 1] });
    expect(headline(same, 10)).toMatch(/at most 1 step ahead, as at step 0\.$/);
  });

  it('counts shares as what they are', () => {
    const metric = { ...WEIGHT, name: 'share', scale: Scale.SHARE };
    const shares = overviewWith({ maximum: [1, 1], effective_horizon: [1, 1] }, { metric });
    expect(headline(shares, 10)).toMatch(
      /^At step 10, 90 % of the gradient, counted by share, comes/,
    );
  });

  it('says how fast it decays, and that it vanishes or explodes', async () => {
    expect(says(await recordOf((_, lag) => 2 ** (-lag / 6.1)))).toBe(
      `${REACH} Contributions halve every 6.1 steps.`,
    );
    expect(says(await recordOf((_, lag) => 2 ** (-lag / 2.1)))).toBe(
      `${REACH} Vanishing: halves every 2.1 steps.`,
    );
    expect(says(await recordOf((_, lag) => 2 ** (lag / 10)))).toBe(
      `${REACH} Contributions double every 10 steps.`,
    );
    expect(says(await recordOf((_, lag) => 2 ** lag))).toBe(
      `${REACH} Exploding: doubles every step.`,
    );
    const knee = await recordOf((_, lag) => (lag <= 8 ? 1 + lag : 9 * 2 ** (8 - lag)));
    expect(says(knee)).toBe(`${REACH} Vanishing: halves every step beyond lag 8.`);
    // No number where none is right.
    expect(says(await recordOf((_, lag) => (lag < 12 ? 1 : 0.4)))).toBe(REACH);
    expect(says(await recordOf((_, lag) => (lag % 2 ? 1 : 1e-3)))).toBe(REACH);
  });

  it('says where gradient stops', async () => {
    const cut = await recordOf((t, lag) => (t >= 12 && t - lag < 12 ? 0 : 1));
    expect(says(cut)).toBe(`${REACH} Gradient stops at time step 12: none flows past.`);
    const padded = await recordOf((t, lag) => (t < 15 ? 2 ** (-lag / 6.1) : 0));
    expect(says(padded)).toBe(
      `${REACH} Contributions halve every 6.1 steps. None enters after time step 14.`,
    );
  });

  it('says where gradient outlasts the sequence', async () => {
    expect(says(await recordOf(() => 1))).toBe(
      `${REACH} Gradient outlasts the sequence: 100 % of it is left at its first time step.`,
    );
    const slow = (_: number, lag: number): number => 2 ** (-lag / 20);
    expect(says(await recordOf(slow))).toBe(
      `${REACH} Contributions halve every 20 steps. Gradient outlasts the sequence: 54 % of it is left at its first time step.`,
    );
    // Not where it has halved, where it is cut, nor where it is not known.
    expect(says(await recordOf((_, lag) => 2 ** (-lag / 15)))).toBe(
      `${REACH} Contributions halve every 15 steps.`,
    );
    expect(says(await recordOf(() => 1, { omitted: true, lags: 21 }))).not.toMatch(/outlasts/);
  });

  it('says of which sequence it speaks, where there are several', async () => {
    const record = await recordOf((_, lag) => 2 ** (-lag / 2.1), { sequences: [4, 7] });
    expect(says(record, 1)).toBe(
      `${REACH.replace('gradient', 'gradient of all 2 sequences')} Vanishing: halves every 2.1 steps, in sequence 7.`,
    );
    // Once, in the first sentence that is about it.
    const slow = await recordOf((_, lag) => 2 ** (-lag / 20), { sequences: [4, 7] });
    expect(says(slow, 1)).toMatch(
      /every 20 steps, in sequence 7\. Gradient outlasts the sequence: 54 % of it is left at its first time step\.$/,
    );
    expect(says(await recordOf(() => 1, { sequences: [4, 7] }), 1)).toMatch(
      /\. Gradient outlasts sequence 7: 100 % of it is left at its first time step\.$/,
    );
  });

  it('claims no more than a bounded horizon has recorded', async () => {
    const record = (lags: number): Promise<RnnbowRecord> =>
      recordOf(() => 1, { omitted: true, lags });
    expect(says(await record(19))).toBe(
      'At step 1,600, the weight gradient reaches at least 18 steps ahead, where the recorded horizon ends; it was 2 at step 0.',
    );
    expect(says(await record(21))).toMatch(
      /90 % of the weight gradient within the recorded 20 steps comes from losses at most 18 steps/,
    );
  });

  it('adds nothing of another record, or another metric', async () => {
    const other = await recordOf((_, lag) => 2 ** -lag, { step: 50 });
    expect(says(other)).toBe(REACH);
    const record = await recordOf((_, lag) => 2 ** -lag);
    const metric = { ...WEIGHT, name: 'hidden' };
    expect(headline(overview, 1600, { record, sequence: 0, metric })).toBe(REACH);
  });

  it('says nothing where the data do not', () => {
    expect(headline(undefined, 0)).toBe('');
    expect(headline(overviewWith({ maximum: [1], effective_horizon: [NaN] }), 0)).toBe('');
    expect(headline(overview, 7)).toBe('');
    expect(headline(overview, undefined)).toBe('');
  });

  it('tells of gradients that are not finite, or not there', () => {
    const broken = overviewWith({
      maximum: [1, NaN, Infinity, 0],
      effective_horizon: [1, NaN, NaN, NaN],
    });
    expect(headline(broken, 10)).toBe('At step 10 the gradient holds NaN or infinite items.');
    expect(headline(broken, 20)).toBe(
      'At step 20 the gradient holds NaN or infinite items; the first were at step 10.',
    );
    expect(headline(broken, 30)).toBe('At step 30 no gradient reaches this layer.');
  });
});
