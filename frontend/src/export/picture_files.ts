// A picture as PNG and as SVG: the same drawing on two kinds of surface.
import { CanvasSurface, PICTURE_RATIO } from '../render/surface';
import { LIGHT } from '../theme';
import type { Picture } from './panel';
import { layoutSheet } from './sheet';
import { escapeXml, type Measure, SvgCanvas } from './svg_canvas';
import { SvgSurface } from './svg_surface';

/** With the canvas' own fonts. */
function canvasMeasure(): Measure {
  const context = document.createElement('canvas').getContext('2d')!;
  return (font, text) => {
    context.font = font;
    return context.measureText(text);
  };
}

/** Twice as many pixels as on the page. Undefined where a browser has no room for so large a canvas. */
export async function pngFile(picture: Picture, about: string): Promise<Blob | undefined> {
  const plots = picture.plots.map(({ layers }) =>
    layers.map((draw) => {
      const surface = new CanvasSurface(document.createElement('canvas'));
      draw(surface);
      return surface.canvas;
    }),
  );
  const sizes = plots.map(([layer]) => ({
    width: (layer?.width ?? 0) / PICTURE_RATIO,
    height: (layer?.height ?? 0) / PICTURE_RATIO,
  }));
  const measure = canvasMeasure();
  const widthOf = (font: string, text: string): number => measure(font, text).width;
  const sheet = layoutSheet(picture, about, sizes, LIGHT, widthOf);
  const whole = new CanvasSurface(document.createElement('canvas'));
  const context = whole.begin(sheet.width, sheet.height, PICTURE_RATIO);
  sheet.draw(context);
  sheet.places.forEach(({ left, top }, i) => {
    const { width, height } = sizes[i]!;
    for (const layer of plots[i]!) context.drawImage(layer, left, top, width, height);
  });
  return new Promise((resolve) => {
    whole.canvas.toBlob((blob) => {
      resolve(blob ?? undefined);
    }, 'image/png');
  });
}

export function svgFile(picture: Picture, about: string): Blob {
  let ids = 0;
  const id = (): string => `clip-${++ids}`;
  const measure = canvasMeasure();
  const plots = picture.plots.map(({ layers }) =>
    layers.map((draw) => {
      const surface = new SvgSurface(measure, id);
      draw(surface);
      return surface;
    }),
  );
  const sizes = plots.map(([layer]) => ({ width: layer?.width ?? 0, height: layer?.height ?? 0 }));
  const widthOf = (font: string, text: string): number => measure(font, text).width;
  const sheet = layoutSheet(picture, about, sizes, LIGHT, widthOf);
  const frame = new SvgCanvas(measure, id);
  sheet.draw(frame);
  const size = `width="${sheet.width}" height="${sheet.height}"`;
  const drawn = sheet.places.map(({ left, top }, i) => {
    const layers = plots[i]!.map(({ content }) => content);
    return `<g transform="translate(${left} ${top})">${layers.join('')}</g>`;
  });
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} viewBox="0 0 ${sheet.width} ${sheet.height}" role="img">`,
    `<title>${escapeXml(picture.title)}</title>`,
    `<desc>${escapeXml([picture.subtitle, about, picture.note].join('. '))}</desc>`,
    frame.content,
    ...drawn,
    '</svg>\n',
  ];
  return new Blob(parts, { type: 'image/svg+xml' });
}
