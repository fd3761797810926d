// A curve over training, drawn as the range of values in each pixel.
import type { Decimated } from '../layout/timeline';
import type { Theme } from '../theme';
import type { Box } from './surface';

type Context = CanvasRenderingContext2D;

/** `y` maps a value to pixels below the plot's top; columns are pixels from its left edge. */
export function drawCurve(
  context: Context,
  curve: Decimated,
  y: (value: number) => number,
  box: Box,
  { colour, dash = [], dots = false }: { colour: string; dash?: number[]; dots?: boolean },
): void {
  context.save();
  context.beginPath();
  context.rect(box.left - 3, box.top - 3, box.width + 6, box.height + 6);
  context.clip();
  context.strokeStyle = colour;
  context.fillStyle = colour;
  context.lineWidth = 1.5;
  context.lineJoin = 'round';
  context.setLineDash(dash);
  context.beginPath();
  let joined = false;
  for (let x = 0; x < curve.low.length; x++) {
    if (Number.isNaN(curve.low[x]!)) continue;
    const left = box.left + x + 0.5;
    const points = [curve.first[x]!, curve.low[x]!, curve.high[x]!, curve.last[x]!];
    for (const [i, value] of points.entries()) {
      if (i > 0 && value === points[i - 1]) continue;
      if (joined) context.lineTo(left, box.top + y(value));
      else context.moveTo(left, box.top + y(value));
      joined = true;
    }
    // A single record is a point, which no line shows.
    if (dots) context.rect(left - 1, box.top + y(curve.last[x]!) - 1, 2, 2);
  }
  context.stroke();
  context.restore();
}

/** Steps whose value is NaN or infinite: a cross at the top edge of the plot. */
export function drawNonfinite(context: Context, curve: Decimated, box: Box, colour: string): void {
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
  context: Context,
  kept: readonly number[],
  dropped: readonly number[],
  x: (step: number) => number,
  box: Box,
  theme: Theme,
): void {
  context.fillStyle = theme.border;
  for (const step of dropped)
    context.fillRect(Math.round(box.left + x(step)), box.top + 2, 1, box.height - 4);
  context.fillStyle = theme.accent;
  for (const step of kept) context.fillRect(Math.round(box.left + x(step)), box.top, 1, box.height);
}

/** The record that is shown: a line with a knob. */
export function drawMarker(context: Context, x: number, box: Box, theme: Theme): void {
  context.fillStyle = theme.text;
  context.fillRect(Math.round(x) - 0.5, box.top, 1.5, box.height);
  context.beginPath();
  context.arc(Math.round(x) + 0.25, box.top - 1, 4.5, 0, 2 * Math.PI);
  context.fill();
}
