// The colours of the lag side by side, as a scale with marks.
import { css, lagPosition, type Rgb } from '../palettes';
import { formatLag } from './format';

const MARKS = [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096];
/** Marks that have room side by side. */
const ROOM = 8;
/** From one stop to the next, but for the last one. */
const FINEST = 1 / 200;

/** Places are in [0, 1]; stops ascend. */
export interface Ramp {
  readonly stops: readonly { readonly place: number; readonly colour: string }[];
  readonly marks: readonly { readonly place: number; readonly label: string }[];
}

/** `colours` of the lags from `first` on. */
export function lagRamp(first: number, colours: readonly Rgb[]): Ramp {
  const last = first + colours.length - 1;
  const farthest = Math.max(Math.abs(first), Math.abs(last));
  const bothSides = first < 0 && last > 0;
  // With losses on both sides of a cell, lag 0 stands in the middle.
  const at = (lag: number): number => {
    const place = lagPosition(lag, farthest);
    return bothSides ? 0.5 + (Math.sign(lag) * place) / 2 : place;
  };
  const stops: { place: number; colour: string }[] = [];
  const places = colours
    .map((colour, k) => ({ place: at(first + k), colour }))
    .sort((a, b) => a.place - b.place);
  places.forEach(({ place, colour }, i) => {
    // Far lags lie close together: what no eye tells apart a browser need not read.
    const apart = place - (stops.at(-1)?.place ?? -1) >= FINEST;
    if (apart || i === places.length - 1) stops.push({ place, colour: css(colour) });
  });
  const marks = legendMarks(first, last).map((lag) => ({ place: at(lag), label: formatLag(lag) }));
  return { stops, marks };
}

/** Lags that are marked: powers of two, which are evenly spaced, on the sides that there are. */
export function legendMarks(first: number, last: number): number[] {
  const ahead = MARKS.filter((lag) => lag <= last);
  const behind = MARKS.filter((lag) => lag > 0 && lag <= -first).map((lag) => -lag);
  const every = Math.ceil((ahead.length + behind.length) / ROOM);
  const thinned = (marks: number[], from: number): number[] =>
    marks.filter((_, i) => i >= from && (i - from) % every === 0);
  if (last <= 0) return thinned([0, ...behind], 0);
  // Symmetrical around zero.
  return [...thinned(behind, every - 1).reverse(), ...thinned(ahead, 0)];
}
