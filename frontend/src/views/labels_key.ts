// How to read the squares of the matrix: their area and their colour.
import { html, type TemplateResult } from 'lit';
import { LARGEST, sideOf } from '../layout/label_matrix';
import type { Span } from '../layout/zoom';
import type { Theme } from '../theme';

const SIZES = [0.5, 1, 2, LARGEST];
/** Lags that are named; between them colours change little. */
const NAMED = 8;

export function matrixKey(
  lags: readonly Span[],
  colourOf: (lags: Span) => string,
  theme: Theme,
): TemplateResult {
  const every = Math.ceil(lags.length / NAMED);
  const square = (side: number, colour: string): TemplateResult =>
    html`<i class="swatch" style="width:${side}px;height:${side}px;background:${colour}"></i>`;
  return html`<div class="note matrix-key">
    <span>area: times the usual</span>
    ${SIZES.map(
      (times) =>
        html`<span
          >${square(sideOf(times), theme.second)} ${times}${times === LARGEST ? '+' : ''}</span
        >`,
    )}
    <span>colour: the lag with most beyond it</span>
    ${lags
      .filter((_, i) => i % every === 0)
      .map((span) => {
        const nearest = span[0] >= 0 ? span[0] : span[1];
        return html`<span>${square(10, colourOf(span))} ${nearest}</span>`;
      })}
    <span>${square(10, theme.border)} less than usual</span>
  </div>`;
}
