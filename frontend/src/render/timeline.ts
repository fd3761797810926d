// A curve over training, drawn as the range of values in each pixel.
import { type Beyond, columnStarts, type Decimated, pieces } from '../layout/timeline';
import type { Theme } from '../theme';
import type { Box, Canvas2D } from './surface';

/** Radius of a dot: it shows beside the line that marks the record. */
const DOT = 2.5;

const LINE = 1.5;

/** Values of one pixel that lie further apart, in pixels, are drawn as a bar. */
const RANGE = 2;

/** Pixels around the plot in which lines are seen: as many as a dot on its edge needs. */
const CLIPPED = 3;

/** Pixels that a line goes on outside of the plot, where it is cut off. */
const OUTSIDE = 8;

export interface CurveStyle {
  readonly colour: string;
  readonly dash?: number[];
  readonly width?: number;
  /** Each value is one. */
  readonly dots?: boolean;
}

/** `y` maps a value to pixels below the plot's top; columns are pixels from its left edge. */
function drawCurve(
  context: Canvas2D,
  curve: Decimated,
  y: (value: number) => number,
  box: Box,
  { colour, dash = [], width: line = LINE }: CurveStyle,
): void {
  context.save();
  context.beginPath();
  context.rect(
    box.left - CLIPPED,
    box.top - CLIPPED,
    box.width + 2 * CLIPPED,
    box.height + 2 * CLIPPED,
  );
  context.clip();
  context.strokeStyle = colour;
  context.fillStyle = colour;
  context.lineWidth = line;
  context.lineJoin = 'round';
  context.setLineDash(dash);
  context.beginPath();
  let joined = false;
  const width = curve.low.length;
  const inner = firstAndLast(curve);
  const go = (pixel: number, top: number): void => {
    if (joined) context.lineTo(box.left + pixel + 0.5, box.top + top);
    else context.moveTo(box.left + pixel + 0.5, box.top + top);
    joined = true;
  };
  // Only a little beyond the plot: the next value may be very far, and dashes are laid out all along.
  const cut = (beyond: Beyond, other: Beyond, pixel: number): void => {
    const part = (pixel - other.pixel) / (beyond.pixel - other.pixel);
    go(pixel, y(other.value) + part * (y(beyond.value) - y(other.value)));
  };
  const first = inner?.[0] ?? curve.after;
  if (curve.before && first) cut(curve.before, first, Math.max(curve.before.pixel, -OUTSIDE));
  for (let x = 0, from = NaN; x < width; x++) {
    if (Number.isNaN(curve.low[x]!)) {
      from = NaN;
      continue;
    }
    const last = y(curve.last[x]!);
    const high = y(curve.high[x]!);
    const low = y(curve.low[x]!);
    if (low - high > RANGE) {
      // A bar instead of a zigzag, which takes many times as long to draw and looks the same.
      const start = Number.isNaN(from) ? high : from;
      if (Number.isNaN(from)) go(x, y(curve.first[x]!));
      const top = Math.min(high, start);
      context.fillRect(
        box.left + x + 0.5 - line / 2,
        box.top + top,
        line,
        Math.max(low, start) - top,
      );
      context.moveTo(box.left + x + 0.5, box.top + last);
    } else {
      for (const value of [curve.first[x]!, curve.low[x]!, curve.high[x]!]) go(x, y(value));
      go(x, last);
    }
    from = last;
  }
  const last = inner?.[1] ?? curve.before;
  if (curve.after && last) cut(curve.after, last, Math.min(curve.after.pixel, width + OUTSIDE));
  context.stroke();
  context.restore();
}

/** Where a curve enters and leaves what is seen of it; undefined where nothing is. */
function firstAndLast(curve: Decimated): readonly [Beyond, Beyond] | undefined {
  const there = (value: number): boolean => !Number.isNaN(value);
  const [from, to] = [curve.low.findIndex(there), curve.low.findLastIndex(there)];
  if (from < 0) return undefined;
  return [
    { pixel: from, value: curve.first[from]! },
    { pixel: to, value: curve.last[to]! },
  ];
}

/** A curve in all its pieces; `dots`: each of its values is one. */
export function drawCurves(
  context: Canvas2D,
  whole: Decimated,
  y: (value: number) => number,
  box: Box,
  style: CurveStyle,
): void {
  context.fillStyle = style.colour;
  const radius = DOT + ((style.width ?? LINE) - LINE) / 2;
  whole.last.forEach((value, x) => {
    if (!style.dots || Number.isNaN(value)) return;
    context.beginPath();
    context.arc(box.left + x + 0.5, box.top + y(value), radius, 0, 2 * Math.PI);
    context.fill();
  });
  for (const { from, curve } of pieces(whole)) {
    drawCurve(context, curve, y, { ...box, left: box.left + from, width: curve.low.length }, style);
  }
}

/** Steps whose value is NaN or infinite: a cross at the top edge of the plot. */
export function drawNonfinite(
  context: Canvas2D,
  curve: Pick<Decimated, 'nonfinite'>,
  box: Box,
  colour: string,
): void {
  context.save();
  context.strokeStyle = colour;
  context.lineWidth = 1.5;
  context.beginPath();
  for (let x = 0, next = 0; x < curve.nonfinite.length; x++) {
    if (curve.nonfinite[x] === 0 || x < next) continue;
    next = x + 5;
    const centre = box.left + x + 0.5;
    context.moveTo(centre - 3, box.top - 6);
    context.lineTo(centre + 3, box.top);
    context.moveTo(centre + 3, box.top - 6);
    context.lineTo(centre - 3, box.top);
  }
  context.stroke();
  context.restore();
}

/** A strip that tells the records that are kept from those that sampling dropped. */
export function drawKept(
  context: Canvas2D,
  kept: readonly number[],
  dropped: readonly number[],
  x: (step: number) => number,
  box: Box,
  theme: Theme,
): void {
  const width = Math.max(1, Math.floor(box.width));
  const marks = (steps: readonly number[], inset: number): void => {
    // One for each pixel, however many steps it has; pixels side by side are drawn as one.
    const starts = columnStarts(steps, x, width);
    const empty = (pixel: number): boolean => starts[pixel] === starts[pixel + 1];
    for (let pixel = 0; pixel < width; pixel++) {
      if (empty(pixel)) continue;
      const first = pixel;
      while (pixel + 1 < width && !empty(pixel + 1)) pixel++;
      const left = Math.round(box.left) + first;
      context.fillRect(left, box.top + inset, pixel + 1 - first, box.height - 2 * inset);
    }
  };
  context.fillStyle = theme.border;
  marks(dropped, 2);
  context.fillStyle = theme.accent;
  marks(kept, 0);
}

/** A range of steps between two pixels of the plot, which may lie outside of it. */
export function drawRange(
  context: Canvas2D,
  [from, to]: readonly number[],
  box: Box,
  theme: Theme,
): void {
  const start = Math.round(Math.max(0, from!));
  const end = Math.round(Math.min(box.width, to!));
  if (start > end) return;
  // What is outside steps back, with the lines that go on a little beyond the plot.
  context.fillStyle = theme.wash;
  context.fillRect(box.left - CLIPPED, box.top, start + CLIPPED, box.height);
  context.fillRect(box.left + end, box.top, box.width - end + CLIPPED, box.height);
  context.fillStyle = theme.accent;
  // Brackets, so that a range is seen without its colour.
  for (const [pixel, inwards] of [
    [from!, 4],
    [to!, -4],
  ] as const) {
    if (pixel < -0.5 || pixel > box.width + 0.5) continue;
    const x = box.left + Math.round(pixel);
    context.fillRect(x - 0.75, box.top, 1.5, box.height);
    for (const y of [box.top, box.top + box.height - 1.5]) {
      context.fillRect(Math.min(x, x + inwards), y, 4, 1.5);
    }
  }
}

/** The record that is shown: a line with a knob. */
export function drawMarker(context: Canvas2D, x: number, box: Box, theme: Theme): void {
  // With an edge: also what it crosses may be dark.
  context.fillStyle = theme.background;
  context.globalAlpha = 0.7;
  context.fillRect(Math.round(x) - 1.75, box.top, 4, box.height);
  context.globalAlpha = 1;
  context.fillStyle = theme.text;
  context.fillRect(Math.round(x) - 0.5, box.top, 1.5, box.height);
  context.beginPath();
  context.arc(Math.round(x) + 0.25, box.top - 1, 4.5, 0, 2 * Math.PI);
  context.fill();
}
