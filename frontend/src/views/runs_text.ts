// What the panel of runs side by side says in words.
import { formatStep, plural } from '../layout/format';
import { oncePer } from '../layout/once';
import { compareReach, type Reach } from '../layout/reach';
import type { Span } from '../layout/zoom';
import type { Overview } from '../wire/overview';
import { type Beside, hasMetric } from './beside';
import { memo } from './memo';

// Every update of the page asks, and 100,000 records take a while: the same while nothing changes.
const reachOf = oncePer((overview: Overview) =>
  memo((name: string, metric: string): Reach | undefined => {
    const horizons = overview.metricStatistic(metric, 'effective_horizon');
    return horizons && { name, steps: overview.steps, horizons };
  }),
);
const compare = memo((range: Span | undefined, ...all: readonly Reach[]) =>
  compareReach(all, range),
);

/**
 * "lstm reaches farther back: 90 % of its gradient within 7 steps, of rnn within 5 · medians of steps
 * 450 to 592"; undefined where too little is recorded to say.
 */
export function reachComparison(
  all: readonly Beside[],
  metric: string,
  range: Span | undefined,
): string | undefined {
  const known = all.flatMap((beside) => {
    const { value } = beside.context.state.overview;
    return (value && hasMetric(beside, metric) && reachOf(value)(beside.name, metric)) || [];
  });
  const found = compare(range, ...known);
  if (!found) return undefined;
  const [first, ...others] = found.runs;
  const rest = others.map(({ name, steps }) => `of ${name} within ${formatStep(steps)}`).join(', ');
  const when = `medians of steps ${formatStep(found.span[0])} to ${formatStep(found.span[1])}`;
  return found.clear
    ? `${first!.name} reaches ${others.length > 1 ? 'farthest' : 'farther'} back: 90 % of its gradient within ${plural(first!.steps, 'step')}, ${rest} (${when}).`
    : `No clear difference in reach: 90 % of the gradient of ${first!.name} within ${plural(first!.steps, 'step')}, ${rest} (${when}).`;
}
