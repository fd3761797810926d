// Training at one glance: the largest gradient of every recorded step, and the loss beside it.
import { html, nothing, type TemplateResult } from 'lit';
import type { Picture } from '../export/panel';
import { formatStep, visibleName } from '../layout/format';
import { droppedSteps } from '../layout/timeline';
import { rangeBetween, type Span } from '../layout/zoom';
import type { Surface } from '../render/surface';
import { drawTraining, type OtherCurve, STRIP, type TrainingCurve } from '../render/training';
import type { Overview } from '../wire/overview';
import type { Metric } from '../wire/record';
import { Scale } from '../wire/rnnbow_pb.js';
import { colourOf } from './beside';
import type { View } from './context';
import { memo } from './memo';
import { overviewPicture } from './overview_export';
import { overviewLegend, pickRange, rangeChip, showAll } from './overview_legend';
import { stepLines, subtitle } from './overview_text';
import { panelHead, problem, type Tip } from './parts';
import { rangeHandles } from './range_handles';
import { TimeChart } from './time_chart';

const PLOT = 104;
const TOP = 24;
const BOTTOM = 26;

function curveOf(overview: Overview | undefined, kept: readonly number[]): TrainingCurve {
  const metric = overview?.metrics[0]?.name;
  const of = (name: string): Float32Array | undefined =>
    metric === undefined ? undefined : overview?.metricStatistic(metric, name);
  const values = of('maximum');
  if (overview && values) return { steps: overview.steps, values, means: of('mean') ?? values };
  const unknown = new Float32Array(kept.length).fill(NaN);
  return { steps: kept, values: unknown, means: unknown };
}

class OverviewChart extends TimeChart {
  protected readonly name = 'overview';
  protected readonly label = 'Training step';
  protected readonly rows = { top: TOP, height: PLOT };
  readonly #curve = memo(curveOf);
  readonly #dropped = memo(droppedSteps);
  #step: number | undefined; // shown before

  override render(): TemplateResult {
    const { context, steps, zoomed } = this;
    const { state, controller } = context;
    const { range } = state.selection;
    return html`${panelHead(
      'overview',
      'Training',
      subtitle(context, this.what, steps.length, this.dropped.length, zoomed),
      html`${overviewLegend(context, this.what, this.colour)}
        <span class="actions"
          >${
            range
              ? rangeChip(range, controller)
              : this.kept.length > 1
                ? pickRange(this.#pick)
                : nothing
          }${zoomed ? showAll(this.showAll) : nothing}</span
        >`,
    )}
    ${problem(context, 'The overview did not load.', state.overview.error, 'overview-error')}
    ${problem(context, 'The loss curve did not load.', state.scalars.error, 'scalars-error')}
    ${this.plot()}`;
  }

  protected override overPlot(): TemplateResult | typeof nothing {
    const { range } = this.context.state.selection;
    if (!range) return nothing;
    const { whole, kept: steps, box, x, context } = this;
    const pick = (picked: Span | undefined): void => {
      context.controller.select({ range: picked });
      if (!picked) context.announce('No range');
    };
    return rangeHandles({ range, whole, steps, box, position: x.position, stepAt: x.stepAt, pick });
  }

  /** The middle of what is seen; its ends are then moved to where they are wanted. */
  readonly #pick = (): void => {
    const [from, to] = this.view;
    const margin = (to - from) / 4;
    const range = rangeBetween(from + margin, to - margin, this.whole);
    if (!range) return;
    const { controller, announce } = this.context;
    controller.select({ range });
    announce(`Range: steps ${formatStep(range[0])} to ${formatStep(range[1])}. Move its ends`);
    this.requestUpdate();
    void this.updateComplete.then(() => {
      this.querySelector<HTMLElement>('.range-handle')?.focus();
    });
  };

  /** To take away. */
  picture(): Picture {
    const { context, layers } = this;
    const { what, colour, dropped, steps, zoomed, view } = this;
    const seen = zoomed ? view : undefined;
    const facts = { what, colour, recorded: steps.length, dropped: dropped.length, seen };
    return { ...overviewPicture(context, facts), plots: [{ layers }] };
  }

  private get metric(): Metric | undefined {
    const { state, now } = this.context;
    return state.overview.value?.metrics[0] ?? now.metric;
  }

  /** What the metric is called. */
  private get what(): string {
    return this.metric?.label || this.metric?.name || 'gradient';
  }

  private get share(): boolean {
    return this.metric?.scale === Scale.SHARE;
  }

  private get curve(): TrainingCurve {
    return this.#curve(this.context.state.overview.value, this.kept);
  }

  protected get steps(): readonly number[] {
    return this.curve.steps;
  }

  private get dropped(): readonly number[] {
    return this.#dropped(this.steps, this.kept);
  }

  private get colour(): string {
    return colourOf(this.context, this.context.now.run);
  }

  /** Of the runs beside it that have the same metric. */
  private get others(): readonly OtherCurve[] {
    const { state, now } = this.context;
    return state.beside.flatMap((other) => {
      const { value } = other.overview;
      const values = now.metric && value?.metricStatistic(now.metric.name, 'maximum');
      const colour = colourOf(this.context, other.selection.run);
      return value && values ? [{ steps: value.steps, values, colour }] : [];
    });
  }

  protected get height(): number {
    return TOP + PLOT + (this.dropped.length > 0 ? STRIP : 0) + BOTTOM;
  }

  protected get said(): string {
    const { step, place } = this.context.now;
    if (step === undefined) return 'no record';
    return `step ${formatStep(step)}, record ${place + 1} of ${this.kept.length}`;
  }

  protected inputs(): readonly unknown[] {
    const { state } = this.context;
    const { scale } = state.selection;
    const others = state.beside.map(({ overview }) => overview.value);
    return [this.curve, this.kept, this.view, state.scalars.value, scale, this.colour, ...others];
  }

  protected drawBase(surface: Surface): void {
    const { context, box, x, curve, kept, dropped, colour, share } = this;
    const { state, theme } = context;
    const canvas = surface.begin(this.width, this.height, this.ratio);
    const logarithmic = state.selection.scale === 'log';
    const { others } = this;
    const training = { curve, others, loss: state.scalars.value, kept, dropped };
    drawTraining(canvas, training, x, box, theme, {
      ...{ colour, logarithmic, share, what: this.what },
      lossTag: visibleName(this.context.now.loss ?? ''),
    });
  }

  protected tip(): Tip | undefined {
    const step = this.pointedStep;
    if (step === undefined) return undefined;
    const { context, what, share, kept } = this;
    const known = context.state.overview.value !== undefined;
    const [value, mean] = [this.curve.values, this.curve.means].map((all) =>
      known ? all[this.pointed!] : undefined,
    );
    const recorded = { label: what, share, value, mean, kept };
    const lines = stepLines(context, step, recorded);
    return { x: this.box.left + this.x.position(step), y: TOP + 8, lines };
  }

  /** Who goes from record to record sees where; the newest one, which is followed, moves nothing. */
  protected override updated(): void {
    super.updated();
    const { step, following } = this.context.now;
    const before = this.#step;
    this.#step = step;
    if (before === undefined || step === undefined || step === before || following) return;
    this.zoom.reveal(step);
  }
}

customElements.define('rnnbow-overview', OverviewChart);

export const overview: View = {
  id: 'overview',
  title: 'Training',
  accepts: () => true,
  holds: ({ state: { overview } }) => overview.value !== undefined,
  render: (context) => html`<rnnbow-overview .context=${context}></rnnbow-overview>`,
  picture: (context, width) => new OverviewChart().asPicture(context, width).picture(),
};
