import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Budget } from '../src/model/budget';
import { decodeCompared, encodeCompared, MOST_COMPARED, toggled } from '../src/model/compared';
import { belongsToOther, readHash, writeHash } from '../src/model/hash';
import {
  decodeSelection,
  encodeSelection,
  MEAN,
  NO_SELECTION,
  type Selection,
} from '../src/model/selection';

const text = fc.option(fc.string({ unit: 'grapheme' }), { nil: undefined });
const count = fc.option(fc.nat(2 ** 31 - 1), { nil: undefined });
const span = fc.option(
  fc
    .uniqueArray(fc.nat(2 ** 31 - 1), { minLength: 2, maxLength: 2 })
    .map((ends) => [Math.min(...ends), Math.max(...ends)] as const),
  { nil: undefined },
);
/** Other runs, some at a step of their own. */
const beside = fc.uniqueArray(
  fc.record({ run: fc.string({ unit: 'grapheme', minLength: 1 }), step: count }),
  { selector: ({ run }) => run, maxLength: MOST_COMPARED },
);
const selections: fc.Arbitrary<Selection> = fc.record({
  run: text,
  beside,
  tag: text,
  metric: text,
  loss: text,
  target: text,
  step: count,
  sequence: fc.oneof(count, fc.constant(MEAN)),
  pin: count,
  scale: fc.constantFrom('linear', 'log', 'relative'),
  palette: fc.constantFrom('viridis', 'cividis', 'turbo'),
  zoom: span,
  range: span,
  cells: span,
});

describe('the selection in the address', () => {
  it('comes back as it went, whatever runs are called', () => {
    fc.assert(
      fc.property(selections, (selection) => {
        const hash = writeHash('#rnnbow', encodeSelection(selection));
        expect(decodeSelection(readHash(hash))).toEqual(selection);
      }),
    );
  });

  it('leaves what belongs to others, and defaults out', () => {
    const before = '#rnnbow&p.other.run=x&p.rnnbow.run=old&darkMode=true';
    expect(writeHash(before, [['run', 'a b&c=d']])).toBe(
      '#rnnbow&p.other.run=x&darkMode=true&p.rnnbow.run=a%20b%26c%3Dd',
    );
    expect(encodeSelection(NO_SELECTION)).toEqual([]);
    expect(writeHash('', [['step', '3']])).toBe('#rnnbow&p.rnnbow.step=3');
  });

  it('is not taken from, nor written to, another tab', () => {
    expect(belongsToOther('#scalars&p.rnnbow.run=a')).toBe(true);
    expect(belongsToOther('#rnnbow&p.rnnbow.run=a')).toBe(false);
    expect(belongsToOther('')).toBe(false);
  });

  it('that makes no sense falls back to defaults', () => {
    const pairs: [string, string][] = [
      ['step', '-1'],
      ['pin', '1e9'],
      ['sequence', 'x'],
      ['scale', 'cubic'],
      ['palette', ''],
      ['zoom', '7-7'],
      ['range', '9-3'],
      ['cells', '9'],
      ['nonsense', '1'],
    ];
    expect(decodeSelection(pairs)).toEqual(NO_SELECTION);
    expect(readHash('#%&p.rnnbow.run=%E0%A4%A')).toEqual([['run', '%E0%A4%A']]);
  });
});

describe('runs beside the chosen one', () => {
  it('read as they are called', () => {
    const runs = [
      { run: 'lr=0.1/gru', step: undefined },
      { run: 'a,b@c 100%', step: 1200 },
    ];
    expect(encodeCompared(runs)).toBe('lr=0.1/gru,a%2Cb%40c 100%25@1200');
    expect(decodeCompared('lr=0.1/gru,a%2Cb%40c 100%25@1200')).toEqual(runs);
  });

  it('that make no sense are left out, as are those beyond the last colour', () => {
    expect(decodeCompared('a,b@x,c@1@2,%E0%A4%A,a@7,d@3')).toEqual([
      { run: 'a', step: undefined },
      { run: 'd', step: 3 },
    ]);
    expect(decodeCompared('a,b,c,d,e,f,g,h').length).toBe(MOST_COMPARED);
  });

  it('come and go, and the newest finds a place', () => {
    let compared = decodeCompared('a,b,c,d,e,f');
    expect(
      toggled(compared, 'c')
        .map(({ run }) => run)
        .join(''),
    ).toBe('abdef');
    compared = toggled(compared, 'g');
    expect(compared.map(({ run }) => run).join('')).toBe('abcdeg');
  });
});

describe('a budget of writes', () => {
  it('gives many at once, then one at a time', () => {
    const budget = new Budget(3, 100, 0);
    expect([budget.take(0), budget.take(0), budget.take(0)]).toEqual([0, 0, 0]);
    expect(budget.take(30)).toBe(70);
    expect(budget.take(100)).toBe(0);
    expect(budget.take(110)).toBe(90);
    expect(budget.take(5000)).toBe(0);
    expect(budget.take(5000)).toBe(0);
  });
});
