// Training at one glance: the largest gradient of every recorded step, and the loss beside it.
import { html, nothing, type TemplateResult } from 'lit';
import type { Axis } from '../layout/axis';
import { formatStep, plural, scalarFormat } from '../layout/format';
import { type Decimated, decimate, droppedSteps, nearestIndex, pieces } from '../layout/timeline';
import { gradientAxis, lossAxis, stepAxis } from '../layout/timeline_axes';
import { drawHorizontalAxis, drawVerticalAxis } from '../render/axes';
import type { Box, Surface } from '../render/surface';
import { drawCurve, drawKept, drawMarker, drawNonfinite } from '../render/timeline';
import { runColour } from '../theme';
import type { Overview } from '../wire/overview';
import type { Metric } from '../wire/record';
import { Scale } from '../wire/rnnbow_pb.js';
import { formatItem } from './batch_text';
import { Chart, MARGIN } from './chart';
import type { View } from './context';
import { STRIDES } from './keys';
import { memo } from './memo';
import { overviewLegend } from './overview_legend';
import { panelHead, problem, type Tip, tipBox } from './parts';

const PLOT = 104;
const TOP = 20;
const BOTTOM = 26;
const STRIP = 13; // with the gap above it

/** Of fewer values than this each is a dot: one alone would be no line at all. */
const FEW = 80;

/** Their radius: they show beside the line that marks the record. */
const DOT = 2.5;

type CurveStyle = Parameters<typeof drawCurve>[4];

/** Recorded steps, each with its largest item; of kept records alone where there is no overview. */
interface Curve {
  readonly steps: readonly number[];
  readonly values: Float32Array;
}

function curveOf(overview: Overview | undefined, kept: readonly number[]): Curve {
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
  readonly #format = memo(scalarFormat);

  override render(): TemplateResult {
    const { context, height, kept, curve } = this;
    const { now, state } = context;
    const sequences = state.record.value?.sequences.length ?? 1;
    return html`${panelHead(
        'overview',
        'Training',
        html`largest ${this.label} of each recorded
        step${sequences > 1 ? `, over the ${sequences} recorded sequences` : ''}${
          this.dropped.length > 0
            ? html` ·
                <span data-testid="dropped"
                  >${plural(kept.length, 'record')} of ${formatStep(curve.steps.length)} kept, the
                  others dropped by TensorBoard’s sampling</span
                >`
            : nothing
        }`,
        overviewLegend(context, this.label, this.colour),
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
        @click=${this.#onClick}
        @keydown=${this.#onKey}
      >
        ${this.canvases(height)} ${tipBox(this.tip(), this.width)}
      </div>
      <p class="hidden" id="overview-keys">
        Left and right arrow go from record to record, page up and page down ten records on, Home to
        the first, End to the newest, which is then followed.
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

  private get curve(): Curve {
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

  private get x(): ReturnType<typeof stepAxis> {
    return this.#axis(this.curve.steps, this.kept, this.box.width);
  }

  protected inputs(): readonly unknown[] {
    const { state } = this.context;
    return [this.curve, this.kept, state.scalars.value, state.selection.scale, this.colour];
  }

  protected drawBase(surface: Surface): void {
    const { context, box, x, curve, dropped } = this;
    const { state, theme } = context;
    const canvas = surface.begin(this.width, this.height, this.ratio);
    const pixels = Math.max(1, Math.floor(box.width));
    const y = gradientAxis(curve.values, box.height, state.selection.scale === 'log', this.share);
    if (y) drawVerticalAxis(canvas, y, box, theme);
    const scalars = state.scalars.value;
    if (scalars) {
      const loss = decimate(scalars.steps, scalars.values, x.position, pixels);
      const axis = lossAxis(scalars.values, box.height);
      if (axis) {
        drawVerticalAxis(canvas, axis, box, theme, { side: 'right' });
        const dots = scalars.steps.length < FEW;
        this.#draw(canvas, loss, axis, { colour: theme.second, dash: [4, 3], dots });
      }
      drawNonfinite(canvas, loss, box, theme.second);
    }
    const gradient = decimate(curve.steps, curve.values, x.position, pixels);
    const dots = curve.steps.length < FEW;
    if (y) this.#draw(canvas, gradient, y, { colour: this.colour, dots });
    drawNonfinite(canvas, gradient, box, theme.bad);
    const below = dropped.length > 0 ? STRIP : 0;
    if (below > 0) {
      const strip = { ...box, top: box.top + box.height + 5, height: STRIP - 6 };
      drawKept(canvas, this.kept, dropped, x.position, strip, theme);
    }
    drawHorizontalAxis(canvas, x, { ...box, height: box.height + below }, theme);
  }

  #draw(
    canvas: CanvasRenderingContext2D,
    whole: Decimated,
    y: Axis,
    { dots, ...style }: CurveStyle,
  ): void {
    const { box } = this;
    canvas.fillStyle = style.colour;
    whole.last.forEach((value, x) => {
      if (!dots || Number.isNaN(value)) return;
      canvas.beginPath();
      canvas.arc(box.left + x + 0.5, box.top + y.position(value), DOT, 0, 2 * Math.PI);
      canvas.fill();
    });
    for (const { from, curve } of pieces(whole)) {
      const part = { ...box, left: box.left + from, width: curve.low.length };
      drawCurve(canvas, curve, y.position, part, style);
    }
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
    if (now.step !== undefined) drawMarker(canvas, box.left + x.position(now.step), box, theme);
  }

  private tip(): Tip | undefined {
    if (this.#pointed === undefined) return undefined;
    const { curve, kept, context } = this;
    const step = curve.steps[this.#pointed];
    if (step === undefined) return undefined;
    const lines = [`step ${formatStep(step)}`];
    if (context.state.overview.value) {
      const value = formatItem(curve.values[this.#pointed]!, this.share);
      lines.push(`largest ${this.label} ${value}`);
    }
    const scalars = context.state.scalars.value;
    const at = scalars ? nearestIndex(scalars.steps, step) : -1;
    if (scalars && at >= 0) {
      const value = this.#format(scalars.values)(scalars.values[at]!);
      lines.push(`${context.now.loss!} ${value}${elsewhere(scalars.steps[at]!, step)}`);
    }
    const nearest = kept[nearestIndex(kept, step)];
    if (nearest !== undefined && nearest !== step) {
      lines.push(`not kept; nearest record: ${formatStep(nearest)}`);
    }
    return { x: this.box.left + this.x.position(step), y: TOP + 8, lines };
  }

  /** Place of the recorded step nearest to the pointer. */
  #placeAt(event: MouseEvent): number | undefined {
    const { left } = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const step = this.x.stepAt(event.clientX - left - this.box.left);
    const place = nearestIndex(this.curve.steps, step);
    return place < 0 ? undefined : place;
  }

  readonly #onMove = (event: PointerEvent): void => {
    this.#point(this.#placeAt(event));
  };

  readonly #onLeave = (): void => {
    this.#point(undefined);
  };

  #point(place: number | undefined): void {
    if (place === this.#pointed) return;
    this.#pointed = place;
    this.requestUpdate();
  }

  readonly #onClick = (event: MouseEvent): void => {
    const place = this.#placeAt(event);
    if (place === undefined) return;
    const step = this.kept[nearestIndex(this.kept, this.curve.steps[place]!)];
    if (step !== undefined) this.context.controller.select({ step });
  };

  readonly #onKey = (event: KeyboardEvent): void => {
    const { controller, announce } = this.context;
    const stride = STRIDES[event.key];
    if (stride !== undefined) controller.walk(stride);
    else if (event.key === 'Home') controller.select({ step: this.kept[0] });
    else if (event.key === 'End') {
      controller.select({ step: undefined });
      announce('Following the newest record');
    } else return;
    event.preventDefault();
  };
}

/** The step that a value is of, where that is not the one pointed at. */
function elsewhere(of: number, step: number): string {
  return of === step ? '' : ` at step ${formatStep(of)}`;
}

const NONE: readonly number[] = [];

customElements.define('rnnbow-overview', OverviewChart);

export const overview: View = {
  id: 'overview',
  title: 'Training',
  accepts: () => true,
  render: (context) => html`<rnnbow-overview .context=${context}></rnnbow-overview>`,
};
