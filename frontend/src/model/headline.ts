// The sentence on top: what the data say of the record shown, and no more than they say. The rules
// are stated, with their reasons, in docs/rules.md.
import type { DecayFit } from '../layout/decay_fit';
import { formatNumber, formatStep, plural } from '../layout/format';
import { isBackwards } from '../layout/items';
import { itemsOf } from '../layout/picture';
import { averageFit, left, stopsOf } from '../layout/reading';
import type { Stops } from '../layout/stops';
import type { Overview } from '../wire/overview';
import type { Metric, RnnbowRecord } from '../wire/record';
import { Scale } from '../wire/rnnbow_pb.js';

/** The record shown, and what of it. */
export interface Shown {
  readonly record: RnnbowRecord;
  readonly sequence: number;
  readonly metric: Metric;
}

/** Halvings over the fitted lags by which a gradient is said to vanish: a thousandth is left. */
const VANISHED = Math.log2(1000);
/** Doublings by which one is said to explode: ten times as much. */
const EXPLODED = Math.log2(10);
/** What is left of gradient where the sequence begins, if that is said. */
const LEFT = 0.5;
/** Places that are listed one by one. */
const LISTED = 3;

/** Empty where nothing can be said. Without `shown` it is about what the overview holds of `step`. */
export function headline(
  overview: Overview | undefined,
  step: number | undefined,
  shown?: Shown,
): string {
  const metric = overview?.metrics[0];
  if (!overview || !metric || step === undefined) return '';
  const same = shown?.record.message.step === step && shown.metric.name === metric.name;
  const reach = reachSentence(overview, metric, step, same ? shown : undefined);
  if (!same || reach === '') return reach;
  const { record, sequence } = shown;
  const items = itemsOf(record, sequence, shown.metric);
  const fit = averageFit(items);
  const stops = stopsOf(record, sequence);
  const { length } = record.sequences[sequence]!;
  const backwards = isBackwards(items);
  // Where lags were left out, what arrives from farther losses is not known.
  const atEdge = record.message.lags_omitted ? undefined : left(items);
  // Two or more recorded sequences: the horizon is of all of them, these are of the one shown. The
  // first of them says so.
  let which = record.sequences.length > 1 ? record.sequences[sequence]!.index : undefined;
  const first = (text: string): string => {
    if (text !== '') which = undefined;
    return text;
  };
  const more = [
    first(decaySentence(fit, metric.scale === Scale.SHARE, which)),
    // Where it grows, or is cut, that is what there is to say.
    fit.kind === 'doubles' || stops.cuts.length > 0
      ? ''
      : first(edgeSentence(atEdge, backwards, which)),
    stopsSentence(stops, length, backwards, which),
  ];
  return [reach, ...more].filter((text) => text !== '').join(' ');
}

/**
 * From the effective horizon (the smallest lag within which 90 % of the magnitude lies) of `step`
 * and of the first recorded step that has one.
 */
function reachSentence(overview: Overview, metric: Metric, step: number, shown?: Shown): string {
  const place = overview.steps.indexOf(step);
  const at = `At step ${formatStep(step)}`;
  const maximum = overview.metricStatistic(metric.name, 'maximum');
  const largest = maximum?.[place];
  if (maximum && largest !== undefined && !Number.isFinite(largest)) {
    const since = overview.steps[maximum.findIndex((value) => !Number.isFinite(value))]!;
    const first = since < step ? `; the first were at step ${formatStep(since)}` : '';
    return `${at} the gradient holds NaN or infinite items${first}.`;
  }
  if (largest === 0) return `${at} no gradient reaches this layer.`;
  const horizons = overview.metricStatistic(metric.name, 'effective_horizon');
  const here = horizons?.[place];
  if (!horizons || here === undefined || !Number.isFinite(here)) return '';
  return `${at}, ${reachOf(here, metric, overview, shown)}${comparison(overview, horizons, place)}.`;
}

function reachOf(here: number, metric: Metric, overview: Overview, shown?: Shown): string {
  const label = metric.label === '' ? metric.name : metric.label;
  // A share is a part of the gradient already: 90 % of it would be 90 % of a part.
  const named = metric.scale === Scale.SHARE ? 'gradient, counted by share,' : label;
  // The horizon is of all of them, what follows of the one shown: each says so.
  const sequences = shown?.record.all.sequences.length ?? 1;
  const what = sequences > 1 ? `${named} of all ${sequences} sequences` : named;
  // The sign of a bin is that of its lags.
  const where = direction(overview.firstBin, overview.firstBin + overview.bins - 1);
  let recorded = '';
  if (shown?.record.message.lags_omitted) {
    const farthest = Math.max(
      Math.abs(shown.record.message.first_lag),
      Math.abs(lastLag(shown.record)),
    );
    // All that is known of what lies beyond is that it would add to the horizon.
    if (here >= farthest) {
      return `the ${what} reaches at least ${plural(here, 'step')} ${where}, where the recorded horizon ends`;
    }
    recorded = ` within the recorded ${plural(farthest, 'step')}`;
  }
  const whence =
    here === 0 ? "each cell's own loss" : `losses at most ${plural(here, 'step')} ${where}`;
  return `90 % of the ${what}${recorded} comes from ${whence}`;
}

function comparison(overview: Overview, horizons: Float32Array, place: number): string {
  const first = horizons.findIndex(Number.isFinite);
  if (first < 0 || first >= place) return '';
  const then = formatStep(overview.steps[first]!);
  return horizons[first] === horizons[place]
    ? `, as at step ${then}`
    : `; it was ${horizons[first]} at step ${then}`;
}

/** Where losses lie, seen from the cell. */
function direction(first: number, last: number): string {
  return first >= 0 ? 'ahead' : last <= 0 ? 'behind' : 'before or after';
}

function lastLag({ message }: RnnbowRecord): number {
  return message.first_lag + message.lags - 1;
}

/** How contributions change from lag to lag, where one number says it. */
export function decaySentence(fit: DecayFit, share: boolean, which?: number): string {
  if (fit.kind !== 'halves' && fit.kind !== 'doubles') return '';
  const over = (fit.to - fit.from) / fit.every;
  const limit = fit.kind === 'halves' ? VANISHED : EXPLODED;
  const word = fit.kind === 'halves' ? 'Vanishing' : 'Exploding';
  const steps = fit.every.toPrecision(2) === '1.0' ? 'step' : `${formatNumber(fit.every, 2)} steps`;
  const behind = fit.peaks ? ` beyond lag ${fit.from}` : '';
  const where = which === undefined ? '' : `, in sequence ${which}`;
  const what = share ? 'Shares' : 'Contributions';
  if (over >= limit) return `${word}: ${fit.kind} every ${steps}${behind}${where}.`;
  return `${what} ${fit.kind === 'halves' ? 'halve' : 'double'} every ${steps}${behind}${where}.`;
}

/** Whether gradient would reach farther if the sequence were longer. */
function edgeSentence(left: number | undefined, backwards: boolean, which?: number): string {
  if (left === undefined || left < LEFT) return '';
  const what = which === undefined ? 'the sequence' : `sequence ${which}`;
  const edge = backwards ? 'last' : 'first';
  return `Gradient outlasts ${what}: ${Math.round(100 * left)} % of it is left at its ${edge} time step.`;
}

/** Where nothing flows on, and where nothing enters. */
export function stopsSentence(
  { cuts, sources }: Stops,
  length: number,
  backwards: boolean,
  which?: number,
): string {
  const said: string[] = [];
  // Which sequence it is stands in the first of them.
  const say = (text: string): void => {
    const begin = text.charAt(0).toUpperCase() + text.slice(1);
    said.push(which === undefined || said.length > 0 ? begin : `In sequence ${which} ${text}`);
  };
  // The last cell that is reached: a reverse direction comes from the other side.
  const at = cuts.map((cut) => (backwards ? cut - 1 : cut));
  if (at.length > 0) say(`gradient stops ${places(cuts, at, length)}: none flows past.`);
  if (length > 1 && sources.length === 1) {
    say(`all of it enters at time step ${sources[0]}.`);
  } else if (sources.length > 1 && sources.at(-1)! < length - 1) {
    say(`none enters after time step ${sources.at(-1)}.`);
  }
  return said.join(' ');
}

function places(cuts: readonly number[], at: readonly number[], length: number): string {
  const every = cuts[0]!;
  const even =
    cuts.every((cut, i) => cut === every * (i + 1)) && every * (cuts.length + 1) >= length;
  if (cuts.length > 1 && even) return `every ${plural(every, 'step')}`;
  const shown = at.slice(0, LISTED);
  if (at.length > LISTED) return `at ${at.length} time steps, the first ${shown[0]}`;
  if (shown.length === 1) return `at time step ${shown[0]}`;
  return `at the time steps ${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}
