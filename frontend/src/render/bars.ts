// The stacked bars, written pixel by pixel: one pass whatever the number of items.
import { columnCentre } from '../layout/columns';
import { itemAt } from '../layout/items';
import type { Bars } from '../layout/picture';
import { bandEdges } from '../layout/stack';
import { css, type Rgb } from '../palettes';
import type { Theme } from '../theme';
import { drawVerticalAxis, SMALL } from './axes';
import { type Box, type Canvas2D, packed, type Surface } from './surface';

/** Bands at least this tall (device pixels) are told apart by a line. */
const SEPARATED = 4;

/** Least height (CSS pixels) of a band that is shown alone. */
const THINNEST = 3;

/** Up to this height a band is its colour alone: an outline would be all that one sees of it. */
const OUTLINED = 6;

/** The bars with their axis: all that lies in the plot, but for what changes under the pointer. */
export function drawPlot(
  surface: Surface,
  canvas: Canvas2D,
  bars: Bars,
  box: Box,
  colours: readonly Rgb[],
  theme: Theme,
  ratio: number,
): void {
  drawBars(surface, bars, colours, box, ratio);
  canvas.globalCompositeOperation = 'destination-over';
  drawVerticalAxis(canvas, bars.axis, box, theme, { ratio });
  canvas.globalCompositeOperation = 'source-over';
  drawDamaged(canvas, bars, box, theme, ratio);
  canvas.fillStyle = theme.border;
  canvas.fillRect(box.left, box.top + bars.stack.zero / ratio, box.width, 1);
}

/** Replaces what is in the plot: grid lines are drawn behind the bars afterwards. */
function drawBars(
  surface: Surface,
  bars: Bars,
  colours: readonly Rgb[],
  box: Box,
  ratio: number,
): void {
  const { columns, stack, width, height } = bars;
  const tall = SEPARATED * ratio;
  surface.rectangles(box, width, height, (fill) => {
    for (const side of [stack.up, stack.down]) {
      if (!side) continue;
      const { edges, count } = side;
      const shown = Array.from(
        stack.order.indices.subarray(side.first, side.first + count),
        (k) => colours[k]!,
      );
      const plain = Uint32Array.from(shown, (colour) => packed(colour));
      const separators = Uint32Array.from(shown, (colour) => packed(lighten(colour, 0.28)));
      for (let column = 0; column < columns.count; column++) {
        const from = columns.from[column]!;
        const to = Math.min(width, Math.max(columns.to[column]!, from + 1));
        const start = column * (count + 1);
        // Edges go one way only: the first that is the last one ends the bar.
        const final = edges[start + count];
        for (let i = start; edges[i] !== final; i++) {
          const before = edges[i]!;
          const after = edges[i + 1]!;
          if (before === after) continue;
          const bottom = Math.min(height, Math.max(before, after));
          let top = Math.max(0, Math.min(before, after));
          if (bottom - top >= tall && to - from >= tall) {
            fill(separators[i - start]!, from, top, to, top + 1);
            top++;
          }
          fill(plain[i - start]!, from, top, to, bottom);
        }
      }
    }
  });
}

/** Cells with an item that is NaN or infinite: hatched over the whole height, with a sign on top. */
function drawDamaged(context: Canvas2D, bars: Bars, box: Box, theme: Theme, ratio: number): void {
  const { columns, picture } = bars;
  if (picture.damaged === 0) return;
  context.save();
  context.strokeStyle = theme.bad;
  context.fillStyle = theme.bad;
  context.lineWidth = 1;
  context.font = `bold ${SMALL}`;
  context.textAlign = 'center';
  context.textBaseline = 'alphabetic';
  for (let column = 0; column < columns.count; column++) {
    if (picture.totals.nonfinite[columns.cells[column]!] === 0) continue;
    const left = box.left + columns.from[column]! / ratio;
    const width = Math.max(1, (columns.to[column]! - columns.from[column]!) / ratio);
    context.save();
    context.beginPath();
    context.rect(left, box.top, width, box.height);
    context.clip();
    context.beginPath();
    for (let y = box.top - width; y < box.top + box.height + width; y += 6) {
      context.moveTo(left, y + width);
      context.lineTo(left + width, y);
    }
    context.stroke();
    context.restore();
    if (width >= 7) {
      context.fillText('!', box.left + columnCentre(columns, column) / ratio, box.top - 3);
    } else {
      context.fillRect(left, box.top - 4, width, 3);
    }
  }
  context.restore();
}

/** One source alone: the rest is washed out, its bands stand in full colour with an outline. */
export function drawSource(
  context: Canvas2D,
  bars: Bars,
  source: number,
  colours: readonly Rgb[],
  box: Box,
  theme: Theme,
  ratio: number,
): void {
  const { columns, stack, picture } = bars;
  context.fillStyle = theme.wash;
  context.fillRect(box.left, box.top, box.width, box.height);
  context.strokeStyle = theme.outline;
  context.lineWidth = 1;
  for (let column = 0; column < columns.count; column++) {
    const cell = columns.cells[column]!;
    if (itemAt(picture.items, cell, source) === undefined) continue;
    const k = source - cell - picture.items.firstLag;
    const value = picture.items.values[k * picture.items.length + cell]!;
    const [upper, lower] = bandEdges(stack, column, k, value);
    const left = box.left + columns.from[column]! / ratio;
    const width = Math.max(1, columns.to[column]! - columns.from[column]!) / ratio;
    const exact = (lower - upper) / ratio;
    if (exact <= 0 && !(Math.abs(value) > 0)) continue;
    // What is there is seen, however thin: the isolated source alone is drawn at least so tall.
    const height = Math.max(THINNEST, exact);
    const top = box.top + (upper + lower) / 2 / ratio - height / 2;
    context.fillStyle = css(colours[k]!);
    context.fillRect(left, top, width, height);
    if (width < 4 || height < OUTLINED) continue;
    context.strokeRect(left + 0.5, top - 0.5, width - 1, height + 1);
  }
}

function lighten(colour: Rgb, by: number): Rgb {
  return colour.map((c) => Math.round(c + (255 - c) * by)) as unknown as Rgb;
}
