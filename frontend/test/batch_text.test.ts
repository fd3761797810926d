import { describe, expect, it } from 'vitest';
import { syntheticRecord } from '../dev/synthetic';
import { encodeRecord } from '../dev/encode';
import { layoutBars, pictureOf } from '../src/layout/picture';
import { batchFacts, batchNotes, formatItem } from '../src/views/batch_text';
import { decodeRecord, type RnnbowRecord } from '../src/wire/record';
import { LSTM } from './fake_api';

const read = (lastOnly: boolean): Promise<RnnbowRecord> =>
  decodeRecord(encodeRecord(syntheticRecord({ ...LSTM, lastOnly }, 0, 1)));

describe('the batch in words', () => {
  it('counts as right or wrong what has a target', async () => {
    const facts = async (lastOnly: boolean): Promise<unknown> => {
      const record = await read(lastOnly);
      return batchFacts(record, record.sequences[0]!).values[0];
    };
    expect(await facts(false)).toMatch(new RegExp(` of ${LSTM.length} right`));
    expect(await facts(true)).toMatch(/[01] of 1 right/);
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
