// Which line is which, and which scalar the loss curve is.
import { html, type TemplateResult } from 'lit';
import { formatStep, visibleName } from '../layout/format';
import type { Span } from '../layout/zoom';
import type { Controller } from '../model/controller';
import { colourOf } from './beside';
import type { Context } from './context';

/** `metric`: label of what the solid line is about. */
export function overviewLegend(context: Context, metric: string, colour: string): TemplateResult {
  const { state, now, controller } = context;
  const choose = (event: Event): void => {
    controller.select({ loss: (event.target as HTMLSelectElement).value });
  };
  return html`<span class="key">${line(colour, '', 2)} largest ${metric}</span>
    <span class="key">${line(colour, '', 0.75)} mean</span>
    ${state.beside.map((other) => {
      const run = other.selection.run ?? '';
      return html`<span class="key"
        >${line(colourOf(context, run), '', 1.25)} ${visibleName(run)}</span
      >`;
    })}
    <span class="key"
      >${line('currentColor', '4 3', 2)}
      <select aria-label="Scalar of the dashed curve" data-testid="loss-select" @change=${choose}>
        <option value="" ?selected=${now.loss === undefined}>no second curve</option>
        ${(now.runInfo?.scalars ?? []).map(
          (tag) =>
            html`<option value=${tag} ?selected=${tag === now.loss}>${visibleName(tag)}</option>`,
        )}
      </select></span
    >`;
}

/** The way to a range for who has no Shift key, or does not know of it. */
export function pickRange(pick: () => void): TemplateResult {
  return html`<button
    type="button"
    data-testid="range-pick"
    title="Its ends can be dragged. Also by Shift and drag, or by [ and ] at a record"
    @click=${pick}
  >
    Pick a range
  </button>`;
}

/** The range that is picked, and the way back from it. */
export function rangeChip([from, to]: Span, controller: Controller): TemplateResult {
  const clear = (): void => {
    controller.select({ range: undefined });
  };
  return html`<button
    type="button"
    data-testid="range-clear"
    title="Take the range back: also by Escape in the plot"
    @click=${clear}
  >
    <span class="hidden">Take back the range: </span>steps
    ${formatStep(from)}–${formatStep(to)}<span aria-hidden="true"> ×</span>
  </button>`;
}

/** The way back from a part to the whole. */
export function showAll(reset: () => void, testid = 'zoom-reset'): TemplateResult {
  return html`<button
    type="button"
    data-testid=${testid}
    title="Also by a double click, or the key 0"
    @click=${reset}
  >
    Show all
  </button>`;
}

function line(colour: string, dash: string, width: number): TemplateResult {
  return html`<svg width="22" height="8" aria-hidden="true">
    <path d="M0 4H22" stroke=${colour} stroke-width=${width} stroke-dasharray=${dash} />
  </svg>`;
}
