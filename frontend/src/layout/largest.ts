// The largest items of a record.
import { cellsWith, type Items } from './items';

export interface LargestItem {
  readonly source: number;
  readonly cell: number;
  readonly lag: number;
  readonly value: number;
}

/** The `count` items of the largest magnitude; those that are NaN or infinite before all others. */
export function largestItems(items: Items, count: number): LargestItem[] {
  const { values, firstLag, lags, length } = items;
  const found: (LargestItem & { size: number })[] = [];
  let least = 0;
  for (let k = 0; k < lags; k++) {
    const [from, to] = cellsWith(items, k);
    for (let cell = from, i = k * length + from; cell < to; cell++, i++) {
      const value = values[i]!;
      const size = sizeOf(value);
      if (size <= least) continue;
      const lag = firstLag + k;
      const place = found.findIndex((other) => other.size < size);
      const item = { source: cell + lag, cell, lag, value, size };
      found.splice(place < 0 ? found.length : place, 0, item);
      if (found.length > count) found.pop();
      if (found.length === count) least = found.at(-1)!.size;
    }
  }
  return found.map(({ source, cell, lag, value }) => ({ source, cell, lag, value }));
}

/** The first of the largest items, and how many others are as large as it. */
export function largestItem(items: Items): (LargestItem & { others: number }) | undefined {
  const { values, firstLag, lags, length } = items;
  let largest = 0;
  let others = 0;
  let place: { readonly cell: number; readonly k: number } | undefined;
  for (let k = 0; k < lags; k++) {
    const [from, to] = cellsWith(items, k);
    for (let cell = from, i = k * length + from; cell < to; cell++, i++) {
      const size = sizeOf(values[i]!);
      if (size < largest || size === 0) continue;
      if (size > largest) {
        largest = size;
        others = 0;
        place = { cell, k };
      } else others++;
    }
  }
  if (!place) return undefined;
  const { cell, k } = place;
  const lag = firstLag + k;
  return { source: cell + lag, cell, lag, value: values[k * length + cell]!, others };
}

function sizeOf(value: number): number {
  return Number.isNaN(value) ? Infinity : Math.abs(value);
}
