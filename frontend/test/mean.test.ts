import { describe, expect, it } from 'vitest';
import { encodeRecord, packItems } from '../dev/encode';
import { meanOf } from '../src/model/mean';
import { decodeRecord, type RnnbowRecord } from '../src/wire/record';
import { type Metric, Scale, type Sequence } from '../src/wire/rnnbow_pb.js';

const metric = (name: string, scale: number): Metric => ({
  name,
  label: '',
  unit: '',
  description: '',
  scale,
});

/** One metric of each kind; `tables` are `[lags, length]`, one a sequence. */
function recordOf(firstLag: number, lags: number, tables: number[][]): Promise<RnnbowRecord> {
  const sequences = tables.map((table, index): Sequence => {
    const length = table.length / lags;
    const items = packItems(Float32Array.from(table), firstLag, length);
    const series = { tokens: Array<number>(length).fill(0), channels: 0, values: [] };
    return {
      ...{ index, length, inputs: series, targets: series, predictions: series },
      ...{ losses: [], items: [items, items] },
    };
  });
  return decodeRecord(
    encodeRecord({
      layer: { cell: 'LSTM', hidden_size: 4 },
      step: 3,
      metrics: [metric('weight', Scale.MAGNITUDE), metric('share', Scale.SHARE)],
      cells: Math.max(...sequences.map(({ length }) => length)),
      first_lag: firstLag,
      lags,
      labels: ['a'],
      sequences,
      batch_size: 8,
    }),
  );
}

describe('the mean of the recorded sequences', () => {
  it('counts a sequence as far as it goes, and adds shares', async () => {
    const long = [1, 2, 3, 4, 5, 0];
    const short = [3, 6, 8, 0];
    const record = await recordOf(0, 2, [long, short]);
    const mean = meanOf(record);
    expect([...mean.items(0, 0)]).toEqual([2, 4, 3, 6, 5, 0]);
    expect([...mean.items(0, 1)]).toEqual([4, 8, 3, 12, 5, 0]);
    expect(mean.items(0, 0)).toBe(mean.items(0, 0));
    expect(meanOf(record)).toBe(mean);
    expect(mean.all).toBe(record);
    expect(record.all).toBe(record);
    expect(mean.sequences).toHaveLength(1);
    expect(mean.sequences[0]).toMatchObject({ length: 3, inputs: undefined, losses: [] });
    expect(mean.message).toMatchObject({ step: 3, batch_size: 8 });
  });

  it('knows losses behind the cell', async () => {
    // Lags -1 and 0.
    const long = [0, 2, 4, 1, 1, 1];
    const short = [0, 4, 3, 5];
    const mean = meanOf(await recordOf(-1, 2, [short, long]));
    expect([...mean.items(0, 0)]).toEqual([0, 3, 4, 2, 3, 1]);
  });

  it('is not finite where one of them is not', async () => {
    const mean = meanOf(
      await recordOf(0, 1, [
        [NaN, 1, Infinity],
        [1, 1, 1],
      ]),
    );
    expect([...mean.items(0, 0)]).toEqual([NaN, 1, Infinity]);
  });

  it('of one sequence is that sequence, with its labels', async () => {
    const record = await recordOf(0, 1, [[1, 2]]);
    expect(meanOf(record)).toBe(record);
  });
});
