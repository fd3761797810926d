// Which labels there is room for under the bars.

export interface LabelPlan {
  /** Every how many columns a label stands; 0 where none fits. */
  readonly every: number;
  /** Longest text in pixels; what is longer is cut with an ellipsis. */
  readonly widest: number;
}

/** Labels further apart than this no longer read as a sequence. */
const SPARSEST = 8;

/**
 * @param pitch  pixels from one column to the next
 * @param wanted width of the widest label
 * @param least  width under which a label says nothing any more
 */
export function planLabels(pitch: number, wanted: number, least: number): LabelPlan {
  if (pitch >= Math.min(wanted, least)) return { every: 1, widest: pitch };
  const every = Math.ceil(Math.min(wanted, least) / pitch);
  return every <= SPARSEST ? { every, widest: every * pitch } : { every: 0, widest: 0 };
}

/** Every how many of `count` things a number can stand under them, `room` pixels being enough. */
export function numberEvery(count: number, width: number, room: number): number {
  const least = Math.max(1, Math.ceil((count * room) / Math.max(1, width)));
  for (let power = 1; ; power *= 10) {
    for (const factor of [1, 2, 5]) if (factor * power >= least) return factor * power;
  }
}
