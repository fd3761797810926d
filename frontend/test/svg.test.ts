import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wrap } from '../src/export/sheet';
import { fileName } from '../src/export/download';
import { escapeXml, SvgCanvas } from '../src/export/svg_canvas';
import { SvgSurface } from '../src/export/svg_surface';
import { packed } from '../src/render/surface';

const measure = (font: string, text: string): TextMetrics =>
  ({
    width: text.length * parseFloat(font),
    fontBoundingBoxAscent: 9,
    fontBoundingBoxDescent: 3,
  }) as TextMetrics;

function canvas(): SvgCanvas {
  let ids = 0;
  return new SvgCanvas(measure, () => `c${++ids}`);
}

/** Names of elements from outside in; throws where a tag is not closed or an attribute not quoted. */
function elements(xml: string): string[] {
  const open: string[] = [];
  const seen: string[] = [];
  const rest = xml.replace(
    /<(\/?)([a-zA-Z]+)((?: [a-zA-Z-]+="[^"<&]*(?:&#\d+;[^"<&]*)*")*)(\/?)>/g,
    (_, end, name: string, _attributes, closed) => {
      if (end) {
        if (open.pop() !== name) throw new Error(`${name} was not open`);
      } else {
        seen.push(name);
        if (!closed) open.push(name);
      }
      return '';
    },
  );
  if (open.length > 0 || /[<>]|&(?!#\d+;)/.test(rest)) throw new Error(`left: ${rest}`);
  return seen;
}

describe('a canvas that becomes SVG', () => {
  it('writes down what is drawn', () => {
    const drawing = canvas();
    drawing.fillStyle = '#123456';
    drawing.fillRect(1, 2, 3.14159, 4);
    drawing.strokeStyle = 'rgb(1 2 3 / 0.5)';
    drawing.setLineDash([4, 3]);
    drawing.beginPath();
    drawing.lineTo(1, 1);
    drawing.lineTo(5, 1);
    drawing.stroke();
    expect(drawing.content).toBe(
      '<rect x="1" y="2" width="3.14" height="4" fill="#123456"/>' +
        '<path d="M1 1L5 1" fill="none" stroke="rgb(1,2,3)" stroke-opacity="0.5"' +
        ' stroke-width="1" stroke-dasharray="4 3"/>',
    );
  });

  it('puts text where a canvas does, on its baseline', () => {
    const drawing = canvas();
    drawing.font = 'bold 11px Roboto, "Segoe UI"';
    drawing.textBaseline = 'middle';
    drawing.textAlign = 'right';
    drawing.fillText('a<b', 10, 20);
    expect(drawing.content).toBe(
      '<text x="10" y="23" font-family="Roboto, &#34;Segoe UI&#34;" font-size="11"' +
        ' font-weight="bold" text-anchor="end" fill="#000">a&#60;b</text>',
    );
  });

  it('draws under what is there where it is told so', () => {
    const drawing = canvas();
    drawing.fillRect(0, 0, 1, 1);
    drawing.globalCompositeOperation = 'destination-over';
    drawing.fillRect(0, 0, 2, 2);
    expect(drawing.content.indexOf('width="2"')).toBeLessThan(drawing.content.indexOf('width="1"'));
  });

  it('brings back style, place and clip', () => {
    const drawing = canvas();
    drawing.save();
    drawing.translate(3, 4);
    drawing.rotate(Math.PI / 2);
    drawing.globalAlpha = 0.5;
    drawing.beginPath();
    drawing.rect(0, 0, 9, 9);
    drawing.clip();
    drawing.fillRect(0, 0, 1, 1);
    drawing.restore();
    drawing.fillRect(0, 0, 1, 1);
    const inside = ' transform="translate(3 4)rotate(90)" opacity="0.5" clip-path="url(#c1)"';
    expect(drawing.content).toBe(
      '<clipPath id="c1"><path d="M0 0h9v9h-9Z"/></clipPath>' +
        `<rect x="0" y="0" width="1" height="1" fill="#000"${inside}/>` +
        '<rect x="0" y="0" width="1" height="1" fill="#000"/>',
    );
  });

  it('is well-formed, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const drawing = canvas();
        drawing.fillText(text, 0, 0);
        drawing.fillStyle = text;
        drawing.fillRect(0, 0, 1, 1);
        expect(elements(drawing.content)).toEqual(['text', 'rect']);
        // eslint-disable-next-line no-control-regex -- what XML has no place for
        expect(drawing.content).not.toMatch(/[\0-\x08\x0b\x0c\x0e-\x1f]/);
        expect(drawing.content).not.toMatch(/\p{Cs}/u);
      }),
    );
    expect(escapeXml('\ud800"&<>\0\t')).toBe('\ufffd&#34;&#38;&#60;&#62;\ufffd\t');
  });

  it('keeps many rectangles as rectangles, one path for each colour', () => {
    const surface = new SvgSurface(measure, () => 'c');
    surface.begin(100, 50, 2);
    const box = { left: 10, top: 5, width: 50, height: 20 };
    surface.rectangles(box, 100, 40, (fill) => {
      fill(packed([255, 0, 1]), 0, 0, 4, 2);
      fill(packed([0, 16, 0]), 4, 0, 8, 2);
      fill(packed([255, 0, 1]), 8, 0, 9, 2);
    });
    expect(surface.content).toBe(
      '<g transform="translate(10 5)scale(0.5)" shape-rendering="crispEdges">' +
        '<path fill="#ff0001" d="M0 0h4v2h-4zM8 0h1v2h-1z"/>' +
        '<path fill="#001000" d="M4 0h4v2h-4z"/></g>',
    );
    expect([surface.width, surface.height]).toEqual([100, 50]);
  });
});

describe('around a chart', () => {
  it('breaks text at words, and cuts a word that alone is too long', () => {
    const fits = (text: string): boolean => text.length <= 10;
    expect(wrap('one two three four', fits)).toEqual(['one two', 'three four']);
    expect(wrap('', fits)).toEqual([]);
    expect(wrap('abcdefghijklm n', fits)).toEqual(['abcdefghi…', 'n']);
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(wrap(text, fits).every(fits)).toBe(true);
      }),
    );
  });

  it('names files so that every file system takes them', () => {
    expect(fileName(['../a b/<script>', 'rnn/l0', '', 'batch'], 'csv')).toBe(
      'rnnbow-a-b-script-rnn-l0-batch.csv',
    );
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), (parts) => {
        expect(fileName(parts, 'png')).toMatch(/^rnnbow[A-Za-z0-9-]{0,120}\.png$/);
      }),
    );
  });
});
