// Training at one glance: the largest gradient of every recorded step, and the loss beside it.
import { html, nothing, type TemplateResult } from 'lit';
import { formatStep, scalarFormat } from '../layout/format';
import { droppedSteps, nearestIndex } from '../layout/timeline';
import { stepAxis } from '../layout/timeline_axes';
import { type Span, visibleSpan, wholeSpan } from '../layout/zoom';
import type { Box, Surface } from '../render/surface';
import { drawMarker } from '../render/timeline';
import { drawTraining, STRIP, type TrainingCurve } from '../render/training';
import { runColour } from '../theme';
import type { Overview } from '../wire/overview';
import type { Metric } from '../wire/record';
import { Scale } from '../wire/rnnbow_pb.js';
import { Chart, MARGIN } from './chart';
import type { View } from './context';
import { STRIDES } from './keys';
import { memo } from './memo';
import { overviewLegend, showAll } from './overview_legend';
import { stepLines, subtitle } from './overview_text';
import { TimeZoom, type ZoomedPlot } from './overview_zoom';
import { panelHead, problem, type Tip, tipBox } from './parts';

const PLOT = 104;
const TOP = 20;
const BOTTOM = 26;

function curveOf(overview: Overview | undefined, kept: readonly number[]): TrainingCurve {
  const metric = overview?.metrics[0]?.name;
  const values = metric === undefined ? undefined : overview?.metricStatistic(metric, 'maximum');
  return overview && values
    ? { steps: overview.steps, values }
    : { steps: kept, values: new Float32Array(kept.length).fill(NaN) };
}

class OverviewChart extends Chart {
  #pointed: number | undefined; // place in the curve's steps
  readonly #curve = memo(curveOf);
  readonly #dropped = memo(droppedSteps);
  readonly #axis = memo(stepAxis);
  readonly #whole = memo(wholeSpan);
  readonly #view = memo(visibleSpan);
  readonly #zoom = new TimeZoom(
    () => this.zoomed,
    (zoom) => {
      this.#show(zoom);
    },
  );
  #step: number | undefined; // shown before
  #before: number | undefined; // chosen before the last click
  readonly #format = memo(scalarFormat);

  override render(): TemplateResult {
    const { context, height, kept, curve } = this;
    const { now, state } = context;
    const sequences = state.record.value?.sequences.length ?? 1;
    const zoomed = this.view !== this.whole;
    return html`${panelHead(
        'overview',
        'Training',
        subtitle(
          this.label,
          sequences,
          kept.length,
          curve.steps.length,
          this.dropped.length,
          zoomed,
        ),
        html`${overviewLegend(context, this.label, this.colour)}${zoomed ? showAll(this.#onReset) : nothing}`,
      )}
      ${problem(context, 'The overview did not load.', state.overview.error, 'overview-error')}
      ${problem(context, 'The loss curve did not load.', state.scalars.error, 'scalars-error')}
      <div
        class="canvas-box pointable"
        style="height:${height}px"
        role="slider"
        tabindex="0"
        data-testid="overview-plot"
        aria-label="Training step"
        aria-describedby="overview-keys"
        aria-valuemin=${kept[0] ?? 0}
        aria-valuemax=${kept.at(-1) ?? 0}
        aria-valuenow=${now.step ?? 0}
        aria-valuetext=${
          now.step === undefined
            ? 'no record'
            : `step ${formatStep(now.step)}, record ${now.place + 1} of ${kept.length}`
        }
        @pointermove=${this.#onMove}
        @pointerleave=${this.#onLeave}
        @pointerdown=${(event: PointerEvent) => {
          this.#zoom.press(event);
        }}
        @lostpointercapture=${this.#onRelease}
        @pointerup=${this.#onRelease}
        @click=${this.#onClick}
        @dblclick=${this.#onDouble}
        @wheel=${this.#onWheel}
        @keydown=${this.#onKey}
      >
        ${this.canvases(height)} ${tipBox(this.tip(), this.width)}
      </div>
      <p class="hidden" id="overview-keys">
        Left and right arrow go from record to record, page up and page down ten records on, Home to
        the first, End to the newest, which is then followed. Plus and minus zoom in and out, shift
        with left and right arrow moves along, zero shows all of training.
      </p>`;
  }

  private get metric(): Metric | undefined {
    const { state, now } = this.context;
    return state.overview.value?.metrics[0] ?? now.metric;
  }

  private get label(): string {
    return this.metric?.label || this.metric?.name || 'gradient';
  }

  private get share(): boolean {
    return this.metric?.scale === Scale.SHARE;
  }

  private get kept(): readonly number[] {
    return this.context.state.steps.value?.steps ?? NONE;
  }

  private get curve(): TrainingCurve {
    return this.#curve(this.context.state.overview.value, this.kept);
  }

  private get dropped(): readonly number[] {
    return this.#dropped(this.curve.steps, this.kept);
  }

  private get colour(): string {
    const { state, now, theme } = this.context;
    return runColour(theme, [...(state.runs.value?.keys() ?? [])].indexOf(now.run ?? ''));
  }

  private get height(): number {
    return TOP + PLOT + (this.dropped.length > 0 ? STRIP : 0) + BOTTOM;
  }

  private get box(): Box {
    const width = Math.max(1, this.width - MARGIN.left - MARGIN.right);
    return { left: MARGIN.left, top: TOP, width, height: PLOT };
  }

  private get whole(): Span {
    return this.#whole(this.curve.steps, this.kept);
  }

  private get view(): Span {
    return this.#view(this.context.state.selection.zoom, this.whole);
  }

  private get x(): ReturnType<typeof stepAxis> {
    return this.#axis(this.view, this.box.width);
  }

  private get zoomed(): ZoomedPlot {
    const { whole, view, x, box, curve } = this;
    return { whole, view, count: curve.steps.length, stepAt: x.stepAt, width: box.width };
  }

  protected inputs(): readonly unknown[] {
    const { state } = this.context;
    const { scale } = state.selection;
    return [this.curve, this.kept, this.view, state.scalars.value, scale, this.colour];
  }

  protected drawBase(surface: Surface): void {
    const { context, box, x, curve, kept, dropped, colour, share } = this;
    const { state, theme } = context;
    const canvas = surface.begin(this.width, this.height, this.ratio);
    const logarithmic = state.selection.scale === 'log';
    const training = { curve, loss: state.scalars.value, kept, dropped };
    drawTraining(canvas, training, x, box, theme, { colour, logarithmic, share });
  }

  protected drawOverlay(surface: Surface): void {
    const { context, box, x, curve } = this;
    const { theme, now } = context;
    const canvas = surface.begin(this.width, this.height, this.ratio);
    const pointed = this.#pointed === undefined ? undefined : curve.steps[this.#pointed];
    if (pointed !== undefined) {
      canvas.fillStyle = theme.muted;
      canvas.fillRect(Math.round(box.left + x.position(pointed)), box.top, 1, box.height);
    }
    if (now.step !== undefined && this.#sees(now.step)) {
      drawMarker(canvas, box.left + x.position(now.step), box, theme);
    }
  }

  #sees(step: number): boolean {
    return step >= this.view[0] && step <= this.view[1];
  }

  private tip(): Tip | undefined {
    const step = this.#pointed === undefined ? undefined : this.curve.steps[this.#pointed];
    if (step === undefined) return undefined;
    const { context, label, share, kept } = this;
    const value = context.state.overview.value && this.curve.values[this.#pointed!];
    const lines = stepLines(context, step, { label, share, value, kept }, this.#format);
    return { x: this.box.left + this.x.position(step), y: TOP + 8, lines };
  }

  /** Place of the recorded step nearest to the pointer. */
  #placeAt(event: MouseEvent): number | undefined {
    const { left } = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const step = this.x.stepAt(event.clientX - left - this.box.left);
    const place = nearestIndex(this.curve.steps, step);
    return place >= 0 && this.#sees(this.curve.steps[place]!) ? place : undefined;
  }

  /** Who goes from record to record sees where; the newest one, which is followed, moves nothing. */
  protected override updated(): void {
    super.updated();
    const { step, following } = this.context.now;
    const before = this.#step;
    this.#step = step;
    if (before === undefined || step === undefined || step === before || following) return;
    this.#zoom.reveal(step);
  }

  #show(zoom: Span | undefined): void {
    this.context.controller.select({ zoom });
  }

  readonly #onMove = (event: PointerEvent): void => {
    this.#point(this.#zoom.drag(event) ? undefined : this.#placeAt(event));
  };

  readonly #onRelease = (): void => {
    this.#zoom.release();
  };

  readonly #onWheel = (event: WheelEvent): void => {
    const { left } = (event.currentTarget as HTMLElement).getBoundingClientRect();
    this.#zoom.wheel(event, event.clientX - left - this.box.left);
    this.#point(undefined);
  };

  readonly #onReset = (): void => {
    if (this.view === this.whole) return;
    this.#show(undefined);
    this.context.announce('All of training');
  };

  readonly #onLeave = (): void => {
    this.#point(undefined);
  };

  #point(place: number | undefined): void {
    if (place === this.#pointed) return;
    this.#pointed = place;
    this.requestUpdate();
  }

  readonly #onDouble = (): void => {
    // Its first click has chosen a step already: taken back.
    if (this.view !== this.whole) this.context.controller.select({ step: this.#before });
    this.#onReset();
  };

  readonly #onClick = (event: MouseEvent): void => {
    // The second click of a double one, and the end of a drag, choose nothing.
    if (event.detail > 1 || this.#zoom.moved) return;
    const place = this.#placeAt(event);
    if (place === undefined) return;
    const step = this.kept[nearestIndex(this.kept, this.curve.steps[place]!)];
    this.#before = this.context.state.selection.step;
    if (step !== undefined) this.context.controller.select({ step });
  };

  readonly #onKey = (event: KeyboardEvent): void => {
    const { controller, announce, now } = this.context;
    const stride = STRIDES[event.key];
    if (this.#zoom.key(event, now.step)) {
      const [from, to] = this.#view(controller.state.selection.zoom, this.whole);
      announce(`Steps ${formatStep(from)} to ${formatStep(to)}`);
    } else if (stride !== undefined) controller.walk(stride);
    else if (event.key === 'Home') controller.select({ step: this.kept[0] });
    else if (event.key === 'End') {
      controller.select({ step: undefined });
      announce('Following the newest record');
    } else return;
    event.preventDefault();
  };
}

const NONE: readonly number[] = [];

customElements.define('rnnbow-overview', OverviewChart);

export const overview: View = {
  id: 'overview',
  title: 'Training',
  accepts: () => true,
  render: (context) => html`<rnnbow-overview .context=${context}></rnnbow-overview>`,
};
