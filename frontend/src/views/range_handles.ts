// The ends of a picked range, to be taken hold of: by any pointer, a finger too, and by keys.
import { html, type TemplateResult } from 'lit';
import { formatStep } from '../layout/format';
import { nearestIndex } from '../layout/timeline';
import { movedEnd, type Span } from '../layout/zoom';
import type { Box } from '../render/surface';
import { STRIDES } from './keys';

/** The plot as it is now, and what to do with another range. */
export interface HandledPlot {
  readonly range: Span;
  readonly whole: Span;
  /** Recorded steps, ascending: keys go from one to the next. */
  readonly steps: readonly number[];
  readonly box: Box;
  readonly position: (step: number) => number;
  readonly stepAt: (pixel: number) => number;
  readonly pick: (range: Span | undefined) => void;
}

type End = 0 | 1;

/** Those that are in view; their parent is as wide as the canvas, and they lie over it. */
export function rangeHandles(plot: HandledPlot): TemplateResult {
  return html`${handle(plot, 0)}${handle(plot, 1)}`;
}

function handle(plot: HandledPlot, end: End): TemplateResult {
  const { range, whole, box } = plot;
  const pixel = plot.position(range[end]);
  const seen = pixel >= -0.5 && pixel <= box.width + 0.5;
  const place = `left:${box.left + pixel}px;top:${box.top}px;height:${box.height}px`;
  return html`<div
    class="range-handle ${end === 0 ? 'begin' : 'end'}"
    style=${place}
    ?hidden=${!seen}
    role="slider"
    tabindex="0"
    data-testid=${end === 0 ? 'range-begin' : 'range-end'}
    aria-label=${end === 0 ? 'Begin of the range' : 'End of the range'}
    aria-valuemin=${whole[0]}
    aria-valuemax=${whole[1]}
    aria-valuenow=${range[end]}
    aria-valuetext="step ${formatStep(range[end])}"
    @pointerdown=${(event: PointerEvent) => {
      onPress(plot, end, event);
    }}
    @pointermove=${(event: PointerEvent) => {
      onMove(plot, end, event);
    }}
    @keydown=${(event: KeyboardEvent) => {
      onKey(plot, end, event);
    }}
  ></div>`;
}

/** Pixels from the bracket to where its handle was taken: it does not jump to the finger. */
const taken = new WeakMap<EventTarget, number>();

/** Of the pointer, from the left edge of the plot. */
function pixelOf({ box }: HandledPlot, event: PointerEvent): number {
  const { left } = (event.currentTarget as HTMLElement).parentElement!.getBoundingClientRect();
  return event.clientX - left - box.left;
}

function onPress(plot: HandledPlot, end: End, event: PointerEvent): void {
  if (event.button !== 0) return;
  const held = event.currentTarget as HTMLElement;
  // From here on wherever the pointer goes.
  held.setPointerCapture(event.pointerId);
  taken.set(held, pixelOf(plot, event) - plot.position(plot.range[end]));
}

function onMove(plot: HandledPlot, end: End, event: PointerEvent): void {
  const held = event.currentTarget as HTMLElement;
  if (!held.hasPointerCapture(event.pointerId)) return;
  const { range, whole, stepAt, pick } = plot;
  const pixel = pixelOf(plot, event) - (taken.get(held) ?? 0);
  pick(movedEnd(range, end, stepAt(pixel), whole));
}

function onKey({ range, whole, steps, pick }: HandledPlot, end: End, event: KeyboardEvent): void {
  const stride = STRIDES[event.key];
  const at = nearestIndex(steps, range[end]);
  if (event.key === 'Escape') {
    // The handle goes: the focus stays at the plot.
    (event.currentTarget as HTMLElement)
      .parentElement!.querySelector<HTMLElement>('.canvas-box')!
      .focus();
    pick(undefined);
  } else if (event.key === 'Home') pick(movedEnd(range, end, whole[0], whole));
  else if (event.key === 'End') pick(movedEnd(range, end, whole[1], whole));
  else if (stride !== undefined && at >= 0) {
    const to = steps[Math.min(steps.length - 1, Math.max(0, at + stride))]!;
    pick(movedEnd(range, end, to, whole));
  } else return;
  event.preventDefault();
}
