// Steps worth a look: those that stand out from the others, and in what. The rules are stated, with
// their reasons, in docs/rules.md; the numbers in them stand here.
import { formatNumber, formatPercent } from '../layout/format';
import type { Overview } from '../wire/overview';
import { median, movingMedian, spread, top } from './robust';

export interface Worth {
  readonly step: number;
  /** In words and numbers; several where a step stands out in several things. */
  readonly reasons: readonly string[];
  /** How far out, in standard deviations of what is usual. */
  readonly strength: number;
}

/** Fewer records have nothing that is usual. */
const FEWEST = 8;
/** Standard deviations from the usual: what stands out. */
const OUT = 3.5;
/** Records on either side that a record is compared with. */
const BESIDE = 5;
/** The least that is told, however quiet the rest is: factors, steps, parts. */
const LEAST = { cancelling: 2, horizon: 2, steps: 2, wrong: 0.05 };

/** The values of a statistic that are numbers, and where they are of. */
interface Series {
  readonly steps: readonly number[];
  readonly values: Float64Array;
}

export function worthALook(overview: Overview): readonly Worth[] {
  const metric = overview.metrics[0];
  if (!metric) return [];
  const label = metric.label || metric.name;
  const of = (values: Float32Array | undefined): Series => finite(overview.steps, values);
  const maximum = overview.metricStatistic(metric.name, 'maximum');
  const found = [
    ...largest(of(maximum), `largest ${label}`),
    ...jumps(of(overview.metricStatistic(metric.name, 'effective_horizon'))),
    ...wrong(of(overview.recordStatistic('error_rate'))),
    ...cancelling(of(overview.recordStatistic('cancellation'))),
  ];
  const first = nonfinite(overview, maximum);
  return merged(first ? [first, ...found] : found).sort(
    (a, b) => b.strength - a.strength || a.step - b.step,
  );
}

/** A step has one line. */
function merged(found: readonly Worth[]): Worth[] {
  const byStep = new Map<number, Worth>();
  for (const one of found) {
    const { reasons, strength } = byStep.get(one.step) ?? { reasons: [], strength: 0 };
    byStep.set(one.step, {
      step: one.step,
      reasons: [...reasons, ...one.reasons],
      strength: Math.max(strength, one.strength),
    });
  }
  return [...byStep.values()];
}

function finite(all: readonly number[], column: Float32Array | undefined): Series {
  const values = Float64Array.from(column ?? []);
  if (column?.every(Number.isFinite)) return { steps: all, values };
  const steps = column ? all.filter((_, i) => Number.isFinite(column[i])) : [];
  return { steps, values: values.filter(Number.isFinite) };
}

/** Nothing after it can be trusted: it comes first, however many there are. */
function nonfinite(overview: Overview, maximum: Float32Array | undefined): Worth | undefined {
  const counts = overview.recordStatistic('nonfinite');
  // A log from elsewhere may lack the count.
  const place = overview.steps.findIndex(
    (_, i) => (counts?.[i] ?? 0) > 0 || (maximum !== undefined && !Number.isFinite(maximum[i])),
  );
  if (place < 0) return undefined;
  const reasons = ['first NaN or infinite items'];
  return { step: overview.steps[place]!, reasons, strength: Infinity };
}

/** Told however little it stands out: everybody asks for it. */
function largest({ steps, values }: Series, what: string): Worth[] {
  return highest(values, 0, 0).map(({ place, strength, usual }) => ({
    step: steps[place]!,
    reasons: [`${what}, ${formatNumber(values[place]! / usual, 2)} × the usual`],
    strength,
  }));
}

function cancelling({ steps, values }: Series): Worth[] {
  return highest(values, OUT, LEAST.cancelling).map(({ place, strength, usual }) => {
    const [here, before] = [values[place]!, usual].map((value) => formatNumber(value, 2));
    const reasons = [`most cancels out: parts ${here} × their sum, usually ${before} ×`];
    return { step: steps[place]!, reasons, strength };
  });
}

interface Highest {
  readonly place: number;
  readonly strength: number;
  readonly usual: number;
}

/** The largest value, on a log scale, which is that of gradients; none where all are alike. */
function highest(values: Float64Array, out: number, least: number): Highest[] {
  const logs = values.map(Math.log);
  const seen = logs.filter(Number.isFinite); // not of zeros
  const centre = median(seen);
  const width = spread(seen, centre);
  if (seen.length < FEWEST || !(width > 0)) return [];
  const place = top(logs);
  const strength = (logs[place]! - centre) / width;
  const told = strength >= out && values[place]! >= least;
  return told ? [{ place, strength, usual: Math.exp(centre) }] : [];
}

/** Changes of the level that the horizon keeps: a single odd record moves no median. */
function jumps({ steps, values }: Series): Worth[] {
  const count = values.length - 2 * BESIDE + 1;
  if (values.length < FEWEST || count < 1) return [];
  // Entry i compares the records from i on, BESIDE of them, with as many that follow on these.
  const levels = movingMedian(values, 0, BESIDE - 1);
  const after = (i: number): number => levels[i + BESIDE]!;
  const change = levels
    .slice(0, count)
    .map((before, i) => Math.log2((1 + after(i)) / (1 + before)));
  const width = spread(change, 0);
  if (!(width > 0)) return [];
  return [1, -1].flatMap((sign) => {
    const peak = top(change.map((size) => sign * size));
    const strength = (sign * change[peak]!) / width;
    const factor = sign * change[peak]! >= Math.log2(LEAST.horizon);
    if (strength < OUT || !factor || Math.abs(after(peak) - levels[peak]!) < LEAST.steps) return [];
    const i = edge(values, change, peak);
    return [
      { step: steps[i + BESIDE]!, reasons: [`horizon ${levels[i]} → ${after(i)}`], strength },
    ];
  });
}

/** Where the level changes most abruptly, of the places around the peak with nearly its change. */
function edge(values: Float64Array, change: Float64Array, peak: number): number {
  const size = change[peak]!;
  const move = (i: number): number =>
    (values[i + BESIDE]! - values[i + BESIDE - 1]!) * Math.sign(size);
  let best = peak;
  for (let i = peak - BESIDE + 1; i < peak + BESIDE; i++) {
    if (change[i]! / size >= 0.75 && move(i) > move(best)) best = i;
  }
  return best;
}

/** More is wrong than in the records around: in all of training that would be its beginning. */
function wrong({ steps, values }: Series): Worth[] {
  if (values.length < FEWEST) return [];
  const around = movingMedian(values, BESIDE, BESIDE);
  const more = values.map((rate, i) => rate - around[i]!);
  const width = spread(more, 0);
  if (!(width > 0)) return [];
  // The first records have nobody before them: those after are better anyway.
  const place = top(more.map((by, i) => (i < BESIDE ? -1 : by)));
  const strength = more[place]! / width;
  if (strength < OUT || more[place]! < LEAST.wrong) return [];
  const [here, near] = [values[place]!, around[place]!].map((rate) => formatPercent(rate, 2));
  return [{ step: steps[place]!, reasons: [`most wrong: ${here}, ${near} around it`], strength }];
}
