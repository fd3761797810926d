// Around a chart: title, whose data it is, legend, names of the axes, how to read it.
import type { Canvas2D } from '../render/surface';
import { SANS, type Theme } from '../theme';
import type { Key, Picture, Plot } from './panel';

const PADDING = 16;
const TITLE = `bold 15px ${SANS}`;
const TEXT = `12px ${SANS}`;
const LINE = 17;
/** Room for the name of a vertical axis, and of the horizontal one. */
const BESIDE = 20;
const BELOW = 20;
const RAMP = 160;

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Sheet extends Size {
  /** Where the corner of each plot lies. */
  readonly places: readonly { readonly left: number; readonly top: number }[];
  /** Draws all but the plots. */
  readonly draw: (canvas: Canvas2D) => void;
}

/** `about`: run, layer and step; `sizes`: of the plots; `measure`: the width of a text in a font. */
export function layoutSheet(
  { title, subtitle, legend, plots, note }: Picture,
  about: string,
  sizes: readonly Size[],
  theme: Theme,
  measure: (font: string, text: string) => number,
): Sheet {
  const left = PADDING + (plots.some(({ axes }) => axes?.left) ? BESIDE : 0);
  const right = plots.some(({ axes }) => axes?.right) ? BESIDE : 0;
  const width = left + Math.max(0, ...sizes.map((size) => size.width)) + right + PADDING;
  const fits = (text: string): boolean => measure(TEXT, text) <= width - 2 * PADDING;
  const head = [subtitle, about].flatMap((text) => wrap(text, fits));
  const keys = placeKeys(legend, width - 2 * PADDING, (text) => measure(TEXT, text));
  const keysTop = PADDING + 22 + LINE * head.length + 4;
  let next = Math.round(keysTop + keys.height + 8);
  const places = plots.map(({ heading, axes }, i) => {
    const top = next + (heading ? LINE + 4 : 0);
    next = top + sizes[i]!.height + (axes?.x ? BELOW : 0) + (i < plots.length - 1 ? 8 : 4);
    return { left, top };
  });
  const notes = wrap(note, fits);
  const notesTop = next;
  const height = notesTop + LINE * notes.length + PADDING - 4;

  const draw = (canvas: Canvas2D): void => {
    canvas.fillStyle = theme.background;
    canvas.fillRect(0, 0, width, height);
    canvas.textBaseline = 'top';
    canvas.textAlign = 'left';
    canvas.fillStyle = theme.text;
    canvas.font = TITLE;
    canvas.fillText(title, PADDING, PADDING);
    canvas.font = TEXT;
    canvas.fillStyle = theme.muted;
    head.forEach((line, i) => {
      canvas.fillText(line, PADDING, PADDING + 22 + LINE * i);
    });
    for (const { key, x, y } of keys.places) drawKey(canvas, key, PADDING + x, keysTop + y, theme);
    notes.forEach((line, i) => {
      canvas.fillText(line, PADDING, notesTop + LINE * i);
    });
    plots.forEach((plot, i) => {
      drawNames(canvas, plot, sizes[i]!, places[i]!, width, theme);
    });
  };
  return { width, height, places, draw };
}

/** The heading of a plot, and its axes' names. */
function drawNames(
  canvas: Canvas2D,
  { heading, axes }: Plot,
  size: Size,
  { left, top }: Sheet['places'][number],
  width: number,
  theme: Theme,
): void {
  if (heading) {
    canvas.fillStyle = theme.text;
    canvas.fillText(heading, PADDING, top - LINE - 4);
    canvas.fillStyle = theme.muted;
  }
  const name = (text: string | undefined, x: number, y: number, turn: number): void => {
    if (!text) return;
    canvas.save();
    canvas.translate(x, y);
    canvas.rotate(turn);
    canvas.textAlign = 'center';
    canvas.textBaseline = 'middle';
    canvas.fillText(text, 0, 0);
    canvas.restore();
  };
  const middle = top + size.height / 2;
  name(axes?.x, left + size.width / 2, top + size.height + BELOW / 2, 0);
  name(axes?.left, PADDING + BESIDE / 2, middle, -Math.PI / 2);
  name(axes?.right, width - PADDING - BESIDE / 2, middle, Math.PI / 2);
}

/** Lines of words that fit; a word that alone does not is cut. */
export function wrap(text: string, fits: (text: string) => boolean): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/).filter((word) => word !== '')) {
    const line = lines.length > 0 ? `${lines.at(-1)!} ${word}` : word;
    if (lines.length > 0 && fits(line)) lines[lines.length - 1] = line;
    else lines.push(cut(word, fits));
  }
  return lines;
}

function cut(word: string, fits: (text: string) => boolean): string {
  if (fits(word)) return word;
  let kept = Array.from(word).slice(0, 500);
  while (kept.length > 1 && !fits(`${kept.join('')}…`)) kept = kept.slice(0, -1);
  return `${kept.join('')}…`;
}

interface Placed {
  readonly key: Key;
  readonly x: number;
  readonly y: number;
}

function placeKeys(
  legend: readonly Key[],
  width: number,
  measure: (text: string) => number,
): { readonly places: readonly Placed[]; readonly height: number } {
  let [x, y, row] = [0, 0, 0];
  const places = legend.map((key) => {
    const own = (key.kind === 'ramp' ? RAMP : 22) + 8 + measure(key.label);
    if (x > 0 && x + own > width) [x, y, row] = [0, y + row, 0];
    const place = { key, x, y };
    x += own + 20;
    row = Math.max(row, key.kind === 'ramp' ? 30 : LINE);
    return place;
  });
  return { places, height: y + row };
}

function drawKey(canvas: Canvas2D, key: Key, x: number, y: number, theme: Theme): void {
  const middle = y + 7;
  canvas.textBaseline = 'middle';
  canvas.textAlign = 'left';
  let after = x + 22;
  if (key.kind === 'line') {
    canvas.strokeStyle = key.colour;
    canvas.lineWidth = key.width;
    canvas.setLineDash([...(key.dash ?? [])]);
    canvas.beginPath();
    canvas.moveTo(x, middle);
    canvas.lineTo(x + 22, middle);
    canvas.stroke();
    canvas.setLineDash([]);
  } else if (key.kind === 'box') {
    canvas.fillStyle = key.colour;
    canvas.fillRect(x + 6, middle - 5, 11, 11);
  } else {
    after = x + RAMP;
    for (let pixel = 0; pixel < RAMP; pixel++) {
      const place = (pixel + 0.5) / RAMP;
      const stop = key.stops.findLast((one) => one.place <= place) ?? key.stops[0];
      if (stop) canvas.fillStyle = stop.colour;
      canvas.fillRect(x + pixel, y, 1, 14);
    }
    canvas.fillStyle = theme.muted;
    canvas.textBaseline = 'top';
    for (const mark of key.marks) {
      canvas.textAlign = mark.place < 0.03 ? 'left' : mark.place > 0.97 ? 'right' : 'center';
      canvas.fillText(mark.label, x + mark.place * RAMP, y + 16);
    }
    canvas.textAlign = 'left';
    canvas.textBaseline = 'middle';
  }
  canvas.fillStyle = theme.text;
  canvas.fillText(key.label, after + 8, middle + 0.5);
  canvas.fillStyle = theme.muted;
  canvas.textBaseline = 'top';
}
