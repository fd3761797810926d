// The gradient horizon: what one loss, projected back in time, still gives to each earlier cell.
import { html, nothing, type TemplateResult } from 'lit';
import { type Contribution, meanDecay, reach, sourceDecay } from '../layout/decay';
import { type DecayLayout, layoutDecay } from '../layout/decay_bars';
import { formatNumber, formatPercent, plural, visibleToken } from '../layout/format';
import type { Items } from '../layout/items';
import { numberEvery } from '../layout/labels';
import { pictureOf } from '../layout/picture';
import { correctness, entryText } from '../layout/series';
import type { Rgb } from '../palettes';
import { drawVerticalAxis, SMALL } from '../render/axes';
import { drawDecay } from '../render/decay';
import type { Box, Surface } from '../render/surface';
import type { Sequence } from '../wire/record';
import { Scale } from '../wire/rnnbow_pb.js';
import { formatItem } from './batch_text';
import { Chart, MARGIN } from './chart';
import type { View } from './context';
import { memo } from './memo';
import { panelHead, type Tip, tipBox } from './parts';

const PLOT = 140;
const TOP = 14;
const BOTTOM = 42;
/** All lags up to here stand in the list of values; beyond, ever fewer: a hover lists them anew. */
const LISTED = 64;

class HorizonChart extends Chart {
  #pointed: number | undefined;
  readonly #picture = memo(pictureOf);
  readonly #decay = memo((items: Items, source: number | undefined) =>
    source === undefined ? meanDecay(items) : sourceDecay(items, source),
  );
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
          ${this.canvases(height)} ${tipBox(this.tip(), this.plotWidth + MARGIN.left)}
        </div>
        ${this.list()}
      </div>`;
  }

  private get signed(): boolean {
    return this.context.now.metric?.scale === Scale.SHARE;
  }

  private get sequence(): Sequence | undefined {
    return this.context.state.record.value?.sequences[this.context.now.sequence];
  }

  private get decay(): readonly Contribution[] {
    const { state, now } = this.context;
    const record = state.record.value;
    if (!record || !now.metric) return [];
    return this.#decay(this.#picture(record, now.sequence, now.metric).items, now.source);
  }

  private subtitle(): TemplateResult | string {
    const { now, state } = this.context;
    const within = reach(this.decay, 0.9);
    const far = within === undefined ? '' : `90 % within ${plural(within, 'step')}`;
    if (now.source === undefined) {
      return `mean of all losses${far === '' ? '' : `, ${far}`} · point at a band or a label to see one loss, click to keep it`;
    }
    const { sequence } = this;
    const labels = state.record.value?.message.labels ?? [];
    const text = (series: Sequence['inputs']): string | undefined =>
      entryText(series, labels, now.source!, visibleToken, formatNumber);
    const target = text(sequence?.targets);
    const said = text(sequence?.predictions);
    const right = sequence ? correctness(sequence, labels)?.[now.source] : undefined;
    const loss = sequence?.losses[now.source];
    return html`${target === undefined ? nothing : html`target <code>${target}</code>, `}${
      said === undefined
        ? nothing
        : html`predicted
            <code class=${right === undefined ? '' : right ? 'right' : 'wrong'}>${said}</code>${
              right === undefined ? '' : right ? ' (right)' : ' (wrong)'
            }, `
    }${loss === undefined ? nothing : html`loss ${formatNumber(loss)}, `}${far}`;
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
    const which = source === undefined ? 'all losses, mean' : `the loss at step ${source}`;
    const within = reach(this.decay, 0.9);
    return `Contribution of ${which} by lag${within === undefined ? '' : `, 90 % within ${plural(within, 'step')}`}`;
  }

  /** The values themselves at growing lags. */
  private list(): TemplateResult {
    const { now, state } = this.context;
    const labels = state.record.value?.message.labels ?? [];
    const own = Math.abs(this.decay[0]?.value ?? 0);
    const rows = this.decay.filter(
      ({ lag }) => Math.abs(lag) < LISTED || Number.isInteger(Math.log2(Math.abs(lag))),
    );
    const single = now.source !== undefined;
    return html`<div
      class="values"
      style="height:${TOP + PLOT + BOTTOM}px"
      role="region"
      tabindex="0"
      aria-label="Values by lag"
    >
      <table data-testid="horizon-values">
        <thead>
          <tr>
            <th scope="col">lag</th>
            ${single ? html`<th scope="col">cell</th>` : nothing}
            <th scope="col">of lag ${this.decay[0]?.lag ?? 0}</th>
            <th scope="col">${now.metric?.label}</th>
          </tr>
        </thead>
        <tbody>
          ${rows.map((entry) => {
            const input = single
              ? entryText(this.sequence?.inputs, labels, entry.cell!, visibleToken, formatNumber)
              : undefined;
            return html`<tr>
              <td>${entry.lag}</td>
              ${single ? html`<td>${entry.cell}${input === undefined ? nothing : html` <code>${input}</code>`}</td>` : nothing}
              <td>${own > 0 ? formatPercent(Math.abs(entry.value) / own) : '–'}</td>
              <td>${formatItem(entry.value, this.signed)}</td>
            </tr>`;
          })}
        </tbody>
      </table>
    </div>`;
  }

  private get plotWidth(): number {
    const box = this.querySelector('.canvas-box');
    return Math.max(1, (box?.clientWidth ?? this.width) - MARGIN.left - 16);
  }

  private get box(): Box {
    return { left: MARGIN.left, top: TOP, width: this.plotWidth, height: PLOT };
  }

  private get layout(): DecayLayout {
    return this.#layout(this.decay, this.plotWidth, PLOT);
  }

  private colourOf = (lag: number): Rgb => {
    const { colours, state } = this.context;
    return colours[lag - (state.record.value?.message.first_lag ?? 0)] ?? [128, 128, 128];
  };

  protected inputs(): readonly unknown[] {
    return [this.layout, this.context.colours, this.plotWidth];
  }

  protected drawBase(surface: Surface): void {
    const { box, layout, context } = this;
    const { theme } = context;
    const canvas = surface.begin(box.width + box.left + 16, TOP + PLOT + BOTTOM, this.ratio);
    drawVerticalAxis(canvas, layout.axis, box, theme);
    drawDecay(canvas, layout, this.colourOf, box, theme);
    canvas.fillStyle = theme.border;
    canvas.fillRect(box.left, box.top + box.height, box.width, 1);
    canvas.font = SMALL;
    canvas.fillStyle = theme.muted;
    canvas.textBaseline = 'top';
    canvas.textAlign = 'center';
    const every = numberEvery(layout.bars.length, layout.pitch * layout.bars.length, 26);
    layout.bars.forEach(({ entry, left }, i) => {
      if (i % every !== 0) return;
      canvas.fillText(
        String(entry.lag),
        box.left + left + layout.pitch * 0.44,
        box.top + box.height + 6,
      );
    });
    canvas.textAlign = 'left';
    const below =
      layout.below > 0 ? ` · ${plural(layout.below, 'lag')} further on: below the axis` : '';
    const caption = `lag: steps from the cell to the loss${below}`;
    canvas.fillText(caption, box.left, box.top + box.height + 22);
  }

  protected drawOverlay(surface: Surface): void {
    const { box, layout, context } = this;
    const canvas = surface.begin(box.width + box.left + 16, TOP + PLOT + BOTTOM, this.ratio);
    const bar = this.#pointed === undefined ? undefined : layout.bars[this.#pointed];
    if (!bar) return;
    canvas.strokeStyle = context.theme.outline;
    canvas.strokeRect(
      box.left + bar.left - 0.5,
      box.top + bar.top - 0.5,
      Math.max(2, layout.pitch * 0.88 + 1),
      box.height - bar.top + 1,
    );
  }

  private tip(): Tip | undefined {
    const bar = this.#pointed === undefined ? undefined : this.layout.bars[this.#pointed];
    if (!bar) return undefined;
    const { lag, cell, value } = bar.entry;
    return {
      x: MARGIN.left + bar.left + this.layout.pitch,
      y: TOP + 6,
      lines: [
        cell === undefined ? `lag ${lag}` : `lag ${lag} · cell ${cell}`,
        html`<b>${formatItem(value, this.signed)}</b>`,
      ],
    };
  }

  readonly #onMove = (event: PointerEvent): void => {
    const { left } = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const place = Math.floor((event.clientX - left - MARGIN.left) / this.layout.pitch);
    this.#point(place >= 0 && place < this.layout.bars.length ? place : undefined);
  };

  readonly #onLeave = (): void => {
    this.#point(undefined);
  };

  #point(place: number | undefined): void {
    if (place === this.#pointed) return;
    this.#pointed = place;
    this.requestUpdate();
  }
}

customElements.define('rnnbow-horizon', HorizonChart);

export const horizon: View = {
  id: 'horizon',
  title: 'Gradient horizon',
  accepts: ({ state, now }) => state.record.value !== undefined && now.metric !== undefined,
  render: (context) => html`<rnnbow-horizon .context=${context}></rnnbow-horizon>`,
};
