// What a parsed record has to satisfy before anything is allocated for it.
//
// The parser proves little: protobuf reads almost any bytes as some message. These are the checks of
// `wire/checks.py`, so that both sides refuse the same records.
import { elementSize, itemCount } from './elements';
import { Refusal } from './refusal';
import { Scale, type Record, type Sequence, type Series } from './rnnbow_pb.js';

/** Items once unpacked, over all metrics and sequences: 512 MiB of float32. */
const MAX_DENSE_ITEMS = 2 ** 27;

/** Once unpacked for each that is stored, beyond those of 16 MiB: a few bytes can claim a huge table. */
const MAX_UNPACKING = 8;
const UNPACKED_ANYWAY = 2 ** 22;

const MAX_METRICS = 16;

/** Above it numbers lose single steps. */
const MAX_STEP = 2 ** 53;

/** Throws `Refusal` where parts of a record contradict each other; returns the size of an element. */
export function checkRecord(record: Record): 2 | 4 {
  const size = checkHead(record);
  const { cells, first_lag: firstLag, lags, metrics, sequences } = record;
  let longest = 0;
  let steps = 0;
  let stored = 0;
  for (const { length } of sequences) {
    stored += metrics.length * itemCount(firstLag, lags, length);
    longest = Math.max(longest, length);
    steps += length;
  }
  require(cells === longest, `${cells} cells, longest sequence ${longest}`);
  require(-longest < firstLag &&
    firstLag + lags <= longest, `${lags} lags from ${firstLag} on, with ${longest} cells`);
  const dense = metrics.length * lags * steps;
  const most = Math.min(MAX_DENSE_ITEMS, Math.max(UNPACKED_ANYWAY, MAX_UNPACKING * stored));
  if (dense > most) {
    throw new Refusal(
      'too large',
      `${dense} items once unpacked, ${stored} stored: at most ${most}`,
    );
  }
  for (const sequence of sequences) checkSequence(sequence, record, size);
  return size;
}

function checkHead(record: Record): 2 | 4 {
  const { element_type, step, metrics, lags, sequences } = record;
  const size = elementSize(element_type);
  if (size === undefined) {
    throw new Refusal('structure', `unknown element type ${element_type}`);
  }
  require(step <= MAX_STEP, `step ${step} is above 2^53`);
  const names = metrics.map(({ name }) => name);
  require(names.length > 0 && names.every((name) => name !== ''), 'a metric without a name');
  require(new Set(names).size === names.length, `metrics ${names.join(', ')}: a name stands twice`);
  require(names.length <= MAX_METRICS, `${names.length} metrics; at most ${MAX_METRICS} are read`);
  for (const { name, scale } of metrics) {
    const known = scale === Scale.MAGNITUDE || scale === Scale.SHARE;
    require(known, `metric ${name} has the unknown scale ${scale}`);
  }
  checkDropped(record);
  require(lags > 0, 'no lags');
  require(sequences.length > 0, 'no sequences');
  return size;
}

function checkDropped({ tolerance, dropped_share: share }: Record): void {
  require(tolerance >= 0 &&
    tolerance < 1, `tolerance ${tolerance}: it is 0 or more, and less than 1`);
  if (share === undefined) return;
  require(Number.isFinite(share), `a dropped share of ${share}: it is finite`);
  require(tolerance > 0, `a dropped share of ${share} without a tolerance`);
}

function checkSequence(sequence: Sequence, record: Record, size: number): void {
  const { index, length, losses, items } = sequence;
  const what = `sequence ${index}`;
  require(length > 0, `${what} is empty`);
  require(index < record.batch_size, `${what} of a batch of ${record.batch_size}, from 0 on`);
  for (const key of ['inputs', 'targets', 'predictions'] as const) {
    const series = sequence[key];
    if (series) checkSeries(series, length, record.labels.length, `${what}, ${key}`);
  }
  require(losses.length === 0 ||
    losses.length === length, `${what}: ${losses.length} losses for ${length} time steps`);
  require(items.length ===
    record.metrics
      .length, `${what}: items of ${items.length} metrics instead of ${record.metrics.length}`);
  const expected = size * itemCount(record.first_lag, record.lags, length);
  for (const stored of items) {
    require(stored.length ===
      expected, `${what}: ${stored.length} bytes of items instead of ${expected}`);
  }
}

function checkSeries(series: Series, length: number, labels: number, what: string): void {
  const { tokens, channels, values } = series;
  if (tokens.length > 0) {
    require(tokens.length === length, `${what}: ${tokens.length} tokens for ${length} time steps`);
    require(channels === 0 && values.length === 0, `${what}: both tokens and values`);
    const labelled = tokens.every((token) => token < labels);
    require(labelled, `${what}: a token outside the ${labels} labels`);
  } else {
    require(values.length ===
      length *
        channels, `${what}: ${values.length} values; ${channels} channels, ${length} time steps`);
  }
}

function require(condition: boolean, detail: string): void {
  if (!condition) throw new Refusal('structure', detail);
}
