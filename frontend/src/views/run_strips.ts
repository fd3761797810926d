// Horizon over training of all runs that are compared: a strip each, on one time axis and one scale.
import { html, type TemplateResult } from 'lit';
import { formatStep } from '../layout/format';
import { type ShareScale, shareScale } from '../layout/share_scale';
import { stripPixels } from '../layout/strip';
import { inView } from '../layout/timeline';
import { stepAxis } from '../layout/timeline_axes';
import { visibleSpan, wholeSpan } from '../layout/zoom';
import { lagsSeen } from '../model/closer';
import { MOST_COMPARED } from '../model/compared';
import { drawHorizontalAxis, fitName, SMALL } from '../render/axes';
import { drawLagLabels, drawReach, drawStrip, stripTones } from '../render/strip';
import type { Box, Surface } from '../render/surface';
import { FEW } from '../render/training';
import type { Beside } from './beside';
import { Chart, MARGIN } from './chart';
import { memo } from './memo';
import { type Strip, stripOf } from './strip_facts';
import { stripSummary } from './strip_text';

const PLOT = 44;
const HEAD = 24;
const BOTTOM = 26;

/** Of the strips of so many runs. */
export function stripsHeight(count: number): number {
  return count * (HEAD + PLOT) + BOTTOM;
}

interface Drawn {
  readonly beside: Beside;
  readonly strip: Strip;
}

export class RunStrips extends Chart {
  static override properties = { ...Chart.properties, all: { attribute: false } };
  declare all: readonly Beside[];
  // As many as may be compared.
  readonly #strip = memo(stripOf, MOST_COMPARED + 1);

  override render(): TemplateResult {
    const { height } = this;
    const told = this.drawn.map(({ beside, strip }) => {
      const last = strip.facts.steps.length - 1;
      return `${beside.name}, step ${formatStep(strip.facts.steps[last]!)}: ${stripSummary(strip.facts, last)}`;
    });
    return html`<div
      class="canvas-box"
      style="height:${height}px"
      role="img"
      aria-label="Horizon over training. ${told.join('. ')}"
      data-testid="run-strips"
    >
      ${this.canvases(height)}
    </div>`;
  }

  private get drawn(): readonly Drawn[] {
    return this.all.flatMap((beside) => {
      const { state } = beside.context;
      const strip = this.#strip(state.overview.value, lagsSeen(state));
      return strip ? [{ beside, strip }] : [];
    });
  }

  private get height(): number {
    return stripsHeight(this.drawn.length);
  }

  private box(place: number): Box {
    const width = Math.max(1, this.width - MARGIN.left - MARGIN.right);
    const top = place * (HEAD + PLOT) + HEAD;
    return { left: MARGIN.left, top, width, height: PLOT };
  }

  protected inputs(): readonly unknown[] {
    const { palette, scale, zoom } = this.context.state.selection;
    return [
      palette,
      scale,
      zoom,
      ...this.drawn.flatMap(({ beside, strip }) => [beside.name, strip]),
    ];
  }

  protected drawBase(surface: Surface): void {
    const { drawn, ratio } = this;
    const { theme, state } = this.context;
    const canvas = surface.begin(this.width, this.height, ratio);
    if (drawn.length === 0) return;
    const { palette, zoom } = state.selection;
    const whole = wholeSpan(...drawn.map(({ strip }) => strip.facts.steps));
    const x = stepAxis(visibleSpan(zoom, whole), this.box(0).width);
    const scale = this.#scale(drawn);
    const tones = stripTones(palette, theme);
    drawn.forEach(({ beside, strip: { facts, places, usual } }, place) => {
      const box = this.box(place);
      const { steps, sums, rows, horizons } = facts;
      const pixels = Math.round(box.width * ratio);
      const shown = stripPixels(places, usual, (step) => x.position(step) * ratio, pixels);
      drawStrip(surface, sums, shown, scale, tones, box, ratio, theme);
      const [from, to] = inView(steps, x.position, Math.max(1, Math.floor(box.width)));
      drawReach(canvas, steps, horizons, rows, x.position, box, to - from < FEW);
      drawLagLabels(canvas, rows, box, theme);
      canvas.font = SMALL;
      canvas.textAlign = 'left';
      canvas.fillStyle = theme.text;
      canvas.fillText(fitName(canvas, beside.name, box.width - 12), box.left + 12, box.top - 11);
      canvas.fillStyle = beside.colour;
      canvas.fillRect(box.left, box.top - 15, 8, 8);
    });
    drawHorizontalAxis(canvas, x, this.box(drawn.length - 1), theme, 'step');
  }

  protected overlayInputs(): readonly unknown[] {
    return [];
  }

  protected drawOverlay(surface: Surface): void {
    surface.begin(this.width, this.height, this.ratio);
  }

  #scale(drawn: readonly Drawn[]): ShareScale {
    const all = drawn.map(({ beside }) => beside.context.state.overview.value?.lags);
    const highest = Math.max(...all.map((lags) => lags?.highest ?? 0));
    const lowest = Math.min(...all.map((lags) => lags?.lowest ?? 0));
    return shareScale(highest, lowest, this.context.state.selection.scale === 'log');
  }
}

customElements.define('rnnbow-run-strips', RunStrips);
