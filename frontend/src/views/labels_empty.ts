// What stands in place of sums by label that are not there: why, and what can be done about it.
import { html, nothing, type TemplateResult } from 'lit';
import { RouteError } from '../api/routes';
import { ROW } from '../layout/label_matrix';
import { FOOT, HEAD } from '../render/label_matrix';
import type { Context } from './context';
import { emptyText } from './labels_text';
import { problem } from './parts';

/** Height of an empty panel: room for some rows, so that what comes does not push anything. */
const BLANK = HEAD + 12 * ROW + FOOT;

export function blank(text: TemplateResult | string): TemplateResult {
  return html`<div class="blank" style="height:${BLANK}px" data-testid="labels-empty">
    <p>${text}</p>
  </div>`;
}

/** A report holds the sums of all of training, and of the range that was picked when it was made. */
function isLeftOut({ report, state: { labels, selection } }: Context): boolean {
  const { error } = labels;
  return !!report && !!selection.range && error instanceof RouteError && error.status === 404;
}

export function labelsProblem(context: Context): TemplateResult | typeof nothing {
  if (isLeftOut(context)) return nothing;
  return problem(
    context,
    'The sums could not be made.',
    context.state.labels.error,
    'labels-error',
  );
}

/** What stands in place of the matrix while there is none. */
export function labelsEmpty(context: Context): TemplateResult | string {
  if (!isLeftOut(context)) return emptyText(context.state.labels);
  return html`This file does not hold the sums of the range that is picked: TensorBoard makes them.
    <button
      type="button"
      data-testid="labels-all"
      @click=${() => {
        context.controller.select({ range: undefined });
        context.announce('All of training');
      }}
    >
      Show all of training
    </button>`;
}
