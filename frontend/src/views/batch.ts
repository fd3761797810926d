// The paper's batch area: a stacked bar per cell, a band per lag, and what each cell read and said.
import { html, nothing, type TemplateResult } from 'lit';
import { columnAt, columnCentre, columnOf } from '../layout/columns';
import {
  formatNumber,
  formatPercent,
  formatStep,
  plural,
  visibleToken,
  spokenToken,
} from '../layout/format';
import { itemAt } from '../layout/items';
import { numberEvery } from '../layout/labels';
import { type Bars, layoutBars, type Picture, pictureOf } from '../layout/picture';
import { correctness, entryText, type Row, seriesRows } from '../layout/series';
import { bandAt } from '../layout/stack';
import { SCALES } from '../model/selection';
import { drawVerticalAxis, SMALL } from '../render/axes';
import { drawBars, drawDamaged, drawSource } from '../render/bars';
import { drawRows, rowsHeight } from '../render/labels';
import type { Box, Surface } from '../render/surface';
import type { Sequence } from '../wire/record';
import { Chart, MARGIN } from './chart';
import type { View } from './context';
import { memo } from './memo';
import { panelHead, problem, type Tip, tipBox } from './parts';
import { batchTable } from './batch_table';

const TOP = 22;
const NUMBERS = 18;

interface Pointed {
  readonly cell: number;
  readonly source: number;
  readonly x: number;
  readonly y: number;
}

class BatchChart extends Chart {
  #pointed: Pointed | undefined;
  readonly #picture = memo(pictureOf);
  readonly #bars = memo(layoutBars);
  readonly #rows = memo(seriesRows);

  override render(): TemplateResult {
    const { context } = this;
    const { state, now } = context;
    const record = state.record.value;
    const failed = problem(
      context,
      `The record of step ${formatStep(now.step ?? 0)} cannot be shown.`,
      state.record.error,
      'record-error',
    );
    if (!record || !now.metric)
      return html`${panelHead('batch', 'Batch', '')} ${failed} ${this.placeholder()}`;
    const height = this.height;
    return html`${panelHead(
        'batch',
        `Batch at step ${formatStep(record.message.step)}`,
        `how much each later loss adds to the ${now.metric.label || now.metric.name} at each cell`,
        this.facts(),
      )}
      ${failed}
      <div
        class="canvas-box pointable"
        style="height:${height}px"
        role="slider"
        tabindex="0"
        data-testid="batch-plot"
        aria-label="Source: the time step of one loss"
        aria-describedby="batch-keys"
        aria-orientation="horizontal"
        aria-valuemin="0"
        aria-valuemax=${this.sequence!.length - 1}
        aria-valuenow=${now.source ?? 0}
        aria-valuetext=${now.source === undefined ? 'all losses together' : this.describe(now.source)}
        @pointermove=${this.#onMove}
        @pointerleave=${this.#onLeave}
        @click=${this.#onClick}
        @keydown=${this.#onKey}
        @blur=${this.#onLeave}
      >
        ${this.canvases(height)} ${tipBox(this.tip(), this.width)}
      </div>
      <p class="hidden" id="batch-keys">
        Left and right arrow go from loss to loss, Enter pins the one in view, Escape releases it.
      </p>
      <p class="note" data-testid="batch-note">${this.notes()}</p>
      ${batchTable(record, now.sequence, now.metric)}`;
  }

  private placeholder(): TemplateResult {
    const { state, now } = this.context;
    const height = `height:${this.plotHeight + TOP + 60}px`;
    if (state.record.error) return html`<div class="blank" style=${height}></div>`;
    const none = now.step === undefined && state.steps.value !== undefined;
    return html`<div class="blank" style=${height} data-testid="batch-empty">
      ${
        none
          ? html`No record is kept of this layer yet. Its overview may already hold steps; records
            appear here as soon as the next one is written.`
          : 'Loading the record…'
      }
    </div>`;
  }

  private get plotHeight(): number {
    return Math.round(Math.min(420, Math.max(200, window.innerHeight * 0.27)));
  }

  private get height(): number {
    return TOP + this.plotHeight + NUMBERS + rowsHeight(this.rows) + 4;
  }

  private get box(): Box {
    const width = Math.max(1, this.width - MARGIN.left - MARGIN.right);
    return { left: MARGIN.left, top: TOP, width, height: this.plotHeight };
  }

  private get sequence(): Sequence | undefined {
    return this.context.state.record.value?.sequences[this.context.now.sequence];
  }

  private get labels(): readonly string[] {
    return this.context.state.record.value?.message.labels ?? [];
  }

  private get rows(): readonly Row[] {
    return this.sequence ? this.#rows(this.sequence, this.labels) : [];
  }

  private get picture(): Picture | undefined {
    const { state, now } = this.context;
    const record = state.record.value;
    return record && now.metric ? this.#picture(record, now.sequence, now.metric) : undefined;
  }

  private get bars(): Bars | undefined {
    const { picture, box, ratio } = this;
    if (!picture) return undefined;
    const [width, height] = [Math.round(box.width * ratio), Math.round(box.height * ratio)];
    return this.#bars(picture, this.context.state.selection.scale, width, height, ratio);
  }

  /** What the record says about the batch as a whole. */
  private facts(): TemplateResult | typeof nothing {
    const { sequence } = this;
    const record = this.context.state.record.value;
    if (!sequence || !record) return nothing;
    const { loss, batch_size, lags } = record.message;
    const right = correctness(sequence, this.labels);
    const facts = [
      loss === undefined ? '' : `loss ${formatNumber(loss)}`,
      right ? `${right.filter(Boolean).length} of ${right.length} right` : '',
      `sequence ${sequence.index} of a batch of ${batch_size}`,
      record.message.lags_omitted ? `horizon cut at ${plural(lags, 'lag')}` : '',
    ];
    return html`<span data-testid="batch-facts"
      >${facts.filter((fact) => fact !== '').join(' · ')}</span
    >`;
  }

  private notes(): string {
    const { picture, bars } = this;
    if (!picture || !bars) return '';
    const { scale } = this.context.state.selection;
    const notes = [
      picture.signed
        ? 'Shares add up to 100 % over all bars; what counts down cancels others.'
        : 'Norms do not add: a bar overstates the norm of its sum.',
    ];
    if (scale !== 'linear')
      notes.push(`${sentence(SCALES.find(({ name }) => name === scale)!.note)}.`);
    if (bars.columns.perColumn > 1) {
      notes.push(`Each column shows the largest of ${bars.columns.perColumn} cells.`);
    }
    if (picture.damaged > 0) {
      notes.push(
        `${plural(picture.damaged, 'cell')} with NaN or infinite items: hatched, and left out of the bars.`,
      );
    }
    return notes.join(' ');
  }

  protected inputs(): readonly unknown[] {
    return [this.bars, this.rows, this.context.colours];
  }

  protected drawBase(surface: Surface): void {
    const { bars, box, width, height, ratio, context } = this;
    const canvas = surface.begin(width, height, ratio);
    if (!bars) return;
    drawBars(surface, bars, context.colours, box, ratio);
    canvas.globalCompositeOperation = 'destination-over';
    drawVerticalAxis(canvas, bars.axis, box, context.theme, { ratio });
    canvas.globalCompositeOperation = 'source-over';
    drawDamaged(canvas, bars, box, context.theme, ratio);
    canvas.fillStyle = context.theme.border;
    canvas.fillRect(box.left, box.top + bars.stack.zero / ratio, box.width, 1);
    const rows = { ...box, top: box.top + box.height + 5, height: rowsHeight(this.rows) };
    drawRows(canvas, this.rows, bars.columns, rows, context.theme, ratio);
    this.drawNumbers(canvas, bars, rows.top + rows.height);
  }

  /** Time steps under the rows: 0, 5, 10, … */
  private drawNumbers(canvas: CanvasRenderingContext2D, bars: Bars, top: number): void {
    const { box, ratio, context } = this;
    const { length } = bars.picture.items;
    canvas.font = SMALL;
    canvas.fillStyle = context.theme.muted;
    canvas.textBaseline = 'top';
    canvas.textAlign = 'right';
    canvas.fillText('cell', box.left - 8, top + 4);
    canvas.textAlign = 'center';
    const every = numberEvery(length, box.width, 34);
    for (let cell = 0; cell < length; cell += every) {
      const x = box.left + columnCentre(bars.columns, columnOf(bars.columns, cell)) / ratio;
      canvas.fillText(String(cell), x, top + 4);
    }
  }

  protected drawOverlay(surface: Surface): void {
    const { bars, box, width, height, ratio, context } = this;
    const canvas = surface.begin(width, height, ratio);
    const { source } = context.now;
    if (!bars || source === undefined) return;
    drawSource(canvas, bars, source, context.colours, box, context.theme, ratio);
    // Around the labels of the source itself.
    const column = columnOf(bars.columns, source);
    const centre = box.left + columnCentre(bars.columns, column) / ratio;
    const half = Math.max(5, box.width / bars.columns.count / 2);
    const top = box.top + box.height + 3;
    const pinned = context.state.selection.pin === source;
    canvas.strokeStyle = pinned ? context.theme.accent : context.theme.outline;
    canvas.lineWidth = pinned ? 2 : 1.25;
    canvas.beginPath();
    canvas.roundRect(centre - half, top, 2 * half, rowsHeight(this.rows) + NUMBERS, 3);
    canvas.stroke();
  }

  /** The source under a point: of the band there, or of the cell whose label it is. */
  #at(event: MouseEvent): Pointed | undefined {
    const { bars, box, ratio } = this;
    if (!bars) return undefined;
    const { left, top } = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const [x, y] = [event.clientX - left, event.clientY - top];
    const column = columnAt(bars.columns, (x - box.left) * ratio, bars.width);
    if (column < 0) return undefined;
    const cell = bars.columns.cells[column]!;
    const row = (y - box.top) * ratio;
    if (row >= bars.height) return { cell, source: cell, x, y };
    const k = bandAt(bars.stack, column, row, 4 * ratio);
    if (k < 0) return undefined;
    return { cell, source: cell + bars.picture.items.firstLag + k, x, y };
  }

  private tip(): Tip | undefined {
    const pointed = this.#pointed;
    const { picture, sequence } = this;
    if (!pointed || !picture || !sequence) return undefined;
    const value = itemAt(picture.items, pointed.cell, pointed.source);
    const lag = pointed.source - pointed.cell;
    const text = (series: Sequence['inputs'], t: number): string => {
      const entry = entryText(series, this.labels, t, visibleToken, formatNumber);
      return entry === undefined ? '' : ` ${entry}`;
    };
    const target = text(sequence.targets, pointed.source);
    const said = text(sequence.predictions, pointed.source);
    const total = picture.totals.positive[pointed.cell]! - picture.totals.negative[pointed.cell]!;
    const lines = [
      html`<b>loss at ${pointed.source}</b> → cell
        ${pointed.cell}${text(sequence.inputs, pointed.cell)}`,
      html`lag ${lag} · <b>${this.#value(value ?? 0)}</b>${
          total > 0 && value !== undefined && Number.isFinite(value)
            ? html` · ${formatPercent(Math.abs(value) / total)} of the bar`
            : nothing
        }`,
    ];
    if (target !== '') lines.push(html`target${target}${said === '' ? '' : ` · predicted${said}`}`);
    return { x: pointed.x, y: Math.min(pointed.y + 12, this.height - 70), lines };
  }

  #value(value: number): string {
    return this.picture?.signed === true ? formatPercent(value, 2) : formatNumber(value);
  }

  private describe(source: number): string {
    const { sequence } = this;
    if (!sequence) return '';
    const text = (series: Sequence['inputs'], name: string): string => {
      const entry = entryText(series, this.labels, source, spokenToken, formatNumber);
      return entry === undefined ? '' : `, ${name} ${entry}`;
    };
    return `loss at step ${source}${text(sequence.targets, 'target')}${text(sequence.predictions, 'predicted')}`;
  }

  readonly #onMove = (event: PointerEvent): void => {
    this.#pointed = this.#at(event);
    this.context.controller.hover(this.#pointed?.source);
    this.requestUpdate();
  };

  readonly #onLeave = (): void => {
    this.#pointed = undefined;
    this.context.controller.hover(undefined);
    this.requestUpdate();
  };

  readonly #onClick = (event: MouseEvent): void => {
    const source = this.#at(event)?.source;
    const { pin } = this.context.state.selection;
    this.#pin(source === pin ? undefined : source);
  };

  #pin(source: number | undefined): void {
    const { controller, announce } = this.context;
    if (source === this.context.state.selection.pin) return;
    controller.select({ pin: source });
    announce(source === undefined ? 'Released' : `Pinned ${this.describe(source)}`);
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    const { now, state, controller } = this.context;
    const last = (this.sequence?.length ?? 1) - 1;
    const strides: Record<string, number> = {
      ArrowLeft: -1,
      ArrowDown: -1,
      ArrowRight: 1,
      ArrowUp: 1,
    };
    const stride = strides[event.key];
    const goTo = (source: number): void => {
      this.#pointed = undefined;
      // With a pin in place the arrows move the pin: it is what the page shows.
      if (state.selection.pin !== undefined) controller.select({ pin: source });
      else controller.hover(source);
    };
    if (stride !== undefined) {
      const from = now.source ?? (stride > 0 ? -1 : last + 1);
      goTo(Math.min(last, Math.max(0, from + stride)));
    } else if (event.key === 'Home') goTo(0);
    else if (event.key === 'End') goTo(last);
    else if (event.key === 'Enter' || event.key === ' ') this.#pin(now.source);
    else if (event.key === 'Escape') {
      this.#pin(undefined);
      controller.hover(undefined);
    } else return;
    event.preventDefault();
  };
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

customElements.define('rnnbow-batch', BatchChart);

export const batch: View = {
  id: 'batch',
  title: 'Batch',
  render: (context) => html`<rnnbow-batch .context=${context}></rnnbow-batch>`,
};
