// What the routes of the backend reply, over synthetic runs: real records, as bytes.
import { encodeRecord } from './encode';
import { labelsReply } from './labels';
import { encodeLags, encodeOverview, overviewVector } from './overview';
import { opening } from './opening';
import type { Layer, Scenario } from './scenarios';
import { lossAt, random, syntheticRecord } from './synthetic';

const started = Date.now();

/** JSON, bytes, or nothing where there is no such run and tag. */
export type Reply = { readonly json: unknown } | { readonly bytes: Uint8Array } | undefined;

/** Replies of layers that do not grow: an overview takes as long as all the records in it. */
const made = new Map<Layer, Map<string, Reply>>();

/** The reply of `route`; undefined where there is none. */
export function replyOf(runs: Scenario, route: string, query: URLSearchParams): Reply {
  const run = query.get('run') ?? '';
  if (route === 'tags') return { json: tags(runs) };
  if (route === 'opening') return { bytes: opening(runs, query) };
  if (route === 'scalars') return { json: scalars(runs[run] ?? {}, run) };
  const layer = runs[run]?.[query.get('tag') ?? ''];
  if (!layer || layer.liveMs !== undefined) return layer && ofLayer(layer, route, query);
  const key = `${route}?${query}`;
  const replies = made.get(layer) ?? new Map<string, Reply>();
  made.set(layer, replies);
  if (!replies.has(key)) replies.set(key, ofLayer(layer, route, query));
  return replies.get(key);
}

function tags(runs: Scenario): unknown {
  const list = Object.entries(runs).map(([key, layers]) => [
    key,
    {
      tags: Object.fromEntries(
        Object.entries(layers).map(([of, { shape }]) => [
          of,
          { cell: shape.cell, hidden_size: 128, description: '' },
        ]),
      ),
      scalars: ['loss/train', 'loss/validation', 'rnnbow/core/l0/maximum'],
      wall_time: 0,
    },
  ]);
  return { runs: Object.fromEntries(list) as unknown };
}

function scalars(layers: Scenario[string], run: string): unknown {
  const steps = recorded(Object.values(layers)[0]!).flatMap((s) => [s, s + 8]);
  const next = random(run.length);
  return { steps, values: steps.map((step) => lossAt(step / 1600, next)) };
}

function ofLayer(layer: Layer, route: string, query: URLSearchParams): Reply {
  const all = recorded(layer);
  const last = layer.steps.at(-1)! || 1;
  const time = (step: number): number => 1789000000 + step;
  switch (route) {
    case 'steps': {
      const kept = all.filter((step) => !layer.dropped?.(step));
      return { json: { steps: kept, wall_times: kept.map(time) } };
    }
    case 'overview':
    case 'lags': {
      const shape = { ...layer.shape, side: undefined, sequences: [0] };
      const records = all.map((step) => syntheticRecord(shape, step, last));
      const wanted = query.get('metric');
      const metrics = records[0]?.metrics ?? [];
      const chosen = wanted === null ? metrics : metrics.filter((m) => m.name === wanted);
      const lags = Math.max(...records.map((record) => record.lags!));
      const rows = records.map((record) => overviewVector(record, chosen, lags));
      if (route === 'overview') {
        return { bytes: encodeOverview(records[0]?.layer, chosen, all, rows) };
      }
      const [columns, first, end] = ['columns', 'first', 'last'].map((name) => {
        const text = query.get(name);
        return text === null ? undefined : Number(text);
      });
      return { bytes: encodeLags(chosen, all, rows, columns ?? 1, first, end) };
    }
    case 'record': {
      const step = Number(query.get('step'));
      const bytes = encodeRecord(syntheticRecord(layer.shape, step, last));
      if (step === layer.damaged) bytes[40]! ^= 1;
      return { bytes };
    }
    case 'labels': {
      const sample = all.filter((_, i) => i % Math.ceil(all.length / 20) === 0);
      const records = sample.map((step) => syntheticRecord(layer.shape, step, last));
      return { json: labelsReply(records, query.get('metric') ?? 'weight') };
    }
    default:
      return undefined;
  }
}

function recorded({ steps, liveMs }: Layer): number[] {
  if (liveMs === undefined) return [...steps];
  return steps.slice(0, 20 + Math.floor((Date.now() - started) / liveMs));
}
