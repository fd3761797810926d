// The gradient horizon as bars: one per lag, on a log axis.
import { type Axis, logAxis } from './axis';
import type { Contribution } from './decay';

/** Decades below the largest value that are shown. */
const DECADES = 6;

export interface DecayLayout {
  readonly axis: Axis;
  readonly pitch: number;
  readonly bars: readonly {
    readonly entry: Contribution;
    readonly left: number;
    readonly top: number;
  }[];
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
  const high = Math.max(...sizes);
  const low = Math.max(Math.min(...sizes) * 0.8, high * 10 ** -DECADES);
  const axis =
    sizes.length > 0
      ? logAxis([low, high * 1.15], [height, 0], height / 34)
      : { position: () => height, ticks: [], exponent: 0 };
  const pitch = Math.min(36, width / Math.max(1, decay.length));
  const bars = decay.map((entry, i) => {
    const size = Math.abs(entry.value);
    const top = Number.isFinite(size) ? Math.min(height, axis.position(size)) : 0;
    return { entry, left: i * pitch, top };
  });
  return { axis, pitch, bars };
}
