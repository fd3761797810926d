// The paper's batch area: a stacked bar per cell, a band per lag, and what each cell read and said.
import { html, type TemplateResult } from 'lit';
import { columnAt } from '../layout/columns';
import { formatStep } from '../layout/format';
import { type LabelPlan, planLabels, visibleRows } from '../layout/labels';
import { type Bars, layoutBars, type Picture, pictureOf } from '../layout/picture';
import { type Row, seriesRows } from '../layout/series';
import { bandAt } from '../layout/stack';
import { drawVerticalAxis } from '../render/axes';
import { drawBars, drawDamaged, drawSource } from '../render/bars';
import { drawFrame, drawNumbers, drawRows, NUMBERS, rowsHeight } from '../render/labels';
import type { Box, Surface } from '../render/surface';
import type { RnnbowRecord, Sequence } from '../wire/record';
import { batchTable } from './batch_table';
import { bandLines, batchFacts, batchNotes, spokenSource } from './batch_text';
import { Chart, MARGIN } from './chart';
import type { View } from './context';
import { STRIDES } from './keys';
import { memo } from './memo';
import { panelHead, problem, type Tip, tipBox } from './parts';

const TOP = 22;
/** Height of all else on the page but the rows below the bars: the plot gets what is left. */
const OTHERS = 646;

/** What is drawn: all there is once a record is there. */
interface Shown {
  readonly record: RnnbowRecord;
  readonly sequence: Sequence;
  readonly labels: readonly string[];
  readonly picture: Picture;
  readonly bars: Bars;
  readonly box: Box;
  readonly plan: LabelPlan;
  readonly rows: readonly Row[];
}

/** A point of the plot, in CSS pixels from its corner. */
interface Point {
  readonly x: number;
  readonly y: number;
}

interface Pointed {
  readonly cell: number;
  readonly source: number;
}

class BatchChart extends Chart {
  /** Where the pointer rests: what it points at changes with the record under it. */
  #pointer: Point | undefined;
  readonly #picture = memo(pictureOf);
  readonly #bars = memo(layoutBars);
  readonly #allRows = memo(seriesRows);
  readonly #plan = memo(planLabels);
  readonly #rows = memo(visibleRows);

  override render(): TemplateResult {
    const { context, shown } = this;
    const { state, now } = context;
    const failed = problem(
      context,
      `The record of step ${formatStep(now.step ?? 0)} cannot be shown.`,
      state.record.error,
      'record-error',
    );
    if (!shown) return html`${panelHead('batch', 'Batch', '')} ${failed} ${this.placeholder()}`;
    const { record, sequence, labels, picture, bars, plan } = shown;
    const height = this.height(shown);
    return html`${panelHead(
        'batch',
        `Batch at step ${formatStep(record.message.step)}`,
        `${now.metric!.label || now.metric!.name} at each cell, a band per loss that it comes from`,
        batchFacts(record, sequence),
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
        aria-valuemax=${sequence.length - 1}
        aria-valuenow=${now.source ?? 0}
        aria-valuetext=${
          now.source === undefined
            ? 'all losses together'
            : spokenSource(sequence, labels, now.source)
        }
        @pointermove=${this.#onMove}
        @pointerleave=${this.#onLeave}
        @click=${this.#onClick}
        @keydown=${this.#onKey}
        @blur=${this.#onLeave}
      >
        ${this.canvases(height)} ${tipBox(this.tip(shown), this.width)}
      </div>
      <p class="hidden" id="batch-keys">
        Left and right arrow go from loss to loss, Enter pins the one in view, Escape releases it.
      </p>
      <p class="note" data-testid="batch-note">
        ${batchNotes(record, picture, bars, state.selection.scale, plan)}
      </p>
      ${batchTable(record, now.sequence, now.metric!)}`;
  }

  private placeholder(): TemplateResult {
    const { state, now } = this.context;
    const missing = now.step === undefined && state.steps.value !== undefined;
    const text = state.record.error
      ? 'Other records are not affected: the plot above and the arrows lead to them.'
      : missing
        ? 'No record of this layer is kept yet. The next one appears here as soon as it is written.'
        : 'Loading the record…';
    return html`<div
      class="blank"
      style="height:${this.box([]).height}px"
      data-testid="batch-empty"
    >
      ${text}
    </div>`;
  }

  private height({ rows, box }: Shown): number {
    return TOP + box.height + NUMBERS + rowsHeight(rows) + 4;
  }

  private box(rows: readonly Row[]): Box {
    const width = Math.max(1, this.width - MARGIN.left - MARGIN.right);
    const left = window.innerHeight - OTHERS - rowsHeight(rows);
    return { left: MARGIN.left, top: TOP, width, height: Math.min(600, Math.max(210, left)) };
  }

  private get shown(): Shown | undefined {
    const { state, now } = this.context;
    const record = state.record.value;
    const sequence = record?.sequences[now.sequence];
    if (!record || !sequence || !now.metric) return undefined;
    const { ratio } = this;
    const { labels } = record.message;
    const all = this.#allRows(sequence, labels);
    const box = this.box(all);
    const picture = this.#picture(record, now.sequence, now.metric);
    const [width, height] = [Math.round(box.width * ratio), Math.round(box.height * ratio)];
    const bars = this.#bars(picture, state.selection.scale, width, height, ratio);
    const plan = this.#plan(all, box.width / bars.columns.count);
    return { record, sequence, labels, picture, bars, box, plan, rows: this.#rows(all, plan) };
  }

  protected inputs(): readonly unknown[] {
    const { shown } = this;
    return [shown?.bars, shown?.rows, this.context.colours];
  }

  protected drawBase(surface: Surface): void {
    const { shown, ratio, context } = this;
    if (!shown) return;
    const { bars, box, rows, plan } = shown;
    const canvas = surface.begin(this.width, this.height(shown), ratio);
    drawBars(surface, bars, context.colours, box, ratio);
    canvas.globalCompositeOperation = 'destination-over';
    drawVerticalAxis(canvas, bars.axis, box, context.theme, { ratio });
    canvas.globalCompositeOperation = 'source-over';
    drawDamaged(canvas, bars, box, context.theme, ratio);
    canvas.fillStyle = context.theme.border;
    canvas.fillRect(box.left, box.top + bars.stack.zero / ratio, box.width, 1);
    const below = { ...box, top: box.top + box.height + 5, height: rowsHeight(rows) };
    drawRows(canvas, rows, plan, bars.columns, below, context.theme, ratio);
    const numbers = { ...box, top: below.top + below.height };
    drawNumbers(canvas, bars.picture.items.length, bars.columns, numbers, context.theme, ratio);
  }

  protected drawOverlay(surface: Surface): void {
    const { shown, ratio, context } = this;
    if (!shown) return;
    const { bars, box, rows, sequence } = shown;
    const canvas = surface.begin(this.width, this.height(shown), ratio);
    const { source } = context.now;
    if (source === undefined) return;
    drawSource(canvas, bars, source, context.colours, box, context.theme, ratio);
    const labels = {
      ...box,
      top: box.top + box.height + 3,
      height: rowsHeight(rows) + NUMBERS,
    };
    const { outline, accent } = context.theme;
    const { pin } = context.state.selection;
    drawFrame(canvas, source, bars.columns, labels, { colour: outline, line: 1.25 }, ratio);
    if (pin !== undefined && pin < sequence.length) {
      drawFrame(canvas, pin, bars.columns, labels, { colour: accent, line: 2 }, ratio);
    }
  }

  /** The source under a point: of the band there, or of the cell whose label it is. */
  #at({ x, y }: Point, { box, bars }: Shown): Pointed | undefined {
    const { ratio } = this;
    const { columns, stack, height, width, picture } = bars;
    const column = columnAt(columns, (x - box.left) * ratio, width);
    if (column < 0) return undefined;
    const cell = columns.cells[column]!;
    const row = (y - box.top) * ratio;
    if (row >= height) return { cell, source: cell };
    const k = bandAt(stack, column, row, 4 * ratio);
    if (k < 0) return undefined;
    return { cell, source: cell + picture.items.firstLag + k };
  }

  private tip(shown: Shown): Tip | undefined {
    const { picture, sequence, labels, box } = shown;
    const pointer = this.#pointer;
    const pointed = pointer && this.#at(pointer, shown);
    if (!pointed || pointed.source >= sequence.length) return undefined;
    const lines = bandLines(picture, sequence, labels, pointed.cell, pointed.source);
    // Above the pointer and above the labels: the bands of a source lie to the left of it.
    return { x: pointer.x, y: Math.max(0, Math.min(pointer.y, box.top + box.height) - 78), lines };
  }

  /** The record may be another one under a pointer that rests, or the plot another size. */
  protected override updated(): void {
    super.updated();
    const { shown } = this;
    if (this.#pointer && shown) {
      this.context.controller.hover(this.#at(this.#pointer, shown)?.source);
    }
  }

  readonly #onMove = (event: PointerEvent): void => {
    this.#pointer = pointIn(event);
    this.requestUpdate();
  };

  readonly #onLeave = (): void => {
    this.#pointer = undefined;
    this.context.controller.hover(undefined);
    this.requestUpdate();
  };

  readonly #onClick = (event: MouseEvent): void => {
    const { shown } = this;
    const source = shown && this.#at(pointIn(event), shown)?.source;
    const { pin } = this.context.state.selection;
    this.#pin(source === pin ? undefined : source);
  };

  #pin(source: number | undefined): void {
    const { controller, announce, state } = this.context;
    const { shown } = this;
    if (source === state.selection.pin || !shown) return;
    controller.select({ pin: source });
    announce(
      source === undefined
        ? 'Released'
        : `Pinned ${spokenSource(shown.sequence, shown.labels, source)}`,
    );
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    const { now, controller } = this.context;
    const last = (this.shown?.sequence.length ?? 1) - 1;
    const stride = STRIDES[event.key];
    const goTo = (source: number): void => {
      this.#pointer = undefined;
      controller.hover(source);
    };
    if (stride !== undefined) {
      const from = now.source ?? (stride > 0 ? -1 : last + 1);
      goTo(Math.min(last, Math.max(0, from + stride)));
    } else if (event.key === 'Home') goTo(0);
    else if (event.key === 'End') goTo(last);
    else if (event.key === 'Enter' || event.key === ' ') this.#pin(now.source);
    else if (event.key === 'Escape') {
      this.#pointer = undefined;
      this.#pin(undefined);
      controller.hover(undefined);
    } else return;
    event.preventDefault();
  };
}

function pointIn(event: MouseEvent): Point {
  const corner = (event.currentTarget as HTMLElement).getBoundingClientRect();
  return { x: event.clientX - corner.left, y: event.clientY - corner.top };
}

customElements.define('rnnbow-batch', BatchChart);

export const batch: View = {
  id: 'batch',
  title: 'Batch',
  accepts: () => true,
  render: (context) => html`<rnnbow-batch .context=${context}></rnnbow-batch>`,
};
