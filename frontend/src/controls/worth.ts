// Steps worth a look, in the rail: which, why, and a way there. Of 100,000 steps it takes longer to find
// them than to draw the page.
import { html, nothing, type TemplateResult } from 'lit';
import { formatStep } from '../layout/format';
import { idly } from '../model/idly';
import { type Worth, worthALook } from '../model/worth';
import type { Context } from '../views/context';

const found = idly(worthALook);

export function worth({
  state,
  now,
  controller,
  announce,
  report,
  redraw,
}: Context): TemplateResult {
  const overview = state.overview.value;
  const list = overview && found(overview, redraw);
  if (!list || list.length === 0) return html``;
  const kept = new Set(state.steps.value?.steps);
  const go =
    ({ step, reasons }: Worth) =>
    (): void => {
      controller.visit(step);
      announce(`Step ${formatStep(step)}: ${reasons.join('; ')}`);
    };
  return html`<nav class="worth" aria-labelledby="worth-title" data-testid="worth">
    <h3 id="worth-title">Worth a look</h3>
    <ol>
      ${list.map(
        (one) =>
          html`<li>
            <button
              type="button"
              data-testid="worth:${one.step}"
              aria-current=${one.step === now.step ? 'step' : nothing}
              @click=${go(one)}
            >
              <b>step ${formatStep(one.step)}</b> ${together(one.reasons)}${
                kept.has(one.step)
                  ? nothing
                  : html` <i>(${report ? 'not in this file' : 'not kept'})</i>`
              }
            </button>
          </li>`,
      )}
    </ol>
  </nav>`;
}

/** A number and its sign stay on one line. */
function together(reasons: readonly string[]): string {
  return reasons.join('; ').replace(/ (?=[%×→])|(?<=[×→]) /g, '\u00a0');
}
