// The largest contributions of the record, with what they are about: a click keeps their loss in view.
import { html, nothing, type TemplateResult } from 'lit';
import {
  columnFormat,
  formatLag,
  formatNumber,
  percentColumnFormat,
  visibleToken,
} from '../layout/format';
import type { LargestItem } from '../layout/largest';
import { correctness, entryText } from '../layout/series';
import type { Sequence, Series } from '../wire/record';
import { Scale } from '../wire/rnnbow_pb.js';
import type { Context } from './context';
import { togglePin } from './pin';

export function largestTable(
  context: Context,
  largest: readonly LargestItem[],
  sequence: Sequence,
): TemplateResult {
  const { controller, state, now } = context;
  const metric = now.metric!;
  const { labels } = state.record.value!.message;
  const { pin } = state.selection;
  const share = metric.scale === Scale.SHARE;
  const format = (share ? percentColumnFormat : columnFormat)(largest.map(({ value }) => value));
  const right = correctness(sequence, labels);
  const text = (series: Series | undefined, step: number): string | undefined =>
    entryText(series, labels, step, visibleToken, formatNumber);
  const has = {
    target: largest.some(({ source }) => text(sequence.targets, source)),
    predicted: largest.some(({ source }) => text(sequence.predictions, source)),
  };
  const isolate = (source: number | undefined) => (): void => {
    controller.hover(source);
  };
  if (largest.length === 0) return html`<p class="hint">All items are 0.</p>`;
  return html`<table data-testid="largest" @pointerleave=${isolate(undefined)}>
    <thead>
      <tr>
        <th scope="col">loss at</th>
        ${has.target ? html`<th scope="col">target</th>` : nothing}
        ${has.predicted ? html`<th scope="col">predicted</th>` : nothing}
        <th scope="col">cell</th>
        <th scope="col">lag</th>
        <th scope="col">${metric.label || metric.name}</th>
      </tr>
    </thead>
    <tbody>
      ${largest.map(({ source, cell, lag, value }) => {
        const said = right?.[source];
        const verdict = said === undefined ? '' : said ? 'right' : 'wrong';
        return html`<tr
          class=${source === pin ? 'pinned' : ''}
          @pointerenter=${isolate(source)}
          @click=${() => {
            togglePin(context, source);
          }}
        >
          <td>
            <button
              type="button"
              class="link"
              aria-pressed=${source === pin ? 'true' : 'false'}
              aria-label="Loss at ${source}: pin"
              @focus=${isolate(source)}
              @blur=${isolate(undefined)}
            >
              ${source}
            </button>
          </td>
          ${has.target ? html`<td><code>${text(sequence.targets, source)}</code></td>` : nothing}
          ${has.predicted ? html`<td><code class=${verdict}>${text(sequence.predictions, source)}</code></td>` : nothing}
          <td>${cell}</td>
          <td>${formatLag(lag)}</td>
          <td>${format(value)}</td>
        </tr>`;
      })}
    </tbody>
  </table>`;
}
