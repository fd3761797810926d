import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Cell, Table } from '../src/export/panel';
import { csvFile, harmless, jsonFile, shortest } from '../src/export/table_files';

const ABOUT = { panel: 'batch', run: 'a,b', layer: 'rnn/l0', step: 7 };

function tableOf(columns: Record<string, Cell[]>): Table {
  return {
    ofRecord: true,
    columns: Object.entries(columns).map(([name, values]) => ({
      name,
      unit: 'm',
      description: `what ${name} is`,
      values,
    })),
  };
}

/** RFC 4180, read as strictly as it is written. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [[]];
  let at = 0;
  while (at < text.length) {
    const found = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r\n)/y;
    found.lastIndex = at;
    const [all, cell, end] = found.exec(text) ?? [];
    if (all === undefined) throw new Error(`not CSV at ${at}`);
    rows.at(-1)!.push(cell!.startsWith('"') ? cell!.slice(1, -1).replaceAll('""', '"') : cell!);
    at += all.length;
    if (end === '\r\n' && at < text.length) rows.push([]);
  }
  return rows;
}

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '=1+1',
    '+cmd',
    '-2+3',
    '@SUM(A1)',
    '\t=1',
    ' =1',
    '\r',
    '"',
    ',',
    '\n',
    '＝1',
    '-',
  ),
);

describe('CSV', () => {
  it('reads back as it was, but for what is made harmless', async () => {
    const cells = fc.oneof(anyText, fc.float(), fc.boolean(), fc.constant(undefined));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(cells, cells), { maxLength: 20 }), async (rows) => {
        const table = tableOf({ one: rows.map(([a]) => a), two: rows.map(([, b]) => b) });
        const [head, ...read] = parseCsv(await csvFile(table, ABOUT).text());
        expect(head).toEqual(['run', 'layer', 'training_step', 'one', 'two']);
        expect(read).toHaveLength(rows.length);
        read.forEach((row, i) => {
          expect(row.slice(0, 3)).toEqual(['a,b', 'rnn/l0', '7']);
          rows[i]!.forEach((cell, k) => {
            const text = row[3 + k]!;
            if (Number.isNaN(cell)) expect(text).toBe('NaN');
            else if (typeof cell === 'number')
              expect(Math.fround(Number(text)) === cell).toBe(true);
            else expect(text).toBe(typeof cell === 'string' ? harmless(cell) : String(cell ?? ''));
          });
        });
      }),
    );
  });

  it('leaves nothing that a spreadsheet takes for a formula, and no number changed', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const safe = harmless(text);
        if (/^[=+\-@\t\r\n]/.test(safe)) expect(Number.isFinite(Number(safe))).toBe(true);
      }),
    );
    for (const number of ['-1', '+2.5', '-1e-7', '-.5', '1', '−1'])
      expect(harmless(number)).toBe(number);
    for (const formula of [
      '=1',
      '-1+1',
      '+',
      '-',
      '@a',
      '--1',
      '-1e',
      ' =1',
      '\t-x',
      '\r=1',
      '＝1',
    ]) {
      expect(harmless(formula)).toBe(`'${formula}`);
    }
  });

  it('has the digits of a float32', () => {
    expect(shortest(Math.fround(0.1))).toBe(0.1);
    expect(shortest(0.1)).toBe(0.1);
    fc.assert(
      fc.property(fc.float(), (value) => {
        expect(Object.is(Math.fround(shortest(value)), value)).toBe(true);
        if (Number.isFinite(value)) expect(String(shortest(value)).length).toBeLessThan(24);
      }),
    );
  });
});

describe('JSON', () => {
  it('says what its columns are, and has a word for numbers that it has not', async () => {
    const table = tableOf({
      value: [1.5, NaN, -Infinity, undefined],
      label: ['=1', '', '\0', 'é'],
    });
    expect(JSON.parse(await jsonFile(table, ABOUT).text())).toEqual({
      ...ABOUT,
      columns: [
        { name: 'value', unit: 'm', description: 'what value is' },
        { name: 'label', unit: 'm', description: 'what label is' },
      ],
      data: { value: [1.5, 'NaN', '-Infinity', null], label: ['=1', '', '\0', 'é'] },
    });
  });
});
