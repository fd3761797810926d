// The two canvases of the batch panel.
import { drawPlot, drawSource } from '../render/bars';
import { drawCuts } from '../render/cuts';
import { drawFrame, drawNumbers, drawRows, NUMBERS, rowsHeight } from '../render/labels';
import type { Surface } from '../render/surface';
import type { Shown } from './batch_shown';
import type { Context } from './context';

/** Bars, axes and what stands below. */
export function drawBatch(
  surface: Surface,
  { bars, box, rows, plan, height, cuts }: Shown,
  { colours, theme }: Context,
  width: number,
  ratio: number,
): void {
  const canvas = surface.begin(width, height, ratio);
  drawPlot(surface, canvas, bars, box, colours, theme, ratio);
  if (cuts.length > 0) drawCuts(canvas, cuts, bars.columns, box, theme, ratio);
  const below = { ...box, top: box.top + box.height + 5, height: rowsHeight(rows) };
  drawRows(canvas, rows, plan, bars.columns, below, theme, ratio);
  const numbers = { ...box, top: below.top + below.height };
  drawNumbers(canvas, bars.columns, numbers, theme, ratio);
}

/** One source alone, and which one is pinned. */
export function drawIsolated(
  surface: Surface,
  { bars, box, rows, plan, sequence, height }: Shown,
  { colours, theme, now, state }: Context,
  width: number,
  ratio: number,
): void {
  const canvas = surface.begin(width, height, ratio);
  if (now.source === undefined) return;
  drawSource(canvas, bars, now.source, colours, box, theme, ratio);
  const labels = { ...box, top: box.top + box.height + 3, height: rowsHeight(rows) + NUMBERS };
  const frame = (source: number, colour: string, line: number): void => {
    drawFrame(canvas, source, rows, plan, bars.columns, labels, { colour, line }, ratio);
  };
  frame(now.source, theme.outline, 1.25);
  const { pin } = state.selection;
  if (pin !== undefined && pin < sequence.length) frame(pin, theme.accent, 2);
}
