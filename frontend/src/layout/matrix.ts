// The items of a record as a square grid: a row for each source t, a column for each cell j. Where
// there are more of them than pixels, several share a place of the grid, and the largest is shown.
import type { Items } from './items';
import { logFloor } from './stack';
import type { Span } from './zoom';

/** What is at a place of the grid: no item at all, one to show, or one that is NaN or infinite. */
export const NOTHING = 0;
export const FINITE = 1;
export const BROKEN = 2;

export interface Grid {
  /** Rows, and columns. */
  readonly size: number;
  readonly length: number;
  /** Sources that share a row at most, and cells that share a column. */
  readonly share: number;
  /** `[row, column]`: the item with the largest magnitude, with its sign. */
  readonly values: Float32Array;
  readonly kinds: Uint8Array;
  /** What colours begin and end at, of magnitudes; both 0 where all items are. */
  readonly floor: number;
  readonly largest: number;
  /** Whether something is NaN or infinite. */
  readonly broken: boolean;
  /** Whether something is exactly 0. */
  readonly zeros: boolean;
}

/** The row of a source, or the column of a cell. */
export function placeOf({ size, length }: Pick<Grid, 'size' | 'length'>, step: number): number {
  return Math.floor((step * size) / length);
}

/** The first and the last source of a row, or cell of a column. */
export function stepsAt({ size, length }: Pick<Grid, 'size' | 'length'>, place: number): Span {
  return [Math.ceil((place * length) / size), Math.ceil(((place + 1) * length) / size) - 1];
}

const known = new WeakMap<Float32Array, Grid>();

/** The grid of at most `most` rows; remembered, as who compares two metrics goes back and forth. */
export function gridOf(items: Items, most: number): Grid {
  const size = Math.max(1, Math.min(items.length, Math.floor(most)));
  let grid = known.get(items.values);
  if (grid?.size !== size) {
    grid = layoutGrid(items, size);
    known.set(items.values, grid);
  }
  return grid;
}

/** Bits of a float32 that say how large it is; from here on they are NaN and infinities. */
const NOT_FINITE = 0x7f800000;

function layoutGrid(items: Items, size: number): Grid {
  const { length, firstLag, lags } = items;
  const steps = Array.from({ length: size }, (_, place) => stepsAt({ size, length }, place));
  const [firsts, lasts] = [0, 1].map((end) => Int32Array.from(steps, (span) => span[end]!));
  // Whether some source of the row and some cell of the column are a lag of the record apart.
  const exists = (row: number, column: number): boolean =>
    lasts![row]! - firsts![column]! >= firstLag &&
    firsts![row]! - lasts![column]! < firstLag + lags;
  // The sign as the last bit: of two items, the larger magnitude is the larger number.
  const found = largestOf(items, size);
  const values = new Float32Array(size * size);
  const bits = new Uint32Array(values.buffer);
  const kinds = new Uint8Array(size * size);
  let smallest = Infinity;
  let largest = 0;
  let [zeros, broken] = [false, false];
  for (let row = 0, at = 0; row < size; row++) {
    for (let column = 0; column < size; column++, at++) {
      const magnitude = found[at]! >>> 1;
      bits[at] = magnitude | (found[at]! << 31);
      if (magnitude >= NOT_FINITE) {
        kinds[at] = BROKEN;
        broken = true;
      } else if (magnitude > 0 || exists(row, column)) {
        kinds[at] = FINITE;
        const value = Math.abs(values[at]!);
        if (value === 0) zeros = true;
        else if (value < smallest) smallest = value;
        if (value > largest) largest = value;
      }
    }
  }
  const share = Math.ceil(length / size);
  const floor = logFloor(smallest, largest);
  return { size, length, share, values, kinds, floor, largest, broken, zeros };
}

function largestOf({ values, firstLag, lags, length }: Items, size: number): Uint32Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const found = new Uint32Array(size * size);
  const columns = Int32Array.from({ length }, (_, step) => placeOf({ size, length }, step));
  const rows = columns.map((place) => place * size);
  for (let k = 0; k < lags; k++) {
    const lag = firstLag + k;
    const end = Math.min(length, length - lag);
    for (let j = Math.max(0, -lag), i = k * length + j; j < end; j++, i++) {
      const item = bits[i]!;
      const turned = ((item << 1) | (item >>> 31)) >>> 0;
      const at = rows[j + lag]! + columns[j]!;
      if (turned > found[at]!) found[at] = turned;
    }
  }
  return found;
}

/** The cells that a source sends gradient to, as far as the record goes; undefined where none. */
export function cellsOfSource({ firstLag, lags, length }: Items, source: number): Span | undefined {
  const first = Math.max(0, source - (firstLag + lags - 1));
  const last = Math.min(length - 1, source - firstLag);
  return first <= last ? [first, last] : undefined;
}

/** One row alone, over the same columns: exact, whatever shares its place in the grid. */
export function rowOf(items: Items, grid: Grid, source: number): Pick<Grid, 'values' | 'kinds'> {
  const values = new Float32Array(grid.size);
  const kinds = new Uint8Array(grid.size);
  const [first, last] = cellsOfSource(items, source) ?? [0, -1];
  for (let cell = first; cell <= last; cell++) {
    const value = items.values[(source - cell - items.firstLag) * items.length + cell]!;
    const at = placeOf(grid, cell);
    if (!Number.isFinite(value)) kinds[at] = BROKEN;
    else if (kinds[at] !== BROKEN) {
      kinds[at] = FINITE;
      if (Math.abs(value) > Math.abs(values[at]!)) values[at] = value;
    }
  }
  return { values, kinds };
}

export interface Item {
  readonly source: number;
  readonly cell: number;
}

/**
 * What is shown at a place: the item whose value or mark it is. Where the record has none, the
 * source of the row alone.
 */
export function itemAtPlace(
  items: Items,
  grid: Grid,
  row: number,
  column: number,
): { readonly source: number; readonly cell: number | undefined } {
  const [firstSource, lastSource] = stepsAt(grid, row);
  const [firstCell, lastCell] = stepsAt(grid, column);
  let best: Item | undefined;
  let largest = -1;
  for (let source = firstSource; source <= lastSource; source++) {
    const [from, to] = cellsOfSource(items, source) ?? [0, -1];
    for (let cell = Math.max(from, firstCell); cell <= Math.min(to, lastCell); cell++) {
      const value = items.values[(source - cell - items.firstLag) * items.length + cell]!;
      const magnitude = Number.isFinite(value) ? Math.abs(value) : Infinity;
      if (magnitude <= largest) continue;
      largest = magnitude;
      best = { source, cell };
    }
  }
  return best ?? { source: firstSource, cell: undefined };
}
