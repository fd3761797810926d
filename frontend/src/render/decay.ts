// The gradient horizon: one bar per lag.
import type { DecayLayout } from '../layout/decay_bars';
import { formatLag } from '../layout/format';
import { numberEvery } from '../layout/labels';
import { css, type Rgb } from '../palettes';
import type { Theme } from '../theme';
import { SMALL } from './axes';
import type { Box, Canvas2D } from './surface';

/** Part of the room of a lag that its bar takes. */
const BAR = 0.88;

export function drawDecay(
  context: Canvas2D,
  layout: DecayLayout,
  colourOf: (lag: number) => Rgb,
  box: Box,
  theme: Theme,
): void {
  const gap = layout.pitch >= 4 ? Math.max(1, layout.pitch * (1 - BAR)) : 0;
  const width = Math.max(1, layout.pitch - gap);
  const bottom = box.top + box.height;
  for (const { entry, left, top } of layout.bars) {
    const x = box.left + left;
    const y = box.top + top;
    if (!Number.isFinite(entry.value)) {
      context.strokeStyle = theme.bad;
      context.setLineDash([3, 3]);
      context.strokeRect(x + 0.5, y + 0.5, width - 1, box.height - 1);
      context.setLineDash([]);
      continue;
    }
    context.fillStyle = css(colourOf(entry.lag));
    context.fillRect(x, y, width, bottom - y);
    // Against the rest of its source: shown by an outline, not by direction, on a log axis.
    if (entry.value < 0 && width >= 4) {
      context.strokeStyle = theme.bad;
      context.lineWidth = 1.5;
      context.strokeRect(x + 0.75, y + 0.75, width - 1.5, bottom - y - 1.5);
    }
  }
}

/** Lags under the bars, as many as have room. */
export function drawLagAxis(
  context: Canvas2D,
  { lags, pitch }: DecayLayout,
  box: Box,
  theme: Theme,
): void {
  const bottom = box.top + box.height;
  context.fillStyle = theme.border;
  context.fillRect(box.left, bottom, box.width, 1);
  context.font = SMALL;
  context.fillStyle = theme.muted;
  context.textBaseline = 'top';
  context.textAlign = 'center';
  const every = numberEvery(lags.length, pitch * lags.length, 26);
  lags.forEach((lag, i) => {
    if (i % every !== 0) return;
    context.fillText(formatLag(lag), box.left + pitch * (i + BAR / 2), bottom + 6);
  });
  context.textAlign = 'left';
  context.fillText('lag: steps from the cell to the loss', box.left, bottom + 22);
}

/** Marks negative contributions below the axis: their bars are too narrow for an outline. */
export function drawNegative(
  context: Canvas2D,
  { bars, pitch }: DecayLayout,
  box: Box,
  theme: Theme,
): void {
  context.fillStyle = theme.bad;
  for (const { entry, left } of bars) {
    if (entry.value >= 0) continue;
    context.fillRect(box.left + left, box.top + box.height + 1, Math.max(1, pitch), 3);
  }
}

/** What is drawn over the bars, lag by lag. */
export interface DecayLines {
  /** Undefined where the line does not reach a lag. */
  readonly fit: ((lag: number) => number | undefined) | undefined;
  /** The mean of all losses, where the bars are of one: nothing that decays alone is told by itself. */
  readonly mean: ((lag: number) => number | undefined) | undefined;
}

export function drawDecayLines(
  context: Canvas2D,
  { axis, lags, pitch }: DecayLayout,
  lines: DecayLines,
  box: Box,
  theme: Theme,
): void {
  // What lies below the axis is not drawn on it.
  const y = (value: number | undefined): number | undefined => {
    const pixel = value === undefined ? Infinity : axis.position(value);
    return pixel < box.height ? box.top + Math.max(0, pixel) : undefined;
  };
  const width = pitch * (pitch >= 4 ? BAR : 1);
  if (lines.mean) {
    context.beginPath();
    lags.forEach((lag, i) => {
      const at = y(lines.mean!(lag));
      if (at === undefined) return;
      context.moveTo(box.left + i * pitch, at);
      context.lineTo(box.left + i * pitch + width, at);
    });
    strokeTwice(context, theme.text, theme);
  }
  if (lines.fit) {
    context.beginPath();
    lags.forEach((lag, i) => {
      const at = y(lines.fit!(lag));
      if (at !== undefined) context.lineTo(box.left + i * pitch + width / 2, at);
    });
    strokeTwice(context, theme.fit, theme);
  }
}

/** With a rim of the page's colour: it crosses bars of every other. */
function strokeTwice(context: Canvas2D, colour: string, theme: Theme): void {
  context.lineJoin = 'round';
  for (const [style, line] of [
    [theme.background, 4],
    [colour, 2],
  ] as const) {
    context.strokeStyle = style;
    context.lineWidth = line;
    context.stroke();
  }
}
