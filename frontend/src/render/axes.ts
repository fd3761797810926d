import type { Axis } from '../layout/axis';
import { powerOfTen } from '../layout/format';
import { SANS, type Theme } from '../theme';
import type { Box, Canvas2D } from './surface';

export const SMALL = `11px ${SANS}`;

/** Labels of a vertical axis beside a plot, and lines across it. `ratio` scales the axis' pixels. */
export function drawVerticalAxis(
  context: Canvas2D,
  axis: Axis,
  box: Box,
  theme: Theme,
  { side = 'left', ratio = 1 }: { side?: 'left' | 'right'; ratio?: number } = {},
): void {
  context.font = SMALL;
  context.textBaseline = 'middle';
  context.textAlign = side === 'left' ? 'right' : 'left';
  const edge = side === 'left' ? box.left : box.left + box.width;
  const textAt = edge + (side === 'left' ? -8 : 8);
  for (const { value, label } of axis.ticks) {
    const y = Math.round(box.top + axis.position(value) / ratio) + 0.5;
    if (y < box.top - 1 || y > box.top + box.height + 1) continue;
    if (side === 'left') {
      context.fillStyle = value === 0 ? theme.border : theme.grid;
      context.fillRect(box.left, y - 0.5, box.width, 1);
    }
    context.fillStyle = theme.muted;
    context.fillText(label, textAt, y);
  }
  if (axis.exponent !== 0) {
    context.textBaseline = 'alphabetic';
    context.textAlign = side === 'left' ? 'left' : 'right';
    context.fillStyle = theme.muted;
    const outer = side === 'left' ? 0 : box.left + box.width + 48;
    context.fillText(`×${powerOfTen(axis.exponent)}`, outer, box.top - 7);
  }
}

/** Labels of a horizontal axis below a plot. */
export function drawHorizontalAxis(context: Canvas2D, axis: Axis, box: Box, theme: Theme): void {
  context.font = SMALL;
  context.textBaseline = 'top';
  context.fillStyle = theme.muted;
  const bottom = box.top + box.height;
  for (const { value, label } of axis.ticks) {
    const x = axis.position(value);
    if (x < -0.5 || x > box.width + 0.5) continue;
    const half = context.measureText(label).width / 2;
    // The outermost labels stay within the chart.
    const centre = Math.min(Math.max(box.left + x, half), box.left + box.width + 48 - half);
    context.textAlign = 'center';
    context.fillText(label, centre, bottom + 7);
    context.fillStyle = theme.border;
    context.fillRect(Math.round(box.left + x), bottom, 1, 4);
    context.fillStyle = theme.muted;
  }
}
