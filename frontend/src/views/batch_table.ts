// The batch as a table: for screen readers, and for whoever wants the plain text.
import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { formatNumber, spokenToken } from '../layout/format';
import { cellSums } from '../layout/items';
import { itemsOf } from '../layout/picture';
import { correctness, entryText } from '../layout/series';
import type { Metric, RnnbowRecord } from '../wire/record';
import { Scale } from '../wire/rnnbow_pb.js';
import { formatItem } from './batch_text';

export function batchTable(record: RnnbowRecord, sequence: number, metric: Metric): TemplateResult {
  return html`<rnnbow-batch-table
    .record=${record}
    .sequence=${sequence}
    .metric=${metric}
  ></rnnbow-batch-table>`;
}

function verdict(right: boolean | undefined): string | typeof nothing {
  return right === undefined ? nothing : right ? 'right' : 'wrong';
}

/** Milliseconds without a change after which the table follows. */
const PAUSE = 100;

/**
 * An element of its own: rendered again for another record, not for every move of the pointer, and
 * after the picture, because a long table takes several times as long.
 */
class BatchTable extends LitElement {
  static override properties = {
    record: { attribute: false },
    sequence: { attribute: false },
    metric: { attribute: false },
  };
  declare record: RnnbowRecord;
  declare sequence: number;
  declare metric: Metric;

  protected override createRenderRoot(): this {
    return this;
  }

  protected override async scheduleUpdate(): Promise<void> {
    this.ariaBusy = 'true';
    let seen: readonly unknown[];
    do {
      seen = this.#wanted;
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    } while (this.#wanted.some((one, i) => one !== seen[i]));
    await super.scheduleUpdate();
    this.ariaBusy = 'false';
  }

  get #wanted(): readonly unknown[] {
    return [this.record, this.sequence, this.metric];
  }

  override render(): TemplateResult {
    const { record, metric } = this;
    const sequence = record.sequences[this.sequence]!;
    const { labels, step } = record.message;
    const sums = cellSums(itemsOf(record, this.sequence, metric));
    const right = correctness(sequence, labels);
    const text = (series: typeof sequence.inputs, t: number): string =>
      entryText(series, labels, t, spokenToken, formatNumber) ?? '';
    return html`<table class="hidden" data-testid="batch-table">
      <caption>
        Batch at step ${step}: ${metric.label || metric.name} at each cell
      </caption>
      <thead>
        <tr>
          <th scope="col">cell</th>
          <th scope="col">input</th>
          <th scope="col">target</th>
          <th scope="col">predicted</th>
          <th scope="col">right</th>
          <th scope="col">sum of bands</th>
        </tr>
      </thead>
      <tbody>
        ${Array.from(
          sums,
          (sum, t) =>
            html`<tr>
              <th scope="row">${t}</th>
              <td>${text(sequence.inputs, t)}</td>
              <td>${text(sequence.targets, t)}</td>
              <td>${text(sequence.predictions, t)}</td>
              <td>${verdict(right?.[t])}</td>
              <td>${formatItem(sum, metric.scale === Scale.SHARE)}</td>
            </tr>`,
        )}
      </tbody>
    </table>`;
  }
}

customElements.define('rnnbow-batch-table', BatchTable);
