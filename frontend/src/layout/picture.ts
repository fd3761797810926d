// Everything that the batch panel draws, as geometry: pure, and the same for every canvas.
import type { Metric } from '../wire/record';
import type { RnnbowRecord } from '../wire/record';
import { Scale } from '../wire/rnnbow_pb.js';
import { type Axis, linearAxis, logAxis, percentAxis, percentLogAxis } from './axis';
import { columnAt, type Columns, layoutColumns } from './columns';
import { cellTotals, type Items, once } from './items';
import { bothWays, lagOrder } from './order';
import {
  bandAt,
  type Extent,
  layoutStack,
  type ScaleKind,
  type Stack,
  type Stacked,
  stackExtent,
} from './stack';
import type { Span } from './zoom';

/** One metric of one sequence with its sums: what does not depend on the size of the canvas. */
export interface Picture extends Stacked {
  readonly signed: boolean;
  /** Cells that hold an item that is NaN or infinite. */
  readonly damaged: number;
}

export interface Bars {
  readonly picture: Picture;
  readonly columns: Columns;
  readonly stack: Stack;
  readonly extent: Extent;
  /** Of the whole plot: values below zero count down from it. Pixels from its top edge. */
  readonly axis: Axis;
  readonly width: number;
  readonly height: number;
}

/** The items of one metric of one sequence. */
export function itemsOf(record: RnnbowRecord, sequence: number, metric: Metric): Items {
  return {
    values: record.items(sequence, record.metrics.indexOf(metric)),
    firstLag: record.message.first_lag,
    lags: record.message.lags,
    length: record.sequences[sequence]!.length,
  };
}

/** Who compares two metrics goes back and forth between them. */
const totalsOf = once((items) => cellTotals(items));
const splitTotalsOf = once((items) => cellTotals(items, true));

export function pictureOf(record: RnnbowRecord, sequence: number, metric: Metric): Picture {
  const items = itemsOf(record, sequence, metric);
  const signed = metric.scale === Scale.SHARE;
  // Of shares, the sign says already what counts down.
  const split = !signed && bothWays(items);
  const totals = (split ? splitTotalsOf : totalsOf)(items);
  return {
    items,
    totals,
    order: lagOrder(items),
    split,
    signed,
    damaged: totals.nonfinite.reduce((count, here) => count + (here > 0 ? 1 : 0), 0),
  };
}

/**
 * Bars of the cells in `view`, in `width` x `height` device pixels; `ratio` of them make one CSS
 * pixel. The axis is that of all cells: a bar keeps its height while one moves along. Records that are
 * compared share one, that of `extent`.
 */
export function layoutBars(
  picture: Picture,
  kind: ScaleKind,
  view: Span,
  width: number,
  height: number,
  ratio: number,
  extent: Extent = stackExtent(picture.totals, kind),
): Bars {
  const { totals } = picture;
  const columns = layoutColumns(view, width, ratio, (cell) =>
    totals.nonfinite[cell]! > 0 ? Infinity : totals.up[cell]! + totals.down[cell]!,
  );
  const stack = layoutStack(picture, columns, extent, kind, height);
  const axis = barAxis(picture, extent, kind, stack.zero, height, height / (54 * ratio));
  return { picture, columns, stack, extent, axis, width, height };
}

/** The item whose band is at a pixel, or near it. */
export function itemUnder(
  { columns, stack, width, picture }: Bars,
  x: number,
  y: number,
  ratio: number,
): { readonly cell: number; readonly source: number } | undefined {
  const column = columnAt(columns, x, width);
  const k = column < 0 ? -1 : bandAt(stack, column, y, 4 * ratio);
  if (k < 0) return undefined;
  const cell = columns.cells[column]!;
  return { cell, source: cell + picture.items.firstLag + k };
}

function barAxis(
  { signed, split }: Picture,
  extent: Extent,
  kind: ScaleKind,
  zero: number,
  height: number,
  count: number,
): Axis {
  // What counts down because of its lag is no less than zero.
  const minus = split ? '' : '−';
  if (kind === 'log') return mirroredLogAxis(extent, signed, minus, zero, height, count);
  const domain = [-extent.down, extent.up] as const;
  const make = kind === 'relative' || signed ? percentAxis : linearAxis;
  const axis = make(domain, [height, 0], count);
  if (!split) return axis;
  const ticks = axis.ticks.map(({ value, label }) => ({ value, label: label.replace('−', '') }));
  return { ...axis, ticks };
}

/** Powers of ten upwards from zero, and mirrored downwards where there are negative values. */
function mirroredLogAxis(
  { up, down, floor }: Extent,
  share: boolean,
  minus: string,
  zero: number,
  height: number,
  count: number,
): Axis {
  if (floor === 0) return { position: () => zero, ticks: [], exponent: 0 };
  const part = (room: number): number => (count * room) / height;
  const scale = share ? percentLogAxis : logAxis;
  const upward = scale([floor, Math.max(up, floor)], [zero, 0], part(zero));
  if (down <= floor) return upward;
  const downward = scale([floor, down], [zero, height], part(height - zero));
  const mirrored = downward.ticks
    .filter(({ value }) => value > floor)
    .map(({ value, label }) => ({ value: -value, label: `${minus}${label}` }));
  return {
    position: (value) => (value < 0 ? downward.position(-value) : upward.position(value)),
    ticks: [...mirrored, ...upward.ticks],
    exponent: 0,
  };
}
