// Horizon over training: at which lags the gradient of every recorded step lies, and how far it reaches.
import { html, nothing, type TemplateResult } from 'lit';
import type { Picture } from '../export/panel';
import { type ShareScale, shareScale } from '../layout/share_scale';
import { columnAt, fullest, gather, type StripPixels, stripPixels } from '../layout/strip';
import { columnStarts, inView, nearestIndex } from '../layout/timeline';
import { lagsSeen } from '../model/closer';
import type { PaletteName } from '../palettes';
import { drawHorizontalAxis } from '../render/axes';
import { drawLagLabels, drawReach, drawStrip, stripTones } from '../render/strip';
import type { Canvas2D, Surface } from '../render/surface';
import { drawNonfinite } from '../render/timeline';
import { FEW } from '../render/training';
import type { View } from './context';
import { memo } from './memo';
import { panelHead, problem, type Tip } from './parts';
import { hasBins, type Strip, stripOf } from './strip_facts';
import { rampLegend } from './ramp_legend';
import { shareRamp } from './strip_legend';
import { shareOf, type StripFacts, stripLines, stripSubtitle, stripSummary } from './strip_text';
import { TimeChart } from './time_chart';

const PLOT = 104;
const TOP = 20;
const BOTTOM = 26;

interface Pixels extends StripPixels {
  /** Records in the fullest one. */
  readonly most: number;
}

function pixelsOf(
  { facts, places, usual }: Strip,
  x: (step: number) => number,
  width: number,
  ratio: number,
): Pixels {
  const shown = stripPixels(places, usual, (step) => x(step) * ratio, Math.round(width * ratio));
  return { ...shown, most: fullest(facts.sums, shown) };
}

class StripChart extends TimeChart {
  protected readonly name = 'strip';
  protected readonly label = 'Horizon over training';
  protected override readonly ownKeys = 'Up and down arrow go from lag to lag and say its share.';
  protected readonly rows = { top: TOP, height: PLOT };
  protected readonly height = TOP + PLOT + BOTTOM;
  /** Row that keys went to. */
  #cursor: number | undefined;
  readonly #strip = memo(stripOf, 2);
  readonly #pixels = memo(pixelsOf);
  readonly #scale = memo(shareScale);
  readonly #tones = memo(stripTones);
  readonly #ramp = memo(shareRamp);

  override render(): TemplateResult {
    const { strip, pixels, context } = this;
    const { closer } = context.state;
    return html`${panelHead(
      'strip',
      'Horizon over training',
      strip && pixels ? stripSubtitle(strip.facts, pixels.most) : '',
      strip
        ? rampLegend(this.#ramp(this.scale(), this.palette, context.theme), 'strip-legend')
        : nothing,
    )}
    ${
      // A report holds what was shown of it, and says what that is.
      context.report
        ? nothing
        : problem(context, 'More of this part did not load.', closer.error, 'strip-error')
    }
    ${strip ? this.plot() : html`<div style="height:${this.height}px"></div>`}`;
  }

  /** To take away. */
  picture(): Picture | undefined {
    const { context, layers, strip, pixels } = this;
    if (!strip || !pixels) return undefined;
    const line = {
      kind: 'line',
      label: '90 % of the gradient',
      colour: '#000000',
      width: 2,
    } as const;
    return {
      title: 'Horizon over training',
      subtitle: stripSubtitle(strip.facts, pixels.most),
      legend: [shareRamp(this.scale(), this.palette, context.theme), line],
      plots: [{ layers }],
      note: '',
    };
  }

  /** With the lags of what is seen. */
  private get strip(): Strip | undefined {
    const { state } = this.context;
    return this.#strip(state.overview.value, lagsSeen(state));
  }

  /** What is known of a recorded step, which may be one that is not seen. */
  private factsOf(place: number): StripFacts | undefined {
    const { strip } = this;
    if (strip && columnAt(strip.facts.lags, this.steps[place]!) >= 0) return strip.facts;
    const { value } = this.context.state.overview;
    return this.#strip(value, value?.lags)?.facts;
  }

  private get palette(): PaletteName {
    return this.context.state.selection.palette;
  }

  /** Of all of training, whatever of it is seen. */
  private scale(): ShareScale {
    const { overview, selection } = this.context.state;
    const { highest = 0, lowest = 0 } = overview.value?.lags ?? {};
    return this.#scale(highest, lowest, selection.scale === 'log');
  }

  protected get steps(): readonly number[] {
    return this.strip?.facts.steps ?? NONE;
  }

  private get pixels(): Pixels | undefined {
    const { strip, x, box, ratio } = this;
    if (!strip || this.width === 0) return undefined;
    return this.#pixels(strip, x.position, box.width, ratio);
  }

  protected get said(): string {
    const { shown } = this;
    const facts = shown === undefined ? undefined : this.factsOf(shown);
    return facts ? stripSummary(facts, shown!) : 'no record';
  }

  /** Place of the record shown. */
  private get shown(): number | undefined {
    const { step } = this.context.now;
    const place = step === undefined ? -1 : nearestIndex(this.steps, step);
    return place >= 0 && this.steps[place] === step ? place : undefined;
  }

  protected override rowAt(y: number): number {
    const count = this.strip?.facts.rows.count ?? 1;
    return Math.min(count - 1, Math.max(0, Math.floor((y / PLOT) * count)));
  }

  /** The row and the record that a readout is about: under the pointer, else where keys went to. */
  private get readout(): { readonly place: number; readonly row: number } | undefined {
    const { pointed, shown } = this;
    if (pointed !== undefined) return { place: pointed, row: this.rowAt(this.pointedY) };
    if (this.#cursor === undefined || shown === undefined) return undefined;
    return { place: shown, row: this.#cursor };
  }

  protected inputs(): readonly unknown[] {
    return [this.strip, this.pixels, this.palette, this.scale()];
  }

  protected drawBase(surface: Surface): void {
    const { strip, pixels: shown, box, x, ratio, context } = this;
    const { theme } = context;
    const canvas = surface.begin(this.width, this.height, ratio);
    if (!strip || !shown) return;
    const { steps, sums, rows, horizons } = strip.facts;
    const tones = this.#tones(this.palette, theme);
    drawStrip(surface, sums, shown, this.scale(), tones, box, ratio, theme);
    const pixels = Math.max(1, Math.floor(box.width));
    const [from, to] = inView(steps, x.position, pixels);
    drawReach(canvas, steps, horizons, rows, x.position, box, to - from < FEW);
    drawNonfinite(canvas, brokenPixels(strip, x.position, pixels), box, theme.bad);
    drawLagLabels(canvas, rows, box, theme);
    drawHorizontalAxis(canvas, x, box, theme, 'step');
  }

  protected override overlayInputs(): readonly unknown[] {
    const { readout } = this;
    return [...super.overlayInputs(), readout?.place, readout?.row];
  }

  protected override drawOverlay(surface: Surface): Canvas2D {
    const canvas = super.drawOverlay(surface);
    const { strip, box, readout } = this;
    if (!strip || !readout) return canvas;
    const height = PLOT / strip.facts.rows.count;
    const left = Math.round(box.left + this.x.position(this.steps[readout.place]!)) - 3;
    const top = box.top + Math.round(readout.row * height);
    canvas.fillStyle = '#000000';
    canvas.fillRect(left - 1, top - 1, 9, height + 2);
    canvas.fillStyle = '#ffffff';
    canvas.fillRect(left, top, 7, height);
    return canvas;
  }

  protected tip(): Tip | undefined {
    const { strip, pixels, readout } = this;
    if (!strip || !pixels || !readout) return undefined;
    const { place, row } = readout;
    const x = this.x.position(this.steps[place]!);
    const pixel = Math.round(x * this.ratio);
    const shared = [pixels.from[pixel] ?? 0, pixels.to[pixel] ?? 0] as const;
    return { x: this.box.left + x, y: TOP + 8, lines: stripLines(strip.facts, place, row, shared) };
  }

  /** Up and down walk from lag to lag at the record shown, and say what is there. */
  protected override key(event: KeyboardEvent): boolean {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const { shown } = this;
    const facts = shown === undefined ? undefined : this.factsOf(shown);
    if (by === undefined || event.shiftKey || !facts || shown === undefined) return false;
    const { rows } = facts;
    const from = this.#cursor ?? Math.max(0, -rows.first) - by;
    this.#cursor = Math.min(rows.count - 1, Math.max(0, from + by));
    this.context.announce(shareOf(facts, shown, this.#cursor));
    this.requestUpdate();
    return true;
  }

  protected override left(): void {
    this.#cursor = undefined;
    super.left();
  }
}

/** Pixels of the records in view that are not finite: one of them among many is marked too. */
function brokenPixels(
  { facts, places }: Strip,
  x: (step: number) => number,
  width: number,
): { nonfinite: Uint8Array } {
  const starts = columnStarts(places, x, width);
  const broken = (pixel: number): boolean =>
    gather(facts.sums, starts[pixel]!, starts[pixel + 1]!).broken > 0;
  const nonfinite = Uint8Array.from({ length: width }, (_, pixel) => (broken(pixel) ? 1 : 0));
  return { nonfinite };
}

const NONE: readonly number[] = [];

customElements.define('rnnbow-strip', StripChart);

export const strip: View = {
  id: 'strip',
  title: 'Horizon over training',
  // Room is kept for it while the overview is on its way: what is below does not jump.
  accepts: ({ state: { overview } }) =>
    overview.value === undefined ? !overview.error : hasBins(overview.value),
  holds: ({ state: { overview } }) => overview.value !== undefined,
  render: (context) => html`<rnnbow-strip .context=${context}></rnnbow-strip>`,
  picture: (context, width) => new StripChart().asPicture(context, width).picture(),
};
