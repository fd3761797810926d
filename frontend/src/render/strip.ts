// The heat map of training, and how far the gradient reaches drawn over it.
import { type LagRows, labelledRows, reachLines, rowLabel } from '../layout/lag_rows';
import type { ShareScale } from '../layout/share_scale';
import { meanShare, type StripPixels, type StripSums } from '../layout/strip';
import { type Beyond, type Decimated, inView, meanCurve } from '../layout/timeline';
import { paletteColour, type PaletteName, type Rgb } from '../palettes';
import type { Theme } from '../theme';
import { SMALL } from './axes';
import { type Box, type Canvas2D, packed, type Surface } from './surface';
import { drawCurves } from './timeline';

/** Where steps lie closer than this many pixels, each would be a spike of a line that is all spikes. */
const STRIDE = 4;

/** Shares below zero: of no palette's colours. */
const NEGATIVE: Rgb = [255, 96, 170];
/** Colours on each side of zero. */
const TONES = 255;

/** Of a place on the scale, -1 to 1. */
export function placeColour(palette: PaletteName, theme: Theme, place: number): Rgb {
  const [start, end] = theme.palette;
  const at = (part: number): Rgb => paletteColour(palette, start + (end - start) * part);
  if (place >= 0) return at(place);
  const zero = at(0);
  return zero.map((c, i) => Math.round(c - (NEGATIVE[i]! - c) * place)) as unknown as Rgb;
}

/** Colours of the places -1 to 1 as pixels. */
export function stripTones(palette: PaletteName, theme: Theme): Uint32Array {
  return Uint32Array.from({ length: 2 * TONES + 1 }, (_, i) =>
    packed(placeColour(palette, theme, i / TONES - 1)),
  );
}

function hexColour(hex: string): number {
  const channel = (i: number): number => parseInt(hex.slice(1 + 2 * i, 3 + 2 * i), 16);
  return packed([channel(0), channel(1), channel(2)]);
}

/**
 * One column of device pixels after the other. No colour where nothing is recorded, at lags that a record has not
 * neither; grey where there is no gradient at all, hatched where it is not finite.
 */
export function drawStrip(
  surface: Surface,
  sums: StripSums,
  shown: StripPixels,
  scale: ShareScale,
  tones: Uint32Array,
  box: Box,
  ratio: number,
  theme: Theme,
): void {
  const width = shown.from.length;
  const height = Math.round(box.height * ratio);
  const [nothing, bad] = [hexColour(theme.border), hexColour(theme.bad)];
  surface.image(box, width, height, (pixels) => {
    const line = new Uint32Array(width);
    for (let row = 0; row < sums.rows; row++) {
      for (let x = 0; x < width; x++) {
        const [from, to] = [shown.from[x]!, shown.to[x]!];
        if (from === to) continue;
        const share = meanShare(sums, row, from, to);
        if (share === share) line[x] = tones[Math.round((scale.place(share) + 1) * TONES)]!;
        else line[x] = sums.counted[to] === sums.counted[from] ? nothing : 0;
      }
      const bottom = Math.round(((row + 1) * height) / sums.rows);
      for (let y = Math.round((row * height) / sums.rows); y < bottom; y++) {
        pixels.set(line, y * width);
      }
    }
    for (let x = 0; x < width; x++) {
      const [from, to] = [shown.from[x]!, shown.to[x]!];
      const [counted, broken] = [sums.counted, sums.broken].map((all) => all[to]! - all[from]!);
      if (counted! > 0 || broken === 0) continue;
      for (let y = 0; y < height; y++) {
        pixels[y * width + x] = (x + y) % Math.round(6 * ratio) < 1.5 * ratio ? bad : 0;
      }
    }
  });
}

/** The effective horizon: light with a dark edge, so that it is seen on every colour. */
export function drawReach(
  canvas: Canvas2D,
  steps: readonly number[],
  horizons: Float32Array,
  rows: LagRows,
  x: (step: number) => number,
  box: Box,
  dots: boolean,
): void {
  const pixels = Math.max(1, Math.floor(box.width));
  const [from, to] = inView(steps, x, pixels);
  const curve = smooth(steps, horizons, x, pixels, (to - from) * 2 > pixels ? STRIDE : 1);
  const height = box.height / rows.count;
  for (const line of reachLines(rows)) {
    // Once, and not for both strokes, each of which asks for a height several times.
    const there = mapped(curve, (reach) => line(reach) * height);
    const y = (pixels: number): number => pixels;
    drawCurves(canvas, there, y, box, { colour: 'rgb(0 0 0 / 0.6)', width: 4, dots });
    drawCurves(canvas, there, y, box, { colour: '#ffffff', width: 1.75, dots });
  }
}

/** The means of `stride` pixels each, in the middle of them: the rest is bridged by the line. */
function smooth(
  steps: readonly number[],
  values: Float32Array,
  x: (step: number) => number,
  width: number,
  stride: number,
): Decimated {
  const few = meanCurve(steps, values, (step) => x(step) / stride, Math.ceil(width / stride));
  if (stride === 1) return few;
  const at = (i: number): number => Math.min(width - 1, Math.floor((i + 0.5) * stride));
  const means = new Float64Array(width).fill(NaN);
  const nonfinite = new Uint8Array(width);
  few.low.forEach((mean, i) => (means[at(i)] = mean));
  few.nonfinite.forEach((here, i) => (nonfinite[at(i)] = here));
  const beyond = (end: Beyond | undefined): Beyond | undefined =>
    end && { ...end, pixel: end.pixel * stride };
  return {
    ...{ low: means, high: means, first: means, last: means, nonfinite },
    ...{ before: beyond(few.before), after: beyond(few.after) },
  };
}

/** A curve of means with other values; what is NaN stays so. */
function mapped(curve: Decimated, to: (value: number) => number): Decimated {
  const values = curve.low.map((value) => (Number.isNaN(value) ? value : to(value)));
  const beyond = (end: Beyond | undefined): Beyond | undefined =>
    end && { pixel: end.pixel, value: to(end.value) };
  return {
    ...{ low: values, high: values, first: values, last: values, nonfinite: curve.nonfinite },
    ...{ before: beyond(curve.before), after: beyond(curve.after) },
  };
}

/** Lags beside the rows, as many as have room. */
export function drawLagLabels(canvas: Canvas2D, rows: LagRows, box: Box, theme: Theme): void {
  const height = box.height / rows.count;
  canvas.font = SMALL;
  canvas.fillStyle = theme.muted;
  canvas.textAlign = 'right';
  canvas.textBaseline = 'middle';
  canvas.fillText('lag', box.left - 8, box.top - 11);
  for (const row of labelledRows(rows, 13 / height)) {
    canvas.fillText(rowLabel(rows, row), box.left - 8, box.top + (row + 0.5) * height + 0.5);
  }
}
