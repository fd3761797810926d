// A canvas that writes down what is drawn on it, as SVG.
import type { Canvas2D } from '../render/surface';

/** Extent of a text in a font, as a canvas measures it. */
export type Measure = (font: string, text: string) => TextMetrics;

const INITIAL = {
  fillStyle: '#000' as Canvas2D['fillStyle'],
  strokeStyle: '#000' as Canvas2D['strokeStyle'],
  lineWidth: 1,
  lineJoin: 'miter' as CanvasLineJoin,
  font: '10px sans-serif',
  textAlign: 'start' as CanvasTextAlign,
  textBaseline: 'alphabetic' as CanvasTextBaseline,
  globalAlpha: 1,
  globalCompositeOperation: 'source-over' as GlobalCompositeOperation,
  dash: [] as readonly number[],
  transform: '',
  clip: '',
};

type Drawn = typeof INITIAL;

export class SvgCanvas implements Canvas2D {
  fillStyle = INITIAL.fillStyle;
  strokeStyle = INITIAL.strokeStyle;
  lineWidth = INITIAL.lineWidth;
  lineJoin = INITIAL.lineJoin;
  font = INITIAL.font;
  textAlign = INITIAL.textAlign;
  textBaseline = INITIAL.textBaseline;
  globalAlpha = INITIAL.globalAlpha;
  globalCompositeOperation = INITIAL.globalCompositeOperation;
  private dash = INITIAL.dash;
  private transform = INITIAL.transform;
  private clipped = INITIAL.clip;
  readonly #saved: Drawn[] = [];
  readonly #elements: string[] = [];
  #path: string[] = [];

  /** `id` gives names that nothing else in the document has. */
  constructor(
    private readonly measure: Measure,
    private readonly id: () => string,
  ) {}

  /** All that was drawn, in order. */
  get content(): string {
    return this.#elements.join('');
  }

  /** Puts an element over what is drawn, or under it where that is the mode. */
  add(element: string): void {
    if (this.globalCompositeOperation === 'destination-over') this.#elements.unshift(element);
    else this.#elements.push(element);
  }

  save(): void {
    const { fillStyle, strokeStyle, lineWidth, lineJoin, font, textAlign, textBaseline } = this;
    const { globalAlpha, globalCompositeOperation, dash, transform, clipped: clip } = this;
    this.#saved.push({
      ...{ fillStyle, strokeStyle, lineWidth, lineJoin, font, textAlign, textBaseline },
      ...{ globalAlpha, globalCompositeOperation, dash, transform, clip },
    });
  }

  restore(): void {
    const saved = this.#saved.pop();
    if (!saved) return;
    const { clip, ...others } = saved;
    Object.assign(this, others);
    this.clipped = clip;
  }

  translate(x: number, y: number): void {
    this.transform += `translate(${round(x)} ${round(y)})`;
  }

  rotate(angle: number): void {
    this.transform += `rotate(${round((angle * 180) / Math.PI)})`;
  }

  setLineDash(dash: Iterable<number>): void {
    this.dash = [...dash];
  }

  beginPath(): void {
    this.#path = [];
  }

  closePath(): void {
    this.#path.push('Z');
  }

  moveTo(x: number, y: number): void {
    this.#path.push(`M${round(x)} ${round(y)}`);
  }

  lineTo(x: number, y: number): void {
    // As on a canvas: a path that begins with a line begins at its end.
    this.#path.push(`${this.#path.length === 0 ? 'M' : 'L'}${round(x)} ${round(y)}`);
  }

  rect(x: number, y: number, width: number, height: number): void {
    this.#path.push(`M${round(x)} ${round(y)}h${round(width)}v${round(height)}h${round(-width)}Z`);
  }

  roundRect(x: number, y: number, width: number, height: number, radii?: unknown): void {
    const r = typeof radii === 'number' ? Math.min(radii, width / 2, height / 2) : 0;
    const corner = (dx: number, dy: number): string => `a${r} ${r} 0 0 1 ${dx} ${dy}`;
    const [across, down] = [round(width - 2 * r), round(height - 2 * r)];
    this.#path.push(
      `M${round(x + r)} ${round(y)}h${across}${corner(r, r)}v${down}${corner(-r, r)}` +
        `h-${across}${corner(-r, -r)}v-${down}${corner(r, -r)}Z`,
    );
  }

  arc(x: number, y: number, radius: number, start: number, end: number): void {
    const at = (angle: number): string =>
      `${round(x + radius * Math.cos(angle))} ${round(y + radius * Math.sin(angle))}`;
    // An arc that ends where it begins is none: a circle takes two.
    const middle = (start + end) / 2;
    const half = (to: number): string => `A${round(radius)} ${round(radius)} 0 0 1 ${at(to)}`;
    const go = this.#path.length === 0 || end - start >= 2 * Math.PI ? 'M' : 'L';
    this.#path.push(`${go}${at(start)}${half(middle)}${half(end)}`);
  }

  clip(): void {
    const id = this.id();
    // One clip inside another shows what both do.
    this.add(`<clipPath id="${id}"${this.#clipping}><path d="${this.#d}"/></clipPath>`);
    this.clipped = id;
  }

  fill(): void {
    if (this.#path.length > 0) this.add(`<path d="${this.#d}"${this.#filled}/>`);
  }

  stroke(): void {
    if (this.#path.length > 0) this.add(`<path d="${this.#d}"${this.#stroked}/>`);
  }

  fillRect(x: number, y: number, width: number, height: number): void {
    this.add(`<rect${box(x, y, width, height)}${this.#filled}/>`);
  }

  strokeRect(x: number, y: number, width: number, height: number): void {
    this.add(`<rect${box(x, y, width, height)}${this.#stroked}/>`);
  }

  fillText(text: string, x: number, y: number): void {
    const found = /^(?:(bold|\d+) )?([\d.]+)px (.+)$/.exec(this.font);
    const [, weight, size = '10', family = 'sans-serif'] = found ?? [];
    // Many programs do not know the baselines of SVG, so the text stands on its own.
    const { fontBoundingBoxAscent: up, fontBoundingBoxDescent: down } = this.measureText(text);
    const lower = { middle: (up - down) / 2, top: up, bottom: -down }[this.textBaseline as 'top'];
    const anchor = { center: 'middle', right: 'end', end: 'end' }[this.textAlign as 'end'];
    this.add(
      `<text x="${round(x)}" y="${round(y + (lower || 0))}" font-family="${escapeXml(family)}"` +
        ` font-size="${size}"${weight ? ` font-weight="${weight}"` : ''}` +
        `${anchor ? ` text-anchor="${anchor}"` : ''}${this.#filled}>${escapeXml(text)}</text>`,
    );
  }

  measureText(text: string): TextMetrics {
    return this.measure(this.font, text);
  }

  get #d(): string {
    return this.#path.join('');
  }

  get #clipping(): string {
    return this.clipped === '' ? '' : ` clip-path="url(#${this.clipped})"`;
  }

  get #placed(): string {
    const { transform, globalAlpha } = this;
    return (
      (transform === '' ? '' : ` transform="${transform}"`) +
      (globalAlpha === 1 ? '' : ` opacity="${round(globalAlpha)}"`) +
      this.#clipping
    );
  }

  get #filled(): string {
    return paint('fill', this.fillStyle) + this.#placed;
  }

  get #stroked(): string {
    const { lineWidth, lineJoin, dash, strokeStyle } = this;
    return (
      ` fill="none"${paint('stroke', strokeStyle)} stroke-width="${lineWidth}"` +
      (lineJoin === 'miter' ? '' : ` stroke-linejoin="${lineJoin}"`) +
      (dash.length === 0 ? '' : ` stroke-dasharray="${dash.join(' ')}"`) +
      this.#placed
    );
  }
}

function box(x: number, y: number, width: number, height: number): string {
  // A canvas takes rectangles to the left and upwards, too.
  const [left, top] = [Math.min(x, x + width), Math.min(y, y + height)];
  const [w, h] = [Math.abs(width), Math.abs(height)];
  return ` x="${round(left)}" y="${round(top)}" width="${round(w)}" height="${round(h)}"`;
}

/** A colour as programs other than browsers know it: without alpha, which gets an attribute. */
function paint(name: 'fill' | 'stroke', style: Canvas2D['fillStyle']): string {
  if (typeof style !== 'string') throw new TypeError('only plain colours can become SVG');
  const [, red, green, blue, alpha] =
    /^rgba?\(\s*([\d.]+)[\s,]+([\d.]+)[\s,]+([\d.]+)(?:\s*[/,]\s*([\d.]+))?\s*\)$/.exec(style) ??
    [];
  if (red === undefined) return ` ${name}="${escapeXml(style)}"`;
  const opacity = alpha === undefined ? '' : ` ${name}-opacity="${alpha}"`;
  return ` ${name}="rgb(${red},${green!},${blue!})"${opacity}`;
}

export function round(value: number): number {
  return Math.round(value * 100) / 100;
}

/** Text inside XML, which has no place for most control characters and for half a character. */
export function escapeXml(text: string): string {
  return text
    .replace(/[^\P{Cc}\t\n\r]|\p{Cs}|[\ufffe\uffff]/gu, '\ufffd')
    .replace(/[<>&"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
