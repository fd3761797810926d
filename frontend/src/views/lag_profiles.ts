// The gradient by lag of all runs that are compared, one line each.
import { html, type TemplateResult } from 'lit';
import { totalDecay } from '../layout/decay';
import { formatLag, formatPercent } from '../layout/format';
import { once } from '../layout/items';
import { itemsOf } from '../layout/picture';
import { profileAxes, profileOf } from '../layout/profile';
import { drawProfiles, type Line } from '../render/profile';
import { SMALL } from '../render/axes';
import type { Box, Surface } from '../render/surface';
import type { Beside } from './beside';
import { Chart, MARGIN } from './chart';
import { memo } from './memo';
import { type Tip, tipBox } from './parts';

const TOP = 12;
const PLOT = 210;
const BOTTOM = 42;
export const HEIGHT = TOP + PLOT + BOTTOM;

const profile = once((items) => profileOf(totalDecay(items)));

export class LagProfiles extends Chart {
  static override properties = { ...Chart.properties, all: { attribute: false } };
  declare all: readonly Beside[];
  #pointed: number | undefined; // lag
  readonly #axes = memo((width: number, height: number, ...profiles: Line['profile'][]) =>
    profileAxes(profiles, width, height),
  );

  override render(): TemplateResult {
    return html`<div
      class="canvas-box"
      style="height:${HEIGHT}px"
      role="img"
      aria-label=${this.summary()}
      data-testid="lag-profiles"
      @pointermove=${this.#onMove}
      @pointerleave=${this.#onLeave}
    >
      ${this.canvases(HEIGHT)} ${tipBox(this.tip(), this.width)}
    </div>`;
  }

  private get lines(): readonly Line[] {
    return this.all.map(({ context: { state, now }, name, colour }) => ({
      name,
      colour,
      profile: profile(itemsOf(state.record.value!, now.sequence, now.metric!)),
    }));
  }

  /** Room right of the plot for the names of runs that reach the last lag. */
  private get names(): number {
    const longest = Math.max(...this.all.map(({ name }) => name.length));
    return Math.min(Math.max(40, longest * 7 + 14), this.width * 0.3);
  }

  private get box(): Box {
    const width = Math.max(1, this.width - MARGIN.left - this.names);
    return { left: MARGIN.left, top: TOP, width, height: PLOT };
  }

  private get axes(): ReturnType<typeof profileAxes> {
    const { box, lines } = this;
    return this.#axes(box.width, box.height, ...lines.map(({ profile }) => profile));
  }

  private summary(): string {
    const told = this.lines.map(({ name, profile: { lags, parts } }) => {
      const largest = parts.indexOf(Math.max(...parts));
      if (largest < 0) return `${name}: no gradient that can be shown`;
      return `${name}: most, ${formatPercent(parts[largest]!)}, at lag ${formatLag(lags[largest]!)}`;
    });
    return `Part of the gradient at each lag. ${told.join('. ')}`;
  }

  protected inputs(): readonly unknown[] {
    const lines = this.lines.flatMap(({ name, colour, profile }) => [name, colour, profile]);
    return [this.axes, ...lines];
  }

  protected drawBase(surface: Surface): void {
    const { axes, box } = this;
    const { theme } = this.context;
    const canvas = surface.begin(this.width, HEIGHT, this.ratio);
    if (axes) drawProfiles(canvas, this.lines, axes, box, theme, this.names);
    canvas.font = SMALL;
    canvas.fillStyle = theme.muted;
    canvas.textAlign = 'left';
    canvas.textBaseline = 'top';
    canvas.fillText('lag: steps from the cell to the loss', box.left, box.top + box.height + 24);
  }

  protected overlayInputs(): readonly unknown[] {
    return [this.#pointed];
  }

  protected drawOverlay(surface: Surface): void {
    const { axes, box } = this;
    const canvas = surface.begin(this.width, HEIGHT, this.ratio);
    if (!axes || this.#pointed === undefined) return;
    canvas.fillStyle = this.context.theme.muted;
    canvas.fillRect(Math.round(box.left + axes.x.position(this.#pointed)), box.top, 1, box.height);
  }

  private tip(): Tip | undefined {
    const { axes, box } = this;
    const lag = this.#pointed;
    if (!axes || lag === undefined) return undefined;
    const lines = this.lines.map(({ name, profile: { lags, parts } }) => {
      const part = parts[lags.indexOf(lag)];
      return html`${name} <b>${part === undefined ? 'none' : formatPercent(part)}</b>`;
    });
    const x = box.left + axes.x.position(lag);
    return { x, y: TOP + 8, lines: [`lag ${formatLag(lag)}`, ...lines] };
  }

  readonly #onMove = (event: PointerEvent): void => {
    const { axes, box } = this;
    if (!axes) return;
    const { left } = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const x = event.clientX - left - box.left;
    const [first, last] = [axes.x.position(0), axes.x.position(1)];
    const lag = Math.round((x - first) / (last - first));
    const there = x >= -8 && x <= box.width + 8;
    const pointed = there && this.lines.some(({ profile }) => profile.lags.includes(lag));
    this.#point(pointed ? lag : undefined);
  };

  readonly #onLeave = (): void => {
    this.#point(undefined);
  };

  #point(lag: number | undefined): void {
    if (lag === this.#pointed) return;
    this.#pointed = lag;
    this.requestUpdate();
  }
}

customElements.define('rnnbow-lag-profiles', LagProfiles);
