// The sentence on top: how far back the record shown reaches. Nothing where the data do not say.
import { formatStep, plural, side } from '../layout/format';
import type { Overview } from '../wire/overview';
import { Scale } from '../wire/rnnbow_pb.js';

/**
 * From the effective horizon (the smallest lag within which 90 % of the magnitude lies) of `step`
 * and of the first recorded step that has one.
 */
export function headline(overview: Overview | undefined, step: number | undefined): string {
  const metric = overview?.metrics[0];
  if (!overview || !metric || step === undefined) return '';
  const place = overview.steps.indexOf(step);
  const horizons = overview.metricStatistic(metric.name, 'effective_horizon');
  const maximum = overview.metricStatistic(metric.name, 'maximum')?.[place];
  const here = horizons?.[place];
  if (maximum !== undefined && !Number.isFinite(maximum)) {
    return `At step ${formatStep(step)} the gradient holds NaN or infinite items.`;
  }
  if (!horizons || here === undefined || !Number.isFinite(here)) return '';
  const label = metric.label === '' ? metric.name : metric.label;
  // A share is a part of the gradient already: 90 % of it would be 90 % of a part.
  const what = metric.scale === Scale.SHARE ? 'gradient, counted by share,' : label;
  // The sign of a bin is that of its lags.
  const where = side(overview.firstBin, overview.firstBin + overview.bins - 1);
  const whence =
    here === 0 ? "each cell's own loss" : `losses at most ${plural(here, 'step')} ${where}`;
  const sentence = `At step ${formatStep(step)}, 90 % of the ${what} comes from ${whence}`;
  const first = horizons.findIndex(Number.isFinite);
  if (first < 0 || first >= place) return `${sentence}.`;
  const before = horizons[first]!;
  const then = formatStep(overview.steps[first]!);
  return `${sentence} (${before === here ? 'as' : before} at step ${then}).`;
}
