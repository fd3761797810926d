// Colours of the matrix: how large an item is, on a log scale.
import { hexColour, mixed, type PaletteName, paletteColour, type Rgb } from '../palettes';
import type { Theme } from '../theme';

export interface MatrixColours {
  /** From the smallest magnitude to the largest; of what is below zero, the same. */
  readonly above: readonly Rgb[];
  readonly below: readonly Rgb[];
  /** Exactly 0; and NaN or infinite. */
  readonly zero: Rgb;
  readonly broken: Rgb;
}

const STEPS = 256;
/** Of two hues that meet in grey, how much is in the smallest magnitude: it is no zero. */
const LEAST = 0.14;

/** Shares have two hues, one for each sign; magnitudes take the palette that was chosen. */
export function matrixColours(name: PaletteName, theme: Theme, signed: boolean): MatrixColours {
  const zero = hexColour(theme.grid);
  const broken = hexColour(theme.bad);
  const ramp = (colour: (t: number) => Rgb): Rgb[] =>
    Array.from({ length: STEPS }, (_, i) => colour(i / (STEPS - 1)));
  if (signed) {
    const towards = (end: string): Rgb[] =>
      ramp((t) => mixed(zero, hexColour(end), LEAST + (1 - LEAST) * t));
    return { above: towards(theme.positive), below: towards(theme.negative), zero, broken };
  }
  const [start, end] = theme.palette;
  const above = ramp((t) => paletteColour(name, start + (end - start) * t));
  return { above, below: above, zero, broken };
}

/** A function from an item to a place in a ramp, negative for what is below zero; NaN for 0. */
export function rampPlace(floor: number, largest: number): (value: number) => number {
  const low = Math.log(floor);
  const scale = (STEPS - 1) / (Math.log(largest) - low || 1);
  return (value) => {
    if (value === 0) return NaN;
    const place = (Math.log(Math.abs(value)) - low) * scale;
    return Math.round(Math.min(STEPS - 1, Math.max(0, place)));
  };
}
