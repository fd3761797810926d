// The gradient horizon: what one loss, projected back in time, still gives to each earlier cell.
import { html, nothing, type TemplateResult } from 'lit';
import type { Picture } from '../export/panel';
import { type Contribution, sourceDecay, totalDecay } from '../layout/decay';
import {
  barAt,
  type DecayBar,
  type DecayExtent,
  decayExtent,
  type DecayLayout,
  layoutDecay,
} from '../layout/decay_bars';
import { formatLag } from '../layout/format';
import { type Items, once } from '../layout/items';
import { numberEvery } from '../layout/labels';
import { itemsOf } from '../layout/picture';
import type { Rgb } from '../palettes';
import { drawVerticalAxis, SMALL } from '../render/axes';
import { drawDecay } from '../render/decay';
import type { Box, Surface } from '../render/surface';
import type { Sequence } from '../wire/record';
import { Scale } from '../wire/rnnbow_pb.js';
import { formatItem } from './batch_text';
import { Chart, MARGIN } from './chart';
import type { Context, View } from './context';
import { caption, reachText, sourceText, valueTable } from './horizon_text';
import { memo } from './memo';
import { panelHead, type Tip, tipBox } from './parts';

const PLOT = 140;
const TOP = 14;
const BOTTOM = 42;
/** Bars narrower than this have no outline: a mark below the axis says that one is negative. */
const OUTLINED = 5;

class HorizonChart extends Chart {
  #pointed: number | undefined; // pixel of the plot
  readonly #items = memo(itemsOf);
  readonly #total = once(totalDecay);
  readonly #single = memo(sourceDecay);
  readonly #extent = once((items) => decayExtent(items, this.#total(items)));
  readonly #layout = memo(layoutDecay);

  override render(): TemplateResult {
    const { context, sequence } = this;
    const { source } = context.now;
    if (!sequence) return panelHead('horizon', 'Gradient horizon', '');
    const height = TOP + PLOT + BOTTOM;
    const title =
      source === undefined ? 'Gradient horizon' : `Gradient horizon of the loss at ${source}`;
    return html`${panelHead('horizon', title, this.subtitle(), this.pinState())}
      <div class="split">
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
        ${this.list()}
      </div>`;
  }

  /** To take away. */
  picture(context: Context, width: number): Picture {
    const layers = this.layers(context, width);
    const { source, metric } = context.now;
    const which = source === undefined ? 'all losses together' : `the loss at ${source}`;
    const what = metric!.label || metric!.name;
    return {
      title: 'Gradient horizon',
      subtitle: `${what} of ${which} by lag, ${reachText(this.decay, source, this.signed)}`,
      legend: [],
      plots: [{ axes: { left: what }, layers }],
      note: '',
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

  private get decay(): readonly Contribution[] {
    const { items } = this;
    const { source } = this.context.now;
    if (!items) return NONE;
    return source === undefined ? this.#total(items) : this.#single(items, source);
  }

  private subtitle(): TemplateResult | string {
    const { now, state } = this.context;
    const far = reachText(this.decay, now.source, this.signed);
    const { message, sequences } = state.record.value!;
    if (now.source !== undefined) {
      return sourceText(this.sequence!, message.labels, now.source, far);
    }
    // The sentence on top and the overview are about all of them.
    const which = sequences.length > 1 ? 'all losses of this sequence' : 'all losses';
    return `${which} together, ${far} · point at a band or a label to see one loss, click to keep it`;
  }

  private pinState(): TemplateResult | typeof nothing {
    const { now, state, controller } = this.context;
    if (now.source === undefined || state.selection.pin !== now.source) return nothing;
    return html`<button
      type="button"
      data-testid="unpin"
      @click=${() => {
        controller.select({ pin: undefined });
      }}
    >
      Unpin <kbd>Esc</kbd>
    </button>`;
  }

  private summary(): string {
    const { source } = this.context.now;
    const which = source === undefined ? 'all losses together' : `the loss at step ${source}`;
    return `Contribution of ${which} by lag, ${reachText(this.decay, source, this.signed)}`;
  }

  private list(): TemplateResult {
    const labels = this.context.state.record.value!.message.labels;
    return html`<div
      class="values"
      style="height:${TOP + PLOT + BOTTOM}px"
      role="region"
      tabindex="0"
      aria-label="Values by lag"
    >
      ${valueTable(this.decay, this.sequence!, labels, this.context.now.metric!)}
    </div>`;
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

  protected inputs(): readonly unknown[] {
    return [this.layout, this.context.colours, this.context.now.source];
  }

  protected drawBase(surface: Surface): void {
    const { box, layout, context } = this;
    const { theme } = context;
    const canvas = surface.begin(this.width, TOP + PLOT + BOTTOM, this.ratio);
    drawVerticalAxis(canvas, layout.axis, box, theme);
    drawDecay(canvas, layout, this.colourOf, box, theme);
    canvas.fillStyle = theme.border;
    canvas.fillRect(box.left, box.top + box.height, box.width, 1);
    canvas.font = SMALL;
    canvas.fillStyle = theme.muted;
    canvas.textBaseline = 'top';
    canvas.textAlign = 'center';
    const every = numberEvery(layout.lags.length, layout.pitch * layout.lags.length, 26);
    layout.lags.forEach((lag, i) => {
      if (i % every !== 0) return;
      const centre = box.left + layout.pitch * (i + 0.44);
      canvas.fillText(formatLag(lag), centre, box.top + box.height + 6);
    });
    canvas.textAlign = 'left';
    const outlined = layout.pitch >= OUTLINED;
    const negative = outlined ? 'outlined in red' : 'red below the axis';
    const text = caption(layout, context.now.source, this.signed ? negative : undefined);
    canvas.fillText(text, box.left, box.top + box.height + 22);
    if (outlined || !this.signed) return;
    canvas.fillStyle = theme.bad;
    for (const { entry, left } of layout.bars) {
      if (entry.value >= 0) continue;
      canvas.fillRect(box.left + left, box.top + box.height + 1, Math.max(1, layout.pitch), 3);
    }
  }

  protected drawOverlay(surface: Surface): void {
    const { box, layout, context } = this;
    const canvas = surface.begin(this.width, TOP + PLOT + BOTTOM, this.ratio);
    const bar = this.bar;
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
        `lag ${formatLag(lag)} · ${cell === undefined ? 'all losses' : `cell ${cell}`}`,
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

const NONE: readonly Contribution[] = [];
const NOTHING: DecayExtent = { lags: [], low: 0, high: 0 };

customElements.define('rnnbow-horizon', HorizonChart);

export const horizon: View = {
  id: 'horizon',
  title: 'Gradient horizon',
  accepts: ({ state, now }) => state.record.value !== undefined && now.metric !== undefined,
  render: (context) => html`<rnnbow-horizon .context=${context}></rnnbow-horizon>`,
  picture: (context, width) => new HorizonChart().picture(context, width),
};
