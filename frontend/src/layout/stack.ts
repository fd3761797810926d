// The stacked bars as pixels: one bar per cell, one band per lag.
//
// Pixels are device pixels from the top edge of the plot. Cumulative sums are rounded, not the
// heights of bands: a bar is never more than half a pixel off, however many bands it has.
import type { Columns } from './columns';
import type { CellTotals, Items } from './items';
import type { Order } from './order';

export type ScaleKind = 'linear' | 'log' | 'relative';

/** What is stacked. */
export interface Stacked {
  readonly items: Items;
  readonly totals: CellTotals;
  readonly order: Order;
  /** Losses behind the cell count down; else what is negative does. */
  readonly split: boolean;
}

/** What the vertical axis spans. `up` and `down` are >= 0; `floor` is where a log axis begins. */
export interface Extent {
  readonly up: number;
  readonly down: number;
  readonly floor: number;
}

/** The bands above zero, or those below it: those at `count` places of the order, from `first`. */
export interface Side {
  readonly first: number;
  readonly count: number;
  /** Column c's band at place `first + i` lies between those at `c * (count + 1) + i` and next. */
  readonly edges: Int16Array;
}

export interface Stack {
  readonly order: Order;
  readonly split: boolean;
  /** Row of zero: bands of what counts up end here, those of what counts down begin. */
  readonly zero: number;
  readonly up: Side;
  /** Undefined where nothing counts down. */
  readonly down: Side | undefined;
}

/** Decades that a log axis shows at most. */
export const DECADES = 6;

export function stackExtent(totals: CellTotals, kind: ScaleKind): Extent {
  let up = 0;
  let down = 0;
  let smallest = Infinity;
  for (let j = 0; j < totals.up.length; j++) {
    const above = totals.up[j]!;
    const below = totals.down[j]!;
    const whole = above + below;
    up = Math.max(up, kind === 'relative' && whole > 0 ? above / whole : above);
    down = Math.max(down, kind === 'relative' && whole > 0 ? below / whole : below);
    if (above > 0) smallest = Math.min(smallest, above);
    if (below > 0) smallest = Math.min(smallest, below);
  }
  if (kind === 'relative') return { up: up > 0 ? 1 : 0, down: down > 0 ? 1 : 0, floor: 0 };
  return { up, down, floor: logFloor(smallest, Math.max(up, down)) };
}

/** Where a log axis begins: a little below the smallest, so that it can be seen and pointed at. */
export function logFloor(smallest: number, largest: number): number {
  if (!(largest > 0)) return 0;
  return 10 ** Math.floor(Math.log10(Math.max(smallest * 0.9, largest * 10 ** -DECADES)));
}

/** Fraction of the axis' upper part that is above zero; 1 where nothing counts down. */
export function upperPart(extent: Extent, kind: ScaleKind): number {
  const [up, down] = [extent.up, extent.down].map((value) => span(value, extent, kind));
  return up! + down! > 0 ? up! / (up! + down!) : 1;
}

function span(value: number, { floor }: Extent, kind: ScaleKind): number {
  if (kind !== 'log') return value;
  return value > floor ? Math.log10(value / floor) : 0;
}

/**
 * Bands of all columns in `height` pixels.
 *
 * On a log axis the height of a bar is the log of its total, and each band takes the part of it
 * that it has of the total.
 */
export function layoutStack(
  { items, totals, order, split }: Stacked,
  columns: Columns,
  extent: Extent,
  kind: ScaleKind,
  height: number,
): Stack {
  const zero = Math.round(height * upperPart(extent, kind));
  const full = span(extent.up, extent, kind) + span(extent.down, extent, kind);
  const scale = full > 0 ? height / full : 0;
  // Pixels of one unit of what counts up in a bar, or down.
  const unit = (total: number, whole: number): number => {
    if (total === 0) return 0;
    return kind === 'relative' ? scale / whole : (scale * span(total, extent, kind)) / total;
  };
  const side = (sums: Float64Array, towards: 1 | -1, first: number, end: number): Side => {
    const units = Float64Array.from(columns.cells, (cell) =>
      unit(sums[cell]!, totals.up[cell]! + totals.down[cell]!),
    );
    const indices = order.indices.subarray(first, end);
    const sign = split ? 1 : towards;
    const edges = stackEdges(items, columns, indices, sign, sums, units, zero, towards, height);
    return { first, count: end - first, edges };
  };
  const { lags } = items;
  const up = side(totals.up, 1, 0, split ? order.behind : lags);
  const down = extent.down > 0 ? side(totals.down, -1, split ? order.behind : 0, lags) : undefined;
  return { order, split, zero, up, down };
}

/** Columns that are stacked together: as many items as lie in one line of a cache. */
const BLOCK = 16;

/** What is stacked of the items of one `sign`, before the first of `indices` and after each. */
function stackEdges(
  { values, length }: Items,
  { count, cells }: Columns,
  indices: Int32Array,
  sign: 1 | -1,
  totals: Float64Array,
  unit: Float64Array,
  zero: number,
  towards: 1 | -1,
  height: number,
): Int16Array {
  const bands = indices.length;
  const found = new Int16Array(count * (bands + 1)).fill(zero);
  const sums = new Float64Array(count);
  // | 0 rounds what is not negative, and is several times faster than Math.round.
  // Where zero lies halfway between two pixels, both sides would be rounded up.
  const room = towards > 0 ? zero : height - zero;
  const edge = (sum: number, column: number): number =>
    zero - towards * Math.min(room, (sum * unit[column]! + 0.5) | 0);
  for (let first = 0; first < count; first += BLOCK) {
    const end = Math.min(count, first + BLOCK);
    // Most of a long horizon is too small to be seen: it ends where all bars are at full height.
    let rising = true;
    let i = 0;
    for (; i < bands && rising; i++) {
      rising = false;
      const row = indices[i]! * length;
      for (let column = first; column < end; column++) {
        const cell = cells[column]!;
        const value = values[row + cell]! * sign;
        // Neither NaN nor infinite, nor of the other sign.
        if (value > 0 && value < Infinity) sums[column]! += value;
        const here = edge(sums[column]!, column);
        found[column * (bands + 1) + i + 1] = here;
        rising ||= here !== edge(totals[cell]!, column);
      }
    }
    for (let column = first; column < end; column++) {
      const start = column * (bands + 1);
      found.fill(found[start + i]!, start + i + 1, start + bands + 1);
    }
  }
  return found;
}

/** Upper and lower edge of the band of lag index `k`; one without any height lies by its `value`. */
export function bandEdges(
  stack: Stack,
  column: number,
  k: number,
  value: number,
): readonly [top: number, bottom: number] {
  const { order, split, zero, up, down } = stack;
  const place = order.places[k]!;
  const below = split ? place >= order.behind : value < 0;
  const side = below ? down : up;
  if (!side) return [zero, zero];
  const i = column * (side.count + 1) + place - side.first;
  const [near, far] = [side.edges[i]!, side.edges[i + 1]!];
  return below ? [near, far] : [far, near];
}

/** Lag index of the band at row `y` of a column, or -1. `slop` widens what is hard to hit. */
export function bandAt(stack: Stack, column: number, y: number, slop: number): number {
  let nearest = -1;
  let distance = slop;
  for (const side of [stack.up, stack.down]) {
    if (!side) continue;
    const start = column * (side.count + 1);
    for (let i = 0; i < side.count; i++) {
      const near = side.edges[start + i]!;
      const far = side.edges[start + i + 1]!;
      if (near === far) continue;
      const [top, bottom] = near < far ? [near, far] : [far, near];
      if (y >= top && y < bottom) return stack.order.indices[side.first + i]!;
      const away = y < top ? top - y : y - bottom + 1;
      if (away > distance) continue;
      distance = away;
      nearest = stack.order.indices[side.first + i]!;
    }
  }
  return nearest;
}
