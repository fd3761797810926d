// How far the sums by label are, and a way to leave them or to go on.
import { html, nothing, type TemplateResult } from 'lit';
import { formatStep } from '../layout/format';
import type { Context } from './context';

export function labelProgress({ controller, state }: Context): TemplateResult | typeof nothing {
  const { value, stopped } = state.labels;
  if (!value || value.left === 0) return nothing;
  const done = value.summed + value.damaged;
  const all = done + value.left;
  return html`<progress max=${all} value=${done} aria-label="Records summed"></progress>
    <button
      type="button"
      data-testid="labels-progress"
      title="What is there already is a sample, spread evenly over the records"
      @click=${() => {
        controller.sumLabels(stopped);
      }}
    >
      ${stopped ? `Sum all ${formatStep(all)}` : 'Stop'}
    </button>`;
}
