// The colours of the lag, and which palette they come from.
import { html, nothing, type TemplateResult } from 'lit';
import { formatLag, side } from '../layout/format';
import { lagPosition, css, PALETTES } from '../palettes';
import type { Context } from '../views/context';

const MARKS = [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096];
/** Marks that have room side by side. */
const ROOM = 8;

export function legend({ state, colours, controller }: Context): TemplateResult | typeof nothing {
  const record = state.record.value;
  if (!record || colours.length === 0) return nothing;
  const { first_lag: first, lags } = record.message;
  const last = first + lags - 1;
  const farthest = Math.max(Math.abs(first), Math.abs(last));
  const bothSides = first < 0 && last > 0;
  // With losses on both sides of a cell, lag 0 stands in the middle.
  const at = (lag: number): number => {
    const place = lagPosition(lag, farthest) * 100;
    return bothSides ? 50 + (Math.sign(lag) * place) / 2 : place;
  };
  const stops = colours
    .map((colour, k) => ({ place: at(first + k), colour }))
    .sort((a, b) => a.place - b.place)
    .map(({ place, colour }) => `${css(colour)} ${place.toFixed(1)}%`);
  return html`<div class="legend" data-testid="legend">
    <h3>Colour of the lag</h3>
    <div class="ramp" style="background:linear-gradient(90deg, ${stops.join(', ')})"></div>
    <div class="marks" aria-hidden="true">
      ${legendMarks(first, last).map((lag) => {
        const place = at(lag);
        const end = place > 95 ? 'last' : place < 5 ? 'first' : '';
        return html`<span class=${end} style="left:${place}%">${formatLag(lag)}</span>`;
      })}
    </div>
    <p class="hint" data-testid="legend-hint">${legendHint(first, last)}</p>
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

/** Lags that are marked: powers of two, which are evenly spaced, on the sides that there are. */
export function legendMarks(first: number, last: number): number[] {
  const ahead = MARKS.filter((lag) => lag <= last);
  const behind = MARKS.filter((lag) => lag > 0 && lag <= -first).map((lag) => -lag);
  const every = Math.ceil((ahead.length + behind.length) / ROOM);
  const thinned = (marks: number[], from: number): number[] =>
    marks.filter((_, i) => i >= from && (i - from) % every === 0);
  if (last <= 0) return thinned([0, ...behind], 0);
  // Symmetrical around zero.
  return [...thinned(behind, every - 1).reverse(), ...thinned(ahead, 0)];
}

function legendHint(first: number, last: number): string {
  if (first < 0 && last > 0) {
    return `0 is the step’s own loss; right of it losses ahead of the cell, left of it those behind.`;
  }
  const farthest = formatLag(last > 0 ? last : first);
  return `0 is the step’s own loss; ${farthest} the farthest ${side(first, last)}.`;
}
