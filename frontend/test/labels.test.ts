import { describe, expect, it } from 'vitest';
import {
  labelWidth,
  numberEvery,
  planLabels,
  textColumns,
  visibleRows,
} from '../src/layout/labels';
import { correctness, entryText, type Row, seriesRows } from '../src/layout/series';
import type { Sequence, Series } from '../src/wire/record';

const tokens = (...list: number[]): Series => ({ tokens: list, channels: 0, values: [] });
const values = (channels: number, ...list: number[]): Series => ({
  tokens: [],
  channels,
  values: list,
});
const sequence = (parts: Partial<Sequence>): Sequence => ({
  index: 0,
  length: 3,
  inputs: undefined,
  targets: undefined,
  predictions: undefined,
  losses: [],
  items: [],
  ...parts,
});
const letters: Row[] = [
  { kind: 'tokens', name: 'input', tokens: ['a', '\n', '⏎'], right: undefined },
  { kind: 'tokens', name: 'predicted', tokens: ['a', 'b', 'c'], right: [true, false, true] },
];
const words: Row[] = [
  { kind: 'tokens', name: 'input', tokens: ['static', 'int'], right: undefined },
];

describe('room for labels', () => {
  it('letters stand under all bars or under none', () => {
    expect(planLabels(labelWidth(letters), 20).every).toBe(1);
    expect(planLabels(labelWidth(letters), 12).every).toBe(1);
    expect(planLabels(labelWidth(letters), 6)).toEqual({ every: 0, widest: 0 });
  });

  it('words are cut, then thinned out, then left out', () => {
    expect(planLabels(labelWidth(words), 60).every).toBe(1);
    expect(planLabels(labelWidth(words), 20)).toEqual({ every: 3, widest: 60 });
    expect(planLabels(labelWidth(words), 8).every).toBe(0);
  });

  it('one rare long label does not cost the others their place', () => {
    const many = Array.from({ length: 99 }, () => 'a');
    const row: Row = { kind: 'tokens', name: 'input', tokens: [...many, '\0'], right: undefined };
    expect(planLabels(labelWidth([row]), 12).every).toBe(1);
  });

  it('without labels only right and wrong are left of tokens', () => {
    expect(visibleRows(letters, { every: 0, widest: 0 })).toEqual([letters[1]]);
    expect(visibleRows(letters, { every: 1, widest: 9 })).toEqual(letters);
  });

  it('values need none', () => {
    const row: Row = { kind: 'values', name: 'input', lines: [] };
    expect(planLabels(labelWidth([row]), 1).every).toBe(1);
  });

  it('wide characters count twice', () => {
    expect(textColumns('ab⏎␣')).toBe(4);
    expect(textColumns('日本')).toBe(4);
  });

  it('numbers keep their distance', () => {
    expect(numberEvery(48, 1000, 34)).toBe(2);
    expect(numberEvery(1024, 1000, 34)).toBe(50);
    expect(numberEvery(3, 1000, 34)).toBe(1);
  });
});

describe('series', () => {
  const labels = ['a', 'b', 'a'];

  it('tokens: a prediction is right where it is the target, whatever their texts', () => {
    const one = sequence({
      inputs: tokens(0, 1, 0),
      targets: tokens(1, 0, 0),
      predictions: tokens(1, 2, 0),
    });
    expect(correctness(one, labels)).toEqual([true, false, true]);
    expect(seriesRows(one, labels).map((row) => row.name)).toEqual([
      'input',
      'target',
      'predicted',
    ]);
  });

  it('tokens: where nothing stands, nothing is right or wrong', () => {
    const texts = ['a', '', 'b', ''];
    const one = sequence({ targets: tokens(1, 0, 2), predictions: tokens(1, 3, 2) });
    expect(correctness(one, texts)).toEqual([undefined, undefined, true]);
    const none = sequence({ targets: tokens(1, 1, 0), predictions: tokens(1, 0, 3) });
    expect(correctness(none, texts)).toBeUndefined();
    const [row] = seriesRows(one, texts);
    expect(row).toMatchObject({ tokens: ['', 'a', 'b'] });
  });

  it('values: predictions share the row of their targets', () => {
    const one = sequence({ targets: values(1, 1, 2, 3), predictions: values(1, 1, 2, 4) });
    const rows = seriesRows(one, []);
    expect(rows.length).toBe(1);
    expect(rows[0]).toMatchObject({ kind: 'values', name: 'target' });
    expect(correctness(one, [])).toBeUndefined();
  });

  it('an absent series has no row', () => {
    expect(seriesRows(sequence({ inputs: { tokens: [], channels: 0, values: [] } }), [])).toEqual(
      [],
    );
  });

  it('entries read as text', () => {
    const show = (series: Series | undefined): string | undefined =>
      entryText(series, labels, 1, (label) => `<${label}>`, String);
    expect(show(tokens(0, 1, 0))).toBe('<b>');
    expect(show(values(2, 1, 2, 3, 4, 5, 6))).toBe('3, 4');
    expect(show(values(4, ...Array.from({ length: 12 }, (_, i) => i)))).toBe('4, 5, 6, …');
    expect(show(undefined)).toBeUndefined();
  });
});
