// What the horizon panel says in words and numbers.
import { html, nothing, type TemplateResult } from 'lit';
import { type Contribution, reach } from '../layout/decay';
import type { DecayLayout } from '../layout/decay_bars';
import {
  columnFormat,
  formatLag,
  formatNumber,
  percentColumnFormat,
  plural,
  visibleToken,
} from '../layout/format';
import { correctness, entryText } from '../layout/series';
import type { Metric, Sequence } from '../wire/record';
import { Scale } from '../wire/rnnbow_pb.js';

/** All lags up to here stand in the list of values; beyond, ever fewer: a hover lists them anew. */
const LISTED = 64;
/** Shares cancel: against a lag 0 that nearly vanished by that, the others are no parts of it. */
const MEANINGLESS = 10;

/** How far what is shown reaches; `share`: some of it counts against the rest. */
export function reachText(
  decay: readonly Contribution[],
  source: number | undefined,
  share: boolean,
): string {
  const within = reach(decay, 0.9);
  if (within !== undefined) {
    return `90 % ${share ? 'of the magnitudes ' : ''}within ${plural(within, 'step')}`;
  }
  if (decay.some(({ value }) => !Number.isFinite(value))) return 'some of it is NaN or infinite';
  return source === undefined ? 'no gradient here' : 'no gradient comes from this loss';
}

/** Which loss it is, and what it is about. */
export function sourceText(
  sequence: Sequence,
  labels: readonly string[],
  source: number,
  far: string,
): TemplateResult {
  const target = entryText(sequence.targets, labels, source, visibleToken, formatNumber);
  const said = entryText(sequence.predictions, labels, source, visibleToken, formatNumber);
  const right = correctness(sequence, labels)?.[source];
  const loss = target === '' ? undefined : sequence.losses[source];
  const is = loss === undefined ? '' : ` is ${formatNumber(loss)}`;
  const parts: (TemplateResult | string)[] = [];
  if (target === '') parts.push('no target');
  else if (target !== undefined) parts.push(html`target <code>${target}</code>`);
  if (said !== undefined && said !== '') {
    const verdict = right === undefined ? '' : right ? 'right' : 'wrong';
    const note = verdict === '' ? '' : ` (${verdict})`;
    parts.push(html`predicted <code class=${verdict}>${said}</code>${note}`);
  }
  parts.push(far);
  return html`the loss at ${source}${is}:
  ${parts.map((part, i) => (i === 0 ? part : html`, ${part}`))}`;
}

/** What the bars leave out or mark: empty where they do not. */
export function caption({ bars, below }: DecayLayout, negative: string | undefined): string {
  const signed = bars.some(({ entry }) => entry.value < 0);
  return marks(bars.length > 0 ? below : 0, signed ? negative : undefined);
}

/** As much as it ever says. */
export function captionRoom(negative: string | undefined): string {
  return marks(LISTED, negative);
}

function marks(below: number, negative: string | undefined): string {
  const parts = [
    below > 0 ? `${plural(below, 'lag')} further on: below the axis` : '',
    negative === undefined ? '' : `${negative}: negative, cancels others`,
  ];
  return parts.filter((part) => part !== '').join(' · ');
}

/** A value at every lag as a part of `own`, that of the first lag; undefined where it is none. */
export function ratio(value: number, own: number, share: boolean): number | undefined {
  const part = value / own;
  if (own === 0 || !Number.isFinite(own)) return undefined;
  return share && Math.abs(part) > MEANINGLESS ? undefined : part;
}

/** The values themselves at growing lags. */
export function valueTable(
  decay: readonly Contribution[],
  sequence: Sequence,
  labels: readonly string[],
  metric: Metric,
): TemplateResult {
  const share = metric.scale === Scale.SHARE;
  const label = metric.label || metric.name;
  const single = decay[0]?.cell !== undefined;
  const own = decay[0]?.value ?? 0;
  const rows = decay
    .filter(({ lag }) => Math.abs(lag) < LISTED || Number.isInteger(Math.log2(Math.abs(lag))))
    .map((entry) => ({ ...entry, part: ratio(entry.value, own, share) }));
  const asPart = percentColumnFormat(rows.flatMap(({ part }) => part ?? []));
  const format = (share ? percentColumnFormat : columnFormat)(rows.map(({ value }) => value));
  return html`<table data-testid="horizon-values">
    <thead>
      <tr>
        <th scope="col">lag</th>
        ${single ? html`<th scope="col">cell</th>` : nothing}
        <th scope="col">of lag ${formatLag(decay[0]?.lag ?? 0)}</th>
        <th scope="col">${single ? label : `${label}, mean`}</th>
      </tr>
    </thead>
    <tbody>
      ${rows.map(({ lag, cell, value, part }) => {
        const input =
          cell === undefined
            ? undefined
            : entryText(sequence.inputs, labels, cell, visibleToken, formatNumber);
        return html`<tr>
          <td>${formatLag(lag)}</td>
          ${single ? html`<td>${cell}${input ? html` <code>${input}</code>` : nothing}</td>` : nothing}
          <td>${part === undefined ? '–' : asPart(part)}</td>
          <td>${format(value)}</td>
        </tr>`;
      })}
    </tbody>
  </table>`;
}
