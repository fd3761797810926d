import type { Axis } from '../layout/axis';
import { powerOfTen } from '../layout/format';
import { SANS, type Theme } from '../theme';
import type { Box, Canvas2D } from './surface';

export const SMALL = `11px ${SANS}`;

interface VerticalStyle {
  readonly side?: 'left' | 'right';
  readonly ratio?: number;
  readonly title?: string;
}

/** Pixels outside of a plot, on its right, that labels may use. */
const OUTSIDE = 48;

/** Beside a plot: labels of an axis and lines across; above it: its title. `ratio` scales the axis' pixels. */
export function drawVerticalAxis(
  context: Canvas2D,
  axis: Axis,
  box: Box,
  theme: Theme,
  { side = 'left', ratio = 1, title = '' }: VerticalStyle = {},
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
  const unit = axis.exponent === 0 ? '' : `×${powerOfTen(axis.exponent)}`;
  // Half of the width is the other axis'.
  const text = shortened(
    context,
    [title, unit].filter((part) => part !== '').join(' '),
    box.width / 2,
  );
  const outer = side === 'left' ? 0 : box.left + box.width + OUTSIDE;
  context.textBaseline = 'alphabetic';
  context.textAlign = side;
  context.fillStyle = theme.muted;
  context.fillText(text, outer, box.top - (title === '' ? 7 : 11));
}

/** The end of a text, which tells tags apart, where there is no room for all of it. */
function shortened(context: Canvas2D, text: string, room: number): string {
  let end = text;
  while (end.length > 1 && context.measureText(end).width > room) end = end.slice(1);
  return end === text ? text : `…${end}`;
}

/** Labels of a horizontal axis below a plot, and its title at the end of them. */
export function drawHorizontalAxis(
  context: Canvas2D,
  axis: Axis,
  box: Box,
  theme: Theme,
  title: string,
): void {
  context.font = SMALL;
  context.textBaseline = 'top';
  context.fillStyle = theme.muted;
  const bottom = box.top + box.height;
  let free = Infinity;
  for (const { value, label } of axis.ticks) {
    const x = axis.position(value);
    if (x < -0.5 || x > box.width + 0.5) continue;
    const half = context.measureText(label).width / 2;
    // The outermost labels stay within the chart.
    const centre = Math.min(Math.max(box.left + x, half), box.left + box.width + OUTSIDE - half);
    free = Math.min(free, box.left + box.width + OUTSIDE - centre - half);
    context.textAlign = 'center';
    context.fillText(label, centre, bottom + 7);
    context.fillStyle = theme.border;
    context.fillRect(Math.round(box.left + x), bottom, 1, 4);
    context.fillStyle = theme.muted;
  }
  if (context.measureText(title).width + 6 > free) return;
  context.textAlign = 'right';
  context.fillText(title, box.left + box.width + OUTSIDE, bottom + 7);
}

/** The end of a name that is too long: runs differ there. */
export function fitName(canvas: Canvas2D, name: string, room: number): string {
  let cut = 0;
  const text = (): string => (cut === 0 ? name : `…${name.slice(cut)}`);
  while (cut < name.length - 1 && canvas.measureText(text()).width > room) {
    // A pair of surrogates goes as one.
    cut += name.codePointAt(cut)! > 0xffff ? 2 : 1;
  }
  return text();
}
