import { nothing, type TemplateResult } from 'lit';
import { describe, expect, it } from 'vitest';
import { syntheticRecord } from '../dev/synthetic';
import { encodeRecord } from '../dev/encode';
import { visibleToken } from '../src/layout/format';
import { largestItems } from '../src/layout/largest';
import { layoutBars, pictureOf } from '../src/layout/picture';
import { meanOf } from '../src/model/mean';
import { batchNotes } from '../src/views/batch_notes';
import { batchFacts, formatItem } from '../src/views/batch_text';
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

function notesOf(record: RnnbowRecord, name: string): string {
  const metric = record.metrics.find((one) => one.name === name)!;
  const picture = pictureOf(record, 0, metric);
  const bars = layoutBars(picture, 'relative', [0, LSTM.length - 1], 400, 100, 1);
  const [sequence] = record.sequences;
  const plan = { every: 1, widest: 9 };
  return batchNotes({ record, sequence: sequence!, picture, bars, plan }, 'relative').replace(
    LARGEST,
    '',
  );
}

/** What every batch begins with. */
const LARGEST =
  /^Largest: the loss at \d+(, target .+,)? (in its own cell|at cell \d+)(, and [\d,]+ more alike)?\. /;

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

  it('names the largest item by the target of its loss', async () => {
    const record = await read(false);
    const metric = record.metrics.find(({ name }) => name === 'weight')!;
    const picture = pictureOf(record, 0, metric);
    const bars = layoutBars(picture, 'linear', [0, LSTM.length - 1], 400, 100, 1);
    const [sequence] = record.sequences;
    const plan = { every: 1, widest: 9 };
    const said = batchNotes({ record, sequence: sequence!, picture, bars, plan }, 'linear');
    const [found] = largestItems(picture.items, 1);
    const { source, cell } = found!;
    const target = visibleToken(record.message.labels[sequence!.targets!.tokens[source]!]!);
    const where = cell === source ? 'in its own cell' : `at cell ${cell}`;
    expect(said).toContain(`Largest: the loss at ${source}, target ${target}, ${where}.`);
    const unlabelled = { ...sequence!, targets: undefined };
    const bare = { record, sequence: unlabelled, picture, bars, plan };
    expect(batchNotes(bare, 'linear')).toContain(`Largest: the loss at ${source} ${where}.`);
    // One of many, whichever is named.
    const ones = picture.items.values.map((value) => Math.sign(value));
    const items = { ...picture.items, values: ones };
    const others = ones.filter((value) => value !== 0).length - 1;
    expect(batchNotes({ ...bare, picture: { ...picture, items } }, 'linear')).toMatch(
      new RegExp(`^Largest: the loss at 0 in its own cell, and ${others} more alike\\.`),
    );
  });

  it('says what makes 100 %', async () => {
    const record = await read(false);
    expect(notesOf(record, 'share')).toMatch(/Of every bar, up and down together make 100 %\./);
    expect(notesOf(record, 'weight')).toMatch(
      /Every bar is 100 %: bands show where it comes from\./,
    );
  });

  it('says what a tolerance dropped, as far as it is known', async () => {
    const notes = async (tolerance: number, dropped_share?: number): Promise<string> =>
      notesOf(
        await read(false, { tolerance, ...(dropped_share === undefined ? {} : { dropped_share }) }),
        'share',
      );
    expect(await notes(0)).not.toMatch(/dropped/);
    expect(await notes(1e-6)).toMatch(
      /Shares add up to 100 % .*Gradients that fell to 10⁻⁶ of their start were dropped\./,
    );
    expect(await notes(0.01, 0.0213)).toMatch(
      /Shares and what was dropped add up to 100 % .*fell to 0\.01 of .*: they held 2\.1 % of the whole\./,
    );
    expect(await notes(2.5e-4, -0.0213)).toMatch(/fell to 2\.5×10⁻⁴ of .*: they held −2\.1 % of/);
    // Within the rounding of the shares it is not known what it is, but that it is little.
    for (const little of [0, 4e-7, -9e-6]) {
      expect(await notes(1e-6, little)).toMatch(/^Shares add.*: they held less than 0\.001 % of/);
    }
  });

  it('says what the mean is of, and what shares of one sequence add up to', async () => {
    const all = await decodeRecord(encodeRecord(syntheticRecord(LSTM, 0, 1)));
    expect(factsOf(meanOf(all))[1]).toMatch(/mean of 2 sequences of a batch of 32/);
    expect(notesOf(meanOf(all), 'weight')).toMatch(/^Mean over 2 sequences\. Each has labels/);
    expect(notesOf(meanOf(all), 'share')).toMatch(
      /^Shares of 2 sequences, added\..* 100 % over all bars/,
    );
    expect(notesOf(all, 'share')).toMatch(
      /^Shares add up to 100 % over all sequences, here to (49|50)\.\d %/,
    );
  });

  it('gives a share in per cent with its digits', () => {
    expect(formatItem(0.00001234, true)).toBe('0.00123 %');
    expect(formatItem(0.00001234, false)).toBe('1.23×10⁻⁵');
  });
});
