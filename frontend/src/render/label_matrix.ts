// The matrix of targets and inputs, with the bars of both.
import type { LabelSums } from '../api/label_sums';
import { formatNumber, formatPercent, visibleToken } from '../layout/format';
import { lift } from '../layout/label_lifts';
import { type LabelMatrix, type Place, ROW, type Total } from '../layout/label_matrix';
import type { Span } from '../layout/zoom';
import { MONO, type Theme } from '../theme';
import { SMALL } from './axes';
import { fitText } from './labels';
import type { Box, Canvas2D } from './surface';

const TOKEN = `13px ${MONO}`;
/** Above the rows: what the columns are, and their labels. */
export const HEAD = 38;
/** Below them: the bars of the columns and how many times the usual they are. */
export const FOOT = 64;
/** Right of the columns: the bars of the rows, and their numbers. */
export const BARS = 150;
const LONGEST = 48;
const HIGHEST = 26;

/** `box` is that of the squares; labels and bars stand around it. */
export function drawMatrix(
  canvas: Canvas2D,
  { targets, inputs, lags }: LabelSums,
  { rows, columns, marks, pitch }: LabelMatrix,
  colourOf: (lags: Span) => string,
  box: Box,
  theme: Theme,
): void {
  const right = box.left + box.width + 10;
  const bottom = box.top + box.height + 8;
  const text = (what: string, x: number, y: number, align: CanvasTextAlign): void => {
    canvas.textAlign = align;
    canvas.fillText(what, x, y);
  };
  canvas.textBaseline = 'middle';
  canvas.font = SMALL;
  canvas.fillStyle = theme.muted;
  text('target', box.left - 10, box.top - 10, 'right');
  text('receives', box.left - 10, bottom + HIGHEST / 2, 'right');
  text('× usual', box.left - 10, bottom + HIGHEST + 12, 'right');
  text('input of the cell reached', box.left, box.top - 29, 'left');
  text('sends · × usual', right, box.top - 10, 'left');

  const longest = LONGEST / largest(rows);
  rows.forEach(({ share, part }, row) => {
    const top = box.top + row * ROW;
    canvas.fillStyle = theme.grid;
    canvas.fillRect(box.left, top, box.width, 1);
    canvas.fillStyle = theme.second;
    canvas.fillRect(right, top + 8, Math.max(1, share * longest), ROW - 15);
    canvas.fillStyle = theme.text;
    canvas.font = SMALL;
    const times = formatNumber(lift(part), 2);
    text(`${formatPercent(share, 2)} · ${times} ×`, right + LONGEST + 6, top + 14, 'left');
    canvas.font = TOKEN;
    const label = fitText(canvas, visibleToken(targets[row]!.label), box.left - 12);
    text(label, box.left - 10, top + 14, 'right');
  });
  const highest = HIGHEST / largest(columns);
  columns.forEach(({ share, part }, column) => {
    const left = box.left + column * pitch;
    canvas.fillStyle = theme.grid;
    canvas.fillRect(Math.round(left), box.top, 1, box.height);
    canvas.fillStyle = theme.second;
    canvas.fillRect(left + pitch / 2 - 6, bottom, 12, Math.max(1, share * highest));
    canvas.fillStyle = theme.text;
    canvas.font = SMALL;
    const times = lift(part);
    const short = times.toFixed(times < 9.95 ? 1 : 0);
    text(short, left + pitch / 2, bottom + HIGHEST + 12, 'center');
    canvas.font = TOKEN;
    const label = fitText(canvas, visibleToken(inputs[column]!.label), pitch - 4);
    text(label, left + pitch / 2, box.top - 10, 'center');
  });
  canvas.strokeStyle = theme.grid;
  canvas.strokeRect(box.left + 0.5, box.top + 0.5, box.width, box.height);
  for (const { row, column, pair, side } of marks) {
    const x = box.left + (column + 0.5) * pitch - side / 2 + 0.5;
    const y = box.top + (row + 0.5) * ROW - side / 2 + 0.5;
    canvas.fillStyle = pair ? colourOf(lags[pair.lag]!) : theme.border;
    canvas.fillRect(x, y, side, side);
  }
}

function largest(totals: readonly Total[]): number {
  return Math.max(...totals.map(({ share }) => share)) || 1;
}

/** Lays a wash over all rows but that of `place`, and frames what is pointed at. */
export function drawIsolated(
  canvas: Canvas2D,
  { rows, pitch }: LabelMatrix,
  { row, column }: Place,
  box: Box,
  theme: Theme,
): void {
  if (row !== undefined && row < rows.length) {
    const width = box.left + box.width + BARS;
    canvas.fillStyle = theme.wash;
    canvas.fillRect(0, box.top, width, row * ROW);
    canvas.fillRect(0, box.top + (row + 1) * ROW + 1, width, box.height - (row + 1) * ROW);
  }
  if (column === undefined) return;
  canvas.strokeStyle = theme.outline;
  canvas.lineWidth = 1;
  const left = Math.round(box.left + column * pitch) + 0.5;
  const top = box.top + (row ?? 0) * ROW + 0.5;
  canvas.strokeRect(left, top, Math.round(pitch), row === undefined ? box.height : ROW);
}
