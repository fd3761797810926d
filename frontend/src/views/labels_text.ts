// What the panel of labels says in words.
import { html, nothing, type TemplateResult } from 'lit';
import type { LabelSums } from '../api/label_sums';
import {
  formatNumber,
  formatPercent,
  formatStep,
  plural,
  spokenToken,
  visibleToken,
} from '../layout/format';
import type { LabelMatrix, Place } from '../layout/label_matrix';
import { LEAST, lift, type Pair, type Part, partOf, strongest } from '../layout/label_lifts';
import type { Span } from '../layout/zoom';
import type { Summing } from '../model/label_summer';
import type { Metric } from '../wire/record';
import type { Context } from './context';

/** Where a cell lies, seen from the loss. */
export function whereText([first, last]: Span): string {
  if (first === 0 && last === 0) return 'in their own cell';
  const [near, far] = first >= 0 ? [first, last] : [-last, -first];
  const how = near === far ? plural(near, 'cell') : `${near} to ${plural(far, 'cell')}`;
  return `${how} ${first >= 0 ? 'before' : 'after'}`;
}

export function timesText(times: number): string {
  return `${formatNumber(times, 2)} ×`;
}

export function code(token: string): TemplateResult {
  return html`<code
    ><span aria-hidden="true">${visibleToken(token)}</span
    ><span class="hidden">${spokenToken(token)}</span></code
  >`;
}

/** "Losses at ( reach back to f 3 cells before: 4.1 × the usual" */
export function pairSentence(sums: LabelSums, pair: Pair): TemplateResult {
  const span = sums.lags[pair.lag]!;
  const reach = span[0] > 0 ? 'reach back to' : 'reach';
  return html`Losses at ${code(sums.targets[pair.target]!.label)} ${reach}
    ${code(sums.inputs[pair.input]!.label)} ${whereText(span)}: <b>${timesText(lift(pair))}</b> the
    usual`;
}

/** What a target sends, how often the model was wrong at it, and what it said at the gradient's cost. */
export function targetText(sums: LabelSums, target: number, short = false): TemplateResult {
  const { predicted, wrong, said } = sums.targets[target]!;
  const part = partOf(sums, target);
  const usual = short ? '' : `, ${timesText(lift(part))} the usual`;
  const how =
    predicted === 0
      ? ''
      : wrong === 0
        ? ` · right at all ${formatStep(predicted)}`
        : ` · wrong at ${formatStep(wrong)} of ${formatStep(predicted)}`;
  return html`${shareText(sums, part)} of the
  gradient${usual}${how}${said ? html`, mostly ${code(said.label)}` : nothing}`;
}

function shareText(sums: LabelSums, { sum }: Part): string {
  return formatPercent(sum / partOf(sums).sum, 2);
}

/** Readout of a square, or of all of a label; `token` makes it for the eye or for the ear. */
export function placeLines(
  sums: LabelSums,
  { row, column }: Place,
  token: (label: string) => string,
): string[] {
  const part = partOf(sums, row, column);
  const target = row === undefined ? '' : `losses at ${token(sums.targets[row]!.label)}`;
  const input = column === undefined ? '' : `cells at ${token(sums.inputs[column]!.label)}`;
  const names = target && input ? `${target} reaching ${input}` : target || input;
  if (part.count < LEAST) return [names, 'met too seldom to say'];
  const lines = [
    names,
    `${timesText(lift(part))} the usual, ${shareText(sums, part)} of the gradient`,
  ];
  const pair = row !== undefined && column !== undefined ? strongest(sums, row, column) : undefined;
  if (!pair || lift(pair) <= 1) return lines;
  const times = `${timesText(lift(pair))} there, ${plural(pair.count, 'time')}`;
  return [...lines, `most ${whereText(sums.lags[pair.lag]!)}: ${times}`];
}

/** What is added up, and of which records. */
export function subtitleText({ label, name }: Metric, { state }: Context): string {
  const sums = state.labels.value;
  const of = sums ? ` · ${recordsText(sums, state.selection.range)}` : '';
  return `${label || name} by the label of the loss and of the cell that it reaches${of}`;
}

function recordsText(sums: LabelSums, range: Span | undefined): string {
  const all = sums.summed + sums.left;
  const of = sums.left > 0 ? `${formatStep(sums.summed)} of ${formatStep(all)}` : formatStep(all);
  const within = range
    ? `steps ${formatStep(range[0])} to ${formatStep(range[1])}`
    : 'all of training';
  return `${of} ${all === 1 ? 'record' : 'records'}, ${within}`;
}

/** How to read it, and what is not in it. */
export function labelNotes(sums: LabelSums, matrix: LabelMatrix): string {
  const shown = matrix.rows.reduce((sum, { share }) => sum + share, 0);
  const others = sums.targets.length - matrix.rows.length + sums.others.targets;
  const notes = [
    'Usual: the mean over all labels at the same lag.',
    others > 0
      ? `The ${matrix.rows.length} heaviest of ${formatStep(matrix.rows.length + others)} targets send ${formatPercent(shown, 2)} of the gradient.`
      : '',
    sums.damaged > 0 ? `${plural(sums.damaged, 'record')} left out: damaged.` : '',
    sums.without_labels > 0 ? `${plural(sums.without_labels, 'record')} without labels.` : '',
    sums.nonfinite > 0 ? `${plural(sums.nonfinite, 'item')} left out: NaN or infinite.` : '',
    sums.unlabelled >= 0.001
      ? `${formatPercent(sums.unlabelled, 2)} of the gradient has no target or no input.`
      : '',
  ];
  return notes.filter((note) => note !== '').join(' ');
}

/** What to do about it. */
export function needs(missing: string): TemplateResult {
  return html`The records say nothing of their ${missing.replaceAll('=', '')}. Pass
    <code>${missing}</code> to <code>recorder.step</code>, and this panel shows which targets learn
    from which inputs.`;
}

/** What stands in place of the matrix while there is none. */
export function emptyText({ value: sums, error }: Summing): string {
  if (error) return 'Other panels are not affected.';
  if (!sums) return 'Adding up the gradient of all records…';
  if (sums.summed > 0) return 'None of these records has a target and an input with a gradient.';
  return sums.damaged > 0
    ? 'None of these records can be read.'
    : 'No record is kept in the range that is picked.';
}
