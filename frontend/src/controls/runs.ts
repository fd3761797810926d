// The runs: one is chosen, others may stand beside it.
import { html, nothing, type TemplateResult } from 'lit';
import { MOST_COMPARED, toggled } from '../model/compared';
import { runColour } from '../theme';
import type { Context } from '../views/context';
import { runName } from '../views/beside';

export function runs(context: Context): TemplateResult | typeof nothing {
  const { state, now, theme, controller, announce } = context;
  const all = [...(state.runs.value?.keys() ?? [])];
  if (all.length === 0) return nothing;
  const beside = new Set(state.selection.beside.map(({ run }) => run));
  const toggle = (run: string): void => {
    const next = toggled(state.selection.beside, run);
    controller.select({ beside: next });
    const shown = next.some((each) => each.run === run);
    announce(shown ? `${runName(run)} stands beside` : `${runName(run)} no longer stands beside`);
  };
  return html`<fieldset class="choice" data-testid="run-choice">
    <legend>Run</legend>
    ${all.length > 1 ? html`<span class="beside-title" aria-hidden="true">compare</span>` : nothing}
    <div class="options">
      ${all.map(
        (run, place) =>
          html`<div class="run">
            <label title=${runName(run)}>
              <input
                type="radio"
                name="run"
                .value=${run}
                .checked=${run === now.run}
                data-testid="run:${run}"
                @change=${() => {
                  controller.select({ run });
                }}
              />
              <span class="dot" style="background:${runColour(theme, place)}"></span>
              <span class="label">${runName(run)}</span>
            </label>
            ${
              all.length < 2
                ? nothing
                : html`<input
                    type="checkbox"
                    .checked=${beside.has(run) && run !== now.run}
                    ?disabled=${run === now.run || (beside.size >= MOST_COMPARED && !beside.has(run))}
                    aria-label="Compare with ${runName(run)}"
                    title="Compare: show it beside the chosen run"
                    data-testid="beside:${run}"
                    @change=${() => {
                      toggle(run);
                    }}
                  />`
            }
          </div>`,
      )}
    </div>
  </fieldset>`;
}
