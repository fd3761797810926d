import type { Metric } from '../../wire/record';
import { Scale } from '../../wire/rnnbow_pb.js';

/** Of one item, for a table. */
export function itemUnit({ unit, scale }: Metric): string {
  return scale === Scale.SHARE ? 'part of the whole gradient' : unit;
}
