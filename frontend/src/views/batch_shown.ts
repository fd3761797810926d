// What the batch panel shows, as geometry: worked out again only where something has changed.
import { labelWidth, type LabelPlan, planLabels, visibleRows } from '../layout/labels';
import { type Bars, layoutBars, type Picture, pictureOf } from '../layout/picture';
import { stopsOf } from '../layout/reading';
import { type Row, seriesRows } from '../layout/series';
import { type Span, visibleSpan } from '../layout/zoom';
import { NUMBERS, rowsHeight } from '../render/labels';
import type { Box } from '../render/surface';
import type { RnnbowRecord, Sequence } from '../wire/record';
import { MARGIN } from './chart';
import type { Context } from './context';
import { memo } from './memo';

const TOP = 22;
/** Height of all else on the page but the rows below the bars: the plot gets what is left. */
const OTHERS = 740;

/** Pictures that are remembered: bars of 1,024 cells over a full horizon take 2 MB. */
const KEPT = 4;

/** All there is once a record is there. */
export interface Shown {
  readonly record: RnnbowRecord;
  readonly sequence: Sequence;
  readonly labels: readonly string[];
  /** All cells of the sequence, and those in view: the same object where that is all of them. */
  readonly whole: Span;
  readonly view: Span;
  readonly picture: Picture;
  readonly bars: Bars;
  /** Cells that nothing flows past, of those in view. */
  readonly cuts: readonly number[];
  readonly box: Box;
  readonly plan: LabelPlan;
  readonly rows: readonly Row[];
  /** Of the canvases. */
  readonly height: number;
}

export class BatchGeometry {
  // Who compares metrics or scales goes back and forth between them.
  readonly #picture = memo(pictureOf, KEPT);
  readonly #bars = memo(layoutBars, KEPT);
  readonly #allRows = memo(seriesRows);
  readonly #labelWidth = memo(labelWidth);
  readonly #plan = memo(planLabels);
  readonly #rows = memo(visibleRows);
  readonly #whole = memo((length: number): Span => [0, length - 1]);
  readonly #view = memo(visibleSpan);

  /** In `width` CSS pixels, each of `ratio` device pixels. */
  shown({ state, now }: Context, width: number, ratio: number): Shown | undefined {
    const record = state.record.value;
    const sequence = record?.sequences[now.sequence];
    if (!record || !sequence || !now.metric) return undefined;
    const { labels } = record.message;
    const every = this.#allRows(sequence, labels);
    const box = plotBox(width, every);
    const picture = this.#picture(record, now.sequence, now.metric);
    const whole = this.#whole(sequence.length);
    const view = this.#view(state.selection.cells, whole);
    const [across, down] = [Math.round(box.width * ratio), Math.round(box.height * ratio)];
    const bars = this.#bars(picture, state.selection.scale, view, across, down, ratio);
    const plan = this.#plan(this.#labelWidth(every), box.width / bars.columns.count);
    const rows = this.#rows(every, plan);
    const height = TOP + box.height + NUMBERS + rowsHeight(rows) + 4;
    const { cuts: all } = stopsOf(record, now.sequence);
    const cuts = all.filter((cut) => cut > view[0] && cut <= view[1]);
    return { record, sequence, labels, whole, view, picture, bars, cuts, box, plan, rows, height };
  }
}

/** The plot over `rows`. */
export function plotBox(width: number, rows: readonly Row[]): Box {
  const left = window.innerHeight - OTHERS - rowsHeight(rows);
  return {
    left: MARGIN.left,
    top: TOP,
    width: Math.max(1, width - MARGIN.left - MARGIN.right),
    height: Math.min(600, Math.max(210, left)),
  };
}
