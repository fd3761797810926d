// What the batch panel says in words.
import { html, nothing, type TemplateResult } from 'lit';
import {
  formatLag,
  formatNumber,
  formatPercent,
  formatStep,
  plural,
  spokenToken,
  visibleToken,
} from '../layout/format';
import { itemAt } from '../layout/items';
import type { Picture } from '../layout/picture';
import { correctness, entryText } from '../layout/series';
import type { RnnbowRecord, Sequence } from '../wire/record';
import { warning } from './parts';

/** What the record says about the batch as a whole. */
export function batchFacts(record: RnnbowRecord, sequence: Sequence): TemplateResult {
  // Before the facts, which stay where they are when it comes and goes from record to record.
  const skipped = record.message.step_skipped
    ? warning('step skipped: the gradient was not finite', 'step-skipped')
    : nothing;
  return html`${skipped}<span data-testid="batch-facts"
      >${batchFactList(record, sequence).join(' · ')}</span
    >`;
}

export function batchFactList(record: RnnbowRecord, sequence: Sequence): string[] {
  const { loss, batch_size, lags, lags_omitted, labels } = record.message;
  const { microBatches, ranks } = record;
  const right = correctness(sequence, labels);
  const counted = right?.filter((known) => known !== undefined).length;
  const { sequences } = record.all;
  return [
    loss === undefined ? '' : `loss ${formatNumber(loss)}`,
    right ? `${formatStep(right.filter(Boolean).length)} of ${formatStep(counted!)} right` : '',
    record === record.all
      ? `sequence ${sequence.index} of a batch of ${batch_size}`
      : `mean of ${sequences.length} sequences of a batch of ${batch_size}`,
    microBatches > 1 ? `the last of ${formatStep(microBatches)} micro-batches` : '',
    ranks > 1 ? `mean over ${formatStep(ranks)} processes` : '',
    lags_omitted ? `horizon cut at ${plural(lags, 'lag')}` : '',
  ].filter((fact) => fact !== '');
}

/** A value of the metric: shares as parts of 100 %. */
export function formatItem(value: number, signed: boolean): string {
  return signed ? formatPercent(value) : formatNumber(value);
}

/** Readout of one band. */
export function bandLines(
  picture: Picture,
  sequence: Sequence,
  labels: readonly string[],
  cell: number,
  source: number,
): TemplateResult[] {
  const text = (series: Sequence['inputs'], t: number): string => {
    const entry = entryText(series, labels, t, visibleToken, formatNumber);
    return entry === undefined || entry === '' ? '' : ` ${entry}`;
  };
  const value = itemAt(picture.items, cell, source);
  const total = picture.totals.up[cell]! + picture.totals.down[cell]!;
  const part = value === undefined ? NaN : Math.abs(value) / total;
  const target = text(sequence.targets, source);
  const said = text(sequence.predictions, source);
  const ignored = target === '' && (sequence.targets?.tokens.length ?? 0) > 0;
  const about = [
    target === '' ? (ignored ? 'no target' : '') : `target${target}`,
    said === '' ? '' : `predicted${said}`,
  ].filter((part) => part !== '');
  const lines = about.length === 0 ? [] : [html`${about.join(' · ')}`];
  return [
    html`<b>loss at ${source}</b> → cell ${cell}${text(sequence.inputs, cell)}`,
    html`lag ${formatLag(source - cell)} ·
      <b>${value === undefined ? 'none' : formatItem(value, picture.signed)}</b>${
        Number.isFinite(part) ? html` · ${formatPercent(part)} of the bar` : nothing
      }`,
    ...lines,
  ];
}

/** One source for a screen reader. */
export function spokenSource(
  sequence: Sequence,
  labels: readonly string[],
  source: number,
): string {
  const text = (series: Sequence['inputs'], name: string): string => {
    const entry = entryText(series, labels, source, spokenToken, formatNumber);
    return entry === undefined ? '' : `, ${name} ${entry}`;
  };
  return `loss at step ${source}${text(sequence.targets, 'target')}${text(sequence.predictions, 'predicted')}`;
}
