// Where the cells of a sequence stand across the plot.
//
// Pixels here are device pixels, whole numbers, measured from the left edge of the plot.

import type { Span } from './zoom';

export interface Columns {
  /** The first and the last cell in view. */
  readonly span: Span;
  readonly count: number;
  /** Cell that a column shows. */
  readonly cells: Int32Array;
  /** First pixel of a column's bar, and the first one after it. */
  readonly from: Int32Array;
  readonly to: Int32Array;
  /** Cells that share a column: 1, or more where there are more cells than columns have room. */
  readonly perColumn: number;
}

/**
 * Columns for the cells of `span` in `width` pixels, none narrower than `narrowest`. Where several
 * cells have to share a column it shows the one with the largest `weight`, whole: no spike is lost,
 * and what is drawn is a bar that exists.
 */
export function layoutColumns(
  span: Span,
  width: number,
  narrowest: number,
  weight: (cell: number) => number,
): Columns {
  const room = Math.max(1, Math.floor(width / narrowest));
  let perColumn = Math.max(1, Math.floor((span[1] - span[0] + 1) / room));
  while (columnCount(span, perColumn) > room) perColumn++;
  const count = columnCount(span, perColumn);
  const chosen = new Int32Array(count);
  const from = new Int32Array(count);
  const to = new Int32Array(count);
  const gap = gapOf(width / count);
  const columns = { span, count, cells: chosen, from, to, perColumn };
  for (let column = 0; column < count; column++) {
    const [first, last] = cellsOf(columns, column);
    let best = first;
    for (let cell = first + 1; cell <= last; cell++) if (weight(cell) > weight(best)) best = cell;
    chosen[column] = best;
    from[column] = Math.round((column * width) / count);
    to[column] = Math.round(((column + 1) * width) / count) - gap;
  }
  return columns;
}

/** Cells are shared out from cell 0 on: the same ones share a column while one moves along. */
function columnCount([from, to]: Span, perColumn: number): number {
  return Math.floor(to / perColumn) - Math.floor(from / perColumn) + 1;
}

/** The first and the last cell that share a column. */
export function cellsOf({ span, perColumn }: Columns, column: number): Span {
  const start = (Math.floor(span[0] / perColumn) + column) * perColumn;
  return [Math.max(span[0], start), Math.min(span[1], start + perColumn - 1)];
}

/** Pixels between two bars: a tenth of the pitch, at most 6; none where bars are hardly wider. */
function gapOf(pitch: number): number {
  return pitch < 4 ? 0 : Math.min(6, Math.max(1, Math.round(pitch * 0.1)));
}

/** The column at a pixel, gaps included, or -1. */
export function columnAt(columns: Columns, x: number, width: number): number {
  if (x < 0 || x >= width) return -1;
  return Math.min(columns.count - 1, Math.floor((x * columns.count) / width));
}

/** The column that holds a cell, or -1 where it is out of view. */
export function columnOf({ span, perColumn }: Columns, cell: number): number {
  if (cell < span[0] || cell > span[1]) return -1;
  return Math.floor(cell / perColumn) - Math.floor(span[0] / perColumn);
}

/** Middle of a column. */
export function columnCentre(columns: Columns, column: number): number {
  return (columns.from[column]! + columns.to[column]!) / 2;
}
