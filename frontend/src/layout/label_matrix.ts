// The matrix of targets and inputs: a square for each pair of labels, a bar for each label.
import type { LabelSums } from '../api/label_sums';
import { excess, LEAST, lift, type Pair, type Part, partOf, strongest } from './label_lifts';

export const ROW = 26;
const MOST_ROWS = 12;
const MOST_COLUMNS = 16;
/** Closer than this, labels above the columns run into each other. */
const LEAST_PITCH = 23;
const MOST_PITCH = 44;
/** Lifts from here on are drawn alike: beyond, few occurrences make the number. */
export const LARGEST = 4;
/** Around the largest square, within the height of a row. */
const GAP = 4;

export interface Mark {
  readonly row: number;
  readonly column: number;
  /** Of all lags together. */
  readonly part: Part;
  /** Where it exceeds the usual most; undefined where all in all it does not. */
  readonly pair: Pair | undefined;
  /** Length of the side of the square: its area is the lift. */
  readonly side: number;
}

/** All of a target or of an input. */
export interface Total {
  readonly part: Part;
  /** Of all gradient with labels. */
  readonly share: number;
}

export interface LabelMatrix {
  readonly rows: readonly Total[];
  readonly columns: readonly Total[];
  /** From column to column. */
  readonly pitch: number;
  readonly marks: readonly Mark[];
}

/** The heaviest labels, as many as have room in `width`. */
export function layoutMatrix(sums: LabelSums, width: number): LabelMatrix {
  const fits = Math.max(1, Math.floor(width / LEAST_PITCH));
  const columns = Math.min(MOST_COLUMNS, fits, sums.inputs.length);
  const rows = Math.min(MOST_ROWS, sums.targets.length);
  const whole = partOf(sums).sum;
  const total = (part: Part): Total => ({ part, share: whole > 0 ? part.sum / whole : 0 });
  const rowTotals = indices(rows).map((row) => total(partOf(sums, row)));
  const columnTotals = indices(columns).map((column) => total(partOf(sums, undefined, column)));
  return {
    rows: rowTotals,
    columns: columnTotals,
    pitch: Math.min(MOST_PITCH, width / Math.max(1, columns)),
    marks: indices(rows).flatMap((row) =>
      indices(columns).flatMap((column) => mark(sums, row, column) ?? []),
    ),
  };
}

function indices(length: number): number[] {
  return Array.from({ length }, (_, i) => i);
}

function mark(sums: LabelSums, row: number, column: number): Mark | undefined {
  const part = partOf(sums, row, column);
  if (part.count < LEAST) return undefined;
  const pair = excess(part) > 0 ? strongest(sums, row, column) : undefined;
  return { row, column, part, pair, side: sideOf(lift(part)) };
}

/** Length of the side of the square that stands for `times` the usual. */
export function sideOf(times: number): number {
  return (ROW - GAP) * Math.sqrt(Math.min(1, times / LARGEST));
}

/** A square; at the labels and bars beside them a row or a column alone. */
export interface Place {
  readonly row: number | undefined;
  readonly column: number | undefined;
}

/** What is under a point of the plot. */
export function placeAt(
  { rows, columns, pitch }: LabelMatrix,
  x: number,
  y: number,
): Place | undefined {
  const row = Math.floor(y / ROW);
  const column = Math.floor(x / pitch);
  const inRows = row >= 0 && row < rows.length;
  const inColumns = column >= 0 && column < columns.length;
  if (!inRows && !inColumns) return undefined;
  return { row: inRows ? row : undefined, column: inColumns ? column : undefined };
}
