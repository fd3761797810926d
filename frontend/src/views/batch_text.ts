// What the batch panel says in words.
import { html, nothing, type TemplateResult } from 'lit';
import {
  formatNumber,
  formatPercent,
  formatSetting,
  formatStep,
  plural,
  spokenToken,
  visibleToken,
} from '../layout/format';
import { itemAt } from '../layout/items';
import type { LabelPlan } from '../layout/labels';
import type { Bars, Picture } from '../layout/picture';
import { correctness, entryText } from '../layout/series';
import { SCALES } from '../model/selection';
import type { ScaleKind } from '../layout/stack';
import type { RnnbowRecord, Sequence } from '../wire/record';
import { warning } from './parts';

/** What the record says about the batch as a whole. */
export function batchFacts(record: RnnbowRecord, sequence: Sequence): TemplateResult {
  const { loss, batch_size, lags, lags_omitted, labels, step_skipped } = record.message;
  const { microBatches, ranks } = record;
  const right = correctness(sequence, labels);
  const counted = right?.filter((known) => known !== undefined).length;
  const facts = [
    loss === undefined ? '' : `loss ${formatNumber(loss)}`,
    right ? `${right.filter(Boolean).length} of ${counted} right` : '',
    `sequence ${sequence.index} of a batch of ${batch_size}`,
    microBatches > 1 ? `the last of ${formatStep(microBatches)} micro-batches` : '',
    ranks > 1 ? `mean over ${formatStep(ranks)} processes` : '',
    lags_omitted ? `horizon cut at ${plural(lags, 'lag')}` : '',
  ];
  // Before the facts, which stay where they are when it comes and goes from record to record.
  const skipped = step_skipped
    ? warning('step skipped: the gradient was not finite', 'step-skipped')
    : nothing;
  return html`${skipped}<span data-testid="batch-facts"
      >${facts.filter((fact) => fact !== '').join(' · ')}</span
    >`;
}

/** How to read what is drawn, where that is not plain. */
export function batchNotes(
  record: RnnbowRecord,
  picture: Picture,
  bars: Bars,
  kind: ScaleKind,
  plan: LabelPlan,
): string {
  const { perColumn } = bars.columns;
  const { tolerance, dropped_share: dropped } = record.message;
  const whole = isSaid(dropped) ? 'Shares and what was dropped' : 'Shares';
  const notes = [
    picture.signed
      ? `${whole} add up to 100 % over all bars; what counts down cancels others.`
      : 'Norms do not add: a bar overstates the norm of its sum.',
    scaleNote(kind, picture.signed),
    droppedNote(tolerance, dropped),
    perColumn > 1 ? `Each column shows the largest of ${perColumn} cells.` : '',
    plan.every === 0 ? 'No room for labels: point at a bar to read its own.' : '',
    plan.every > 1 ? `A label at every ${plan.every === 2 ? 'second' : 'third'} cell.` : '',
    picture.damaged > 0
      ? `${plural(picture.damaged, 'cell')} with NaN or infinite items: hatched, and left out of the bars.`
      : '',
  ];
  return notes.filter((note) => note !== '').join(' ');
}

/** Less than that is within the rounding of the shares. */
const LEAST_DROPPED = 1e-5;

function isSaid(dropped: number | undefined): dropped is number {
  return dropped !== undefined && Math.abs(dropped) >= LEAST_DROPPED;
}

function droppedNote(tolerance: number, dropped: number | undefined): string {
  if (tolerance === 0) return '';
  const held = isSaid(dropped)
    ? formatPercent(dropped, 2)
    : `less than ${formatPercent(LEAST_DROPPED, 1)}`;
  const rest = dropped === undefined ? '' : `: they held ${held} of the whole`;
  return `Gradients that fell to ${formatSetting(tolerance)} of their start were dropped${rest}.`;
}

function scaleNote(kind: ScaleKind, signed: boolean): string {
  if (kind === 'linear') return '';
  if (kind === 'relative' && signed) return 'Of every bar, up and down together make 100 %.';
  const { note } = SCALES.find(({ name }) => name === kind)!;
  return `${note.charAt(0).toUpperCase()}${note.slice(1)}.`;
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
  const total = picture.totals.positive[cell]! - picture.totals.negative[cell]!;
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
    html`lag ${source - cell} ·
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
