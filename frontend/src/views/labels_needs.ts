// Whether there is anything for the panel of labels, known before it is loaded.
import type { RnnbowRecord } from '../wire/record';
import type { Context } from './context';

/** What a record lacks for the panel; undefined where it has all, '' where it is no record of labels. */
export function missingLabels({ sequences }: RnnbowRecord): string | undefined {
  const kinds = (['inputs', 'targets'] as const).map((name) => {
    const series = sequences.map((sequence) => sequence[name]);
    if (series.some((one) => one?.tokens.length)) return 'tokens';
    return series.some((one) => one?.channels) ? 'values' : 'nothing';
  });
  if (kinds.includes('values')) return '';
  const missing = ['inputs=', 'targets='].filter((_, i) => kinds[i] === 'nothing');
  return missing.join(' and ') || undefined;
}

/** Whether there are sums in it. */
export function holdsLabels({ state: { labels, record } }: Context): boolean {
  return !!labels.value?.targets.length && !!record.value && !missingLabels(record.value);
}

/** Whether it is shown. */
export function acceptsLabels({ state, now }: Context): boolean {
  const record = state.record.value;
  return !!now.metric && !!record && missingLabels(record) !== '';
}
