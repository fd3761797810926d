// What the fixture pages can show: one log directory per name, under /<name>/.
import type { Shape } from './synthetic';

export interface Layer {
  readonly shape: Shape;
  readonly steps: readonly number[];
  /** Steps of which the record was dropped. */
  readonly dropped?: (step: number) => boolean;
  /** Step whose record is damaged. */
  readonly damaged?: number;
  /** A step appears every this many milliseconds. */
  readonly liveMs?: number;
}

export type Scenario = Readonly<Record<string, Readonly<Record<string, Layer>>>>;

const every = (by: number, last: number): number[] =>
  Array.from({ length: last / by + 1 }, (_, i) => i * by);
const LSTM: Shape = { cell: 'LSTM', length: 48, sequences: [0, 5], halfLife: 7 };
const RNN: Shape = { cell: 'RNN_TANH', length: 48, sequences: [0], halfLife: 2, strength: 0.3 };
const GRU: Shape = { cell: 'GRU', length: 48, sequences: [0], halfLife: 5, strength: 0.6 };
const steps = every(16, 1600);

export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  demo: {
    'char-lstm': { 'core/l0': { shape: LSTM, steps }, 'head/l0': { shape: GRU, steps } },
    'char-rnn': { 'core/l0': { shape: RNN, steps } },
    'char-gru': { 'core/l0': { shape: GRU, steps } },
  },
  // Something to find: steps that stand out, and records that sampling dropped.
  eventful: {
    'char-lstm': {
      'core/l0': {
        shape: { ...LSTM, events: { 640: 9, 656: 4, 1200: 3 } },
        steps,
        dropped: (step) => step % 640 !== 0 && (step / 16) % 7 > 2,
      },
    },
    'char-gru': { 'core/l0': { shape: GRU, steps } },
  },
  // Sequences that get longer while training goes on: early records lack the far lags.
  lengthening: {
    run: {
      'lstm/l0': {
        shape: { ...LSTM, lengthAt: (step) => (step < 480 ? 6 : step < 960 ? 16 : 48) },
        steps,
      },
    },
  },
  empty: {},
  damaged: { run: { 'rnn/l0': { shape: LSTM, steps, damaged: 1600 } } },
  norecord: { run: { 'rnn/l0': { shape: LSTM, steps, dropped: () => true } } },
  dropped: { run: { 'rnn/l0': { shape: LSTM, steps, dropped: (step) => (step / 16) % 5 !== 0 } } },
  nonfinite: { run: { 'rnn/l0': { shape: { ...RNN, nonfinite: true }, steps } } },
  numeric: { run: { 'lstm/l0': { shape: { ...LSTM, numeric: true }, steps } } },
  words: { run: { 'lstm/l0': { shape: { ...LSTM, words: true, length: 32 }, steps } } },
  classifier: { run: { 'lstm/l0': { shape: { ...LSTM, sequences: [0], lastOnly: true }, steps } } },
  bidirectional: {
    run: {
      'lstm/l0': { shape: { ...LSTM, side: 'both' }, steps },
      'lstm/l1_reverse': { shape: { ...LSTM, side: 'behind' }, steps },
    },
  },
  long: {
    run: {
      'lstm/l0': { shape: { ...LSTM, length: 256, sequences: [0] }, steps: every(100, 1000) },
    },
  },
  longest: {
    run: {
      'lstm/l0': { shape: { ...LSTM, length: 1024, sequences: [0] }, steps: [0, 300] },
    },
  },
  live: { run: { 'rnn/l0': { shape: LSTM, steps, liveMs: 4000 } } },
  odd: { 'a b/<i>&?=#%': { 'x y/l0': { shape: RNN, steps: [0] } } },
};
