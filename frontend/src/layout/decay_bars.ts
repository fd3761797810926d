// The gradient horizon as bars: one per lag, on a log axis.
import { type Axis, logAxis } from './axis';
import type { Contribution } from './decay';

/** Decades below the largest value that are shown. */
const DECADES = 6;
const WIDEST = 36;

export interface DecayLayout {
  readonly axis: Axis;
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

/** Bars of `decay`, lag by lag from the left, in `width` x `height`. */
export function layoutDecay(
  decay: readonly Contribution[],
  width: number,
  height: number,
): DecayLayout {
  const sizes = decay
    .map(({ value }) => Math.abs(value))
    .filter((value) => value > 0 && Number.isFinite(value));
  const high = sizes.reduce((a, b) => Math.max(a, b), 0);
  const smallest = sizes.reduce((a, b) => Math.min(a, b), Infinity);
  const low = Math.max(smallest * 0.8, high * 10 ** -DECADES);
  const last = decay.findLastIndex(({ value }) => !(Math.abs(value) <= low));
  const shown = decay.slice(0, last + 1);
  const axis =
    high > 0
      ? logAxis([low, high * 1.15], [height, 0], height / 34)
      : { position: () => height, ticks: [], exponent: 0 };
  const pitch = Math.min(WIDEST, width / Math.max(1, shown.length));
  const bars = shown.map((entry, i) => {
    const size = Math.abs(entry.value);
    const top = Number.isFinite(size) ? Math.min(height, axis.position(size)) : 0;
    return { entry, left: i * pitch, top };
  });
  return { axis, pitch, bars, below: decay.length - shown.length };
}
