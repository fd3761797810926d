// The gradient horizon: what one loss, projected back in time, still gives to each earlier cell.
import { html, nothing, type TemplateResult } from 'lit';
import type { Picture } from '../export/panel';
import { type Contribution, sourceDecay } from '../layout/decay';
import {
  barAt,
  type DecayBar,
  type DecayExtent,
  decayExtent,
  type DecayLayout,
  layoutDecay,
} from '../layout/decay_bars';
import { type DecayFit, fitDecay } from '../layout/decay_fit';
import { formatLag } from '../layout/format';
import { type Items, once } from '../layout/items';
import { largestItems } from '../layout/largest';
import { itemsOf } from '../layout/picture';
import { average, averageFit, total } from '../layout/reading';
import type { Rgb } from '../palettes';
import { drawVerticalAxis } from '../render/axes';
import {
  type DecayLines,
  drawDecay,
  drawDecayLines,
  drawLagAxis,
  drawNegative,
} from '../render/decay';
import type { Box, Surface } from '../render/surface';
import type { Sequence } from '../wire/record';
import { Scale } from '../wire/rnnbow_pb.js';
import { formatItem } from './batch_text';
import { Chart, MARGIN } from './chart';
import { hasRecord, type View } from './context';
import { fitKeys, fitLegend, MEAN_BAR, recordCheck } from './horizon_fit';
import { largestTable } from './horizon_largest';
import { caption, captionRoom, reachText, sourceText } from './horizon_text';
import { horizonValues } from './horizon_values';
import { memo } from './memo';
import { panelHead, region, steady, type Tip, tipBox } from './parts';
import { unpinButton } from './pin';

const PLOT = 140;
const TOP = 14;
const BOTTOM = 42;
/** Bars narrower than this have no outline: a mark below the axis says that one is negative. */
const OUTLINED = 5;
/** Items in the list of the largest: as many as stand beside the plot. */
const LARGEST = 10;

class HorizonChart extends Chart {
  #pointed: number | undefined; // pixel of the plot
  readonly #items = memo(itemsOf);
  readonly #single = memo(sourceDecay);
  readonly #singleFit = memo(fitDecay);
  readonly #extent = once((items) => decayExtent(items, total(items)));
  readonly #means = once(
    (items) =>
      new Map(
        average(items).map(({ lag, magnitude, count }) => [lag, count > 0 ? magnitude : undefined]),
      ),
  );
  readonly #largest = once((items) => largestItems(items, LARGEST));
  readonly #layout = memo(layoutDecay);
  // Of all losses, whose room is kept, and of the one that is pointed at.
  readonly #reach = memo(reachText, 2);

  override render(): TemplateResult {
    const { context, sequence } = this;
    const { metric } = context.now;
    if (!sequence) return panelHead('horizon', 'Gradient horizon', '');
    const { message, all } = context.state.record.value!;
    const height = TOP + PLOT + BOTTOM;
    return html`${panelHead('horizon', 'Gradient horizon', this.subtitle(), unpinButton(context))}
      <div class="split">
        <div>
          <div
            class="canvas-box"
            style="height:${height}px"
            role="img"
            aria-label=${this.summary()}
            data-testid="horizon-plot"
            @pointermove=${this.#onMove}
            @pointerleave=${this.#onLeave}
          >
            ${this.canvases(height)} ${tipBox(this.tip(), this.width)}
          </div>
          ${this.legend()} ${horizonValues(this.decay, sequence, message.labels, metric!)}
        </div>
        ${this.largest()}
      </div>
      <p class="note" data-testid="check">${recordCheck(all)}</p>`;
  }

  /** To take away. */
  picture(): Picture {
    const { context, layers } = this;
    const { source, metric } = context.now;
    const which = source === undefined ? 'all losses together' : `the loss at ${source}`;
    const what = metric!.label || metric!.name;
    return {
      title: 'Gradient horizon',
      subtitle: `${what} of ${which} by lag, ${this.far(source)}`,
      legend: fitKeys(this.singleFit, averageFit(this.items!), this.signed, context.theme),
      plots: [{ axes: { left: what }, layers }],
      note: source === undefined ? MEAN_BAR : '',
    };
  }

  private get signed(): boolean {
    return this.context.now.metric?.scale === Scale.SHARE;
  }

  private get sequence(): Sequence | undefined {
    return this.context.state.record.value?.sequences[this.context.now.sequence];
  }

  private get items(): Items | undefined {
    const { state, now } = this.context;
    const record = state.record.value;
    if (!record || !now.metric) return undefined;
    return this.#items(record, now.sequence, now.metric);
  }

  /** Of the loss that is isolated, or the mean of all. */
  private get decay(): readonly Contribution[] {
    const { items } = this;
    const { source } = this.context.now;
    if (!items) return NONE;
    return source === undefined ? average(items) : this.#single(items, source);
  }

  /** Of one loss, or of all by their sum, as in the sentence on top: a mean forgets how many there are. */
  private far(source: number | undefined): string {
    const { items } = this;
    const decay = source === undefined && items ? total(items) : this.decay;
    return this.#reach(decay, source, this.signed);
  }

  private get singleFit(): DecayFit | undefined {
    return this.context.now.source === undefined ? undefined : this.#singleFit(this.decay);
  }

  private legend(): TemplateResult | typeof nothing {
    const { items, singleFit, signed, layout } = this;
    if (!items) return nothing;
    const negative = this.outlined ? 'outlined in red' : 'red below the axis';
    const named = signed ? negative : undefined;
    const marks = caption(layout, named);
    return fitLegend(singleFit, averageFit(items), signed, marks, captionRoom(named));
  }

  private get lines(): DecayLines {
    const { items, singleFit } = this;
    if (!items) return { fit: undefined, mean: undefined };
    return {
      fit: fittedLine(singleFit ?? averageFit(items), this.signed && !singleFit),
      mean: singleFit && ((lag) => this.#means(items).get(lag)),
    };
  }

  private subtitle(): TemplateResult {
    const { now, state } = this.context;
    const { message, sequences } = state.record.value!;
    // The sentence on top and the overview are about all of them.
    const which = sequences.length > 1 ? 'all losses of this sequence' : 'all losses';
    const all = `${which} together, ${this.far(undefined)} · point at a band to see one loss, click to keep it`;
    if (now.source === undefined) return steady(all, all);
    return steady(
      sourceText(this.sequence!, message.labels, now.source, this.far(now.source)),
      all,
    );
  }

  private summary(): string {
    const { source } = this.context.now;
    const which = source === undefined ? 'all losses together' : `the loss at step ${source}`;
    return `Contribution of ${which} by lag, ${this.far(source)}`;
  }

  private largest(): TemplateResult {
    const { context, items, sequence } = this;
    const found = items ? this.#largest(items) : [];
    return html`<section class="list">
      <h3>Largest contributions</h3>
      ${region('Largest contributions', largestTable(context, found, sequence!))}
    </section>`;
  }

  private get plotWidth(): number {
    return Math.max(1, this.width - MARGIN.left - 16);
  }

  private get box(): Box {
    return { left: MARGIN.left, top: TOP, width: this.plotWidth, height: PLOT };
  }

  private get layout(): DecayLayout {
    const { items } = this;
    const extent = items ? this.#extent(items) : NOTHING;
    return this.#layout(this.decay, extent, this.signed, this.plotWidth, PLOT);
  }

  private colourOf = (lag: number): Rgb => {
    const { colours, state } = this.context;
    return colours[lag - (state.record.value?.message.first_lag ?? 0)] ?? [128, 128, 128];
  };

  private get outlined(): boolean {
    return this.layout.pitch >= OUTLINED;
  }

  protected inputs(): readonly unknown[] {
    return [this.layout, this.context.colours, this.context.now.source, this.items];
  }

  protected drawBase(surface: Surface): void {
    const { box, layout } = this;
    const { theme } = this.context;
    const canvas = surface.begin(this.width, TOP + PLOT + BOTTOM, this.ratio);
    drawVerticalAxis(canvas, layout.axis, box, theme);
    drawDecay(canvas, layout, this.colourOf, box, theme);
    drawDecayLines(canvas, layout, this.lines, box, theme);
    drawLagAxis(canvas, layout, box, theme);
    if (!this.outlined && this.signed) drawNegative(canvas, layout, box, theme);
  }

  protected overlayInputs(): readonly unknown[] {
    return [this.bar];
  }

  protected drawOverlay(surface: Surface): void {
    const { box, layout, context, bar } = this;
    const canvas = surface.begin(this.width, TOP + PLOT + BOTTOM, this.ratio);
    if (!bar) return;
    canvas.strokeStyle = context.theme.outline;
    canvas.strokeRect(
      box.left + bar.left - 0.5,
      box.top + bar.top - 0.5,
      Math.max(2, layout.pitch * 0.88 + 1),
      box.height - bar.top + 1,
    );
  }

  private get bar(): DecayBar | undefined {
    return this.#pointed === undefined ? undefined : barAt(this.layout, this.#pointed);
  }

  private tip(): Tip | undefined {
    const { bar } = this;
    if (!bar) return undefined;
    const { lag, cell, value } = bar.entry;
    return {
      x: MARGIN.left + bar.left + this.layout.pitch,
      y: TOP + 6,
      lines: [
        `lag ${formatLag(lag)} · ${cell === undefined ? 'mean loss' : `cell ${cell}`}`,
        html`<b>${formatItem(value, this.signed)}</b>`,
      ],
    };
  }

  readonly #onMove = (event: PointerEvent): void => {
    const { left } = (event.currentTarget as HTMLElement).getBoundingClientRect();
    this.#point(event.clientX - left - MARGIN.left);
  };

  readonly #onLeave = (): void => {
    this.#point(undefined);
  };

  #point(pixel: number | undefined): void {
    const before = this.bar;
    this.#pointed = pixel;
    if (this.bar !== before) this.requestUpdate();
  }
}

/** The line of a fit, over the lags that it was made of; none over bars of what does not cancel. */
function fittedLine(fit: DecayFit, hidden: boolean): DecayLines['fit'] {
  if (hidden || (fit.kind !== 'halves' && fit.kind !== 'doubles')) return undefined;
  return (lag) => {
    const distance = Math.abs(lag);
    return distance >= fit.from && distance <= fit.to ? fit.at(distance) : undefined;
  };
}

const NONE: readonly Contribution[] = [];
const NOTHING: DecayExtent = { lags: [], low: 0, high: 0 };

customElements.define('rnnbow-horizon', HorizonChart);

export const horizon: View = {
  id: 'horizon',
  title: 'Gradient horizon',
  accepts: hasRecord,
  holds: hasRecord,
  render: (context) => html`<rnnbow-horizon .context=${context}></rnnbow-horizon>`,
  picture: (context, width) => new HorizonChart().asPicture(context, width).picture(),
};
