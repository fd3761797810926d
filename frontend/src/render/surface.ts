// What charts draw on: a canvas of the page, or a picture to take away (export/svg.ts).

/**
 * The part of a canvas' interface that charts may use: every bit of it can also become SVG. A chart
 * that needs more extends this and export/svg_canvas.ts.
 */
export type Canvas2D = Pick<
  CanvasRenderingContext2D,
  | 'fillStyle'
  | 'strokeStyle'
  | 'lineWidth'
  | 'lineJoin'
  | 'font'
  | 'textAlign'
  | 'textBaseline'
  | 'globalAlpha'
  | 'globalCompositeOperation'
  | 'setLineDash'
  | 'save'
  | 'restore'
  | 'translate'
  | 'rotate'
  | 'beginPath'
  | 'closePath'
  | 'moveTo'
  | 'lineTo'
  | 'rect'
  | 'roundRect'
  | 'arc'
  | 'clip'
  | 'fill'
  | 'stroke'
  | 'fillRect'
  | 'strokeRect'
  | 'fillText'
  | 'measureText'
>;

/** Device pixels in each CSS pixel of a picture to take away: sharp in print. */
export const PICTURE_RATIO = 2;

/** A rectangle of a chart in CSS pixels. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Fills whole device pixels, counted from the corner of a box, with a colour of `packed`. */
export type Fill = (
  colour: number,
  left: number,
  top: number,
  right: number,
  bottom: number,
) => void;

export interface Surface {
  /** An empty picture of this size, ready for drawing in CSS pixels; `ratio` device pixels make one. */
  begin(width: number, height: number, ratio: number): Canvas2D;

  /**
   * Very many rectangles in `width` x `height` device pixels at the corner of `box`, which they
   * replace. They stay rectangles in a vector picture.
   */
  rectangles(box: Box, width: number, height: number, paint: (fill: Fill) => void): void;

  /** The same pixel by pixel, row by row, colours as by `packed`: an image in a vector picture too. */
  image(box: Box, width: number, height: number, paint: (pixels: Uint32Array) => void): void;
}

/** A colour as the pixels of an image hold it. */
export function packed([red, green, blue]: readonly [number, number, number]): number {
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

/** A canvas at the density of the screen. */
export class CanvasSurface implements Surface {
  readonly #context: CanvasRenderingContext2D;
  #ratio = 1;
  /** Of the last image, for the next one of its size: megabytes less to take and to give back. */
  #image: ImageData | undefined;

  constructor(readonly canvas: HTMLCanvasElement) {
    this.#context = canvas.getContext('2d')!;
  }

  begin(width: number, height: number, ratio: number): CanvasRenderingContext2D {
    const { canvas } = this;
    const context = this.#context;
    const pixels = [Math.round(width * ratio), Math.round(height * ratio)] as const;
    if (canvas.width !== pixels[0] || canvas.height !== pixels[1]) {
      [canvas.width, canvas.height] = pixels;
    }
    this.#ratio = ratio;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.globalAlpha = 1;
    context.setLineDash([]);
    return context;
  }

  rectangles(box: Box, width: number, height: number, paint: (fill: Fill) => void): void {
    this.image(box, width, height, (pixels) => {
      paint((colour, left, top, right, bottom) => {
        for (let y = top; y < bottom; y++) {
          for (let x = y * width + left, end = x + right - left; x < end; x++) pixels[x] = colour;
        }
      });
    });
  }

  image(box: Box, width: number, height: number, paint: (pixels: Uint32Array) => void): void {
    if (width < 1 || height < 1) return;
    // Pixel by pixel in memory: far faster than as many calls of the canvas.
    let image = this.#image;
    if (image?.width === width && image.height === height) image.data.fill(0);
    else this.#image = image = this.#context.createImageData(width, height);
    paint(new Uint32Array(image.data.buffer));
    const [x, y] = [Math.round(box.left * this.#ratio), Math.round(box.top * this.#ratio)];
    this.#context.putImageData(image, x, y);
  }
}
