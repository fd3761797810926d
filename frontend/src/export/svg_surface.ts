// What charts draw on to become SVG.
import { type Box, CanvasSurface, type Canvas2D, type Fill, type Surface } from '../render/surface';
import { type Measure, round, SvgCanvas } from './svg_canvas';

export class SvgSurface implements Surface {
  width = 0;
  height = 0;
  #ratio = 1;
  #canvas: SvgCanvas;

  constructor(
    private readonly measure: Measure,
    private readonly id: () => string,
  ) {
    this.#canvas = new SvgCanvas(measure, id);
  }

  get content(): string {
    return this.#canvas.content;
  }

  begin(width: number, height: number, ratio: number): Canvas2D {
    [this.width, this.height, this.#ratio] = [width, height, ratio];
    this.#canvas = new SvgCanvas(this.measure, this.id);
    return this.#canvas;
  }

  rectangles(box: Box, _width: number, _height: number, paint: (fill: Fill) => void): void {
    // None lies over another: those of a colour are one path, which takes a tenth of the bytes.
    const paths = new Map<number, string[]>();
    paint((colour, left, top, right, bottom) => {
      let path = paths.get(colour);
      if (!path) paths.set(colour, (path = []));
      path.push(`M${left} ${top}h${right - left}v${bottom - top}h${left - right}z`);
    });
    const scale = round(1 / this.#ratio);
    const at = `translate(${round(box.left)} ${round(box.top)})scale(${scale})`;
    const drawn = Array.from(
      paths,
      ([colour, path]) => `<path fill="${hex(colour)}" d="${path.join('')}"/>`,
    );
    // Neighbours meet at whole pixels: smoothed, they would show a seam.
    this.#canvas.add(`<g transform="${at}" shape-rendering="crispEdges">${drawn.join('')}</g>`);
  }

  image(box: Box, width: number, height: number, paint: (pixels: Uint32Array) => void): void {
    if (width < 1 || height < 1) return;
    const surface = new CanvasSurface(document.createElement('canvas'));
    surface.begin(width, height, 1);
    surface.image({ left: 0, top: 0, width, height }, width, height, paint);
    this.#canvas.add(
      `<image x="${round(box.left)}" y="${round(box.top)}" width="${round(width / this.#ratio)}"` +
        ` height="${round(height / this.#ratio)}" preserveAspectRatio="none"` +
        ` style="image-rendering:pixelated" href="${surface.canvas.toDataURL()}"/>`,
    );
  }
}

/** The inverse of `packed`. */
function hex(colour: number): string {
  const channels = [colour & 255, (colour >> 8) & 255, (colour >> 16) & 255];
  return `#${channels.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`;
}
