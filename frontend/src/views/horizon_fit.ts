// What the lines over the bars of the horizon say: the legend, in words and numbers.
import { html, nothing, type TemplateResult } from 'lit';
import type { Key } from '../export/panel';
import type { DecayFit } from '../layout/decay_fit';
import { formatNumber, formatStep, plural } from '../layout/format';
import type { Theme } from '../theme';
import type { RnnbowRecord } from '../wire/record';
import { Scale } from '../wire/rnnbow_pb.js';
import { steady } from './parts';

/** How contributions decay, or why no number says it. `share`: it is about their magnitudes. */
export function fitText(fit: DecayFit, share: boolean): string {
  const what = share ? 'magnitude ' : '';
  switch (fit.kind) {
    case 'halves':
    case 'doubles': {
      const every = formatNumber(fit.every, 2);
      const from = fit.peaks ? ` beyond lag ${fit.from}` : '';
      return `${what}${fit.kind} every ${every === '1.0' ? 'step' : `${every} steps`}${from}, × ${fit.off.toFixed(fit.off < 9.95 ? 1 : 0)} off the line`;
    }
    case 'level':
      return 'no half-life: it stays level';
    case 'irregular':
      return 'no half-life: no line fits';
    case 'few':
      return 'no half-life: too few lags with gradient';
    case 'nonfinite':
      return 'no half-life: NaN or infinite items';
    case 'nothing':
      return 'no gradient';
  }
}

export const MEAN_BAR = 'a bar is the mean over the losses that reach its lag';

/** The same for a picture. */
export function fitKeys(
  single: DecayFit | undefined,
  average: DecayFit,
  share: boolean,
  theme: Theme,
): Key[] {
  const one = (whose: string, fit: DecayFit, colour: string): Key => {
    return { kind: 'line', label: `${whose}: ${fitText(fit, share)}`, width: 2, colour };
  };
  const mean = one('mean loss', average, single ? theme.text : theme.fit);
  return single ? [one('this loss', single, theme.fit), mean] : [mean];
}

/** Of the loss that is isolated, if one is, and of the mean of all; `room` for the marks beside them. */
export function fitLegend(
  single: DecayFit | undefined,
  average: DecayFit,
  share: boolean,
  marks: string,
  room: string,
): TemplateResult {
  const drawn = single ?? average;
  // Over bars of what does not cancel, a line through magnitudes would hang in the air.
  const line = (drawn.kind === 'halves' || drawn.kind === 'doubles') && (single || !share);
  const longest = `${SWATCH}this loss: ${fitText(LONGEST, share)}`;
  const mean = fitText(average, share);
  const said = html`<span
      >${line ? swatch('fit') : nothing}${single ? 'this loss' : 'mean loss'}:
      ${fitText(drawn, share)}</span
    >
    <span>
      ${single ? html`${swatch('text')}mean loss: ${mean}` : MEAN_BAR}${
        marks === '' ? nothing : ` · ${marks}`
      }</span
    >`;
  return html`<p class="note fits" data-testid="horizon-fit">
    ${steady(said, `${longest}\n${SWATCH}mean loss: ${mean} · ${room}`)}
  </p>`;
}

/** As much as is said of one loss, but for what is rare. */
const LONGEST: DecayFit = {
  kind: 'halves',
  every: 88,
  from: 88,
  to: 88,
  peaks: true,
  off: 8.8,
  at: () => 0,
};
/** As wide as a swatch. */
const SWATCH = '\u2003\u2003';

function swatch(colour: string): TemplateResult {
  return html`<svg width="18" height="8" aria-hidden="true">
    <path d="M1 4h16" stroke="var(--${colour})" stroke-width="2" />
  </svg> `;
}

/** The record's own check of its items, in words, or what is missing for one. */
export function recordCheck({ message, sequences, metrics }: RnnbowRecord): string {
  const { completeness_error: error, batch_size: batch, lags_omitted, tolerance } = message;
  if (error === undefined) return `Not checked: ${unchecked()}.`;
  if (!Number.isFinite(error)) return 'Check failed: the gradient is NaN or infinite.';
  const size = error < 1e-3 ? formatNumber(error, 2) : `${formatNumber(error * 100, 2)} %`;
  return error > INCOMPLETE
    ? `Check failed: all items together miss ${size} of the ordinary gradient, which went into the weight on another way.`
    : `Checked: all items together are the ordinary gradient of the recurrent weight, to ${size} of its size.`;

  function unchecked(): string {
    // Shares are of the gradient of one recurrent weight.
    if (metrics.every(({ scale }) => scale !== Scale.SHARE)) {
      return 'this recurrence has no one recurrent weight';
    }
    const all = 'and only all of them add up to the gradient';
    if (lags_omitted) return `lags were left out, ${all}`;
    if (tolerance > 0) return `items below the tolerance were left out, ${all}`;
    if (sequences.length < batch) {
      return `${formatStep(sequences.length)} of ${plural(batch, 'sequence')} recorded, ${all}`;
    }
    return 'the record holds nothing to check against';
  }
}

/** The recorder warns from here on where gradients are of half precision, which a record does not say. */
const INCOMPLETE = 0.1;
