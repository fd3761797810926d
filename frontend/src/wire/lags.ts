// The reply of the route `lags`: how the gradient is shared out among the lags, over training.
import { decodeElements } from './elements';
import { readMessage } from './message';
import { Refusal } from './refusal';
import { LagColumnsFields } from './rnnbow_fields';
import type { LagColumns as Message } from './rnnbow_pb.js';

/**
 * A column is what neighbouring recorded steps have in common; of a single one where these are few. All
 * lists have an entry for each, `shares` and `held` one for each bin of each: `column * bins + bin`.
 */
export interface Lags {
  /** Bin b >= 0 holds the lags from `edges[b]` to below `edges[b + 1]`, the last all from its edge on. */
  readonly edges: readonly number[];
  /** Index of the first bin: bins below 0 hold negative lags. */
  readonly firstBin: number;
  readonly bins: number;
  readonly firstSteps: readonly number[];
  readonly lastSteps: readonly number[];
  readonly records: readonly number[];
  /** Of the records, those that have shares, and those with NaN or infinite items. */
  readonly counted: readonly number[];
  readonly broken: readonly number[];
  /** Mean over the records that have the lags of the bin; NaN where none has. */
  readonly shares: Float32Array;
  /** How many have them; undefined where all that have shares do. */
  readonly held: readonly number[] | undefined;
  /** Largest and smallest share of a single record; 0 where there is none beyond. */
  readonly highest: number;
  readonly lowest: number;
}

/** Reads the reply. Throws `Refusal`. */
export function decodeLags(bytes: Uint8Array): Lags {
  let message;
  try {
    message = readMessage(LagColumnsFields, bytes) as Message;
  } catch (error) {
    throw new Refusal('structure', `the lags do not parse (${String(error)})`);
  }
  const { lag_edges, first_bin, bins, first_steps, last_steps, held, highest, lowest } = message;
  const { records, counted, broken, shares = new Uint8Array() } = message;
  const cells = records.length * bins;
  const fits =
    [first_steps, last_steps, counted, broken].every(({ length }) => length === records.length) &&
    shares.length === 4 * cells &&
    (held.length === 0 || held.length === cells);
  if (!fits) throw new Refusal('structure', 'the columns of the lags are of several lengths');
  return {
    ...{ edges: lag_edges, firstBin: first_bin, bins, records, counted, broken },
    ...{ firstSteps: first_steps, lastSteps: last_steps, highest, lowest },
    shares: decodeElements(shares, 4),
    held: held.length === 0 ? undefined : held,
  };
}
