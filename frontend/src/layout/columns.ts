// Where the cells of a sequence stand across the plot.
//
// Pixels here are device pixels, whole numbers, measured from the left edge of the plot.

export interface Columns {
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
 * Columns for `cells` cells in `width` pixels, none narrower than `narrowest`. Where several cells
 * have to share a column it shows the one with the largest `weight`, whole: no spike is lost,
 * and what is drawn is a bar that exists.
 */
export function layoutColumns(
  cells: number,
  width: number,
  narrowest: number,
  weight: (cell: number) => number,
): Columns {
  const room = Math.max(1, Math.floor(width / narrowest));
  const perColumn = Math.ceil(cells / room);
  const count = Math.ceil(cells / perColumn);
  const chosen = new Int32Array(count);
  const from = new Int32Array(count);
  const to = new Int32Array(count);
  const gap = gapOf(width / count);
  for (let column = 0; column < count; column++) {
    let best = column * perColumn;
    for (let cell = best + 1; cell < Math.min(cells, (column + 1) * perColumn); cell++) {
      if (weight(cell) > weight(best)) best = cell;
    }
    chosen[column] = best;
    from[column] = Math.round((column * width) / count);
    to[column] = Math.round(((column + 1) * width) / count) - gap;
  }
  return { count, cells: chosen, from, to, perColumn };
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

/** The column that holds a cell. */
export function columnOf(columns: Columns, cell: number): number {
  return Math.floor(cell / columns.perColumn);
}

/** Middle of a column. */
export function columnCentre(columns: Columns, column: number): number {
  return (columns.from[column]! + columns.to[column]!) / 2;
}
