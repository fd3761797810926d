// What the batch panel gives to take away: its bars, and every item of the sequence.
import type { Column, PanelExport, Picture, Table } from '../export/panel';
import { formatStep } from '../layout/format';
import { batchFactList } from './batch_text';
import { cellsWith, type Items, itemAt } from '../layout/items';
import { itemsOf } from '../layout/picture';
import { lagRamp } from '../layout/ramp';
import { correctness, entryCell } from '../layout/series';
import type { Metric } from '../wire/record';
import { Scale } from '../wire/rnnbow_pb.js';
import { PICTURE_RATIO } from '../render/surface';
import { drawBatch, drawIsolated } from './batch_draw';
import { batchNotes } from './batch_notes';
import { BatchGeometry } from './batch_shown';
import type { Context } from './context';

function picture(context: Context, width: number): Picture | undefined {
  const shown = new BatchGeometry().shown(context, width, PICTURE_RATIO);
  if (!shown) return undefined;
  const { record, plan } = shown;
  const { state, now, colours } = context;
  const { label, name } = now.metric!;
  const one = now.source === undefined ? '' : `; in full colour the loss at ${now.source}`;
  const { stops, marks } = lagRamp(record.message.first_lag, colours);
  // That there is no room for labels needs no words where nobody can zoom.
  const noted = { ...shown, plan: plan.every === 0 ? { ...plan, every: 1 } : plan };
  return {
    title: `Batch at step ${formatStep(record.message.step)}`,
    subtitle: `${label || name} at each cell, a band per loss that it comes from${one}; ${batchFactList(record, shown.sequence).join(' · ')}`,
    legend: [{ kind: 'ramp', label: 'lag: steps from the cell to the loss', stops, marks }],
    axes: { left: unitOf(now.metric!, label || name) },
    note: batchNotes(noted, state.selection.scale),
    layers: [
      (surface) => {
        drawBatch(surface, shown, context, width, PICTURE_RATIO);
      },
      (surface) => {
        drawIsolated(surface, shown, context, width, PICTURE_RATIO);
      },
    ],
  };
}

function unitOf({ unit }: Metric, name: string): string {
  return unit === '' ? name : `${name} (${unit})`;
}

function table({ state, now }: Context): Table | undefined {
  const record = state.record.value;
  const { metric } = now;
  if (!record || !metric) return undefined;
  const sequence = record.sequences[now.sequence]!;
  const { labels } = record.message;
  const places = itemPlaces(itemsOf(record, now.sequence, metric));
  const right = correctness(sequence, labels);
  const of = (
    name: string,
    description: string,
    value: (place: Place) => Column['values'][number],
    unit = '',
  ): Column => ({ name, unit, description, values: places.map(value) });
  const { inputs, targets, predictions, losses } = sequence;
  return {
    ofRecord: true,
    columns: [
      of('cell', 'Time step of the cell that the gradient arrives at.', ({ cell }) => cell),
      of('source', 'Time step of the loss that it comes from.', ({ source }) => source),
      of('lag', 'source - cell', ({ source, cell }) => source - cell, 'time steps'),
      of(metric.name, metric.description || metric.label, ({ value }) => value, itemUnit(metric)),
      of('input', 'Input of the cell.', ({ cell }) => entryCell(inputs, labels, cell)),
      of('target', 'Target of the loss.', ({ source }) => entryCell(targets, labels, source)),
      of('predicted', 'Prediction at the loss.', ({ source }) =>
        entryCell(predictions, labels, source),
      ),
      of('right', 'Whether it was the target.', ({ source }) => right?.[source]),
      of('loss', 'Loss of the step of the source.', ({ source }) => losses[source]),
    ],
  };
}

/** Of one item, for a table. */
export function itemUnit({ unit, scale }: Metric): string {
  return scale === Scale.SHARE ? 'part of the whole gradient' : unit;
}

interface Place {
  readonly cell: number;
  readonly source: number;
  readonly value: number | undefined;
}

/** Every item there is, cell by cell. */
function itemPlaces(items: Items): Place[] {
  const places: Place[] = [];
  for (let cell = 0; cell < items.length; cell++) {
    for (let k = 0; k < items.lags; k++) {
      const [from, to] = cellsWith(items, k);
      if (cell < from || cell >= to) continue;
      const source = cell + items.firstLag + k;
      places.push({ cell, source, value: itemAt(items, cell, source) });
    }
  }
  return places;
}

export const batchExport: PanelExport = { picture, table };
