// The sentence on top: how far back the record shown reaches. It says nothing where the data do not.
import { formatStep, plural } from '../layout/format';
import type { Resolved } from './resolve';
import type { State } from './state';

/** From the overview's effective horizon of this step and of the first one. */
export function headline(state: State, now: Resolved): string | undefined {
  const overview = state.overview.value;
  const metric = overview?.metrics[0];
  const step = state.record.value?.message.step ?? now.step;
  if (!overview || !metric || step === undefined) return undefined;
  const horizons = overview.metricStatistic(metric.name, 'effective_horizon');
  const here = horizons?.[overview.steps.indexOf(step)];
  if (!horizons || here === undefined || !Number.isFinite(here)) return undefined;
  const what = metric.label === '' ? metric.name : metric.label;
  const ahead =
    here === 0 ? "each step's own loss" : `losses at most ${plural(here, 'step')} ahead`;
  const sentence = `At step ${formatStep(step)}, 90 % of the ${what} comes from ${ahead}`;
  const [first] = overview.steps;
  const before = horizons[0]!;
  if (first === undefined || first === step || !Number.isFinite(before)) return `${sentence}.`;
  const change =
    before === here
      ? `as at step ${formatStep(first)}`
      : `it was ${before} at step ${formatStep(first)}`;
  return `${sentence}; ${change}.`;
}
