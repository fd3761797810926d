// The plot over training: the largest gradient of every step, the loss, and which records are kept.
import type { Axis } from '../layout/axis';
import { decimate, inView, meanCurve } from '../layout/timeline';
import { gradientAxis, lossAxis } from '../layout/timeline_axes';
import type { Theme } from '../theme';
import { drawHorizontalAxis, drawVerticalAxis } from './axes';
import type { Box, Canvas2D } from './surface';
import { drawCurves, drawKept, drawNonfinite } from './timeline';

/** Height of the strip of kept records, with the gap above it. */
export const STRIP = 13;

/** Of fewer values than this each is a dot: one alone would be no line at all. */
export const FEW = 80;

/** Width of the line of means. */
const THIN = 0.75;

/** Width of the lines of other runs. */
const BESIDE = 1.25;

const NOTHING = new Float32Array();

/** Recorded steps, each with its largest item; of kept records alone where there is no overview. */
export interface TrainingCurve {
  readonly steps: readonly number[];
  readonly values: Float32Array;
  /** The mean of its items; NaN where it is not known. */
  readonly means: Float32Array;
}

/** The curve of a run that stands beside. */
export interface OtherCurve {
  readonly steps: readonly number[];
  readonly values: Float32Array;
  readonly colour: string;
}

export interface Training {
  readonly curve: TrainingCurve;
  readonly others: readonly OtherCurve[];
  readonly loss:
    { readonly steps: readonly number[]; readonly values: readonly number[] } | undefined;
  readonly kept: readonly number[];
  readonly dropped: readonly number[];
}

export interface TrainingStyle {
  readonly colour: string;
  readonly logarithmic: boolean;
  readonly share: boolean;
  /** What the axes are about. */
  readonly what: string;
  readonly lossTag: string;
}

/** What lies on the axis `x`. Vertical axes are of that part too: late in training all is small. */
export function drawTraining(
  canvas: Canvas2D,
  { curve, others, loss, kept, dropped }: Training,
  x: Axis,
  box: Box,
  theme: Theme,
  { colour, logarithmic, share, what, lossTag }: TrainingStyle,
): void {
  const pixels = Math.max(1, Math.floor(box.width));
  const [from, to] = inView(curve.steps, x.position, pixels);
  const part = (values: Float32Array): Float32Array =>
    from < to ? values.subarray(from, to) : values;
  // A log axis reaches down to the means, which are far smaller than the largest item.
  const low = logarithmic ? part(curve.means) : NOTHING;
  // All runs on one axis.
  const values = joined([
    part(curve.values),
    ...others.map((other) => other.values.subarray(...inView(other.steps, x.position, pixels))),
  ]);
  const y = gradientAxis(values, box.height, logarithmic, share, low);
  if (y) drawVerticalAxis(canvas, y, box, theme, { title: what });
  if (loss) {
    const [first, end] = inView(loss.steps, x.position, pixels);
    const seen = first < end ? loss.values.slice(first, end) : loss.values;
    const axis = lossAxis(seen, box.height);
    const line = decimate(loss.steps, loss.values, x.position, pixels);
    if (axis) {
      drawVerticalAxis(canvas, axis, box, theme, { side: 'right', title: lossTag });
      const style = { colour: theme.second, dash: [4, 3], dots: end - first < FEW };
      drawCurves(canvas, line, axis.position, box, style);
    }
    drawNonfinite(canvas, line, box, theme.second);
  }
  for (const other of others) {
    const line = decimate(other.steps, other.values, x.position, pixels);
    const dots = other.steps.length < FEW;
    if (y) drawCurves(canvas, line, y.position, box, { colour: other.colour, width: BESIDE, dots });
  }
  const mean = meanCurve(curve.steps, curve.means, x.position, pixels);
  if (y) drawCurves(canvas, mean, y.position, box, { colour, width: THIN });
  const gradient = decimate(curve.steps, curve.values, x.position, pixels);
  if (y) drawCurves(canvas, gradient, y.position, box, { colour, dots: to - from < FEW });
  drawNonfinite(canvas, gradient, box, theme.bad);
  const below = dropped.length > 0 ? STRIP : 0;
  if (below > 0) {
    const strip = { ...box, top: box.top + box.height + 5, height: STRIP - 6 };
    drawKept(canvas, kept, dropped, x.position, strip, theme);
  }
  drawHorizontalAxis(canvas, x, { ...box, height: box.height + below }, theme, 'step');
}

function joined(parts: readonly Float32Array[]): Float32Array {
  if (parts.length === 1) return parts[0]!;
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
