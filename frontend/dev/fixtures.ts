// A page for every part of the page: to develop it on, and what its reference pictures are of
// (tests/pictures).

export interface Fixture {
  /** What is in the log directory: a name of SCENARIOS. */
  readonly log: string;
  /** What is chosen: the keys and values of the address. */
  readonly select?: Readonly<Record<string, string | number>>;
  /** The part of the page that is shown alone, as a selector; absent: all that a window shows. */
  readonly part?: string;
  /** Of the window, in CSS pixels. */
  readonly width?: number;
}

export const FIXTURES: Readonly<Record<string, Fixture>> = {
  page: { log: 'demo', select: { step: 1280, pin: 20 }, width: 1280 },
  'page-narrow': { log: 'eventful', select: { step: 640 }, width: 600 },
  'no-data': { log: 'empty', part: '.empty' },
  missing: { log: 'demo', select: { run: 'gone' }, part: '.empty' },
  rail: {
    log: 'eventful',
    select: { step: 640, beside: 'char-gru' },
    part: '.rail',
    width: 900,
  },
  header: {
    log: 'demo',
    select: { run: 'char-rnn', metric: 'cell', step: 700 },
    part: 'header.top',
    width: 900,
  },

  overview: { log: 'eventful', select: { step: 640, range: '320-800' }, part: '#overview' },
  'overview-beside': {
    log: 'demo',
    select: { beside: 'char-gru,char-rnn', scale: 'log', zoom: '400-1200', step: 800 },
    part: '#overview',
  },
  strip: { log: 'demo', select: { step: 1200 }, part: '#strip' },
  'strip-share': {
    log: 'bidirectional',
    select: { metric: 'share', palette: 'cividis' },
    part: '#strip',
  },
  'strip-absent-lags': { log: 'lengthening', select: { step: 640 }, part: '#strip' },
  runs: { log: 'demo', select: { beside: 'char-gru@320,char-rnn' }, part: '#runs', width: 900 },

  batch: { log: 'demo', select: { step: 1600 }, part: '#batch' },
  'batch-pinned': { log: 'words', select: { step: 1600, pin: 24 }, part: '#batch' },
  'batch-log': { log: 'demo', select: { scale: 'log', palette: 'turbo' }, part: '#batch' },
  'batch-share': { log: 'demo', select: { metric: 'share', palette: 'cividis' }, part: '#batch' },
  'batch-both-ways': { log: 'bidirectional', select: { pin: 30 }, part: '#batch' },
  'batch-numeric': { log: 'numeric', select: { scale: 'relative' }, part: '#batch' },
  'batch-mean': { log: 'demo', select: { sequence: 'mean' }, part: '#batch' },
  'batch-longest': { log: 'longest', part: '#batch' },
  'batch-cells': { log: 'longest', select: { cells: '500-560', pin: 540 }, part: '#batch' },
  'batch-not-finite': { log: 'nonfinite', part: '#batch' },
  'batch-damaged': { log: 'damaged', part: '#batch' },
  'batch-none': { log: 'norecord', part: '#batch' },

  matrix: { log: 'demo', select: { step: 1600, pin: 30 }, part: '#matrix' },
  'matrix-share': {
    log: 'bidirectional',
    select: { metric: 'share', pin: 30 },
    part: '#matrix',
  },
  'matrix-not-finite': { log: 'nonfinite', part: '#matrix' },

  horizon: { log: 'demo', select: { pin: 40 }, part: '#horizon', width: 900 },
  'horizon-share': { log: 'demo', select: { metric: 'share', pin: 40 }, part: '#horizon' },
  'horizon-both-ways': { log: 'bidirectional', part: '#horizon' },

  labels: { log: 'demo', part: '#labels', width: 900 },
  'labels-target': { log: 'words', select: { target: 'i' }, part: '#labels' },
};

/** What stands in the address of a fixture; of a whole log, nothing is chosen. */
export function fragment(fixture: Fixture | undefined): string {
  const chosen = Object.entries(fixture?.select ?? {});
  return `#rnnbow${chosen.map(([key, value]) => `&p.rnnbow.${key}=${encodeURIComponent(value)}`).join('')}`;
}
