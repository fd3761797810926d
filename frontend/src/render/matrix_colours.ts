// Colours of the matrix: how large an item is, on a log scale.
import { BROKEN, type Grid, NOTHING } from '../layout/matrix';
import { oncePer } from '../layout/once';
import { hexColour, mixed, type PaletteName, paletteColour, type Rgb } from '../palettes';
import type { Theme } from '../theme';
import { packed } from './surface';

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

/** Levels of a grid: no item, exactly 0, not finite, and then the places of both ramps. */
const EMPTY = 0;
const ZERO = 1;
const DAMAGED = 2;
const ABOVE = 3;
const BELOW = ABOVE + STEPS;

/** The pixel of each level. */
export function shades({ above, below, zero, broken }: MatrixColours): Uint32Array {
  return Uint32Array.of(0, ...[zero, broken, ...above, ...below].map(packed));
}

/** The level of each place of a grid, whatever its colours: who compares palettes needs it once. */
export const levelsOf = oncePer(({ values, kinds, floor, largest }: Grid): Uint16Array => {
  // By the upper half of a float32: as fine as what is stored, and without a logarithm each.
  const [low, high] = [floor, largest].map(upperHalf) as [number, number];
  const place = rampPlace(floor, largest);
  const halves = Uint32Array.from({ length: high - low + 1 }, (_, i) => (low + i) << 16);
  const places = Uint8Array.from(new Float32Array(halves.buffer), (item) => place(item || floor));
  const bits = new Uint32Array(values.buffer);
  const levels = new Uint16Array(values.length);
  for (let at = 0; at < levels.length; at++) {
    const item = bits[at]!;
    if (kinds[at] === NOTHING) levels[at] = EMPTY;
    else if (kinds[at] === BROKEN) levels[at] = DAMAGED;
    else if (item << 1 === 0) levels[at] = ZERO;
    else {
      const half = Math.max(low, (item >>> 16) & 0x7fff) - low;
      levels[at] = (item >>> 31 === 1 ? BELOW : ABOVE) + places[half]!;
    }
  }
  return levels;
});

function upperHalf(value: number): number {
  return new Uint32Array(Float32Array.of(value).buffer)[0]! >>> 16;
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
