// A plot that is gone along like a slider: its canvases, what it says to a screen reader, and what it hears.
import { html, nothing, type TemplateResult } from 'lit';

/** The one who draws it: handlers that a plot has no use for are left out. */
interface Hearing {
  readonly move: (event: PointerEvent) => void;
  /** The pointer, or the focus, went elsewhere. */
  readonly leave: () => void;
  readonly press?: (event: PointerEvent) => void;
  /** However the pointer was let go. */
  readonly release?: () => void;
  readonly click: (event: MouseEvent) => void;
  readonly double?: () => void;
  readonly wheel?: (event: WheelEvent) => void;
  readonly key: (event: KeyboardEvent) => void;
}

export interface PlotSlider {
  /** Its keys are described by the element `<name>-keys`. */
  readonly name: string;
  readonly label: string;
  readonly height: number;
  readonly orientation?: 'horizontal' | 'vertical';
  readonly min: number;
  readonly max: number;
  readonly now: number;
  /** The present value, in words. */
  readonly text: string;
  readonly on: Hearing;
}

export function plotSlider(
  { name, label, height, orientation, min, max, now, text, on }: PlotSlider,
  content: TemplateResult,
): TemplateResult {
  return html`<div
    class="canvas-box pointable"
    style="height:${height}px"
    role="slider"
    tabindex="0"
    data-testid="${name}-plot"
    aria-label=${label}
    aria-describedby="${name}-keys"
    aria-orientation=${orientation ?? nothing}
    aria-valuemin=${min}
    aria-valuemax=${max}
    aria-valuenow=${now}
    aria-valuetext=${text}
    @pointermove=${on.move}
    @pointerleave=${on.leave}
    @pointerdown=${on.press}
    @lostpointercapture=${on.release}
    @pointerup=${on.release}
    @click=${on.click}
    @dblclick=${on.double}
    @wheel=${on.wheel}
    @keydown=${on.key}
    @blur=${on.leave}
  >
    ${content}
  </div>`;
}
