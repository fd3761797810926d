// A range of training steps, picked by Shift and drag or by keys.
import { rangeBetween, type Span } from '../layout/zoom';

/** The plot as it is now. */
export interface BrushedPlot {
  readonly whole: Span;
  readonly range: Span | undefined;
  readonly stepAt: (pixel: number) => number;
}

/** Pixels that a pressed pointer may stray and still click. */
const STRAY = 4;

export class RangeBrush {
  #from: { readonly x: number; readonly pixel: number } | undefined;
  #moved = false;

  /** `pick` is called with the range; undefined for none. */
  constructor(
    private readonly plot: () => BrushedPlot,
    private readonly pick: (range: Span | undefined) => void,
  ) {}

  /** Whether a range was drawn since the pointer was pressed: then it does not click. */
  get moved(): boolean {
    return this.#moved;
  }

  /** Whether this begins a range; `pixel` from the plot's left edge. */
  press(event: PointerEvent, pixel: number): boolean {
    this.#moved = false;
    if (event.button !== 0 || !event.shiftKey) return false;
    this.#from = { x: event.clientX, pixel };
    return true;
  }

  /** Whether the pointer is drawing a range. */
  drag(event: PointerEvent): boolean {
    const from = this.#from;
    if (!from) return false;
    const by = event.clientX - from.x;
    if (!this.#moved && Math.abs(by) < STRAY) return false;
    // From here on also outside of the plot.
    if (!this.#moved) (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
    this.#moved = true;
    const { stepAt, whole } = this.plot();
    this.pick(rangeBetween(stepAt(from.pixel), stepAt(from.pixel + by), whole));
    return true;
  }

  release(): void {
    this.#from = undefined;
  }

  /** Whether the key is one of these; `step` is the one shown: a range begins or ends there. */
  key(event: KeyboardEvent, step: number | undefined): boolean {
    const { whole, range } = this.plot();
    if (event.key === 'Escape' && range) this.pick(undefined);
    else if (step === undefined) return false;
    // An end that would lie on the other side of it moves to that end of training.
    else if (event.key === '[')
      this.pick(rangeBetween(step, range && range[1] > step ? range[1] : whole[1], whole));
    else if (event.key === ']')
      this.pick(rangeBetween(range && range[0] < step ? range[0] : whole[0], step, whole));
    else return false;
    return true;
  }
}
