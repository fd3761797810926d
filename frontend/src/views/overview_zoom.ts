// Wheel, drag and keys of the time axis. What they lead to is a span; its geometry is layout/zoom.ts.
import { movedSpan, scaledSpan, type Span } from '../layout/zoom';

/** The plot as it is now. */
export interface ZoomedPlot {
  readonly whole: Span;
  readonly view: Span;
  /** Recorded steps. */
  readonly count: number;
  readonly stepAt: (pixel: number) => number;
  readonly width: number;
}

/** Pixels that a pressed pointer may stray and still click. */
const STRAY = 4;
/** A turn of a wheel, about 100 pixels, is a factor of 1.35; pixels that count at most. */
const PER_PIXEL = 0.003;
const FASTEST = 200;
/** Pixels of a line, for wheels that count those. */
const LINE = 33;
/** What a key does: a factor, or a part of what is seen. */
const KEY_FACTOR = 1.5;
const KEY_PART = 0.2;

export class TimeZoom {
  #drag: { readonly x: number; readonly view: Span } | undefined;

  /** `show` is called with what is to be seen; undefined for all. */
  constructor(
    private readonly plot: () => ZoomedPlot,
    private readonly show: (zoom: Span | undefined) => void,
  ) {}

  /** Whether the pointer moved the plot since it was pressed: then it does not click. */
  #moved = false;

  get moved(): boolean {
    return this.#moved;
  }

  /**
   * With Ctrl or Command, and for two fingers that spread, it zooms; sideways it moves along. A
   * plain wheel is left to the page, which scrolls.
   */
  wheel(event: WheelEvent, pixel: number): void {
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? 1 : LINE;
    const { stepAt, view, whole, width } = this.plot();
    if (event.ctrlKey || event.metaKey) {
      const turned = Math.min(FASTEST, Math.max(-FASTEST, event.deltaY * unit));
      this.#scale(Math.exp(turned * PER_PIXEL), stepAt(pixel));
    } else {
      const along = (event.shiftKey && event.deltaX === 0 ? event.deltaY : event.deltaX) * unit;
      if (along === 0 || view === whole) return;
      this.#move(view, (along / width) * (view[1] - view[0]));
    }
    event.preventDefault();
  }

  /** Begins anew: nothing was moved. */
  rest(): void {
    this.#moved = false;
  }

  press(event: PointerEvent): void {
    const { view, whole } = this.plot();
    // A finger that moves scrolls the page.
    if (event.button !== 0 || event.pointerType === 'touch' || view === whole) return;
    this.#drag = { x: event.clientX, view };
  }

  /** Whether the pointer moved the plot along. */
  drag(event: PointerEvent): boolean {
    const drag = this.#drag;
    if (!drag) return false;
    const by = drag.x - event.clientX;
    if (!this.#moved && Math.abs(by) < STRAY) return false;
    // From here on also outside of the plot.
    if (!this.#moved) (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
    this.#moved = true;
    this.#move(drag.view, (by / this.plot().width) * (drag.view[1] - drag.view[0]));
    return true;
  }

  release(): void {
    this.#drag = undefined;
  }

  /** Whether the key is one of these; `step` is the one shown, which stays where it is. */
  key(event: KeyboardEvent, step: number | undefined): boolean {
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    const { view, whole } = this.plot();
    const [from, to] = view;
    const at = step !== undefined && step >= from && step <= to ? step : (from + to) / 2;
    const by = Math.max(1, KEY_PART * (to - from));
    if (event.key === '+' || event.key === '=') this.#scale(1 / KEY_FACTOR, at);
    else if (event.key === '-') this.#scale(KEY_FACTOR, at);
    else if (event.key === '0') this.show(undefined);
    else if (!event.shiftKey || view === whole) return false;
    else if (event.key === 'ArrowLeft') this.#move(view, -by);
    else if (event.key === 'ArrowRight') this.#move(view, by);
    else return false;
    return true;
  }

  /** Brings a step that is not seen into the middle. */
  reveal(step: number): void {
    const { view } = this.plot();
    if (step < view[0] || step > view[1]) this.#move(view, step - (view[0] + view[1]) / 2);
  }

  #scale(factor: number, at: number): void {
    const { view, whole, count } = this.plot();
    this.show(scaledSpan(view, whole, factor, at, count));
  }

  #move(view: Span, by: number): void {
    this.show(movedSpan(view, this.plot().whole, by));
  }
}
