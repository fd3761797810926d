// What the overview says in words.
import { html, nothing, type TemplateResult } from 'lit';
import { formatStep, plural, scalarFormat, visibleName } from '../layout/format';
import { nearestIndex } from '../layout/timeline';
import { formatItem } from './batch_text';
import type { Context } from './context';

/** What is drawn, of how much, and how to look closer: no longer where that is known. */
export function subtitle(
  { state, report }: Context,
  label: string,
  recorded: number,
  dropped: number,
  zoomed: boolean,
): TemplateResult {
  const sequences = state.record.value?.sequences.length ?? 1;
  const kept = state.steps.value?.steps.length ?? 0;
  const rest = report ? 'are in this file' : 'kept, the others dropped by TensorBoard’s sampling';
  const of = sequences > 1 ? `step, over ${sequences} sequences` : 'recorded step';
  return html`largest ${label} of each
  ${of}${
    dropped > 0
      ? html` ·
          <span data-testid="dropped"
            >${`${plural(kept, 'record')} of ${formatStep(recorded)} ${rest}`}</span
          >`
      : nothing
  }${recorded > MANY && !zoomed ? ' · Ctrl + wheel zooms' : ''}`;
}

/** Of fewer steps each has pixels enough. */
const MANY = 20;

/** The largest item of a recorded step and their mean, of which metric, and the records that are kept. */
export interface Recorded {
  readonly label: string;
  readonly share: boolean;
  /** Undefined where there is no overview. */
  readonly value: number | undefined;
  readonly mean: number | undefined;
  readonly kept: readonly number[];
}

export function stepLines(
  { state, now }: Context,
  step: number,
  { label, share, value, mean, kept }: Recorded,
): string[] {
  const lines = [`step ${formatStep(step)}`];
  if (value !== undefined) lines.push(`largest ${label} ${formatItem(value, share)}`);
  if (mean !== undefined) lines.push(`mean ${formatItem(mean, share)}`);
  const scalars = state.scalars.value;
  const at = scalars ? nearestIndex(scalars.steps, step) : -1;
  if (scalars && at >= 0) {
    const text = scalarFormat(scalars.values)(scalars.values[at]!);
    lines.push(`${visibleName(now.loss!)} ${text}${elsewhere(scalars.steps[at]!, step)}`);
  }
  const nearest = kept[nearestIndex(kept, step)];
  if (nearest !== undefined && nearest !== step) {
    lines.push(`not kept; nearest record: ${formatStep(nearest)}`);
  }
  return lines;
}

/** The step that a value is of, where that is not the one pointed at. */
function elsewhere(of: number, step: number): string {
  return of === step ? '' : ` at step ${formatStep(of)}`;
}
