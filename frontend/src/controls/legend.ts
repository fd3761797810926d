// The colours of the lag, and which palette they come from.
import { html, nothing, type TemplateResult } from 'lit';
import { formatLag, side } from '../layout/format';
import { lagRamp } from '../layout/ramp';
import { PALETTES } from '../palettes';
import type { Context } from '../views/context';

export function legend({ state, colours, controller }: Context): TemplateResult | typeof nothing {
  const record = state.record.value;
  if (!record || colours.length === 0) return nothing;
  const { first_lag: first, lags } = record.message;
  const { stops, marks } = lagRamp(first, colours);
  const gradient = stops.map(({ place, colour }) => `${colour} ${(place * 100).toFixed(1)}%`);
  return html`<div class="legend" data-testid="legend">
    <h3>Colour of the lag</h3>
    <div class="ramp" style="background:linear-gradient(90deg, ${gradient.join(', ')})"></div>
    <div class="marks" aria-hidden="true">
      ${marks.map(({ place, label }) => {
        const end = place > 0.95 ? 'last' : place < 0.05 ? 'first' : '';
        return html`<span class=${end} style="left:${place * 100}%">${label}</span>`;
      })}
    </div>
    <p class="hint" data-testid="legend-hint">${legendHint(first, first + lags - 1)}</p>
    <label class="palette"
      ><span>palette</span
      ><select
        data-testid="palette-select"
        @change=${(event: Event) => {
          const { value } = event.target as HTMLSelectElement;
          controller.select({ palette: PALETTES.find(({ name }) => name === value)!.name });
        }}
      >
        ${PALETTES.map(
          ({ name, note }) =>
            html`<option value=${name} ?selected=${name === state.selection.palette}>
              ${name}: ${note}
            </option>`,
        )}
      </select></label
    >
  </div>`;
}

function legendHint(first: number, last: number): string {
  if (first < 0 && last > 0) {
    return `0 is the step’s own loss; right of it losses ahead of the cell, left of it those behind.`;
  }
  const farthest = formatLag(last > 0 ? last : first);
  return `0 is the step’s own loss; ${farthest} the farthest ${side(first, last)}.`;
}
