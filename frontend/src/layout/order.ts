// Which band of a bar lies on which: the cell's own loss at the foot, then losses ever further
// ahead of the cell, then losses ever further behind it.
import type { Items } from './items';

export interface Order {
  /** Lag index at each place, and the inverse: the place of each lag index. */
  readonly indices: Int32Array;
  readonly places: Int32Array;
  /** The first place of a loss that lies behind the cell. */
  readonly behind: number;
}

export function lagOrder({ firstLag, lags }: Pick<Items, 'firstLag' | 'lags'>): Order {
  const negative = Math.min(lags, Math.max(0, -firstLag));
  const behind = lags - negative;
  const indices = Int32Array.from({ length: lags }, (_, place) =>
    place < behind ? negative + place : lags - 1 - place,
  );
  const places = new Int32Array(lags);
  indices.forEach((k, place) => (places[k] = place));
  return { indices, places, behind };
}

/** Whether there are losses on both sides of a cell, as in a layer below a bidirectional one. */
export function bothWays({ firstLag, lags }: Pick<Items, 'firstLag' | 'lags'>): boolean {
  return firstLag < 0 && firstLag + lags - 1 > 0;
}
