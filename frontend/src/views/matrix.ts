// The matrix: the record of the batch as a heat map of every source against every cell.
import { html, type TemplateResult } from 'lit';
import type { Picture as Exported } from '../export/panel';
import { formatStep } from '../layout/format';
import { cellsOfSource, type Grid, gridOf, itemAtPlace } from '../layout/matrix';
import { type Picture, pictureOf } from '../layout/picture';
import {
  drawGrid,
  drawItem,
  drawMarks,
  drawMatrixAxes,
  drawMatrixLegend,
  drawRow,
  LEGEND_ROOM,
} from '../render/matrix';
import { type MatrixColours, matrixColours } from '../render/matrix_colours';
import type { Box, Surface } from '../render/surface';
import type { Sequence } from '../wire/record';
import { bandLines, spokenSource } from './batch_text';
import { Chart } from './chart';
import { hasRecord, type View } from './context';
import { matrixNotes, spokenItem } from './matrix_text';
import { memo } from './memo';
import { panelHead, type Tip, tipBox } from './parts';
import { plotSlider } from './plot_slider';
import { pinSource, togglePin } from './pin';

const MARGIN = { left: 40, top: 22, right: LEGEND_ROOM, bottom: 26 } as const;
const LARGEST = 420;
/** From the plot to its legend, and how wide that is. */
const LEGEND = { gap: 14, width: 10 } as const;

/** How far a key goes: up and down through the losses, left and right through the cells of one. */
const ROWS: Readonly<Record<string, number>> = {
  ArrowUp: -1,
  ArrowDown: 1,
  PageUp: -10,
  PageDown: 10,
};
const COLUMNS: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1 };

/** What is drawn. */
interface Shown {
  readonly sequence: Sequence;
  readonly labels: readonly string[];
  readonly picture: Picture;
  readonly grid: Grid;
  readonly colours: MatrixColours;
  readonly box: Box;
}

/** What the pointer or the keyboard is at. */
interface Pointed {
  readonly source: number;
  readonly cell: number | undefined;
}

class MatrixChart extends Chart {
  #pointed: Pointed | undefined;
  readonly #picture = memo(pictureOf);
  readonly #colours = memo(matrixColours);

  override render(): TemplateResult {
    const { shown, context } = this;
    const { now } = context;
    if (!shown) return panelHead('matrix', 'Matrix', '');
    const { sequence, grid, picture } = shown;
    return html`${panelHead('matrix', 'Matrix', 'every loss against every cell')}
      ${plotSlider(
        {
          name: 'matrix',
          label: 'Source and cell of one item',
          height: this.height,
          orientation: 'vertical',
          min: 0,
          max: sequence.length - 1,
          now: now.source ?? 0,
          text: this.spoken(shown),
          on: { move: this.#onMove, leave: this.#onLeave, click: this.#onClick, key: this.#onKey },
        },
        html`${this.canvases(this.height)} ${tipBox(this.tip(shown), this.width)}`,
      )}
      <p class="hidden" id="matrix-keys">
        Up and down arrow go from loss to loss, left and right arrow to the cells that it reaches,
        Enter pins the loss, Escape releases it.
      </p>
      <p class="note" data-testid="matrix-note">${matrixNotes(grid, picture)}</p>`;
  }

  /** To take away. */
  picture(): Exported | undefined {
    const { context, layers } = this;
    const { shown } = this;
    if (!shown) return undefined;
    return {
      title: `Matrix at step ${formatStep(context.state.record.value!.message.step)}`,
      subtitle: `every loss against every cell, sequence ${shown.sequence.index}`,
      legend: [],
      note: matrixNotes(shown.grid, shown.picture),
      plots: [{ layers }],
    };
  }

  private get side(): number {
    return Math.max(1, Math.min(LARGEST, this.width - MARGIN.left - MARGIN.right));
  }

  private get height(): number {
    return MARGIN.top + this.side + MARGIN.bottom;
  }

  private get shown(): Shown | undefined {
    const { state, now, theme } = this.context;
    const record = state.record.value;
    const sequence = record?.sequences[now.sequence];
    if (!record || !sequence || !now.metric) return undefined;
    const picture = this.#picture(record, now.sequence, now.metric);
    const grid = gridOf(picture.items, Math.round(this.side * this.ratio));
    const colours = this.#colours(state.selection.palette, theme, picture.signed);
    const box = { left: MARGIN.left, top: MARGIN.top, width: this.side, height: this.side };
    return { sequence, labels: record.message.labels, picture, grid, colours, box };
  }

  protected inputs(): readonly unknown[] {
    const { shown } = this;
    return [shown?.grid, shown?.colours];
  }

  protected drawBase(surface: Surface): void {
    const { shown, context, ratio } = this;
    if (!shown) return;
    const { grid, colours, box, picture } = shown;
    const { now } = context;
    const canvas = surface.begin(this.width, this.height, ratio);
    drawGrid(surface, grid, colours, box, ratio);
    drawMatrixAxes(canvas, grid, now.metric!.label || now.metric!.name, box, context.theme);
    const legend = { ...box, left: box.left + box.width + LEGEND.gap, width: LEGEND.width };
    drawMatrixLegend(canvas, grid, colours, picture.signed, legend, context.theme);
  }

  protected overlayInputs(): readonly unknown[] {
    const { pin, cells } = this.context.state.selection;
    return [this.context.now.source, this.#pointed, pin, cells];
  }

  protected drawOverlay(surface: Surface): void {
    const { shown, context, ratio } = this;
    if (!shown) return;
    const { theme, now, state } = context;
    const { grid, colours, box, picture, sequence } = shown;
    const canvas = surface.begin(this.width, this.height, ratio);
    const pointed = this.#pointed;
    if (now.source !== undefined) {
      drawRow(canvas, picture.items, grid, now.source, colours, box, theme);
      if (pointed?.cell !== undefined && pointed.source === now.source) {
        drawItem(canvas, grid, { source: pointed.source, cell: pointed.cell }, box, theme);
      }
    }
    const { pin, cells } = state.selection;
    const last = sequence.length - 1;
    const view =
      cells && cells[0] <= last ? ([cells[0], Math.min(last, cells[1])] as const) : cells;
    drawMarks(
      canvas,
      grid,
      { pin: pin !== undefined && pin <= last ? pin : undefined, view },
      box,
      theme,
    );
  }

  private tip({ picture, sequence, labels, box, grid }: Shown): Tip | undefined {
    const pointed = this.#pointed;
    if (pointed?.cell === undefined) return undefined;
    const { source, cell } = pointed;
    const pitch = box.width / grid.length;
    return {
      x: box.left + (cell + 0.5) * pitch,
      // Below the row, so that what it isolates is seen; above it in the lower half.
      y: box.top + (source + 0.5) * pitch + (source < sequence.length / 2 ? 12 : -92),
      lines: bandLines(picture, sequence, labels, cell, source),
    };
  }

  private spoken({ sequence, labels, picture }: Shown): string {
    const { source } = this.context.now;
    if (source === undefined) return 'all losses together';
    const spoken = spokenSource(sequence, labels, source);
    const cell = this.#pointed?.source === source ? this.#pointed.cell : undefined;
    return cell === undefined ? spoken : `${spoken}, ${spokenItem(picture, source, cell)}`;
  }

  #at(event: MouseEvent, { picture, grid, box }: Shown): Pointed | undefined {
    const corner = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const x = (event.clientX - corner.left - box.left) / box.width;
    const y = (event.clientY - corner.top - box.top) / box.height;
    if (x < 0 || x >= 1 || y < 0 || y >= 1) return undefined;
    return itemAtPlace(picture.items, grid, Math.floor(y * grid.size), Math.floor(x * grid.size));
  }

  #point(pointed: Pointed | undefined): void {
    this.#pointed = pointed;
    this.context.controller.hover(pointed?.source);
    this.requestUpdate();
  }

  readonly #onMove = (event: PointerEvent): void => {
    const { shown } = this;
    if (shown) this.#point(this.#at(event, shown));
  };

  readonly #onLeave = (): void => {
    this.#point(undefined);
  };

  readonly #onClick = (event: MouseEvent): void => {
    const { shown } = this;
    if (shown) togglePin(this.context, this.#at(event, shown)?.source);
  };

  readonly #onKey = (event: KeyboardEvent): void => {
    const { shown, context } = this;
    if (!shown || event.ctrlKey || event.metaKey || event.altKey) return;
    const { now } = context;
    const { items } = shown.picture;
    const last = items.length - 1;
    const goTo = (wanted: number, cell = this.#pointed?.cell ?? wanted): void => {
      const source = Math.min(last, Math.max(0, wanted));
      const [from, to] = cellsOfSource(items, source) ?? [source, source];
      this.#point({ source, cell: Math.min(to, Math.max(from, cell)) });
    };
    const [rows, columns] = [ROWS[event.key], COLUMNS[event.key]];
    const source = now.source ?? (rows !== undefined && rows < 0 ? last + 1 : -1);
    if (rows !== undefined) goTo(source + rows);
    else if (columns !== undefined) goTo(source, (this.#pointed?.cell ?? source) + columns);
    else if (event.key === 'Home') goTo(0);
    else if (event.key === 'End') goTo(last);
    else if (event.key === 'Enter' || event.key === ' ') pinSource(context, now.source);
    else if (event.key === 'Escape') {
      pinSource(context, undefined);
      this.#point(undefined);
    } else return;
    event.preventDefault();
  };
}

customElements.define('rnnbow-matrix', MatrixChart);

export const matrix: View = {
  id: 'matrix',
  title: 'Matrix',
  accepts: hasRecord,
  holds: hasRecord,
  render: (context) => html`<rnnbow-matrix .context=${context}></rnnbow-matrix>`,
  picture: (context, width) => new MatrixChart().asPicture(context, width).picture(),
};
