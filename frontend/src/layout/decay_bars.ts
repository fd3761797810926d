// The gradient horizon as bars: one per lag, on a log axis.
import { type Axis, logAxis, percentLogAxis } from './axis';
import type { Contribution } from './decay';
import { cellsWith, type Items } from './items';

/** Decades below the largest value that are shown. */
const DECADES = 6;
/** Decades below the strongest item of the weakest lag that are shown. */
const DECADES_WITHIN = 1;
const WIDEST = 36;

/** What the axes span: that of a record, whichever loss is shown, so that losses compare. */
export interface DecayExtent {
  /** Lags from the left, nearest first, up to the last that has anything above `low`. */
  readonly lags: readonly number[];
  /** Both 0 where all items are. */
  readonly low: number;
  readonly high: number;
}

export interface DecayLayout {
  readonly axis: Axis;
  readonly lags: readonly number[];
  /** Pixels from one bar to the next. */
  readonly pitch: number;
  readonly bars: readonly DecayBar[];
  /** Lags left out at the far end, because all there is lies below the axis. */
  readonly below: number;
}

export interface DecayBar {
  readonly entry: Contribution;
  readonly left: number;
  readonly top: number;
}

/** Axes on which every single loss fits, and with them the mean of all; lags as in `total`. */
export function decayExtent(items: Items, total: readonly Contribution[]): DecayExtent {
  const { values, firstLag, length } = items;
  let high = 0;
  let smallest = Infinity;
  let weakest = Infinity;
  const rows = total.map(({ lag }) => {
    let strongest = 0;
    let finite = true;
    const start = (lag - firstLag) * length;
    const [from, to] = cellsWith(items, lag - firstLag);
    for (let i = start + from; i < start + to; i++) {
      const size = Math.abs(values[i]!);
      if (size - size !== 0) finite = false;
      else if (size > 0) {
        if (size > strongest) strongest = size;
        if (size < smallest) smallest = size;
      }
    }
    high = Math.max(high, strongest);
    if (strongest > 0) weakest = Math.min(weakest, strongest);
    return { lag, top: finite ? strongest : Infinity };
  });
  const floor = Math.max(weakest * 10 ** -DECADES_WITHIN, high * 10 ** -DECADES);
  const low = high > 0 ? Math.max(smallest * 0.8, floor) : 0;
  const last = rows.findLastIndex(({ top }) => top > low);
  return { lags: rows.slice(0, last + 1).map(({ lag }) => lag), low, high };
}

/** Bars of `decay` on the axes of its record, in `width` x `height`; shares in per cent. */
export function layoutDecay(
  decay: readonly Contribution[],
  { lags, low, high }: DecayExtent,
  share: boolean,
  width: number,
  height: number,
): DecayLayout {
  const scale = share ? percentLogAxis : logAxis;
  const axis =
    high > 0
      ? scale([low, high * 1.15], [height, 0], height / 34)
      : { position: () => height, ticks: [], exponent: 0 };
  const last = decay.findLastIndex(({ value }) => !(Math.abs(value) <= low));
  const pitch = Math.min(WIDEST, width / Math.max(1, lags.length));
  const places = new Map(lags.map((lag, place) => [lag, place]));
  const bars = decay.slice(0, last + 1).map((entry) => {
    const size = Math.abs(entry.value);
    const top = Number.isFinite(size) ? Math.min(height, axis.position(size)) : 0;
    return { entry, left: places.get(entry.lag)! * pitch, top };
  });
  return { axis, lags, pitch, bars, below: decay.length - bars.length };
}

/** The bar at a pixel of the plot, or undefined: a loss need not have one at every lag. */
export function barAt({ bars, lags, pitch }: DecayLayout, x: number): DecayBar | undefined {
  const lag = lags[Math.floor(x / pitch)];
  return bars.find(({ entry }) => entry.lag === lag);
}
