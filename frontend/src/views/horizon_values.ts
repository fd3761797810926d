// The numbers of the gradient horizon, a fold away.
import { html, LitElement, nothing, type TemplateResult } from 'lit';
import type { Contribution } from '../layout/decay';
import type { Metric, Sequence } from '../wire/record';
import { valueTable } from './horizon_text';
import { region } from './parts';

export function horizonValues(
  decay: readonly Contribution[],
  sequence: Sequence,
  labels: readonly string[],
  metric: Metric,
): TemplateResult {
  return html`<rnnbow-horizon-values
    .decay=${decay}
    .sequence=${sequence}
    .labels=${labels}
    .metric=${metric}
  ></rnnbow-horizon-values>`;
}

/** An element of its own: while it is closed, no row is written for every loss that is pointed at. */
class HorizonValues extends LitElement {
  static override properties = {
    decay: { attribute: false },
    sequence: { attribute: false },
    labels: { attribute: false },
    metric: { attribute: false },
    open: { state: true },
  };
  declare decay: readonly Contribution[];
  declare sequence: Sequence;
  declare labels: readonly string[];
  declare metric: Metric;
  declare open: boolean;

  protected override createRenderRoot(): this {
    return this;
  }

  override render(): TemplateResult {
    const { decay, sequence, labels, metric, open } = this;
    return html`<details class="fold" @toggle=${this.#onToggle}>
      <summary>Values by lag</summary>
      ${open ? region('Values by lag', valueTable(decay, sequence, labels, metric)) : nothing}
    </details>`;
  }

  readonly #onToggle = (event: Event): void => {
    this.open = (event.currentTarget as HTMLDetailsElement).open;
  };
}

customElements.define('rnnbow-horizon-values', HorizonValues);
