// A row for each item of the sequence shown: also what the matrix shows.
import { cellsWith, type Items, itemAt } from '../../layout/items';
import { itemsOf } from '../../layout/picture';
import { correctness, entryCell } from '../../layout/series';
import type { Context } from '../../views/context';
import type { Column, Table } from '../panel';
import { itemUnit } from './units';

export function itemTable({ state, now }: Context): Table | undefined {
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
