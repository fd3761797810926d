// The paper's batch area: a stacked bar per cell, a band per lag, and what each cell read and said.
import { html, nothing, type TemplateResult } from 'lit';
import { columnAt } from '../layout/columns';
import { formatStep } from '../layout/format';
import { itemUnder } from '../layout/picture';
import { visibleSpan } from '../layout/zoom';
import type { Surface } from '../render/surface';
import { drawBatch, drawIsolated } from './batch_draw';
import { BatchGeometry, plotBox, type Shown } from './batch_shown';
import { batchPicture } from './batch_export';
import { batchTable } from './batch_table';
import { batchNotes } from './batch_notes';
import { bandLines, batchFacts, spokenSource } from './batch_text';
import { Chart } from './chart';
import { hasRecord, type View } from './context';
import { STRIDES } from './keys';
import { showAll } from './overview_legend';
import { TimeZoom, type ZoomedPlot } from './overview_zoom';
import { panelHead, problem, type Tip, tipBox } from './parts';
import { plotSlider } from './plot_slider';
import { pinSource, togglePin } from './pin';
import { cutLegend, lagLegend } from './ramp_legend';

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
  #before: number | undefined; // pinned before the last click
  readonly #geometry = new BatchGeometry();
  readonly #zoom = new TimeZoom(
    () => this.zoomed,
    (cells) => {
      this.context.controller.select({ cells });
    },
  );

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
    const { record, sequence, labels, height } = shown;
    const zoomed = shown.view !== shown.whole;
    return html`${panelHead(
        'batch',
        `Batch at step ${formatStep(record.message.step)}`,
        `${now.metric!.label || now.metric!.name} at each cell, a band per loss that it comes from`,
        html`${batchFacts(record, sequence)} ${shown.cuts.length > 0 ? cutLegend() : nothing}
        ${lagLegend(context)}${zoomed ? showAll(this.#onReset, 'cells-reset') : nothing}`,
      )}
      ${failed}
      ${plotSlider(
        {
          name: 'batch',
          label: 'Source: the time step of one loss',
          height,
          orientation: 'horizontal',
          min: 0,
          max: sequence.length - 1,
          now: now.source ?? 0,
          text:
            now.source === undefined
              ? 'all losses together'
              : spokenSource(sequence, labels, now.source),
          on: {
            move: this.#onMove,
            leave: this.#onLeave,
            press: this.#onPress,
            release: this.#onRelease,
            click: this.#onClick,
            double: this.#onDouble,
            wheel: this.#onWheel,
            key: this.#onKey,
          },
        },
        html`${this.canvases(height)} ${tipBox(this.tip(shown), this.width)}`,
      )}
      <p class="hidden" id="batch-keys">
        Left and right arrow go from loss to loss, Enter pins the one in view, Escape releases it.
        Plus and minus zoom in and out, shift with left and right arrow moves along, zero shows all
        cells.
      </p>
      <p class="note" data-testid="batch-note">${batchNotes(shown, state.selection.scale)}</p>
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
      style="height:${plotBox(this.width, []).height}px"
      data-testid="batch-empty"
    >
      ${text}
    </div>`;
  }

  private get shown(): Shown | undefined {
    return this.#geometry.shown(this.context, this.width, this.ratio);
  }

  private get zoomed(): ZoomedPlot {
    const { whole, view, box } = this.shown!;
    const cells = view[1] - view[0] + 1;
    // A cell is as wide as its column: its middle is where it lies.
    const stepAt = (pixel: number): number => view[0] - 0.5 + (pixel / box.width) * cells;
    return { whole, view, count: whole[1] + 1, stepAt, width: box.width };
  }

  protected inputs(): readonly unknown[] {
    const { shown } = this;
    return [shown?.bars, shown?.rows, this.context.colours];
  }

  protected drawBase(surface: Surface): void {
    const { shown, context, width, ratio } = this;
    if (shown) drawBatch(surface, shown, context, width, ratio);
  }

  protected overlayInputs(): readonly unknown[] {
    const { now, state } = this.context;
    return [now.source, state.selection.pin];
  }

  protected drawOverlay(surface: Surface): void {
    const { shown, context, width, ratio } = this;
    if (shown) drawIsolated(surface, shown, context, width, ratio);
  }

  /** The source under a point: of the band there, or of the cell whose label it is. */
  #at({ x, y }: Point, { box, bars }: Shown): Pointed | undefined {
    const { ratio } = this;
    const { columns, height, width } = bars;
    const [across, down] = [(x - box.left) * ratio, (y - box.top) * ratio];
    if (down < height) return itemUnder(bars, across, down, ratio);
    const column = columnAt(columns, across, width);
    if (column < 0) return undefined;
    const cell = columns.cells[column]!;
    return { cell, source: cell };
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

  readonly #onPress = (event: PointerEvent): void => {
    this.#zoom.rest();
    this.#zoom.press(event);
  };

  readonly #onMove = (event: PointerEvent): void => {
    const { shown } = this;
    if (this.#zoom.drag(event)) this.#onLeave();
    else if (shown) {
      this.#pointer = pointIn(event);
      // Before it is rendered, so that it is rendered once.
      this.context.controller.hover(this.#at(this.#pointer, shown)?.source);
      this.requestUpdate();
    }
  };

  readonly #onLeave = (): void => {
    this.#pointer = undefined;
    this.context.controller.hover(undefined);
    this.requestUpdate();
  };

  readonly #onRelease = (): void => {
    this.#zoom.release();
  };

  readonly #onWheel = (event: WheelEvent): void => {
    const { shown } = this;
    if (!shown) return;
    this.#zoom.wheel(event, pointIn(event).x - shown.box.left);
    if (event.defaultPrevented) this.#onLeave();
  };

  readonly #onReset = (): void => {
    if (this.shown?.view === this.shown?.whole) return;
    this.context.controller.select({ cells: undefined });
    this.context.announce('All cells');
  };

  readonly #onDouble = (): void => {
    if (this.shown?.view === this.shown?.whole) return;
    // Its first click has pinned something already: taken back.
    this.context.controller.select({ pin: this.#before });
    this.#onReset();
  };

  readonly #onClick = (event: MouseEvent): void => {
    // The second click of a double one, and the end of a drag, pin nothing.
    const { shown } = this;
    if (!shown || event.detail > 1 || this.#zoom.moved) return;
    this.#before = this.context.state.selection.pin;
    togglePin(this.context, this.#at(pointIn(event), shown)?.source);
  };

  readonly #onKey = (event: KeyboardEvent): void => {
    const { shown, context } = this;
    if (!shown) return;
    const { now, controller } = context;
    const last = shown.sequence.length - 1;
    const stride = STRIDES[event.key];
    const goTo = (source: number): void => {
      this.#pointer = undefined;
      controller.hover(source);
      this.#zoom.reveal(source);
    };
    if (this.#zoom.key(event, now.source)) {
      const [from, to] = visibleSpan(controller.state.selection.cells, shown.whole);
      context.announce(`Cells ${formatStep(from)} to ${formatStep(to)}`);
    } else if (stride !== undefined) {
      const from = now.source ?? (stride > 0 ? -1 : last + 1);
      goTo(Math.min(last, Math.max(0, from + stride)));
    } else if (event.key === 'Home') goTo(0);
    else if (event.key === 'End') goTo(last);
    else if (event.key === 'Enter' || event.key === ' ') pinSource(context, now.source);
    else if (event.key === 'Escape') {
      this.#pointer = undefined;
      pinSource(context, undefined);
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
  holds: hasRecord,
  render: (context) => html`<rnnbow-batch .context=${context}></rnnbow-batch>`,
  picture: batchPicture,
};
