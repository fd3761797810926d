// The bars of one of the runs that are compared: small, on the axis of all of them.
import { html, type TemplateResult } from 'lit';
import { totalDecay } from '../layout/decay';
import { formatStep } from '../layout/format';
import { once } from '../layout/items';
import { type Bars, itemUnder, layoutBars, pictureOf } from '../layout/picture';
import type { Extent } from '../layout/stack';
import { visibleSpan } from '../layout/zoom';
import { drawPlot, drawSource } from '../render/bars';
import { drawNumbers, NUMBERS } from '../render/labels';
import type { Box, Surface } from '../render/surface';
import { Scale } from '../wire/rnnbow_pb.js';
import { bandLines } from './batch_text';
import type { Beside } from './beside';
import { Chart, MARGIN } from './chart';
import { reachText } from './horizon_text';
import { memo } from './memo';
import { type Tip, tipBox } from './parts';

const TOP = 16;
const BOTTOM = NUMBERS + 6;
/** Heights of the bars: as the charts beside them have room, within these. */
const LEAST = 92;
const MOST = 180;

const decayOf = once(totalDecay);

export class RunBars extends Chart {
  static override properties = {
    ...Chart.properties,
    beside: { attribute: false },
    extent: { attribute: false },
    room: { attribute: false },
  };
  declare beside: Beside;
  declare extent: Extent;
  /** Height that the chart may take. */
  declare room: number;
  #pointer: { x: number; y: number } | undefined;
  readonly #picture = memo(pictureOf);
  readonly #bars = memo(layoutBars);
  readonly #extent = memo((up: number, down: number, floor: number) => ({ up, down, floor }));

  override render(): TemplateResult {
    const { state, now } = this.beside.context;
    const record = state.record.value!;
    const picture = this.#picture(record, now.sequence, now.metric!);
    const far = reachText(decayOf(picture.items), undefined, now.metric!.scale === Scale.SHARE);
    return html`<div
      class="canvas-box pointable"
      style="height:${this.height}px"
      role="img"
      aria-label="${this.beside.name} at step ${formatStep(record.message.step)}: ${far}"
      data-testid="run-bars:${now.run ?? ''}"
      @pointermove=${this.#onMove}
      @pointerleave=${this.#onLeave}
    >
      ${this.canvases(this.height)} ${tipBox(this.tip(), this.width)}
    </div>`;
  }

  private get plot(): number {
    return Math.round(Math.min(MOST, Math.max(LEAST, this.room - TOP - BOTTOM)));
  }

  private get height(): number {
    return TOP + this.plot + BOTTOM;
  }

  private get box(): Box {
    const width = Math.max(1, this.width - MARGIN.left - 8);
    return { left: MARGIN.left, top: TOP, width, height: this.plot };
  }

  private get bars(): Bars {
    const { state, now } = this.beside.context;
    const { box, ratio } = this;
    const picture = this.#picture(state.record.value!, now.sequence, now.metric!);
    const view = this.#view(picture.items.length);
    const [width, height] = [Math.round(box.width * ratio), Math.round(box.height * ratio)];
    const { up, down, floor } = this.extent;
    const extent = this.#extent(up, down, floor);
    return this.#bars(picture, state.selection.scale, view, width, height, ratio, extent);
  }

  readonly #whole = memo((length: number) => [0, length - 1] as const);
  readonly #visible = memo(visibleSpan);
  #view(length: number): readonly [number, number] {
    return this.#visible(this.beside.context.state.selection.cells, this.#whole(length));
  }

  protected inputs(): readonly unknown[] {
    return [this.bars, this.beside.context.colours];
  }

  protected drawBase(surface: Surface): void {
    const { bars, box, ratio } = this;
    const { colours, theme } = this.beside.context;
    const canvas = surface.begin(this.width, this.height, ratio);
    drawPlot(surface, canvas, bars, box, colours, theme, ratio);
    const numbers = { ...box, top: box.top + box.height + 3 };
    drawNumbers(canvas, bars.columns, numbers, theme, ratio);
  }

  protected overlayInputs(): readonly unknown[] {
    return [this.beside.context.now.source];
  }

  protected drawOverlay(surface: Surface): void {
    const { bars, box, ratio } = this;
    const { colours, theme, now } = this.beside.context;
    const canvas = surface.begin(this.width, this.height, ratio);
    if (now.source !== undefined) drawSource(canvas, bars, now.source, colours, box, theme, ratio);
  }

  #pointed(): { cell: number; source: number } | undefined {
    if (!this.#pointer) return undefined;
    const { bars, box, ratio } = this;
    const { x, y } = this.#pointer;
    return itemUnder(bars, (x - box.left) * ratio, (y - box.top) * ratio, ratio);
  }

  private tip(): Tip | undefined {
    const pointed = this.#pointed();
    if (!this.#pointer || !pointed) return undefined;
    const { state, now } = this.beside.context;
    const record = state.record.value!;
    const sequence = record.sequences[now.sequence]!;
    const { labels } = record.message;
    const lines = bandLines(this.bars.picture, sequence, labels, pointed.cell, pointed.source);
    return { x: this.#pointer.x, y: TOP + this.plot / 2, lines };
  }

  readonly #onMove = (event: PointerEvent): void => {
    const corner = (event.currentTarget as HTMLElement).getBoundingClientRect();
    this.#pointer = { x: event.clientX - corner.left, y: event.clientY - corner.top };
    this.context.controller.hover(this.#pointed()?.source);
    this.requestUpdate();
  };

  readonly #onLeave = (): void => {
    this.#pointer = undefined;
    this.context.controller.hover(undefined);
    this.requestUpdate();
  };
}

customElements.define('rnnbow-run-bars', RunBars);
