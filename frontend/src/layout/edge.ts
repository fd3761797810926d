// Whether gradient outlasts the sequence: what is left of it where the sequence begins.
import { isBackwards, type Items, itemAt, largestBySource } from './items';

/** Steps from a loss to the first cell, at least: what is left after one or two says nothing. */
const NEAREST = 3;

/**
 * The item at the first cell against the largest of the same loss, as the lower median of the losses
 * of the later half. Of a layer that reads from the end it is the last cell, and the earlier half.
 *
 * Undefined where no such loss has an item that is a number. What lies beyond the recorded lags counts
 * as nothing: it is not known to be left.
 */
export function leftAtEdge(items: Items): number | undefined {
  const { length } = items;
  const backwards = isBackwards(items);
  const largest = largestBySource(items);
  const from = (distance: number): number => (backwards ? length - 1 - distance : distance);
  // Up to the last loss: what is padded is not part of the sequence.
  let end = length;
  while (end > 0 && largest[from(end - 1)] === 0) end--;
  const left = [0, 1].map((edge) => {
    const parts: number[] = [];
    for (let far = Math.max(NEAREST, end >> 1); far < end; far++) {
      const most = largest[from(far)]!;
      if (most > 0 && most < Infinity)
        parts.push(Math.abs(itemAt(items, from(edge), from(far)) ?? 0) / most);
    }
    return parts.sort((a, b) => a - b);
  });
  // An item of the weight is 0 at a cell before which the state is, as it is at the first.
  const [first, second] = left as [number[], number[]];
  const parts = first.some((part) => part > 0) ? first : second;
  return parts[(parts.length - 1) >> 1];
}
