// The gradient horizon: what one loss, or all of them, contribute at each lag.
import { cellsWith, type Items, itemAt } from './items';

export interface Contribution {
  readonly lag: number;
  /** Undefined where all losses are taken together. */
  readonly cell: number | undefined;
  /** The item, or the sum of all items of this lag: of shares, what does not cancel. */
  readonly value: number;
  /** The sum of their magnitudes: what the effective horizon counts. */
  readonly magnitude: number;
  /** Items of this lag that are not exactly 0: the losses that reach it. */
  readonly count: number;
}

/** The contributions of one source to every cell that the record holds, nearest lag first. */
export function sourceDecay(items: Items, source: number): Contribution[] {
  const decay: Contribution[] = [];
  for (let k = 0; k < items.lags; k++) {
    const lag = items.firstLag + k;
    const value = itemAt(items, source - lag, source);
    if (value !== undefined) {
      const count = value === 0 ? 0 : 1;
      decay.push({ lag, cell: source - lag, value, magnitude: Math.abs(value), count });
    }
  }
  return decay.sort(nearestFirst);
}

/** At each lag, the sum over all losses: what the effective horizon of the overview is made of. */
export function totalDecay(items: Items): Contribution[] {
  const { values, lags, firstLag, length } = items;
  const decay: Contribution[] = [];
  for (let k = 0; k < lags; k++) {
    const lag = firstLag + k;
    if (Math.abs(lag) >= length) continue;
    let value = 0;
    let magnitude = 0;
    let count = 0;
    const [from, to] = cellsWith(items, k);
    for (let i = k * length + from; i < k * length + to; i++) {
      value += values[i]!;
      magnitude += Math.abs(values[i]!);
      if (values[i] !== 0) count++;
    }
    decay.push({ lag, cell: undefined, value, magnitude, count });
  }
  return decay.sort(nearestFirst);
}

/**
 * The mean over the losses that reach each lag: what a sequence that ends, a loss that is masked or
 * a graph that is cut leave out does not pass for decay.
 */
export function averageDecay(total: readonly Contribution[]): Contribution[] {
  return total.map((entry) => {
    const count = Math.max(1, entry.count);
    return { ...entry, value: entry.value / count, magnitude: entry.magnitude / count };
  });
}

function nearestFirst(a: Contribution, b: Contribution): number {
  return Math.abs(a.lag) - Math.abs(b.lag) || a.lag - b.lag;
}

/** Smallest |lag| within which `fraction` of the magnitude lies; undefined where there is none. */
export function reach(decay: readonly Contribution[], fraction: number): number | undefined {
  const whole = decay.reduce((sum, { magnitude }) => sum + magnitude, 0);
  if (!(whole > 0) || !Number.isFinite(whole)) return undefined;
  let sum = 0;
  for (const { lag, magnitude } of decay) {
    sum += magnitude;
    // A hair of slack: the parts need not add up to the whole in the last bit.
    if (sum >= fraction * whole * (1 - 1e-12)) return Math.abs(lag);
  }
  return undefined;
}
