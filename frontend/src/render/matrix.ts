// The matrix: a heat map written pixel by pixel, its axes, and the legend of its colours.
import { type Axis, logAxis, percentLogAxis } from '../layout/axis';
import { formatLag } from '../layout/format';
import { BROKEN, type Grid, NOTHING, placeOf, rowOf } from '../layout/matrix';
import type { Items } from '../layout/items';
import { numberEvery } from '../layout/labels';
import type { Span } from '../layout/zoom';
import { css, type Rgb } from '../palettes';
import type { Theme } from '../theme';
import { SMALL } from './axes';
import { levelsOf, type MatrixColours, rampPlace, shades } from './matrix_colours';
import type { Box, Canvas2D, Surface } from './surface';

/** Room for the legend, right of the plot. */
export const LEGEND_ROOM = 70;
/** Pixels of an isolated row, however many rows there are. */
const ROW = 5;

/** All items, in the square `box`. */
export function drawGrid(
  surface: Surface,
  grid: Grid,
  colours: MatrixColours,
  box: Box,
  ratio: number,
): void {
  const pixels = Math.round(box.width * ratio);
  const { size } = grid;
  const levels = levelsOf(grid);
  const shade = shades(colours);
  surface.image(box, pixels, pixels, (image) => {
    const columns = Int32Array.from({ length: pixels }, (_, x) => Math.floor((x * size) / pixels));
    for (let y = 0; y < pixels; y++) {
      const row = Math.floor((y * size) / pixels) * size;
      for (let x = 0, i = y * pixels; x < pixels; x++, i++)
        image[i] = shade[levels[row + columns[x]!]!]!;
    }
  });
}

/**
 * Steps along both sides, and a mark there for every row and column with a broken item; `label` is
 * what colours stand for.
 */
export function drawMatrixAxes(
  canvas: Canvas2D,
  grid: Grid,
  label: string,
  box: Box,
  theme: Theme,
): void {
  const { size, length, kinds } = grid;
  const bottom = box.top + box.height;
  canvas.fillStyle = theme.border;
  canvas.fillRect(box.left - 1, box.top, 1, box.height);
  canvas.fillRect(box.left - 1, bottom, box.width + 1, 1);
  canvas.font = SMALL;
  canvas.fillStyle = theme.muted;
  const pitch = box.width / length;
  const every = numberEvery(length, box.width, 30);
  for (let step = 0; step < length; step += every) {
    const middle = (step + 0.5) * pitch;
    canvas.textAlign = 'center';
    canvas.textBaseline = 'top';
    canvas.fillText(formatLag(step), box.left + middle, bottom + 7);
    canvas.textAlign = 'right';
    canvas.textBaseline = 'middle';
    canvas.fillText(formatLag(step), box.left - 8, box.top + middle);
  }
  canvas.textAlign = 'left';
  canvas.textBaseline = 'alphabetic';
  canvas.fillText('loss at', 0, box.top - 8);
  canvas.textAlign = 'right';
  canvas.fillText(label, box.left + box.width + LEGEND_ROOM, box.top - 8);
  canvas.textBaseline = 'top';
  canvas.fillText('cell', box.left - 8, bottom + 7);
  if (!grid.broken) return;
  canvas.fillStyle = theme.bad;
  kinds.forEach((kind, at) => {
    if (kind !== BROKEN) return;
    const side = box.width / size;
    canvas.fillRect(box.left - 5, box.top + Math.floor(at / size) * side, 4, Math.max(1.5, side));
    canvas.fillRect(box.left + (at % size) * side, bottom + 1, Math.max(1.5, side), 4);
  });
}

/** One source alone: everything else is washed out, its row stands in full colour with an outline. */
export function drawRow(
  canvas: Canvas2D,
  items: Items,
  grid: Grid,
  source: number,
  colours: MatrixColours,
  box: Box,
  theme: Theme,
): void {
  const side = box.height / grid.size;
  const height = Math.max(ROW, side);
  const middle = box.top + (placeOf(grid, source) + 0.5) * side;
  const top = Math.min(Math.max(middle - height / 2, box.top), box.top + box.height - height);
  const { values, kinds } = rowOf(items, grid, source);
  const place = rampPlace(grid.floor, grid.largest);
  canvas.fillStyle = theme.wash;
  canvas.fillRect(box.left, box.top, box.width, box.height);
  const colourOf = (at: number): Rgb => {
    if (kinds[at] === BROKEN) return colours.broken;
    const value = values[at]!;
    return value === 0 ? colours.zero : (value < 0 ? colours.below : colours.above)[place(value)]!;
  };
  // What a source reaches is one stretch of cells.
  const first = kinds.findIndex((kind) => kind !== NOTHING);
  const last = kinds.findLastIndex((kind) => kind !== NOTHING);
  if (last < 0) return;
  for (let at = first, next = first; at <= last; at = next) {
    // Most of a long row is of one colour: filled at once.
    const colour = colourOf(at);
    do next++;
    while (next <= last && colourOf(next) === colour);
    canvas.fillStyle = css(colour);
    // A hair wider: no seam between two columns that do not meet at a pixel.
    const width = (next - at) * side + (next <= last ? 0.3 : 0);
    canvas.fillRect(box.left + at * side, top, width, height);
  }
  canvas.strokeStyle = theme.outline;
  canvas.lineWidth = 1;
  canvas.strokeRect(
    box.left + first * side - 0.5,
    top - 0.5,
    (last - first + 1) * side + 1,
    height + 1,
  );
}

/** Which source is pinned, at the left side, and which cells the batch shows, at the bottom. */
export function drawMarks(
  canvas: Canvas2D,
  grid: Pick<Grid, 'length'>,
  { pin, view }: { pin: number | undefined; view: Span | undefined },
  box: Box,
  theme: Theme,
): void {
  const pitch = box.width / grid.length;
  canvas.fillStyle = theme.accent;
  if (pin !== undefined) {
    const y = box.top + (pin + 0.5) * pitch;
    canvas.beginPath();
    canvas.moveTo(box.left - 1, y);
    canvas.lineTo(box.left - 7, y - 4);
    canvas.lineTo(box.left - 7, y + 4);
    canvas.closePath();
    canvas.fill();
  }
  if (view) {
    const width = Math.max(3, (view[1] - view[0] + 1) * pitch);
    canvas.fillRect(box.left + view[0] * pitch, box.top + box.height + 1, width, 3);
  }
}

/** One item: a frame that is seen on every colour. */
export function drawItem(
  canvas: Canvas2D,
  grid: Grid,
  { source, cell }: { source: number; cell: number },
  box: Box,
  theme: Theme,
): void {
  const side = box.width / grid.size;
  const width = Math.max(ROW, side);
  const x = box.left + (placeOf(grid, cell) + 0.5) * side - width / 2;
  const y = box.top + (placeOf(grid, source) + 0.5) * side - width / 2;
  canvas.lineWidth = 3;
  canvas.strokeStyle = theme.background;
  canvas.strokeRect(x - 0.5, y - 0.5, width + 1, width + 1);
  canvas.lineWidth = 1.5;
  canvas.strokeStyle = theme.outline;
  canvas.strokeRect(x - 0.5, y - 0.5, width + 1, width + 1);
}

/** The colours and what they stand for, as a column in `box`. */
export function drawMatrixLegend(
  canvas: Canvas2D,
  { floor, largest }: Pick<Grid, 'floor' | 'largest'>,
  colours: MatrixColours,
  signed: boolean,
  box: Box,
  theme: Theme,
): void {
  if (largest === 0) return;
  const scale = signed ? percentLogAxis : logAxis;
  const half = signed ? box.height / 2 - 5 : box.height;
  const count = half / 22;
  const least = signed ? floor : undefined;
  ramp(canvas, colours.above, { ...box, height: half }, true);
  legendTicks(canvas, scale([floor, largest], [half, 0], count), '', box, theme, least);
  if (!signed) return;
  const lower = { ...box, top: box.top + box.height - half, height: half };
  ramp(canvas, colours.below, lower, false);
  legendTicks(canvas, scale([floor, largest], [0, half], count), '−', lower, theme, least);
}

function ramp(canvas: Canvas2D, colours: readonly Rgb[], box: Box, upwards: boolean): void {
  const rows = Math.max(1, Math.round(box.height));
  for (let row = 0; row < rows; row++) {
    const t = (row + 0.5) / rows;
    canvas.fillStyle = css(colours[Math.floor((upwards ? 1 - t : t) * colours.length)]!);
    canvas.fillRect(box.left, box.top + row, box.width, 1);
  }
}

function legendTicks(
  canvas: Canvas2D,
  axis: Axis,
  sign: string,
  box: Box,
  theme: Theme,
  least?: number,
): void {
  canvas.font = SMALL;
  canvas.textAlign = 'left';
  canvas.textBaseline = 'middle';
  for (const { value, label } of axis.ticks) {
    // Where the two signs meet there is no room for what both begin with.
    if (least !== undefined && value < 1.01 * least) continue;
    const y = box.top + axis.position(value);
    canvas.fillStyle = theme.muted;
    canvas.fillRect(box.left + box.width, Math.round(y), 3, 1);
    canvas.fillText(`${sign}${label}`, box.left + box.width + 6, y);
  }
}
