// Records that look like those of a character model learning C, without any training.
import { Scale, type Metric, type Record, type Sequence } from '../src/wire/rnnbow_pb.js';
import { packItems } from './encode';

const SOURCE = `static int npy_isfinite(double x)
{
	for (i = 0; i < PyArray_NDIM(self); i++) {
		if (strides[i] != itemsize * dims[i]) {
			return NPY_FAIL; /* not contiguous */
		}
	}
	PyObject *ret = PyArray_NewFromDescr(&PyArray_Type, dtype, ndim, dims, NULL);
	return NPY_SUCCEED;
}
`;

export interface Shape {
  readonly cell: string;
  readonly length: number;
  /** Of the record of a step, where they are not all of one length: `length` is the longest then. */
  readonly lengthAt?: (step: number) => number;
  readonly sequences: readonly number[];
  /** Steps after which a contribution has halved, at the end of training. */
  readonly halfLife: number;
  readonly numeric?: boolean;
  readonly nonfinite?: boolean;
  /** Factor of all items: 1 unless said otherwise. */
  readonly strength?: number;
  /** The same, at the steps at which something happens. */
  readonly events?: Readonly<{ [step: number]: number }>;
  readonly words?: boolean;
  /** A classifier: the last step alone has a target, a prediction and a loss. */
  readonly lastOnly?: boolean;
  /** Where losses lie: ahead of the cell unless said otherwise, as in a reverse direction. */
  readonly side?: 'behind' | 'both' | undefined;
}

const MAGNITUDES: readonly Metric[] = [
  {
    name: 'weight',
    label: 'weight gradient',
    unit: '',
    description: 'Norm of the contribution to the gradient of weight_hh.',
    scale: Scale.MAGNITUDE,
  },
  {
    name: 'hidden',
    label: 'hidden state gradient',
    unit: '',
    description: 'Norm of the gradient at the hidden state of the cell.',
    scale: Scale.MAGNITUDE,
  },
  {
    name: 'cell',
    label: 'cell state gradient',
    unit: '',
    description: 'Norm of the gradient at the cell state.',
    scale: Scale.MAGNITUDE,
  },
];
const SHARE: Metric = {
  name: 'share',
  label: 'share of the gradient',
  unit: '',
  description: 'Signed part of the summed gradient; all shares add up to 1.',
  scale: Scale.SHARE,
};

/** The same numbers for the same seed. */
export function random(seed: number): () => number {
  let state = (seed * 2654435761) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** The record of training step `step` of `last`. */
export function syntheticRecord(of: Shape, step: number, last: number): Partial<Record> {
  const shape = of.lengthAt ? { ...of, length: of.lengthAt(step) } : of;
  const metrics = metricsOf(shape.cell);
  const progress = step / last;
  const tokens = tokenize(shape);
  const labels = [...new Set(tokens), ...(shape.lastOnly ? [''] : [])];
  return {
    layer: { cell: shape.cell, hidden_size: 128 },
    step,
    metrics,
    cells: shape.length,
    ...lagsOf(shape),
    labels: shape.numeric ? [] : labels,
    batch_size: 32,
    loss: lossAt(progress, random(step + 1)),
    sequences: shape.sequences.map((index) =>
      syntheticSequence(shape, metrics, index, step, progress, tokens, labels),
    ),
  };
}

function lagsOf({ side, length }: Shape): { first_lag: number; lags: number } {
  return { first_lag: side ? 1 - length : 0, lags: side === 'both' ? 2 * length - 1 : length };
}

function metricsOf(cell: string): Metric[] {
  if (cell === 'LSTM') return [...MAGNITUDES, SHARE];
  // A recurrence of the user's own has no weight that is known to be the recurrent one.
  if (cell === 'custom') return MAGNITUDES.slice(1);
  return [...MAGNITUDES.slice(0, 2), SHARE];
}

export function lossAt(progress: number, next: () => number): number {
  return (
    1.25 + 3.2 * Math.exp(-progress * 9) + 0.9 * Math.exp(-progress * 2) + 0.25 * (next() - 0.5)
  );
}

function tokenize({ words }: Shape): string[] {
  return words ? SOURCE.split(/(\s+|[^\w\s])/).filter((word) => word !== '') : Array.from(SOURCE);
}

function syntheticSequence(
  shape: Shape,
  metrics: readonly Metric[],
  index: number,
  step: number,
  progress: number,
  tokens: readonly string[],
  labels: readonly string[],
): Sequence {
  const { length } = shape;
  const next = random(1 + index * 7919 + step * 31);
  const start = Math.floor(next() * tokens.length);
  const text = Array.from({ length: length + 1 }, (_, i) => tokens[(start + i) % tokens.length]!);
  const ids = text.map((token) => labels.indexOf(token));
  const surprise = ids.map(() => 0.15 + 1.6 * next() ** 3);
  const wrong = surprise.map((size) => size > 0.25 + 0.9 * progress || next() > 0.5 + progress / 2);
  const predicted = ids
    .slice(1)
    .map((id, t) => (wrong[t] ? Math.floor(next() * labels.length) : id));
  const wave = (t: number, shift: number): number =>
    Math.sin((t + start) / 5 + shift) + 0.4 * Math.sin((t + start) / 1.7);
  const values = (
    shift: number,
    noise: number,
  ): { tokens: []; channels: number; values: number[] } => ({
    tokens: [],
    channels: 1,
    values: Array.from({ length }, (_, t) => wave(t, shift) + noise * (next() - 0.5)),
  });
  const of = (list: number[]): { tokens: number[]; channels: number; values: [] } => ({
    tokens: list,
    channels: 0,
    values: [],
  });
  const nothing = labels.indexOf('');
  const times = (shape.strength ?? 1) * (shape.events?.[step] ?? 1);
  const kept = (list: number[]): number[] =>
    shape.lastOnly ? list.map((id, t) => (t === length - 1 ? id : nothing)) : list;
  return {
    index,
    length,
    inputs: shape.numeric ? values(0, 0) : of(ids.slice(0, length)),
    targets: shape.numeric ? values(0.2, 0) : of(kept(ids.slice(1))),
    predictions: shape.numeric ? values(0.2, 1.4 - progress) : of(kept(predicted)),
    losses: shape.lastOnly ? [] : surprise.slice(0, length).map((size) => 3 * size),
    items: metrics.map((metric, m) => {
      const ahead = (): Float32Array =>
        magnitudes(shape, surprise, progress, next, times * 0.0036 * [1, 6, 4, 1][m]!);
      const items = placed(shape, ahead);
      if (metric.scale === Scale.SHARE) toShares(items, shape, next);
      if (shape.nonfinite) {
        items[length * 2 + 9] = NaN;
        items[length * 5 + 20] = Infinity;
      }
      return packItems(items, lagsOf(shape).first_lag, length);
    }),
  };
}

/** `[lags, length]`: every loss decays backwards in time, and passes through one narrow place. */
function magnitudes(
  { length, halfLife, lastOnly }: Shape,
  surprise: readonly number[],
  progress: number,
  next: () => number,
  scale: number,
): Float32Array {
  const items = new Float32Array(length * length);
  const decay = 0.5 ** (1 / (0.8 + halfLife * progress));
  const gates = surprise.map(() => decay * (0.75 + 0.5 * next()));
  const rise = 0.15 + 0.85 * Math.min(1, progress * 3);
  for (let t = lastOnly ? length - 1 : 0; t < length; t++) {
    let value = scale * surprise[t]! * rise;
    for (let j = t; j >= 0; j--) {
      items[(t - j) * length + j] = value * (0.85 + 0.3 * next());
      value *= Math.min(1.05, gates[j]!);
    }
  }
  return items;
}

/** Items of losses ahead of the cell, laid where the shape has them. */
function placed({ side, length }: Shape, ahead: () => Float32Array): Float32Array {
  if (!side) return ahead();
  const lags = side === 'both' ? 2 * length - 1 : length;
  const items = new Float32Array(lags * length);
  if (side === 'both') items.set(ahead(), (length - 1) * length);
  // Seen from the other end: cell and loss change sides.
  ahead().forEach((value, i) => {
    const lag = Math.floor(i / length);
    const cell = length - 1 - (i % length);
    if (lag <= cell) items[(length - 1 - lag) * length + cell] = value * 0.6;
  });
  return items;
}

function toShares(items: Float32Array, { length, sequences }: Shape, next: () => number): void {
  const signs = Array.from({ length }, () => (next() < 0.72 ? 1 : -1));
  for (let i = 0; i < items.length; i++) {
    items[i]! *= signs[i % length]! * (next() < 0.9 ? 1 : -1);
  }
  // Of the gradient of all sequences together.
  const whole = sequences.length * items.reduce((sum, value) => sum + value, 0);
  items.forEach((value, i) => {
    items[i] = value / whole;
  });
}
