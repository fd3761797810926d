// A chart over training. All of them have one time axis: the same zoom, the same marker of the
// record that is shown, the same range, the same pointer and keys.
import { html, nothing, type TemplateResult } from 'lit';
import { formatStep } from '../layout/format';
import { nearestIndex } from '../layout/timeline';
import { stepAxis } from '../layout/timeline_axes';
import { type Span, visibleSpan, wholeSpan } from '../layout/zoom';
import type { Box, Canvas2D, Surface } from '../render/surface';
import { drawMarker, drawRange } from '../render/timeline';
import { Chart, MARGIN } from './chart';
import { STRIDES } from './keys';
import { memo } from './memo';
import { TimeZoom } from './overview_zoom';
import { type Tip, tipBox } from './parts';
import { plotSlider } from './plot_slider';
import { RangeBrush } from './range_brush';

const NONE: readonly number[] = [];

export abstract class TimeChart extends Chart {
  /** Place in `steps` of the one under the pointer, and pixels from the plot's top down to it. */
  protected pointed: number | undefined;
  protected pointedY = 0;
  readonly #axis = memo(stepAxis);
  readonly #whole = memo(wholeSpan);
  readonly #view = memo(visibleSpan);
  #before: number | undefined; // step chosen before the last click
  protected readonly zoom = new TimeZoom(
    () => ({
      whole: this.whole,
      view: this.view,
      count: this.steps.length,
      stepAt: this.x.stepAt,
      width: this.box.width,
    }),
    (zoom) => {
      this.context.controller.select({ zoom });
    },
  );
  readonly #brush = new RangeBrush(
    () => {
      // Of this moment: keys may come faster than the page is drawn.
      const { range } = this.context.controller.state.selection;
      return { whole: this.whole, range, stepAt: this.x.stepAt };
    },
    (range) => {
      this.context.controller.select({ range });
    },
  );

  /** Id of the panel, and what the plot is called. */
  protected abstract readonly name: string;
  protected abstract readonly label: string;
  /** Recorded steps, ascending. */
  protected abstract readonly steps: readonly number[];
  /** Heights: of the whole canvas, and where the plot lies in it. */
  protected abstract readonly height: number;
  protected abstract readonly rows: { readonly top: number; readonly height: number };
  protected abstract tip(): Tip | undefined;
  /** What is shown at the record, for a screen reader. */
  protected abstract readonly said: string;

  protected get kept(): readonly number[] {
    return this.context.state.steps.value?.steps ?? NONE;
  }

  protected get box(): Box {
    const width = Math.max(1, this.width - MARGIN.left - MARGIN.right);
    return { left: MARGIN.left, width, ...this.rows };
  }

  protected get whole(): Span {
    // Runs that stand beside it may have been trained for longer: all lie on one time axis.
    const beside = this.context.state.beside.map(({ overview }) => overview.value?.steps ?? NONE);
    return this.#whole(this.steps, this.kept, ...beside);
  }

  protected get view(): Span {
    return this.#view(this.context.state.selection.zoom, this.whole);
  }

  protected get zoomed(): boolean {
    return this.view !== this.whole;
  }

  protected get x(): ReturnType<typeof stepAxis> {
    return this.#axis(this.view, this.box.width);
  }

  protected get pointedStep(): number | undefined {
    return this.pointed === undefined ? undefined : this.steps[this.pointed];
  }

  protected plot(): TemplateResult {
    const { name, height, kept } = this;
    const { now } = this.context;
    return html`<div class="over-plot">
        ${plotSlider(
          {
            name,
            label: this.label,
            height,
            min: kept[0] ?? 0,
            max: kept.at(-1) ?? 0,
            now: now.step ?? 0,
            text: this.said,
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
          html`${this.canvases(height)} ${tipBox(this.tip(), this.width)}`,
        )}
        ${this.overPlot()}
      </div>
      <p class="hidden" id="${name}-keys">
        Left and right arrow go from record to record, page up and page down ten records on, Home to
        the first, End to the newest, which is then followed. Plus and minus zoom in and out, shift
        with left and right arrow moves along, zero shows all of training. Opening and closing
        bracket begin and end a range at the record shown, Escape takes it back. Space plays
        training as a film, and stops it. ${this.ownKeys}
      </p>`;
  }

  /** What can be taken hold of, over the plot. */
  protected overPlot(): TemplateResult | typeof nothing {
    return nothing;
  }

  protected override overlayInputs(): readonly unknown[] {
    const { now, state } = this.context;
    return [this.x, this.height, state.selection.range, this.pointedStep, now.step];
  }

  protected override drawOverlay(surface: Surface): Canvas2D {
    const { context, box, x, pointedStep } = this;
    const { theme, now, state } = context;
    const canvas = surface.begin(this.width, this.height, this.ratio);
    const { range } = state.selection;
    if (range) drawRange(canvas, range.map(x.position), box, theme);
    if (pointedStep !== undefined) {
      canvas.fillStyle = theme.muted;
      canvas.fillRect(Math.round(box.left + x.position(pointedStep)), box.top, 1, box.height);
    }
    if (now.step !== undefined && this.#sees(now.step)) {
      drawMarker(canvas, box.left + x.position(now.step), box, theme);
    }
    return canvas;
  }

  #sees(step: number): boolean {
    return step >= this.view[0] && step <= this.view[1];
  }

  /** Pixels from the left edge of the plot. */
  #pixel(event: MouseEvent): number {
    const { left } = (event.currentTarget as HTMLElement).getBoundingClientRect();
    return event.clientX - left - this.box.left;
  }

  /** Place of the recorded step nearest to the pointer. */
  #placeAt(event: MouseEvent): number | undefined {
    const place = nearestIndex(this.steps, this.x.stepAt(this.#pixel(event)));
    return place >= 0 && this.#sees(this.steps[place]!) ? place : undefined;
  }

  /** What the pointer is at, from the top down, where that makes a difference. */
  protected rowAt?(y: number): number;

  #point(place: number | undefined, y = 0): void {
    const same = place === this.pointed && this.rowAt?.(y) === this.rowAt?.(this.pointedY);
    this.pointed = place;
    this.pointedY = y;
    if (!same) this.requestUpdate();
  }

  /** The pointer or the focus went elsewhere. */
  protected left(): void {
    this.pointed = undefined;
    this.requestUpdate();
  }

  /** What keys of this chart alone do, in words. */
  protected readonly ownKeys: string = '';

  /** Keys of one chart alone: whether this is one. */
  protected key?(event: KeyboardEvent): boolean;

  /** Back from a part of training to the whole. */
  protected readonly showAll = (): void => {
    if (!this.zoomed) return;
    this.context.controller.select({ zoom: undefined });
    this.context.announce('All of training');
  };

  readonly #onPress = (event: PointerEvent): void => {
    this.zoom.rest();
    if (!this.#brush.press(event, this.#pixel(event))) this.zoom.press(event);
  };

  readonly #onMove = (event: PointerEvent): void => {
    const drags = this.#brush.drag(event) || this.zoom.drag(event);
    const { top } = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const y = event.clientY - top - this.box.top;
    this.#point(drags ? undefined : this.#placeAt(event), y);
  };

  readonly #onRelease = (): void => {
    this.#brush.release();
    this.zoom.release();
  };

  readonly #onWheel = (event: WheelEvent): void => {
    this.zoom.wheel(event, this.#pixel(event));
    this.#point(undefined);
  };

  readonly #onLeave = (): void => {
    this.left();
  };

  readonly #onDouble = (): void => {
    // Its first click has chosen a step already: taken back.
    if (this.zoomed) this.context.controller.select({ step: this.#before });
    this.showAll();
  };

  readonly #onClick = (event: MouseEvent): void => {
    // The second click of a double one, and the end of a drag, choose nothing.
    if (event.detail > 1 || this.zoom.moved || this.#brush.moved) return;
    const place = this.#placeAt(event);
    if (place === undefined) return;
    const step = this.kept[nearestIndex(this.kept, this.steps[place]!)];
    this.#before = this.context.state.selection.step;
    if (step !== undefined) this.context.controller.visit(step);
  };

  readonly #onKey = (event: KeyboardEvent): void => {
    const { controller, announce, now } = this.context;
    const stride = STRIDES[event.key];
    if (this.key?.(event)) {
      // It has said what there is to say.
    } else if (this.#brush.key(event, now.step)) {
      const { range } = controller.state.selection;
      announce(range ? `Range: ${stepsText(range)}` : 'No range');
    } else if (this.zoom.key(event, now.step)) {
      announce(stepsText(this.#view(controller.state.selection.zoom, this.whole), 'Steps'));
    } else if (stride !== undefined) controller.walk(stride);
    else if (event.key === ' ') this.context.film.toggle();
    else if (event.key === 'Home') controller.select({ step: this.kept[0] });
    else if (event.key === 'End') {
      controller.select({ step: undefined });
      announce('Following the newest record');
    } else return;
    event.preventDefault();
  };
}

/** "steps 100 to 2,500" */
function stepsText([from, to]: Span, noun = 'steps'): string {
  return `${noun} ${formatStep(from)} to ${formatStep(to)}`;
}
