// The gradient horizon: what one loss, or all of them, contribute at each lag.
import { type Items, itemAt } from './items';

export interface Contribution {
  readonly lag: number;
  /** Undefined where all losses are taken together. */
  readonly cell: number | undefined;
  readonly value: number;
}

/** The contributions of one source to every cell that the record holds, nearest lag first. */
export function sourceDecay(items: Items, source: number): Contribution[] {
  const decay: Contribution[] = [];
  for (let k = 0; k < items.lags; k++) {
    const lag = items.firstLag + k;
    const value = itemAt(items, source - lag, source);
    if (value !== undefined) decay.push({ lag, cell: source - lag, value });
  }
  return decay.sort(nearestFirst);
}

/** At each lag, the mean of |value| over all losses that reach that far. */
export function meanDecay(items: Items): Contribution[] {
  const { values, lags, firstLag, length } = items;
  const decay: Contribution[] = [];
  for (let k = 0; k < lags; k++) {
    const lag = firstLag + k;
    const count = length - Math.abs(lag);
    if (count <= 0) continue;
    let sum = 0;
    for (let j = 0; j < length; j++) sum += Math.abs(values[k * length + j]!);
    decay.push({ lag, cell: undefined, value: sum / count });
  }
  return decay.sort(nearestFirst);
}

function nearestFirst(a: Contribution, b: Contribution): number {
  return Math.abs(a.lag) - Math.abs(b.lag) || a.lag - b.lag;
}

/** Smallest |lag| within which `fraction` of the magnitude lies; undefined where there is none. */
export function reach(decay: readonly Contribution[], fraction: number): number | undefined {
  const whole = decay.reduce((sum, { value }) => sum + Math.abs(value), 0);
  if (!(whole > 0) || !Number.isFinite(whole)) return undefined;
  let sum = 0;
  for (const { lag, value } of decay) {
    sum += Math.abs(value);
    // A hair of slack: the parts need not add up to the whole in the last bit.
    if (sum >= fraction * whole * (1 - 1e-12)) return Math.abs(lag);
  }
  return undefined;
}
