// What learns from what: which targets send gradient, which inputs receive it, and at which lag.
import { html, type TemplateResult } from 'lit';
import type { LabelSums } from '../api/label_sums';
import type { Picture } from '../export/panel';
import { isCurrent } from '../api/resource';
import { spokenToken, visibleToken } from '../layout/format';
import { type Pair, ranking } from '../layout/label_lifts';
import {
  LARGEST,
  type LabelMatrix,
  layoutMatrix,
  type Place,
  placeAt,
  ROW,
} from '../layout/label_matrix';
import { lagRamp } from '../layout/ramp';
import type { Span } from '../layout/zoom';
import { css } from '../palettes';
import { BARS, drawIsolated, drawMatrix, FOOT, HEAD } from '../render/label_matrix';
import type { Box, Surface } from '../render/surface';
import { Chart, MARGIN } from './chart';
import type { View } from './context';
import { blank, labelsEmpty, labelsProblem } from './labels_empty';
import { matrixKey } from './labels_key';
import { labelList, labelTable } from './labels_list';
import { acceptsLabels, holdsLabels, missingLabels } from './labels_needs';
import { labelProgress } from './labels_progress';
import { labelNotes, needs, placeLines, subtitleText } from './labels_text';
import styles from './labels.css';
import { memo } from './memo';
import { panelHead, type Tip, tipBox } from './parts';
import './whole_list';

const TITLE = 'What learns from what';
const MOVES: Readonly<Record<string, readonly [rows: number, columns: number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

interface Shown {
  readonly sums: LabelSums;
  readonly matrix: LabelMatrix;
  readonly box: Box;
  /** The target that alone is looked at. */
  readonly target: number | undefined;
}

class LabelsChart extends Chart {
  // Summing takes TensorBoard seconds: only where somebody scrolls here, or nearly.
  readonly #nearby = new IntersectionObserver(
    ([entry]) => {
      this.context.controller.watchLabels(entry!.isIntersecting);
    },
    { rootMargin: '150px' },
  );
  #place: Place | undefined;
  #drawn: { readonly key: string; readonly sums: LabelSums } | undefined;
  readonly #matrix = memo(layoutMatrix);
  readonly #ranking = memo(ranking);
  readonly #table = memo(labelTable);

  override connectedCallback(): void {
    super.connectedCallback();
    this.#nearby.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#nearby.disconnect();
    this.context.controller.watchLabels(false);
  }

  override render(): TemplateResult {
    const { context } = this;
    const { labels, record } = context.state;
    const head = panelHead(
      'labels',
      TITLE,
      subtitleText(context.now.metric!, context),
      labelProgress(context),
    );
    const missing = missingLabels(record.value!);
    if (missing) return html`${head}${blank(needs(missing))}`;
    const failed = labelsProblem(context);
    const shown = this.#shown;
    if (!shown) return html`${head} ${failed} ${blank(labelsEmpty(context))}`;
    const { sums, matrix } = shown;
    const height = `height:${heightOf(shown)}px`;
    return html`${head} ${failed}
      <div
        class="split labels"
        aria-busy=${isCurrent(labels) ? 'false' : 'true'}
        @keydown=${this.#onKey}
      >
        <div
          class="canvas-box pointable"
          style=${height}
          role="application"
          tabindex="0"
          data-testid="labels-plot"
          aria-label="Targets against inputs"
          aria-describedby="labels-keys"
          @pointermove=${this.#onMove}
          @pointerleave=${this.#onLeave}
          @blur=${this.#onLeave}
          @click=${this.#onClick}
        >
          ${this.canvases(heightOf(shown))} ${tipBox(this.#tip(shown), this.width)}
        </div>
        ${this.#words(shown)}
      </div>
      <p class="hidden" id="labels-keys">
        Arrow keys go from target to target and from input to input, Enter shows the target alone,
        Escape shows all. A table follows.
      </p>
      ${matrixKey(sums.lags, this.#colourOf, context.theme)}
      <p class="note" data-testid="labels-note">${labelNotes(sums, matrix)}</p>
      <div class="clipped">${this.#table(sums)}</div>`;
  }

  /** What stands out, in as much room as the matrix has. */
  #words(shown: Shown): TemplateResult {
    const { sums, matrix, target } = shown;
    const pairs = this.#ranking(sums, target);
    const point = (pair: Pair | undefined): void => {
      this.#point(pair && within({ row: pair.target, column: pair.input }, matrix));
    };
    const list = { sums, target, pairs, colourOf: this.#colourOf, point };
    return html`<rnnbow-whole-list
      .content=${labelList(this.context, list)}
      .entries=${pairs}
      .height=${heightOf(shown)}
    ></rnnbow-whole-list>`;
  }

  picture(): Picture | undefined {
    const { context, layers } = this;
    const shown = this.#shown;
    if (!shown) return undefined;
    const { first_lag: first } = context.state.record.value!.message;
    return {
      title: TITLE,
      subtitle: subtitleText(context.now.metric!, context),
      legend: [
        {
          kind: 'ramp',
          label: 'lag with most beyond the usual',
          ...lagRamp(first, context.colours),
        },
        { kind: 'box', label: 'less than usual', colour: context.theme.border },
      ],
      plots: [{ layers }],
      note: `Area: times the usual, from ${LARGEST} on as high as the row. ${labelNotes(shown.sums, shown.matrix)}`,
    };
  }

  get #shown(): Shown | undefined {
    const sums = this.#sums;
    if (!sums || sums.targets.length === 0) return undefined;
    const matrix = this.#matrix(sums, Math.max(1, this.width - MARGIN.left - BARS - 10));
    const height = matrix.rows.length * ROW;
    const { target } = this.context.state.selection;
    const place = sums.targets.findIndex(({ label }) => label === target);
    return {
      sums,
      matrix,
      box: { left: MARGIN.left, top: HEAD, width: matrix.columns.length * matrix.pitch, height },
      target: place < 0 ? undefined : place,
    };
  }

  /**
   * What is drawn: the first sample, then the whole of it. What comes between would change the order
   * of the rows under somebody's eyes, every half a second.
   */
  get #sums(): LabelSums | undefined {
    const { value, valueKey, stopped } = this.context.state.labels;
    const first = this.#drawn?.key !== valueKey || this.#drawn.sums.summed === 0;
    if (!value) this.#drawn = undefined;
    else if (value.left === 0 || stopped || first) this.#drawn = { key: valueKey, sums: value };
    return this.#drawn?.sums;
  }

  /** Colour of the lag in a bin that is nearest to 0. */
  readonly #colourOf = ([first, last]: Span): string => {
    const { colours, state, theme } = this.context;
    const lag = (first >= 0 ? first : last) - (state.record.value?.message.first_lag ?? 0);
    const colour = colours[Math.min(colours.length - 1, Math.max(0, lag))];
    return colour ? css(colour) : theme.second;
  };

  protected inputs(): readonly unknown[] {
    return [this.#shown?.matrix, this.context.colours];
  }

  protected drawBase(surface: Surface): void {
    const shown = this.#shown;
    if (!shown) return;
    const canvas = surface.begin(this.width, heightOf(shown), this.ratio);
    drawMatrix(canvas, shown.sums, shown.matrix, this.#colourOf, shown.box, this.context.theme);
  }

  protected overlayInputs(): readonly unknown[] {
    return [this.#place, this.#shown?.target];
  }

  protected drawOverlay(surface: Surface): void {
    const shown = this.#shown;
    if (!shown) return;
    const canvas = surface.begin(this.width, heightOf(shown), this.ratio);
    const place = this.#place ?? { row: shown.target, column: undefined };
    drawIsolated(canvas, shown.matrix, place, shown.box, this.context.theme);
  }

  #tip({ sums, matrix, box }: Shown): Tip | undefined {
    const place = this.#place;
    if (!place) return undefined;
    return {
      x: box.left + ((place.column ?? matrix.columns.length) + 0.5) * matrix.pitch,
      y: box.top + ((place.row ?? matrix.rows.length) + 1) * ROW + 4,
      lines: placeLines(sums, place, visibleToken),
    };
  }

  readonly #onMove = (event: PointerEvent): void => {
    this.#point(this.#at(event));
  };

  readonly #onLeave = (): void => {
    this.#point(undefined);
  };

  readonly #onClick = (event: MouseEvent): void => {
    this.#choose(this.#at(event)?.row);
  };

  #at(event: MouseEvent): Place | undefined {
    const { left, top } = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const { matrix, box } = this.#shown!;
    return placeAt(matrix, event.clientX - left - box.left, event.clientY - top - box.top);
  }

  #point(place: Place | undefined): void {
    if (place?.row === this.#place?.row && place?.column === this.#place?.column) return;
    this.#place = place;
    this.requestUpdate();
  }

  /** Looks at the target of a row alone; at all of them again where it was that one, or none. */
  #choose(row: number | undefined): void {
    const { sums, target } = this.#shown!;
    const chosen = row === undefined || row === target ? undefined : sums.targets[row]!.label;
    this.context.controller.select({ target: chosen });
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    const { matrix, sums, target } = this.#shown!;
    const move = MOVES[event.key];
    const onPlot = (event.target as HTMLElement).matches('.canvas-box');
    if (move && onPlot) {
      const { row = 0, column } = this.#place ?? { row: target };
      const [rows, columns] = column === undefined ? [0, 0] : move;
      const place = {
        row: Math.min(matrix.rows.length - 1, Math.max(0, row + rows)),
        column: Math.min(matrix.columns.length - 1, Math.max(0, (column ?? 0) + columns)),
      };
      this.#point(place);
      this.context.announce(placeLines(sums, place, spokenToken).join(', '));
    } else if (event.key === 'Enter' && this.#place && onPlot) {
      this.#choose(this.#place.row);
    } else if (event.key === 'Escape' && target !== undefined) {
      this.#choose(undefined);
    } else return;
    event.preventDefault();
  };
}

function heightOf({ box }: Shown): number {
  return HEAD + box.height + FOOT;
}

/** A place of the matrix; undefined for labels that it has no room for. */
function within(place: Place, { rows, columns }: LabelMatrix): Place | undefined {
  const { row = 0, column = 0 } = place;
  return row < rows.length && column < columns.length ? place : undefined;
}

document.head.append(Object.assign(document.createElement('style'), { textContent: styles }));
customElements.define('rnnbow-labels', LabelsChart);

export const labels: View = {
  id: 'labels',
  title: TITLE,
  accepts: acceptsLabels,
  holds: holdsLabels,
  render: (context) => html`<rnnbow-labels .context=${context}></rnnbow-labels>`,
  picture: (context, width) => new LabelsChart().asPicture(context, width).picture(),
};
