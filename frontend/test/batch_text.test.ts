import { nothing, type TemplateResult } from 'lit';
import { describe, expect, it } from 'vitest';
import { syntheticRecord } from '../dev/synthetic';
import { encodeRecord } from '../dev/encode';
import { layoutBars, pictureOf } from '../src/layout/picture';
import { batchFacts, batchNotes, formatItem } from '../src/views/batch_text';
import { decodeRecord, type RnnbowRecord } from '../src/wire/record';
import type { Record } from '../src/wire/rnnbow_pb.js';
import { LSTM } from './fake_api';

const read = (lastOnly: boolean, more: Partial<Record> = {}): Promise<RnnbowRecord> =>
  decodeRecord(encodeRecord({ ...syntheticRecord({ ...LSTM, lastOnly }, 0, 1), ...more }));

/** The warning before the facts, and the facts. */
function factsOf(record: RnnbowRecord): readonly [warning: unknown, facts: string] {
  const { values } = batchFacts(record, record.sequences[0]!);
  return [values[0], values[1] as string];
}

describe('the batch in words', () => {
  it('counts as right or wrong what has a target', async () => {
    const facts = async (lastOnly: boolean): Promise<string> => factsOf(await read(lastOnly))[1];
    expect(await facts(false)).toMatch(new RegExp(` of ${LSTM.length} right`));
    expect(await facts(true)).toMatch(/[01] of 1 right/);
  });

  it('says what the step was made of, where that is not usual', async () => {
    const facts = async (more: Partial<Record>): Promise<string> =>
      factsOf(await read(false, more))[1];
    const usual = await facts({});
    expect(usual).not.toMatch(/micro-batch|process/);
    expect(await facts({ micro_batches: 1, ranks: 1 })).toBe(usual);
    expect(await facts({ micro_batches: 4 })).toBe(`${usual} · the last of 4 micro-batches`);
    expect(await facts({ ranks: 2 })).toBe(`${usual} · mean over 2 processes`);
    expect(await facts({ micro_batches: 1024, ranks: 8, lags_omitted: true })).toBe(
      `${usual} · the last of 1,024 micro-batches · mean over 8 processes · horizon cut at 8 lags`,
    );
  });

  it('warns of a step that was skipped', async () => {
    const [none] = factsOf(await read(false));
    expect(none).toBe(nothing);
    const [skipped] = factsOf(await read(false, { step_skipped: true }));
    expect((skipped as TemplateResult).values).toContain(
      'step skipped: the gradient was not finite',
    );
  });

  it('says what makes 100 %', async () => {
    const record = await read(false);
    const notes = (name: string): string => {
      const metric = record.metrics.find((one) => one.name === name)!;
      const picture = pictureOf(record, 0, metric);
      const bars = layoutBars(picture, 'relative', 400, 100, 1);
      return batchNotes(picture, bars, 'relative', { every: 1, widest: 9 });
    };
    expect(notes('share')).toMatch(/Of every bar, up and down together make 100 %\./);
    expect(notes('weight')).toMatch(/Every bar is 100 %: bands show where it comes from\./);
  });

  it('gives a share in per cent with its digits', () => {
    expect(formatItem(0.00001234, true)).toBe('0.00123 %');
    expect(formatItem(0.00001234, false)).toBe('1.23×10⁻⁵');
  });
});
