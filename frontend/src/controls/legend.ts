// The colours of the lag, and which palette they come from.
import { html, nothing, type TemplateResult } from 'lit';
import { side } from '../layout/format';
import { lagPosition, css, PALETTES } from '../palettes';
import type { Context } from '../views/context';

const MARKS = [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096];

export function legend({ state, colours, controller }: Context): TemplateResult | typeof nothing {
  const record = state.record.value;
  if (!record || colours.length === 0) return nothing;
  const { first_lag: first, lags } = record.message;
  const farthest = Math.max(Math.abs(first), Math.abs(first + lags - 1));
  const at = (lag: number): number => lagPosition(lag, farthest) * 100;
  const stops = colours
    .map((colour, k) => ({ place: at(first + k), colour }))
    .sort((a, b) => a.place - b.place)
    .map(({ place, colour }) => `${css(colour)} ${place.toFixed(1)}%`);
  const marks = MARKS.filter((lag) => lag <= farthest);
  // Marks of powers of two are evenly spaced; eight have room.
  const every = Math.ceil(marks.length / 8);
  return html`<div class="legend" data-testid="legend">
    <h3>Colour of the lag</h3>
    <div class="ramp" style="background:linear-gradient(90deg, ${stops.join(', ')})"></div>
    <div class="marks" aria-hidden="true">
      ${marks
        .filter((_, i) => i % every === 0)
        .map(
          (lag) =>
            html`<span class=${at(lag) > 95 ? 'last' : ''} style="left:${at(lag)}%">${lag}</span>`,
        )}
    </div>
    <p class="hint">
      0 is the step’s own loss; ${farthest} the farthest ${side(first, first + lags - 1)}.
    </p>
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
