// Runs side by side: the same record of each, on one scale, and how far back each of them reaches.
import { html, nothing, type TemplateResult } from 'lit';
import type { Picture, Plot } from '../export/panel';
import { totalDecay } from '../layout/decay';
import { cellName, formatStep, visibleName } from '../layout/format';
import { once } from '../layout/items';
import { itemsOf } from '../layout/picture';
import { lagRamp } from '../layout/ramp';
import type { Extent } from '../layout/stack';
import { Scale } from '../wire/rnnbow_pb.js';
import { type Beside, compared, hasMetric, sharedExtent } from './beside';
import type { Context, View } from './context';
import { reachText } from './horizon_text';
import { HEIGHT as PROFILES, LagProfiles } from './lag_profiles';
import { panelHead, problem } from './parts';
import { RunBars } from './run_bars';
import { RunStrips, stripsHeight } from './run_strips';
import { reachComparison } from './runs_text';

const decayOf = once(totalDecay);

/** Height of the line above a chart: `.run-head`. */
const LINE = 28;

/** Height for the bars of each run, so that they end where the charts beside them do. */
function roomOf(count: number): number {
  return (2 * LINE + PROFILES + stripsHeight(count)) / count - LINE;
}

/** One run: what it is, how far it reaches, and its bars. */
function row(context: Context, beside: Beside, extent: Extent, room: number): TemplateResult {
  const { now } = context;
  const { state, now: own } = beside.context;
  const record = state.record.value;
  const has = hasMetric(beside, now.metric?.name);
  const items = record && has && itemsOf(record, own.sequence, own.metric!);
  const far = items && reachText(decayOf(items), undefined, own.metric!.scale === Scale.SHARE);
  const step = record?.message.step ?? own.step;
  return html`<div class="run-row" data-testid="run-row:${own.run ?? ''}">
    <p class="run-head">
      <span class="dot" style="background:${beside.colour}"></span><b>${beside.name}</b>
      <span
        >${visibleName(own.tag ?? '')}${own.tagInfo ? ` · ${cellName(own.tagInfo.cell)}, H ${own.tagInfo.hiddenSize}` : ''}</span
      >
      ${far === undefined ? nothing : html`<span class="far">${far}</span>`}
      ${stepControl(context, beside, step)}
    </p>
    ${problem(context, `The record of ${beside.name} cannot be shown.`, state.record.error ?? state.steps.error, `run-error:${own.run ?? ''}`)}
    ${
      record && has
        ? html`<rnnbow-run-bars
            .context=${context}
            .beside=${beside}
            .extent=${extent}
            .room=${room}
          ></rnnbow-run-bars>`
        : state.record.error
          ? nothing
          : html`<p class="note">${absent(context, beside)}</p>`
    }
  </div>`;
}

/** Why there are no bars. */
function absent({ now }: Context, { context: { state, now: own } }: Beside): string {
  if (state.record.value) {
    const metric = now.metric?.label || now.metric?.name || 'such metric';
    return `${own.tagInfo ? cellName(own.tagInfo.cell) : 'This layer'} has no ${metric}.`;
  }
  return own.step === undefined && state.steps.value !== undefined
    ? 'No record of this layer is kept yet.'
    : 'Loading the record…';
}

/** The step of a run: with that of the chosen one, or its own. */
function stepControl(
  { controller, announce }: Context,
  { context: { state, now }, chosen, own, name }: Beside,
  step: number | undefined,
): TemplateResult | typeof nothing {
  if (step === undefined) return nothing;
  const label = html`<span>step ${formatStep(step)}</span>`;
  if (chosen) return html`<span class="run-step">${label}</span>`;
  const steps = state.steps.value?.steps ?? [];
  const choose = (next: number | undefined): void => {
    const { beside } = controller.state.selection;
    controller.select({
      beside: beside.map((each) => (each.run === now.run ? { ...each, step: next } : each)),
    });
    announce(
      next === undefined ? `${name} follows the chosen run` : `${name}: step ${formatStep(next)}`,
    );
  };
  const walk = (by: number): TemplateResult => {
    const next = steps[now.place + by];
    return html`<button
      type="button"
      class="small"
      aria-label="${by < 0 ? 'Previous' : 'Next'} record of ${name}"
      data-testid="run-${by < 0 ? 'previous' : 'next'}:${now.run ?? ''}"
      aria-disabled=${next === undefined || now.place < 0 ? 'true' : 'false'}
      @click=${() => {
        if (next !== undefined && now.place >= 0) choose(next);
      }}
    >
      ${by < 0 ? '‹' : '›'}
    </button>`;
  };
  return html`<span class="run-step" role="group" aria-label="Record of ${name}"
    >${walk(-1)}${label}${walk(1)}
    <button
      type="button"
      class="small"
      data-testid="run-same:${now.run ?? ''}"
      aria-pressed=${own ? 'false' : 'true'}
      title="At the record nearest to the step of the chosen run"
      @click=${() => {
        choose(own ? undefined : step);
      }}
    >
      same step
    </button></span
  >`;
}

/** Those that have something to show. */
function shownOf(all: readonly Beside[], metric: string | undefined): readonly Beside[] {
  return all.filter((each) => each.context.state.record.value && hasMetric(each, metric));
}

function picture(context: Context, width: number): Picture | undefined {
  const { metric } = context.now;
  const shown = shownOf(compared(context), metric?.name);
  if (shown.length === 0) return undefined;
  const extent = sharedExtent(shown);
  const plots: Plot[] = shown.map((beside) => {
    const { now, state } = beside.context;
    const { step } = state.record.value!.message;
    const bars = new RunBars();
    Object.assign(bars, { beside, extent, room: 0 });
    return {
      heading: `${beside.name} · ${visibleName(now.tag ?? '')} · step ${formatStep(step)}`,
      layers: bars.asPicture(context, width).layers,
    };
  });
  const profiles = new LagProfiles();
  profiles.all = shown;
  const heading = 'Gradient by lag as part of each run’s own';
  plots.push({ heading, layers: profiles.asPicture(context, width).layers });
  const strips = new RunStrips();
  strips.all = shown;
  plots.push({ heading: 'Horizon over training', layers: strips.asPicture(context, width).layers });
  const widest = shown.reduce((a, b) =>
    a.context.colours.length < b.context.colours.length ? b : a,
  );
  const { first_lag: first } = widest.context.state.record.value!.message;
  const ramp = lagRamp(first, widest.context.colours);
  return {
    title: 'Runs side by side',
    subtitle: `${metric!.label || metric!.name} at each cell, on one scale`,
    legend: [{ kind: 'ramp', label: 'lag: steps from the cell to the loss', ...ramp }],
    plots,
    note: reachComparison(shown, metric!.name, context.state.selection.range) ?? '',
  };
}

function render(context: Context): TemplateResult {
  const all = compared(context);
  const metric = context.now.metric;
  const shown = shownOf(all, metric?.name);
  const extent = sharedExtent(shown);
  const what = metric?.label || metric?.name || 'gradient';
  const { range } = context.state.selection;
  const farther = metric && reachComparison(all, metric.name, range);
  return html`${panelHead('runs', 'Runs side by side', `${what} at each cell, on one scale`)}
    ${farther === undefined ? nothing : html`<p class="verdict" data-testid="runs-reach">${farther}</p>`}
    <div class="runs-split">
      <div>${all.map((each) => row(context, each, extent, roomOf(all.length)))}</div>
      ${
        shown.length === 0
          ? nothing
          : html`<div>
              <p class="run-head">
                <span class="far">Gradient by lag</span> as part of each run’s own
              </p>
              <rnnbow-lag-profiles .context=${context} .all=${shown}></rnnbow-lag-profiles>
              <p class="run-head">
                <span class="far">Horizon over training</span> the same colours for all
              </p>
              <rnnbow-run-strips .context=${context} .all=${shown}></rnnbow-run-strips>
            </div>`
      }
    </div>`;
}

export const runs: View = {
  id: 'runs',
  title: 'Runs side by side',
  accepts: ({ state }) => state.beside.length > 0,
  holds: (context) => shownOf(compared(context), context.now.metric?.name).length > 0,
  render,
  picture,
};
