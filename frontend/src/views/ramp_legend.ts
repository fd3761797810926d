// What colours stand for, beside the title of a panel: a scale with marks.
import { html, type TemplateResult } from 'lit';
import { formatLag, side } from '../layout/format';
import { oncePer } from '../layout/once';
import { lagRamp, type Ramp } from '../layout/ramp';
import type { Context } from './context';
import { memo } from './memo';

/** A colour stop for each lag, and there may be thousands: written once, not at each move of the pointer. */
const gradientOf = oncePer((stops: Ramp['stops']): string =>
  stops.map(({ colour, place }) => `${colour} ${(place * 100).toFixed(1)}%`).join(', '),
);
const rampOfLags = memo(lagRamp);

export function rampLegend({ stops, marks }: Ramp, testid: string): TemplateResult {
  return html`<span class="scale" data-testid=${testid}
    ><span class="marks"
      >${marks.map(
        ({ place, label }) =>
          html`<span style="left:${(place * 100).toFixed(1)}%">${label}</span> `,
      )}</span
    ><span class="ramp" style="background:linear-gradient(90deg, ${gradientOf(stops)})"></span
  ></span>`;
}

/** The colour of a band: how far its loss lies from the cell. */
export function lagLegend({ state, colours }: Context): TemplateResult {
  const { first_lag: first, lags } = state.record.value!.message;
  const hint = lagHint(first, first + lags - 1);
  return html`<span class="key" data-testid="legend"
    >lag<span class="hidden" data-testid="legend-hint">${hint}</span
    >${rampLegend(rampOfLags(first, colours), 'lag-ramp')}</span
  >`;
}

/** The mark between cells that nothing flows between. */
export function cutLegend(): TemplateResult {
  return html`<span class="key" data-testid="cut-legend"
    ><span aria-hidden="true">┆</span> gradient stops</span
  >`;
}

function lagHint(first: number, last: number): string {
  if (first < 0 && last > 0) {
    return `0 is the step’s own loss; right of it losses ahead of the cell, left of it those behind.`;
  }
  const farthest = formatLag(last > 0 ? last : first);
  return `0 is the step’s own loss; ${farthest} the farthest ${side(first, last)}.`;
}
