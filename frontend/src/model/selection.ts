// What the user chose. Nothing here follows from the data: an absent choice is a default, which
// `resolve.ts` fills in, so that a default can still follow the data.
import type { ScaleKind } from '../layout/stack';
import { decodeSpan, encodeSpan, type Span } from '../layout/zoom';
import { type Compared, decodeCompared, encodeCompared } from './compared';
import { type PaletteName, PALETTES } from '../palettes';

/** In place of one sequence. */
export const MEAN = 'mean';

export interface Selection {
  readonly run: string | undefined;
  /** Other runs beside it. */
  readonly beside: readonly Compared[];
  readonly tag: string | undefined;
  readonly metric: string | undefined;
  readonly scale: ScaleKind;
  /** Absent: the newest record, and the next one when it comes. */
  readonly step: number | undefined;
  /** Place in the batch of the sequence shown, or the mean of all that are recorded. */
  readonly sequence: number | typeof MEAN | undefined;
  /** Cells of the sequence that are looked at closely; absent: all of them. */
  readonly cells: Span | undefined;
  /** Source whose horizon is kept in view. */
  readonly pin: number | undefined;
  readonly palette: PaletteName;
  /** Scalar tag of the loss curve; empty for none. */
  readonly loss: string | undefined;
  /** Steps of training that are looked at closely; absent: all of them. */
  readonly zoom: Span | undefined;
  /** Steps of training that are singled out, both ends included; absent: none are. */
  readonly range: Span | undefined;
  /** Target label whose losses are looked at alone, over many records. */
  readonly target: string | undefined;
}

export const NO_SELECTION: Selection = {
  run: undefined,
  beside: [],
  tag: undefined,
  metric: undefined,
  scale: 'linear',
  step: undefined,
  sequence: undefined,
  cells: undefined,
  pin: undefined,
  palette: 'viridis',
  loss: undefined,
  zoom: undefined,
  range: undefined,
  target: undefined,
};

export const SCALES: readonly { name: ScaleKind; label: string; note: string }[] = [
  { name: 'linear', label: 'linear', note: 'height is magnitude' },
  {
    name: 'log',
    label: 'log',
    note: 'height is the log of the total; bands split it in proportion',
  },
  { name: 'relative', label: '100 %', note: 'every bar is 100 %: bands show where it comes from' },
];

const TEXTS = ['run', 'tag', 'metric', 'loss', 'target'] as const;
const NUMBERS = ['step', 'sequence', 'pin'] as const;
const SPANS = ['zoom', 'range', 'cells'] as const;

/** As keys and values for the URL; defaults are left out. */
export function encodeSelection(selection: Selection): [string, string][] {
  const pairs: [string, string][] = [];
  for (const key of [...TEXTS, ...NUMBERS, 'scale', 'palette'] as const) {
    const value = selection[key];
    if (value !== undefined && value !== NO_SELECTION[key]) pairs.push([key, String(value)]);
  }
  if (selection.beside.length > 0) pairs.push(['beside', encodeCompared(selection.beside)]);
  for (const key of SPANS) {
    const span = selection[key];
    if (span) pairs.push([key, encodeSpan(span)]);
  }
  return pairs;
}

/** The inverse. What cannot be understood is left at its default: a URL is typed by people. */
export function decodeSelection(pairs: Iterable<readonly [string, string]>): Selection {
  const given = new Map(pairs);
  const selection: { -readonly [K in keyof Selection]: Selection[K] } = { ...NO_SELECTION };
  for (const key of TEXTS) selection[key] = given.get(key);
  for (const key of NUMBERS) {
    const text = given.get(key) ?? '';
    if (/^\d{1,16}$/.test(text)) selection[key] = Number(text);
  }
  selection.scale = oneOf(SCALES, given.get('scale')) ?? selection.scale;
  selection.palette = oneOf(PALETTES, given.get('palette')) ?? selection.palette;
  if (given.get('sequence') === MEAN) selection.sequence = MEAN;
  selection.beside = decodeCompared(given.get('beside') ?? '');
  for (const key of SPANS) selection[key] = decodeSpan(given.get(key) ?? '');
  return selection;
}

function oneOf<T extends string>(options: readonly { name: T }[], value?: string): T | undefined {
  return options.find(({ name }) => name === value)?.name;
}
