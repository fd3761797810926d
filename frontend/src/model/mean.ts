// The mean of the recorded sequences, as a record of one sequence: views need not know of it.
import { oncePer } from '../layout/once';
import { RnnbowRecord, type Sequence } from '../wire/record';
import { Scale } from '../wire/rnnbow_pb.js';

/** What stands at the place of a sequence: as long as the longest, with nothing to read under it. */
function sequenceOf(sequences: readonly Sequence[]): Sequence {
  return {
    index: -1,
    length: Math.max(...sequences.map(({ length }) => length)),
    inputs: undefined,
    targets: undefined,
    predictions: undefined,
    losses: [],
    items: [],
  };
}

/**
 * Magnitudes are averaged over the sequences that have the item: a shorter one has no say beyond
 * its end. Shares are added, as parts of one whole.
 */
export class MeanRecord extends RnnbowRecord {
  readonly #items = new Map<number, Float32Array>();

  constructor(override readonly all: RnnbowRecord) {
    super({ ...all.message, sequences: [sequenceOf(all.sequences)] }, all.elementSize);
  }

  override items(_sequence: number, metric: number): Float32Array {
    let items = this.#items.get(metric);
    if (!items) {
      items = this.#sums(metric);
      this.#items.set(metric, items);
    }
    return items;
  }

  #sums(metric: number): Float32Array {
    const { first_lag: first, lags } = this.message;
    const { length } = this.sequences[0]!;
    const added = this.metrics[metric]!.scale === Scale.SHARE;
    const sums = new Float32Array(lags * length);
    this.all.sequences.forEach((sequence, place) => {
      const items = this.all.decode(place, metric);
      for (let k = 0; k < lags; k++) {
        const row = items.subarray(k * sequence.length, (k + 1) * sequence.length);
        row.forEach((value, j) => (sums[k * length + j]! += value));
      }
    });
    if (added) return sums;
    // A sequence has an item when the later one of its cell and its source lies within.
    const having = Float32Array.from(
      { length },
      (_, t) => this.all.sequences.filter((sequence) => sequence.length > t).length,
    );
    for (let k = 0; k < lags; k++) {
      const lag = Math.max(0, first + k);
      for (let j = 0; j + lag < length; j++) sums[k * length + j]! /= having[j + lag]!;
    }
    return sums;
  }
}

/** The mean of a record; of one sequence that is the record itself. */
export const meanOf = oncePer((record: RnnbowRecord): RnnbowRecord =>
  record.sequences.length < 2 ? record : new MeanRecord(record),
);
