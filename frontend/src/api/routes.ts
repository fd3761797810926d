// The backend's routes as functions. See rnnbow_plugin/backend/http_api.md.
import { visibleName } from '../layout/format';
import type { Span } from '../layout/zoom';
import type { LabelSums } from './label_sums';
import { decodeLags, type Lags } from '../wire/lags';
import { decodeOverview, type Overview } from '../wire/overview';
import { decodeRecord, type Metric, type RnnbowRecord } from '../wire/record';

export interface TagInfo {
  cell: string;
  hiddenSize: number;
  description: string;
}

export interface RunInfo {
  tags: ReadonlyMap<string, TagInfo>;
  scalars: readonly string[];
  /** When its latest record was written, in seconds since 1970. */
  wallTime: number;
}

/** Runs by name, in the order of TensorBoard. */
export type Runs = ReadonlyMap<string, RunInfo>;

export interface Steps {
  /** Steps of which a record is kept, ascending. */
  steps: readonly number[];
  wallTimes: readonly number[];
}

export interface Scalars {
  steps: readonly number[];
  values: readonly number[];
}

export interface Api {
  tags(signal: AbortSignal): Promise<Runs>;
  steps(run: string, tag: string, signal: AbortSignal): Promise<Steps>;
  /** Without a metric, all of them; with the lags of the first. */
  overview(
    run: string,
    tag: string,
    metric: string | undefined,
    signal: AbortSignal,
  ): Promise<Overview>;
  /** Of a part of training, in as many columns. */
  lags(
    run: string,
    tag: string,
    metric: string | undefined,
    range: Span,
    signal: AbortSignal,
  ): Promise<Lags>;
  record(run: string, tag: string, step: number, signal: AbortSignal): Promise<RnnbowRecord>;
  scalars(run: string, tag: string, signal: AbortSignal): Promise<Scalars>;
  /** Of the records in `range`, or of all; as far as they are summed: ask again until none is left. */
  labels(
    run: string,
    tag: string,
    metric: string,
    range: Span | undefined,
    signal: AbortSignal,
  ): Promise<LabelSums>;
}

/** A route answered with an error status; the message is what it said. */
export class RouteError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
    this.name = 'RouteError';
  }
}

type Parameters = Readonly<Record<string, string | number | undefined>>;

/** Relative to the page's base: right under a path prefix and an experiment too. */
export function routeUrl(route: string, parameters: Parameters = {}): string {
  const query = Object.entries(parameters)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${encodeURIComponent(value!)}`)
    .join('&');
  return query === '' ? route : `${route}?${query}`;
}

/**
 * Columns that the lags are asked for in: one for each pixel that is seen, with some beside. A fixed
 * number, so that a report holds the reply that it is asked for, on whatever screen.
 */
const COLUMNS = 2048;

/** Of the lags of all of training, or of a range of it. */
export function lagsUrl(
  layer: { readonly run: string; readonly tag: string },
  metric: string | undefined,
  range?: Span,
): string {
  const { run, tag } = layer;
  const [first, last] = range ?? [];
  return routeUrl('lags', { run, tag, columns: COLUMNS, metric, first, last });
}

export function httpApi(send: typeof fetch = (...request) => fetch(...request)): Api {
  async function get(url: string, signal: AbortSignal): Promise<Response> {
    let response;
    try {
      response = await send(url, { signal });
    } catch (error) {
      if (signal.aborted) throw error;
      throw new Error('TensorBoard does not answer. Is it still running?', { cause: error });
    }
    if (response.ok) return response;
    const text = (await response.text()).trim();
    const plain = text === '' || text.startsWith('<') ? response.statusText : text;
    throw new RouteError(response.status, `${response.status}: ${plain.slice(0, 300)}`);
  }
  async function bytes(url: string, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
    return new Uint8Array(await (await get(url, signal)).arrayBuffer());
  }
  return {
    async tags(signal) {
      return readRuns(await (await get(routeUrl('tags'), signal)).json());
    },
    async steps(run, tag, signal) {
      return readSteps(await (await get(routeUrl('steps', { run, tag }), signal)).json());
    },
    async overview(run, tag, metric, signal) {
      const [all, lags] = await Promise.all([
        bytes(routeUrl('overview', { run, tag, metric }), signal),
        bytes(lagsUrl({ run, tag }, metric), signal),
      ]);
      return withVisibleTexts(decodeOverview(all, decodeLags(lags)));
    },
    async lags(run, tag, metric, range, signal) {
      return decodeLags(await bytes(lagsUrl({ run, tag }, metric, range), signal));
    },
    async record(run, tag, step, signal) {
      return readRecord(await bytes(routeUrl('record', { run, tag, step }), signal), step);
    },
    async scalars(run, tag, signal) {
      const reply = (await (await get(routeUrl('scalars', { run, tag }), signal)).json()) as {
        steps: number[];
        values: (number | string)[];
      };
      // JSON has no NaN and no infinity: "NaN", "Infinity" and "-Infinity" stand for them.
      return { steps: reply.steps, values: reply.values.map(Number) };
    },
    async labels(run, tag, metric, range, signal) {
      const [first, last] = range ?? [];
      const url = routeUrl('labels', { run, tag, metric, first, last });
      return (await (await get(url, signal)).json()) as LabelSums;
    },
  };
}

/** Of the reply of `record`. Throws `Refusal`. */
export async function readRecord(
  blob: Uint8Array<ArrayBuffer>,
  step: number,
): Promise<RnnbowRecord> {
  return withVisibleTexts(await decodeRecord(blob, step));
}

/** What metrics say of themselves goes into many sentences. Names stay: they are asked for again. */
function withVisibleTexts<T extends { readonly metrics: readonly Metric[] }>(read: T): T {
  for (const metric of read.metrics) {
    metric.label = visibleName(metric.label);
    metric.unit = visibleName(metric.unit);
    metric.description = visibleName(metric.description);
  }
  return read;
}

interface TagsReply {
  runs: Record<
    string,
    {
      tags: Record<string, { cell: string; hidden_size: number; description: string }>;
      scalars: string[];
      wall_time: number;
    }
  >;
}

/** Of the reply of `steps`. */
export function readSteps(reply: unknown): Steps {
  const { steps, wall_times } = reply as { steps: number[]; wall_times: number[] };
  return { steps, wallTimes: wall_times };
}

/** Of the reply of `tags`. */
export function readRuns(reply: unknown): Runs {
  return new Map(
    Object.entries((reply as TagsReply).runs).map(([run, { tags, scalars, wall_time }]) => [
      run,
      {
        tags: new Map(
          Object.entries(tags).map(([tag, { cell, hidden_size, description }]) => [
            tag,
            { cell, hiddenSize: hidden_size, description },
          ]),
        ),
        scalars,
        wallTime: wall_time,
      },
    ]),
  );
}
