// Training at one glance: the largest gradient of every recorded step, and the loss beside it.
import { html, nothing, type TemplateResult } from 'lit';
import { linearAxis, logAxis, type Axis } from '../layout/axis';
import { formatNumber, formatStep, plural } from '../layout/format';
import { decimate, droppedSteps, finiteExtent, nearestIndex } from '../layout/timeline';
import { drawHorizontalAxis, drawVerticalAxis } from '../render/axes';
import { drawCurve, drawKept, drawMarker, drawNonfinite } from '../render/timeline';
import type { Box, Surface } from '../render/surface';
import { runColour } from '../theme';
import { Chart, MARGIN } from './chart';
import type { Context, View } from './context';
import { memo } from './memo';
import { panelHead, problem, tipBox } from './parts';

const PLOT = 112;
const TOP = 20;
const BOTTOM = 26;
const STRIP = 7;

/** Recorded steps, each with its largest item; of the kept records alone where there is no overview. */
interface Curve {
  readonly steps: readonly number[];
  readonly values: Float32Array;
}

class OverviewChart extends Chart {
  #pointed: number | undefined; // place in the curve's steps

  readonly #curve = memo(
    (overview: Context['state']['overview']['value'], kept: readonly number[]): Curve => {
      const metric = overview?.metrics[0]?.name;
      const values =
        metric === undefined ? undefined : overview?.metricStatistic(metric, 'maximum');
      return values && overview
        ? { steps: overview.steps, values }
        : { steps: kept, values: new Float32Array(kept.length).fill(NaN) };
    },
  );
  readonly #dropped = memo(droppedSteps);

  override render(): TemplateResult {
    const { context } = this;
    const { now, state } = context;
    const curve = this.curve;
    const kept = this.kept;
    const dropped = this.#dropped(curve.steps, kept);
    const { height } = this;
    const metric = state.overview.value?.metrics[0] ?? now.metric;
    return html`${panelHead(
        'overview',
        'Training',
        html`largest ${metric?.label ?? 'gradient'} of each recorded
        step${
          dropped.length > 0
            ? html` ·
                <span data-testid="dropped"
                  >${plural(kept.length, 'record')} of ${formatStep(curve.steps.length)} kept, the
                  others were dropped by TensorBoard’s sampling</span
                >`
            : nothing
        }`,
        this.legend(),
      )}
      ${problem(context, 'The overview did not load.', state.overview.error, 'overview-error')}
      ${problem(context, 'The loss curve did not load.', state.scalars.error, 'scalars-error')}
      <div
        class="canvas-box"
        style="height:${height}px"
        role="slider"
        tabindex="0"
        data-testid="overview-plot"
        aria-label="Training step"
        aria-describedby="overview-keys"
        aria-valuemin=${kept[0] ?? 0}
        aria-valuemax=${kept.at(-1) ?? 0}
        aria-valuenow=${now.step ?? 0}
        aria-valuetext=${this.valueText()}
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

  private get kept(): readonly number[] {
    return this.context.state.steps.value?.steps ?? NONE;
  }

  private get curve(): Curve {
    return this.#curve(this.context.state.overview.value, this.kept);
  }

  private legend(): TemplateResult {
    const { now, controller } = this.context;
    const scalars = now.runInfo?.scalars ?? [];
    return html`<span class="key"
        ><svg width="22" height="8" aria-hidden="true">
          <path d="M0 4H22" stroke=${this.colour} stroke-width="2" /></svg
        >gradient</span
      >
      <label class="key"
        ><svg width="22" height="8" aria-hidden="true">
          <path d="M0 4H22" stroke="currentColor" stroke-width="1.5" stroke-dasharray="4 3" /></svg
        ><select
          aria-label="Scalar shown as the loss curve"
          data-testid="loss-select"
          @change=${(event: Event) => {
            controller.select({ loss: (event.target as HTMLSelectElement).value });
          }}
        >
          <option value="" ?selected=${now.loss === undefined}>no curve</option>
          ${scalars.map((tag) => html`<option value=${tag} ?selected=${tag === now.loss}>${tag}</option>`)}
        </select></label
      >`;
  }

  private get colour(): string {
    const { state, now, theme } = this.context;
    return runColour(theme, [...(state.runs.value?.keys() ?? [])].indexOf(now.run ?? ''));
  }

  private valueText(): string {
    const { now } = this.context;
    if (now.step === undefined) return 'no record';
    return `step ${formatStep(now.step)}, record ${now.place + 1} of ${this.kept.length}`;
  }

  private get box(): Box {
    const width = Math.max(1, this.width - MARGIN.left - MARGIN.right);
    return { left: MARGIN.left, top: TOP, width, height: PLOT };
  }

  private get x(): Axis {
    const { steps } = this.curve;
    const ends = [
      steps[0] ?? 0,
      this.kept[0] ?? Infinity,
      steps.at(-1) ?? 0,
      this.kept.at(-1) ?? 0,
    ];
    const domain = [Math.min(ends[0]!, ends[1]!), Math.max(ends[2]!, ends[3]!)] as const;
    const axis = linearAxis(domain, [0, this.box.width - 1], this.box.width / 110);
    return {
      ...axis,
      ticks:
        axis.exponent === 0
          ? axis.ticks
          : axis.ticks.map(({ value }) => ({ value, label: formatStep(value) })),
    };
  }

  protected inputs(): readonly unknown[] {
    const { state } = this.context;
    return [this.curve, this.kept, state.scalars.value, state.selection.scale, this.colour];
  }

  private get height(): number {
    const strip = this.#dropped(this.curve.steps, this.kept).length > 0 ? STRIP + 6 : 0;
    return TOP + PLOT + strip + BOTTOM;
  }

  protected drawBase(base: Surface): void {
    const { context, box, width, height, ratio, x } = this;
    const { state, theme } = context;
    const curve = this.curve;
    const dropped = this.#dropped(curve.steps, this.kept);
    const canvas = base.begin(width, height, ratio);
    const pixels = Math.max(1, Math.floor(box.width));
    const gradient = decimate(curve.steps, curve.values, x.position, pixels);
    const y = this.gradientAxis(curve.values, box.height);
    if (y) drawVerticalAxis(canvas, y, box, theme);
    const { scalars } = state;
    if (scalars.value) {
      const loss = decimate(scalars.value.steps, scalars.value.values, x.position, pixels);
      const extent = finiteExtent(scalars.value.values);
      if (extent) {
        const axis = linearAxis([Math.min(0, extent[0]), extent[1] || 1], [box.height, 0], 3);
        drawVerticalAxis(canvas, axis, box, theme, { side: 'right' });
        drawCurve(canvas, loss, axis.position, box, { colour: theme.second, dash: [4, 3] });
      }
      drawNonfinite(canvas, loss, box, theme.second);
    }
    if (y)
      drawCurve(canvas, gradient, y.position, box, {
        colour: this.colour,
        dots: curve.steps.length < 80,
      });
    drawNonfinite(canvas, gradient, box, theme.bad);
    const below = dropped.length > 0 ? STRIP + 6 : 0;
    if (below > 0) {
      const strip = { ...box, top: box.top + box.height + 4, height: STRIP };
      drawKept(canvas, this.kept, dropped, x.position, strip, theme);
    }
    drawHorizontalAxis(canvas, x, { ...box, height: box.height + below }, theme);
  }

  protected drawOverlay(overlay: Surface): void {
    const { context, box, width, height, ratio, x, curve } = this;
    const { theme, now } = context;
    const above = overlay.begin(width, height, ratio);
    if (this.#pointed !== undefined && curve.steps[this.#pointed] !== undefined) {
      above.fillStyle = theme.muted;
      above.fillRect(
        Math.round(box.left + x.position(curve.steps[this.#pointed]!)),
        box.top,
        1,
        box.height,
      );
    }
    if (now.step !== undefined) drawMarker(above, box.left + x.position(now.step), box, theme);
  }

  private gradientAxis(values: Float32Array, height: number): Axis | undefined {
    const extent = finiteExtent(values);
    if (!extent) return undefined;
    const [, high] = extent;
    if (this.context.state.selection.scale !== 'log')
      return linearAxis([0, high || 1], [height, 0], 3);
    const low = finiteExtent(values.filter((value) => value > 0))?.[0];
    return low === undefined
      ? undefined
      : logAxis([Math.max(low * 0.8, high * 1e-8), high], [height, 0], 4);
  }

  private tip(): { x: number; y: number; lines: string[] } | undefined {
    if (this.#pointed === undefined) return undefined;
    const { steps, values } = this.curve;
    const step = steps[this.#pointed];
    if (step === undefined) return undefined;
    const lines = [`step ${formatStep(step)}`];
    if (this.context.state.overview.value)
      lines.push(`maximum ${formatNumber(values[this.#pointed]!)}`);
    const { value: scalars } = this.context.state.scalars;
    const at = scalars ? nearestIndex(scalars.steps, step) : -1;
    if (scalars && at >= 0)
      lines.push(`${this.context.now.loss ?? 'loss'} ${formatNumber(scalars.values[at]!)}`);
    const nearest = this.kept[nearestIndex(this.kept, step)];
    if (nearest !== undefined && nearest !== step)
      lines.push(`not kept; nearest record: ${formatStep(nearest)}`);
    return { x: this.box.left + this.x.position(step), y: TOP + 8, lines };
  }

  readonly #onMove = (event: PointerEvent): void => {
    const { left } = (event.currentTarget as HTMLElement).getBoundingClientRect();
    this.#point(this.#placeAt(event.clientX - left));
  };

  readonly #onLeave = (): void => {
    this.#point(undefined);
  };

  #point(place: number | undefined): void {
    if (place === this.#pointed) return;
    this.#pointed = place;
    this.requestUpdate();
  }

  /** Place of the recorded step nearest to a pixel. */
  #placeAt(pixel: number): number | undefined {
    const { steps } = this.curve;
    const first = Math.min(steps[0] ?? 0, this.kept[0] ?? Infinity);
    const last = Math.max(steps.at(-1) ?? 0, this.kept.at(-1) ?? 0);
    const at = first + ((pixel - this.box.left) / this.box.width) * (last - first);
    const place = nearestIndex(steps, at);
    return place < 0 ? undefined : place;
  }

  readonly #onClick = (event: MouseEvent): void => {
    const { left } = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const place = this.#placeAt(event.clientX - left);
    if (place === undefined) return;
    const step = this.kept[nearestIndex(this.kept, this.curve.steps[place]!)];
    if (step !== undefined) this.context.controller.select({ step });
  };

  readonly #onKey = (event: KeyboardEvent): void => {
    const { controller, announce } = this.context;
    const strides: Record<string, number> = {
      ArrowLeft: -1,
      ArrowDown: -1,
      ArrowRight: 1,
      ArrowUp: 1,
      PageUp: 10,
      PageDown: -10,
    };
    const stride = strides[event.key];
    if (stride !== undefined) controller.walk(stride);
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
  render: (context) => html`<rnnbow-overview .context=${context}></rnnbow-overview>`,
};
