import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cellName,
  columnFormat,
  formatLag,
  formatNumber,
  formatPercent,
  formatSetting,
  formatStep,
  percentColumnFormat,
  plural,
  scalarFormat,
  spokenToken,
  visibleName,
  visibleToken,
} from '../src/layout/format';

describe('numbers', () => {
  it.each([
    [1e-6, '10⁻⁶'],
    [2.5e-4, '2.5×10⁻⁴'],
    [0.001, '0.001'],
    [0.25, '0.25'],
    [5e-324, '5×10⁻³²⁴'],
  ])('%d stands as it was set: %s', (value, text) => {
    expect(formatSetting(value)).toBe(text);
  });

  it.each([
    [0, '0'],
    [1, '1.00'],
    [0.001234, '0.00123'],
    [0.0001234, '1.23×10⁻⁴'],
    [-12345.6, '−12346'],
    [123456, '1.23×10⁵'],
    [NaN, 'NaN'],
    [Infinity, '∞'],
    [-Infinity, '−∞'],
  ])('%d is %s', (value, text) => {
    expect(formatNumber(value)).toBe(text);
  });

  it('steps, parts and counts', () => {
    expect(formatStep(1234567)).toBe('1,234,567');
    expect([formatStep(-1234), formatLag(-12), formatLag(3)]).toEqual(['−1,234', '−12', '3']);
    expect(formatPercent(0.1234)).toBe('12.3 %');
    expect(formatPercent(-0.5)).toBe('−50.0 %');
    expect(formatPercent(1)).toBe('100 %');
    expect(plural(1, 'step')).toBe('1 step');
    expect(plural(2, 'step')).toBe('2 steps');
  });

  it('parts keep their digits however small they are', () => {
    expect(formatPercent(0.0000123)).toBe('0.00123 %');
    expect(formatPercent(-1e-9)).toBe('−1.00×10⁻⁷ %');
    expect(formatPercent(-0)).toBe('0 %');
    expect(formatPercent(NaN)).toBe('NaN');
  });

  it('of one column are all plain or all with powers of ten', () => {
    const plain = [12.5, -0.00002, 0, NaN];
    expect(plain.map(columnFormat(plain))).toEqual(['12.5', '−0.0000200', '0', 'NaN']);
    const wide = [12.5, -2e-9, 0, Infinity];
    expect(wide.map(columnFormat(wide))).toEqual(['1.25×10¹', '−2.00×10⁻⁹', '0', '∞']);
    const shares = [0.5, -0.0001];
    expect(shares.map(percentColumnFormat(shares))).toEqual(['50.0 %', '−0.0100 %']);
  });

  it('parts of one column are said to be less than what is far below the largest', () => {
    const wide = [1, 1e-9, -1e-9, 0, -0.00000123, NaN, -Infinity];
    expect(wide.map(percentColumnFormat(wide))).toEqual([
      '100 %',
      '< 0.0001 %',
      '> −0.0001 %',
      '0 %',
      '−0.000123 %',
      'NaN',
      '−∞',
    ]);
    const growing = [1, 5e8];
    expect(growing.map(percentColumnFormat(growing))).toEqual(['1.00×10² %', '5.00×10¹⁰ %']);
    const small = [2e-7, -3e-9, NaN];
    expect(small.map(percentColumnFormat(small))).toEqual(['2.00×10⁻⁵ %', '−3.00×10⁻⁷ %', 'NaN']);
  });

  it('scalars are whole where all of them are', () => {
    expect(scalarFormat([12, NaN, 1200])(1200)).toBe('1,200');
    expect(scalarFormat([12, NaN])(NaN)).toBe('NaN');
    expect(scalarFormat([12, 0.5])(12)).toBe('12.0');
  });
});

describe('cells', () => {
  it.each([
    ['RNN_RELU', 'RNN (ReLU)'],
    ['custom', 'custom cell'],
    ['LSTM', 'LSTM'],
  ])('%s is called %s', (kind, name) => {
    expect(cellName(kind)).toBe(name);
  });
});

describe('tokens', () => {
  it.each([
    [' ', '␣'],
    ['\n', '⏎'],
    ['\t', '⇥'],
    ['\r', '\\x0d'],
    ['\0', '\\x00'],
    ['\u007f', '\\x7f'],
    ['int x', 'int␣x'],
    ['日本', '日本'],
    ['\u200b', '\\u200b'],
    ['\u202ea', '\\u202ea'],
    ['\u3000', '\\u3000'],
    ['👩\u200d🔬', '👩\u200d🔬'],
    ['', ''],
  ])('%j is shown as %s', (token, shown) => {
    expect(visibleToken(token)).toBe(shown);
  });

  it('have nothing invisible in them', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (token) => {
        fc.pre(!token.includes('\u200d'));
        expect(visibleToken(token)).not.toMatch(/[\p{Cc}\p{Cf}\p{Z}]/u);
      }),
    );
  });

  it('are named for a screen reader', () => {
    expect([' ', '\n', '\t', '', 'a'].map(spokenToken)).toEqual([
      'space',
      'newline',
      'tab',
      'nothing',
      'a',
    ]);
  });
});

describe('names', () => {
  it.each([
    ['lr 0.1/lstm', 'lr 0.1/lstm'],
    ['שלום', 'שלום'],
    ['a\u202eb\u2066', 'a\\u202eb\\u2066'],
    ['two\nlines\0', 'two\\x0alines\\x00'],
    ['', ''],
  ])('%j is shown as %s', (name, shown) => {
    expect(visibleName(name)).toBe(shown);
  });

  it('are one line that turns no neighbour, and keep their spaces', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        fc.pre(!name.includes('\u200d'));
        expect(visibleName(name)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
        expect(visibleName(name).split(' ')).toHaveLength(name.split(' ').length);
      }),
    );
  });
});
