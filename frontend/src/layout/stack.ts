// The paper's stacked bars as pixels: one bar per cell, one band per lag.
//
// Pixels are device pixels from the top edge of the plot. Cumulative sums are rounded, not the
// heights of bands: a bar is never more than half a pixel off, however many bands it has.
import type { Columns } from './columns';
import { type CellTotals, type Items } from './items';

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
  /** Columns of each lag. */
  readonly columns: number;
  /** Upper and lower edge of the band of column c and lag index k, at `k * columns + c`. */
  readonly top: Int16Array;
  readonly bottom: Int16Array;
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
  const { values, lags, length } = items;
  const { count, cells } = columns;
  const zero = Math.round(height * upperPart(extent, kind));
  const top = new Int16Array(count * lags).fill(zero);
  const bottom = new Int16Array(count * lags).fill(zero);
  const full = span(extent.up, extent, kind) + span(extent.down, extent, kind);
  const scale = full > 0 ? height / full : 0;
  // Pixels of one unit in each bar, upwards and downwards; what is stacked so far; its edges.
  const unitUp = new Float64Array(count);
  const unitDown = new Float64Array(count);
  const up = new Float64Array(count);
  const down = new Float64Array(count);
  const highest = new Int16Array(count).fill(zero);
  const lowest = new Int16Array(count).fill(zero);
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
  // Lag by lag, as the items lie in memory: with 1024 of them that is what takes the time.
  for (let k = 0, i = 0; k < lags; k++) {
    const row = k * length;
    for (let column = 0; column < count; column++, i++) {
      const value = values[row + cells[column]!]!;
      if (value - value !== 0 || value === 0) continue;
      if (value > 0) {
        bottom[i] = highest[column]!;
        up[column]! += value;
        // | 0 rounds what is not negative, and is several times faster than Math.round.
        top[i] = highest[column] = zero - ((up[column]! * unitUp[column]! + 0.5) | 0);
      } else {
        top[i] = lowest[column]!;
        down[column]! -= value;
        bottom[i] = lowest[column] = zero + ((down[column]! * unitDown[column]! + 0.5) | 0);
      }
    }
  }
  return { lags, columns: count, zero, top, bottom };
}

/** Lag index of the band at row `y` of a column, or -1. `slop` widens what is hard to hit. */
export function bandAt(stack: Stack, column: number, y: number, slop: number): number {
  let nearest = -1;
  let distance = slop;
  for (let k = 0, i = column; k < stack.lags; k++, i += stack.columns) {
    const top = stack.top[i]!;
    const bottom = stack.bottom[i]!;
    if (top === bottom) continue;
    if (y >= top && y < bottom) return k;
    const away = y < top ? top - y : y - bottom + 1;
    if (away <= distance) {
      distance = away;
      nearest = k;
    }
  }
  return nearest;
}
