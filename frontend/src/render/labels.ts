// What stands under the bars: rows of tokens, rows of lines.
import { cellsOf, columnCentre, columnOf, type Columns } from '../layout/columns';
import { formatNumber, visibleToken } from '../layout/format';
import { type LabelPlan, numberEvery } from '../layout/labels';
import type { Line, Row, TokenRow, ValueRow } from '../layout/series';
import { finiteExtent } from '../layout/timeline';
import { MONO, type Theme } from '../theme';
import { SMALL } from './axes';
import type { Box, Canvas2D } from './surface';

export const TOKEN_ROW = 21;
export const VALUE_ROW = 46;
/** Height of the time steps under the rows. */
export const NUMBERS = 18;
const FONT = `13px ${MONO}`;
const FONT_WRONG = `bold 13px ${MONO}`;

export function rowHeight(row: Row): number {
  return row.kind === 'tokens' ? TOKEN_ROW : VALUE_ROW;
}

export function rowsHeight(rows: readonly Row[]): number {
  return rows.reduce((sum, row) => sum + rowHeight(row), 0);
}

/** Rows from `box.top` down; `box` spans the plot's width, their names stand left of it. */
export function drawRows(
  context: Canvas2D,
  rows: readonly Row[],
  plan: LabelPlan,
  columns: Columns,
  box: Box,
  theme: Theme,
  ratio: number,
): void {
  let top = box.top;
  for (const row of rows) {
    const height = rowHeight(row);
    const rowBox = { ...box, top, height };
    context.font = SMALL;
    context.fillStyle = theme.muted;
    context.textAlign = 'right';
    context.textBaseline = 'middle';
    if (row.kind === 'tokens') {
      context.fillText(row.name, box.left - 8, top + height / 2);
      drawTokens(context, row, columns, rowBox, theme, ratio, plan);
    } else {
      // Each name in the colour of its line.
      row.lines.forEach((line, i) => {
        context.fillStyle = lineColour(line, theme);
        context.fillText(line.name, box.left - 8, top + 12 + 16 * i);
      });
      drawLines(context, row, columns, rowBox, theme, ratio);
    }
    top += height;
  }
}

function drawTokens(
  context: Canvas2D,
  row: TokenRow,
  columns: Columns,
  box: Box,
  theme: Theme,
  ratio: number,
  plan: LabelPlan,
): void {
  const middle = box.top + box.height / 2 + 1;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  for (let column = 0; column < columns.count; column++) {
    const cell = columns.cells[column]!;
    const right = row.right?.[cell];
    const x = box.left + columnCentre(columns, column) / ratio;
    const shown = plan.every > 0 && cell % plan.every === 0;
    context.fillStyle = right === undefined ? colourOf(row, theme) : right ? theme.good : theme.bad;
    // Where not every label has room, a mark still says right (a low dash) or wrong (a bar).
    if (right !== undefined && plan.every !== 1) {
      const width = Math.max(1, (columns.to[column]! - columns.from[column]!) / ratio);
      if (right) context.fillRect(x - width / 2, box.top + box.height - 2, width, 1.5);
      else context.fillRect(x - width / 2, box.top + box.height - 7, width, 6.5);
    }
    if (!shown) continue;
    context.font = right === false ? FONT_WRONG : FONT;
    // A label of several columns keeps clear of its neighbours, and the first of the row's name.
    const room =
      plan.every > 1 ? Math.min(plan.widest - 8, 2 * (x - box.left) + 8) : plan.widest - 1;
    const text = fitText(context, visibleToken(row.tokens[cell]!), room);
    const lift = right !== undefined && plan.every !== 1 ? 4 : 0;
    context.fillText(text, x, middle - lift);
    if (right === false && plan.every === 1) {
      const half = Math.max(4, context.measureText(text).width / 2);
      context.fillRect(x - half, middle + 7, 2 * half, 1.5);
    }
  }
}

function colourOf(row: TokenRow, theme: Theme): string {
  return row.name === 'input' ? theme.muted : theme.text;
}

/** `text`, cut with an ellipsis where it is wider than `width`. */
export function fitText(context: Canvas2D, text: string, width: number): string {
  if (context.measureText(text).width <= width || text.length === 1) return text;
  let cut = text;
  while (cut.length > 1 && context.measureText(`${cut}…`).width > width) cut = cut.slice(0, -1);
  return `${cut}…`;
}

/** Values of every channel over the cells; predictions dashed over their targets. */
function drawLines(
  context: Canvas2D,
  row: ValueRow,
  columns: Columns,
  box: Box,
  theme: Theme,
  ratio: number,
): void {
  const extent = finiteExtent(row.lines.flatMap((line) => line.values));
  if (!extent) return;
  const [low, high] = extent;
  const inner = box.height - 12;
  const y = (value: number): number =>
    box.top + 6 + (high === low ? inner / 2 : ((high - value) / (high - low)) * inner);
  context.save();
  context.textAlign = 'left';
  context.fillStyle = theme.muted;
  for (const end of high === low ? [low] : [high, low]) {
    // Clear of those of the row above and below.
    const inwards = end === high ? 2 : -2;
    context.fillText(formatNumber(end, 2), box.left + box.width + 6, y(end) + inwards);
  }
  context.fillStyle = theme.grid;
  context.fillRect(box.left, box.top + box.height - 2, box.width, 1);
  context.lineJoin = 'round';
  context.lineWidth = 1.5;
  for (const line of row.lines) {
    context.strokeStyle = lineColour(line, theme);
    context.setLineDash(line.name === 'predicted' ? [4, 3] : []);
    context.globalAlpha = line.channels > 1 ? 0.65 : 1;
    for (let channel = 0; channel < line.channels; channel++) {
      context.beginPath();
      let joined = false;
      for (let column = 0; column < columns.count; column++) {
        const x = box.left + columnCentre(columns, column) / ratio;
        const [first, last] = cellsOf(columns, column);
        // All cells of a column: whatever it shows of them, no extreme is lost.
        for (let cell = first; cell <= last; cell++) {
          const value = line.values[cell * line.channels + channel]!;
          if (!Number.isFinite(value)) joined = false;
          else if (joined) context.lineTo(x, y(value));
          else {
            context.moveTo(x, y(value));
            joined = true;
          }
        }
      }
      context.stroke();
    }
  }
  context.restore();
}

function lineColour({ name }: Line, theme: Theme): string {
  if (name === 'predicted') return theme.accent;
  return name === 'input' ? theme.second : theme.text;
}

/** Time steps under the rows: 0, 5, 10, … */
export function drawNumbers(
  context: Canvas2D,
  columns: Columns,
  box: Box,
  theme: Theme,
  ratio: number,
): void {
  context.font = SMALL;
  context.fillStyle = theme.muted;
  context.textBaseline = 'top';
  context.textAlign = 'right';
  context.fillText('cell', box.left - 8, box.top + 4);
  context.textAlign = 'center';
  const [from, to] = columns.span;
  const every = numberEvery(to - from + 1, box.width, 34);
  for (let cell = Math.ceil(from / every) * every; cell <= to; cell += every) {
    const x = box.left + columnCentre(columns, columnOf(columns, cell)) / ratio;
    // The first one keeps clear of the row's name.
    const least = box.left - 4 + context.measureText(String(cell)).width / 2;
    context.fillText(String(cell), Math.max(x, least), box.top + 4);
  }
}

/** A frame around what stands under one cell, if that is in view; it cuts through no text. */
export function drawFrame(
  context: Canvas2D,
  cell: number,
  rows: readonly Row[],
  plan: LabelPlan,
  columns: Columns,
  box: Box,
  { colour, line }: { colour: string; line: number },
  ratio: number,
): void {
  const column = columnOf(columns, cell);
  if (column < 0) return;
  const centre = box.left + columnCentre(columns, column) / ratio;
  let half = Math.max(5, box.width / columns.count / 2);
  if (plan.every > 1 && cell % plan.every === 0) {
    context.font = FONT;
    for (const row of rows) {
      if (row.kind !== 'tokens') continue;
      const text = fitText(context, visibleToken(row.tokens[cell]!), plan.widest - 8);
      half = Math.max(half, context.measureText(text).width / 2 + 3);
    }
  }
  context.font = SMALL;
  const numbered = context.measureText(String(cell)).width < 2 * half;
  context.strokeStyle = colour;
  context.lineWidth = line;
  context.beginPath();
  context.roundRect(centre - half, box.top, 2 * half, box.height - (numbered ? 0 : NUMBERS), 3);
  context.stroke();
}
