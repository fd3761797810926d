// What the page opens with: a line of JSON, and the record behind it.
import { nearestIndex } from '../src/layout/timeline';
import { replyOf } from './replies';
import type { Scenario } from './scenarios';

export function opening(runs: Scenario, query: URLSearchParams): Uint8Array {
  const ask = (route: string, parameters: Record<string, string>): unknown => {
    const reply = replyOf(runs, route, new URLSearchParams(parameters));
    return reply && ('json' in reply ? reply.json : reply.bytes);
  };
  // All runs are as new.
  const run = query.get('run') ?? Object.keys(runs)[0] ?? '';
  const tag = query.get('tag') ?? Object.keys(runs[run] ?? {})[0] ?? '';
  const layer = { run, tag };
  const kept = ask('steps', layer) as { steps: number[] } | undefined;
  const steps = kept?.steps ?? [];
  const wanted = query.get('step');
  const step = wanted === null ? steps.at(-1) : steps[nearestIndex(steps, Number(wanted))];
  const record = step === undefined ? '' : ask('record', { ...layer, step: String(step) });
  const line = { ...(ask('tags', {}) as object), ...(kept && { ...layer, ...kept }), step };
  const parts = [`${JSON.stringify(line)}\n`, record] as (string | Uint8Array)[];
  return Buffer.concat(parts.map((part) => Buffer.from(part)));
}
