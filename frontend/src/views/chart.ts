// A view with canvases: their size, their density, and drawing when something changed.
import { html, LitElement, type TemplateResult } from 'lit';
import { CanvasSurface, PICTURE_RATIO, type Surface } from '../render/surface';
import type { Layer } from '../export/panel';
import type { Context } from './context';

export const MARGIN = { left: 58, right: 52 } as const;

export abstract class Chart extends LitElement {
  static override properties = { context: { attribute: false } };
  declare context: Context;

  /** Width of the canvases' box in CSS pixels, and device pixels in each. */
  protected width = 0;
  protected ratio = 1;
  #surfaces: readonly [CanvasSurface, CanvasSurface] | undefined;
  /** What the base and the overlay were drawn from. */
  #drawn: readonly unknown[] | undefined;
  #overlaid: readonly unknown[] = [];
  #observer: ResizeObserver | undefined;
  #density: MediaQueryList | undefined;

  // One document, one style sheet, ids that labels can refer to.
  protected override createRenderRoot(): this {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#observer = new ResizeObserver(this.#measure);
    window.addEventListener('resize', this.#resized);
    this.#watchDensity();
    // Most plots are as wide as their element. Asked for while nothing of the page has changed since it was
    // connected: the page is laid out once for all charts.
    this.width ||= this.clientWidth;
    this.ratio = window.devicePixelRatio;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#observer?.disconnect();
    this.#surfaces = undefined;
    window.removeEventListener('resize', this.#resized);
    this.#density?.removeEventListener('change', this.#watchDensity);
  }

  /** The two canvases, one above the other: `overlay` for what changes under the pointer. */
  protected canvases(height: number): TemplateResult {
    const size = `height:${height}px`;
    return html`<canvas class="base" style=${size} aria-hidden="true"></canvas
      ><canvas class="overlay" style=${size} aria-hidden="true"></canvas>`;
  }

  protected override updated(): void {
    const surfaces = this.#findSurfaces();
    if (!surfaces || this.width === 0) return;
    const [base, overlay] = surfaces;
    const inputs = [...this.inputs(), this.width, this.ratio, this.context.theme];
    const redrawn = differ(inputs, this.#drawn);
    if (redrawn) {
      this.#drawn = inputs;
      this.drawBase(base);
    }
    // Most of what happens under the pointer is on one chart, and all of them hear of it.
    const overlaid = this.overlayInputs();
    if (redrawn || differ(overlaid, this.#overlaid)) {
      this.#overlaid = overlaid;
      this.drawOverlay(overlay);
    }
  }

  /** The chart as a picture beside the page, of an element that is in no document: before all else. */
  asPicture(context: Context, width: number): this {
    this.context = context;
    this.width = width;
    this.ratio = PICTURE_RATIO;
    return this;
  }

  /** What it draws. */
  get layers(): readonly Layer[] {
    return [
      (surface) => {
        this.drawBase(surface);
      },
      (surface) => {
        this.drawOverlay(surface);
      },
    ];
  }

  /** What the base depends on: it is drawn again only when one of these is another one. */
  protected abstract inputs(): readonly unknown[];
  protected abstract drawBase(surface: Surface): void;
  /** The same of the overlay, beside what the base depends on. */
  protected abstract overlayInputs(): readonly unknown[];
  /** Cheap: what changes under the pointer. */
  protected abstract drawOverlay(surface: Surface): unknown;

  /** The canvases of this moment: a panel that shows a message instead has none. */
  #findSurfaces(): readonly [CanvasSurface, CanvasSurface] | undefined {
    const [base, overlay] = ['base', 'overlay'].map((name) =>
      this.querySelector<HTMLCanvasElement>(`canvas.${name}`),
    );
    if (!base || !overlay) return undefined;
    if (this.#surfaces?.[0].canvas !== base) {
      this.#surfaces = [new CanvasSurface(base), new CanvasSurface(overlay)];
      this.#observer?.disconnect();
      this.#observer?.observe(base.parentElement!);
      // The observer would wait for the next frame.
      if (this.width === 0) this.#measure();
      this.#drawn = undefined;
    }
    return this.#surfaces;
  }

  // Heights follow the frame's. TensorBoard gives the frame of another tab none.
  #resized = (): void => {
    if (window.innerHeight > 0) this.requestUpdate();
  };

  #measure = (): void => {
    // Observed, because a size that is asked for lays out the whole page, then and there.
    const width = this.#surfaces?.[0].canvas.parentElement?.clientWidth ?? 0;
    const ratio = window.devicePixelRatio;
    if (width === 0 || (width === this.width && ratio === this.ratio)) return;
    this.width = width;
    this.ratio = ratio;
    this.requestUpdate();
  };

  // There is no event for a change of density; a query for the present one ends being true.
  #watchDensity = (): void => {
    this.#density?.removeEventListener('change', this.#watchDensity);
    this.#density = window.matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`);
    this.#density.addEventListener('change', this.#watchDensity);
    this.#measure();
  };
}

function differ(inputs: readonly unknown[], before: readonly unknown[] | undefined): boolean {
  return (
    inputs.length !== before?.length || inputs.some((input, i) => !Object.is(input, before[i]))
  );
}
