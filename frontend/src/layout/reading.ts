// What is read off the items of one sequence, computed once for whoever asks.
import type { RnnbowRecord } from '../wire/record';
import { averageDecay, totalDecay } from './decay';
import { fitDecay } from './decay_fit';
import { leftAtEdge } from './edge';
import { once } from './items';
import { oncePer } from './once';
import { itemsOf } from './picture';
import { gradientStops, type Stops } from './stops';

/** All losses together. */
export const total = once(totalDecay);
export const average = once((items) => averageDecay(total(items)));
export const averageFit = once((items) => fitDecay(total(items)));

export const left = once(leftAtEdge);

const stops = oncePer<RnnbowRecord, Map<number, Stops>>(() => new Map());

/** Where gradient stops in one sequence, whatever metric is shown. */
export function stopsOf(record: RnnbowRecord, sequence: number): Stops {
  const known = stops(record);
  let found = known.get(sequence);
  if (!found)
    known.set(
      sequence,
      (found = gradientStops(tables(record, sequence), record.message.tolerance)),
    );
  return found;
}

function* tables(record: RnnbowRecord, sequence: number): Generator<ReturnType<typeof itemsOf>> {
  for (const metric of record.metrics) yield itemsOf(record, sequence, metric);
}
