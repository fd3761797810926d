// Bytes of a record -> what the rest of the page works with.
import { checkRecord } from './check';
import { decodeElements, unpack } from './elements';
import { unwrap } from './envelope';
import { readMessage } from './message';
import { Refusal } from './refusal';
import type { Metric, Record as Message, Sequence } from './rnnbow_pb.js';
import { RecordFields } from './rnnbow_fields';

export type { Metric, Sequence, Series } from './rnnbow_pb.js';

/** A record as read: the message, whose parts are checked to fit each other. */
export class RnnbowRecord {
  /** The record with all of its sequences, where this one stands for them; else itself. */
  readonly all: RnnbowRecord = this;
  readonly #items = new Map<string, Float32Array>();

  constructor(
    readonly message: Message,
    readonly elementSize: 2 | 4,
  ) {}

  get metrics(): readonly Metric[] {
    return this.message.metrics;
  }

  /** Rounds of forward and backward pass of the training step; the record is of the last one. */
  get microBatches(): number {
    return Math.max(1, this.message.micro_batches);
  }

  /** Processes whose mean the record holds. */
  get ranks(): number {
    return Math.max(1, this.message.ranks);
  }

  get sequences(): readonly Sequence[] {
    return this.message.sequences;
  }

  /**
   * Items of a metric of a sequence: `[lags, length]`, entry `k * length + j` is cell j and
   * lag `first_lag + k`. Unpacked at the first call and kept: do not write to it.
   */
  items(sequence: number, metric: number): Float32Array {
    const key = `${sequence}/${metric}`;
    let items = this.#items.get(key);
    if (!items) {
      items = this.decode(sequence, metric);
      this.#items.set(key, items);
    }
    return items;
  }

  /** The same, unpacked anew and not kept. */
  decode(sequence: number, metric: number): Float32Array {
    const { first_lag, lags } = this.message;
    const { length, items: stored } = this.sequences[sequence]!;
    return unpack(decodeElements(stored[metric]!, this.elementSize), first_lag, lags, length);
  }
}

/**
 * Reads one record. Throws `Refusal`; where the step is given at which it stands in a log, for a
 * record of another one too.
 */
export async function decodeRecord(
  blob: Uint8Array<ArrayBuffer>,
  step?: number,
): Promise<RnnbowRecord> {
  const message = parse(await unwrap(blob));
  const size = checkRecord(message);
  if (step !== undefined && message.step !== step) {
    throw new Refusal('structure', `a record of step ${message.step} stands at step ${step}`);
  }
  return new RnnbowRecord(message, size);
}

function parse(payload: Uint8Array): Message {
  try {
    return readMessage(RecordFields, payload) as Message;
  } catch (error) {
    throw new Refusal('structure', `the payload does not parse (${String(error)})`);
  }
}
