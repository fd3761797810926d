// The paper's stacked bars as pixels: one bar per cell, one band per lag.
//
// Pixels are device pixels from the top edge of the plot. Cumulative sums are rounded, not the
// heights of bands: a bar is never more than half a pixel off, however many bands it has.
import type { Columns } from './columns';
import type { CellTotals, Items } from './items';

export type ScaleKind = 'linear' | 'log' | 'relative';

/** What the vertical axis spans. `up` and `down` are >= 0; `floor` is where a log axis begins. */
export interface Extent {
  readonly up: number;
  readonly down: number;
  readonly floor: number;
}

export interface Stack {
  readonly lags: number;
  /** Row of zero: bands of positive values end here, those of negative ones begin. */
  readonly zero: number;
  /**
   * Edges of the bands above zero: column c's band of lag index k lies between those at
   * `c * (lags + 1) + k` and at the next place.
   */
  readonly up: Int16Array;
  /** The same below zero; undefined where nothing is negative. */
  readonly down: Int16Array | undefined;
}

/** Decades that a log axis shows at most. */
const DECADES = 6;

export function stackExtent(totals: CellTotals, kind: ScaleKind): Extent {
  let up = 0;
  let down = 0;
  let smallest = Infinity;
  for (let j = 0; j < totals.positive.length; j++) {
    const positive = totals.positive[j]!;
    const negative = -totals.negative[j]!;
    const whole = positive + negative;
    up = Math.max(up, kind === 'relative' && whole > 0 ? positive / whole : positive);
    down = Math.max(down, kind === 'relative' && whole > 0 ? negative / whole : negative);
    if (positive > 0) smallest = Math.min(smallest, positive);
    if (negative > 0) smallest = Math.min(smallest, negative);
  }
  if (kind === 'relative') return { up: up > 0 ? 1 : 0, down: down > 0 ? 1 : 0, floor: 0 };
  const largest = Math.max(up, down);
  // A little below the smallest bar, so that it can be seen and pointed at.
  const floor = 10 ** Math.floor(Math.log10(Math.max(smallest * 0.9, largest * 10 ** -DECADES)));
  return { up, down, floor: largest > 0 ? floor : 0 };
}

/** Fraction of the axis' upper part that is above zero; 1 where nothing is negative. */
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
  items: Items,
  totals: CellTotals,
  columns: Columns,
  extent: Extent,
  kind: ScaleKind,
  height: number,
): Stack {
  const { lags } = items;
  const { count, cells } = columns;
  const zero = Math.round(height * upperPart(extent, kind));
  const full = span(extent.up, extent, kind) + span(extent.down, extent, kind);
  const scale = full > 0 ? height / full : 0;
  // Pixels of one unit in each bar, upwards and downwards.
  const unitUp = new Float64Array(count);
  const unitDown = new Float64Array(count);
  for (let column = 0; column < count; column++) {
    const positive = totals.positive[cells[column]!]!;
    const negative = -totals.negative[cells[column]!]!;
    const perUnit = (total: number): number => {
      if (total === 0) return 0;
      if (kind === 'relative') return scale / (positive + negative);
      return (scale * span(total, extent, kind)) / total;
    };
    unitUp[column] = perUnit(positive);
    unitDown[column] = perUnit(negative);
  }
  const up = edges(items, columns, totals.positive, unitUp, zero, 1);
  const down =
    extent.down > 0 ? edges(items, columns, totals.negative, unitDown, zero, -1) : undefined;
  return { lags, zero, up, down };
}

/** Columns that are stacked together: as many items as lie in one line of a cache. */
const BLOCK = 16;

/** What is stacked of one sign, `sign`, before the first lag and after each. */
function edges(
  { values, lags, length }: Items,
  { count, cells }: Columns,
  totals: Float64Array,
  unit: Float64Array,
  zero: number,
  sign: 1 | -1,
): Int16Array {
  const found = new Int16Array(count * (lags + 1)).fill(zero);
  const sums = new Float64Array(count);
  // | 0 rounds what is not negative, and is several times faster than Math.round.
  const edge = (sum: number, column: number): number =>
    zero - sign * ((sum * unit[column]! + 0.5) | 0);
  for (let first = 0; first < count; first += BLOCK) {
    const end = Math.min(count, first + BLOCK);
    // Most of a long horizon is too small to be seen: it ends where all bars are at full height.
    let rising = true;
    let k = 0;
    for (; k < lags && rising; k++) {
      rising = false;
      const row = k * length;
      for (let column = first; column < end; column++) {
        const cell = cells[column]!;
        const value = values[row + cell]! * sign;
        // Neither NaN nor infinite, nor of the other sign.
        if (value > 0 && value < Infinity) sums[column]! += value;
        const here = edge(sums[column]!, column);
        found[column * (lags + 1) + k + 1] = here;
        rising ||= here !== edge(totals[cell]! * sign, column);
      }
    }
    for (let column = first; column < end; column++) {
      const start = column * (lags + 1);
      found.fill(found[start + k]!, start + k + 1, start + lags + 1);
    }
  }
  return found;
}

/** Upper and lower edge of a band; `negative` tells where one without any height lies. */
export function bandEdges(
  { lags, up, down }: Stack,
  column: number,
  k: number,
  negative: boolean,
): readonly [top: number, bottom: number] {
  const i = column * (lags + 1) + k;
  return negative && down ? [down[i]!, down[i + 1]!] : [up[i + 1]!, up[i]!];
}

/** Lag index of the band at row `y` of a column, or -1. `slop` widens what is hard to hit. */
export function bandAt(stack: Stack, column: number, y: number, slop: number): number {
  let nearest = -1;
  let distance = slop;
  for (let k = 0; k < stack.lags; k++) {
    for (const negative of stack.down ? [false, true] : [false]) {
      const [top, bottom] = bandEdges(stack, column, k, negative);
      if (top === bottom) continue;
      if (y >= top && y < bottom) return k;
      const away = y < top ? top - y : y - bottom + 1;
      if (away > distance) continue;
      distance = away;
      nearest = k;
    }
  }
  return nearest;
}
