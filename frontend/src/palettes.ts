// Colours of the lag: lag 0 first. 33 stops each, straight lines between them.

export type PaletteName = 'viridis' | 'cividis' | 'turbo';

export const PALETTES: readonly { name: PaletteName; note: string }[] = [
  { name: 'viridis', note: 'even steps' },
  { name: 'cividis', note: 'for colour-blind readers' },
  { name: 'turbo', note: 'rainbow, uneven' },
];

export type Rgb = readonly [number, number, number];

/** `#1565c0` as numbers. */
export function hexColour(hex: string): Rgb {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)) as unknown as Rgb;
}

const stops = (hex: string): readonly Rgb[] =>
  Array.from({ length: hex.length / 6 }, (_, i) => hexColour(`#${hex.slice(i * 6, i * 6 + 6)}`));

const STOPS: Record<PaletteName, readonly Rgb[]> = {
  viridis: stops(
    '440154470d6048186a482374472d7b4537814240863e49893b528b375b8d33638d2f6b8e2c728e297a8e26828e' +
      '23898e21918c1f988b1fa08822a78528ae8032b67a3fbc734ec36b5ec96270cf5784d44b98d83eaddc30c2df23' +
      'd8e219ece51bfde725',
  ),
  cividis: stops(
    '00205100265d012b6508316911366c1c3c6e26426e31476e3c4d6e47536d51586e5a5e6e62646f6a6a70727071' +
      '7976737f7c758682768c8877938e789a9478a19b78a9a177b2a874bbaf71c5b66dcebd68d8c462e2cb5cebd355' +
      'f3da4ffae249fdea45',
  ),
  turbo: stops(
    '23171b3e2a71493eae4a53d74569ee3c7ff83295f72ba9ef26bce125cdcf29dcbc32e9a73ff39350f98065fd6e' +
      '7cfd5e95fb51adf545c5ec3cdae034ecd12efac029ffad24ff9821ff821dfd6c1af05616df4111cb2f0db61f07' +
      'a31302950c00900c00',
  ),
};

/**
 * Losses behind the cell, whatever the palette: from the dark of lag 0 to hues that none of the
 * palettes ends in, in even steps of lightness. Together they are one diverging order.
 */
const BEHIND = stops('3900425b005b800270a90182cd248ef04397ff75a2fea7b6ffd1d3');

/** The colour at `t` in [0, 1]. */
export function paletteColour(name: PaletteName, t: number): Rgb {
  return colourBetween(STOPS[name], t);
}

/** Of two colours, `part` of the second. */
export function mixed(one: Rgb, other: Rgb, part: number): Rgb {
  return one.map((c, i) => Math.round(c + (other[i]! - c) * part)) as unknown as Rgb;
}

function colourBetween(stops: readonly Rgb[], t: number): Rgb {
  const place = Math.min(1, Math.max(0, t)) * (stops.length - 1);
  const before = Math.min(Math.floor(place), stops.length - 2);
  return mixed(stops[before]!, stops[before + 1]!, place - before);
}

/**
 * Place of a lag in the palette. Logarithmic, because most of a gradient lies at small lags: it
 * gives 0, 1 and 2 colours that can be told apart, whatever the horizon.
 */
export function lagPosition(lag: number, farthest: number): number {
  return farthest === 0 ? 0 : Math.log2(1 + Math.abs(lag)) / Math.log2(1 + farthest);
}

/**
 * A colour per lag index, those of lags below zero in hues of their own, from the part of the palette between `start` and `end`: its darkest end
 * cannot be seen on a dark page, its brightest not on a white one.
 */
export function lagColours(
  name: PaletteName,
  firstLag: number,
  lags: number,
  [start, end]: readonly [start: number, end: number],
  farthest = Math.max(Math.abs(firstLag), Math.abs(firstLag + lags - 1)),
): Rgb[] {
  return Array.from({ length: lags }, (_, k) => {
    const lag = firstLag + k;
    const place = start + (end - start) * lagPosition(lag, farthest);
    return colourBetween(lag < 0 ? BEHIND : STOPS[name], place);
  });
}

/** As a canvas reads it soonest, where it is opaque: thousands of them are read for a frame. */
export function css([red, green, blue]: Rgb, alpha = 1): string {
  if (alpha !== 1) return `rgb(${red} ${green} ${blue} / ${alpha})`;
  return `#${((1 << 24) | (red << 16) | (green << 8) | blue).toString(16).slice(1)}`;
}
