// A table as CSV and as JSON. docs/export.md says what stands in which.
import type { Cell, Table } from './panel';

/** Whose data it is, for every file. */
export interface About {
  readonly panel: string;
  readonly run: string;
  readonly layer: string;
  /** Of tables of one record. */
  readonly step: number | undefined;
}

/** RFC 4180, with a line of names on top. Run, layer and step stand in every row. */
export function csvFile({ columns }: Table, { run, layer, step }: About): Blob {
  const same: [name: string, cell: Cell][] = [
    ['run', run],
    ['layer', layer],
  ];
  if (step !== undefined) same.push(['training_step', step]);
  const names = [...same.map(([name]) => name), ...columns.map(({ name }) => name)];
  const start = same.map(([, cell]) => `${csvCell(cell)},`).join('');
  const rows = Array.from(
    { length: columns[0]?.values.length ?? 0 },
    (_, row) => `${start}${columns.map(({ values }) => csvCell(values[row])).join(',')}\r\n`,
  );
  return new Blob([`${names.join(',')}\r\n`, ...rows], { type: 'text/csv' });
}

/** Numbers that JSON has not are texts: "NaN", "Infinity", "-Infinity"; what is not there is null. */
export function jsonFile(table: Table, about: About): Blob {
  const columns = table.columns.map(({ name, unit, description }) => ({ name, unit, description }));
  const data = Object.fromEntries(
    table.columns.map(({ name, values }) => [name, Array.from(values, jsonCell)]),
  );
  return new Blob([JSON.stringify({ ...about, columns, data }), '\n'], {
    type: 'application/json',
  });
}

function csvCell(cell: Cell): string {
  if (cell === undefined) return '';
  if (typeof cell === 'number') return String(shortest(cell));
  if (typeof cell === 'boolean') return String(cell);
  const text = harmless(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** What a spreadsheet takes for the beginning of a formula, once it has skipped blanks. */
const FORMULA = /^\s*[=+\-@\uff0b\uff0d\uff1d\uff20]|^[\t\r\n]/;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** A text that no spreadsheet runs: with an apostrophe before it, where it could be a formula. */
export function harmless(text: string): string {
  // Readers of CSV stumble over a null character.
  const readable = text.replaceAll('\0', '\ufffd');
  return FORMULA.test(readable) && !NUMBER.test(readable) ? `'${readable}` : readable;
}

/** A float32 with the digits that tell it from its neighbours, not with those of a float64. */
export function shortest(value: number): number {
  if (Number.isInteger(value) || Math.fround(value) !== value) return value;
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return Number(value.toPrecision(9));
}

function jsonCell(cell: Cell): Cell | null {
  if (cell === undefined) return null;
  if (typeof cell !== 'number') return cell;
  return Number.isFinite(cell) ? shortest(cell) : String(cell);
}
