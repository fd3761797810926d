// Gathers for a report what the page would ask TensorBoard for.
import { visibleName } from '../layout/format';
import { lagsUrl, routeUrl } from '../api/routes';
import { nearestIndex } from '../layout/timeline';
import type { Span } from '../layout/zoom';
import { closerRange } from '../model/closer';
import { decodeLags } from '../wire/lags';
import { decodeOverview } from '../wire/overview';
import { evenly } from './evenly';
import { type Report, type StoredReply, toBase64 } from './report';

/**
 * Scalars of a run that go along, those that say "loss" first: as in rnnbow_plugin/export/collect.py,
 * which gathers the same.
 */
const SCALARS = 20;

export interface Layer {
  readonly run: string;
  readonly tag: string;
}

export interface Plan {
  readonly layers: readonly Layer[];
  /** Records of each layer: so many, evenly spaced. */
  readonly most: number;
  /** The step that is shown of a layer: its record, or the nearest, is one of them. */
  readonly stepOf: (layer: Layer) => number | undefined;
  /** The range that is picked: what is summed by label is of it too, not of all of training alone. */
  readonly range: Span | undefined;
  /** The part of training that is looked at: of it there may be more than of all of training. */
  readonly zoom: Span | undefined;
  readonly selection: Report['selection'];
}

/** Called before each thing that is asked for; `done` of `of` records are there. */
export type Progress = (what: string, done: number, of: number) => void;

interface RunReply {
  tags: Record<string, object>;
  scalars: string[];
}

interface TagsReply {
  runs: Record<string, RunReply>;
}

interface StepsReply {
  steps: number[];
  wall_times: number[];
}

/** Throws where TensorBoard does not answer, or `signal` ends it. What it no longer has is left out. */
export class Collector {
  readonly #replies: Record<string, StoredReply> = {};

  constructor(
    private readonly send: typeof fetch,
    private readonly progress: Progress,
    private readonly signal: AbortSignal,
  ) {}

  async collect(plan: Plan, made: string): Promise<Report> {
    const { layers, selection, most, stepOf } = plan;
    const { runs } = (await this.json('tags')) as TagsReply;
    const chosen = chosenRuns(runs, layers);
    this.#replies.tags = { runs: chosen };
    let of = 0;
    const wanted: [layer: Layer, all: StepsReply, places: readonly number[]][] = [];
    for (const layer of layers) {
      this.progress(visibleName(`${layer.run} ${layer.tag}`), 0, 1);
      const all = (await this.json(routeUrl('steps', { ...layer }))) as StepsReply | undefined;
      if (!all) continue;
      of += all.steps.length;
      wanted.push([layer, all, placesOf(all.steps, most, stepOf(layer))]);
      await this.#overviews(layer, plan);
    }
    await this.#scalars(chosen);
    const kept = await this.#records(wanted);
    const title = `RNNbow: ${Object.keys(chosen).join(', ')}`;
    return { format: 1, title, made, selection, records: { kept, of }, replies: this.#replies };
  }

  /** Undefined where TensorBoard has it no longer. */
  async #ask(url: string): Promise<Response | undefined> {
    const response = await this.send(url, { signal: this.signal });
    if (response.status === 404) return undefined;
    if (!response.ok)
      throw new Error(`${response.status}: ${(await response.text()).slice(0, 300)}`);
    return response;
  }

  private async json(url: string): Promise<object | undefined> {
    return (await (await this.#ask(url))?.json()) as object | undefined;
  }

  /** Asks for bytes, and keeps them. */
  private async bytes(url: string): Promise<Uint8Array | undefined> {
    const response = await this.#ask(url);
    if (!response) return undefined;
    const found = new Uint8Array(await response.arrayBuffer());
    this.#replies[url] = toBase64(found);
    return found;
  }

  /** Of all metrics together, and of each alone: as the page asks; and what is summed by label. */
  async #overviews(layer: Layer, { range, zoom }: Plan): Promise<void> {
    const whole = await this.bytes(routeUrl('overview', { ...layer }));
    const lags = whole && (await this.bytes(lagsUrl(layer, undefined)));
    if (!lags) return;
    const overview = decodeOverview(whole, decodeLags(lags));
    const closer = closerRange(overview, zoom);
    for (const { name } of overview.metrics) {
      await this.bytes(routeUrl('overview', { ...layer, metric: name }));
      await this.bytes(lagsUrl(layer, name));
      if (closer) await this.bytes(lagsUrl(layer, name, closer));
      const all = { ...layer, metric: name };
      await this.#sums(layer, routeUrl('labels', all));
      if (range)
        await this.#sums(layer, routeUrl('labels', { ...all, first: range[0], last: range[1] }));
    }
  }

  async #sums(layer: Layer, url: string): Promise<void> {
    for (;;) {
      this.progress(visibleName(`${layer.run} ${layer.tag}: sums by label`), 0, 1);
      const sums = (await this.json(url)) as { left: number } | undefined;
      if (sums) this.#replies[url] = sums;
      if (!sums?.left) break;
    }
  }

  async #scalars(runs: TagsReply['runs']): Promise<void> {
    for (const [run, { scalars }] of Object.entries(runs)) {
      for (const tag of scalars) {
        const url = routeUrl('scalars', { run, tag });
        const reply = await this.json(url);
        if (reply) this.#replies[url] = reply;
      }
    }
  }

  /** How many are in the report. */
  async #records(wanted: readonly [Layer, StepsReply, readonly number[]][]): Promise<number> {
    const of = wanted.reduce((sum, [, , places]) => sum + places.length, 0);
    let [done, kept] = [0, 0];
    for (const [layer, { steps, wall_times }, places] of wanted) {
      const there: number[] = [];
      for (const place of places) {
        this.progress('records', done++, of);
        // Sampling may have let go of it since.
        if (await this.bytes(routeUrl('record', { ...layer, step: steps[place] })))
          there.push(place);
      }
      kept += there.length;
      this.#replies[routeUrl('steps', { ...layer })] = {
        steps: there.map((place) => steps[place]!),
        wall_times: there.map((place) => wall_times[place]!),
      };
    }
    return kept;
  }
}

/** Evenly spaced, but for the one nearest to what is shown: that one moves there. */
export function placesOf(
  steps: readonly number[],
  most: number,
  step: number | undefined,
): readonly number[] {
  const places = evenly(steps.length, most);
  const shown = step === undefined ? -1 : nearestIndex(steps, step);
  if (shown < 0) return places;
  const nearest = nearestIndex(places, shown);
  return places.map((place, i) => (i === nearest ? shown : place));
}

/** The reply of `tags` for these layers alone. */
function chosenRuns(runs: TagsReply['runs'], layers: readonly Layer[]): TagsReply['runs'] {
  const chosen = Object.entries(runs).map(([run, { tags, scalars, ...more }]) => {
    const own = layers.filter((layer) => layer.run === run).map(({ tag }) => tag);
    const kept = Object.entries(tags).filter(([tag]) => own.includes(tag));
    const reply = { ...more, tags: Object.fromEntries(kept), scalars: chosenScalars(scalars) };
    return [run, reply] as const;
  });
  return Object.fromEntries(chosen.filter(([, { tags }]) => Object.keys(tags).length > 0));
}

function chosenScalars(scalars: readonly string[]): string[] {
  const loss = (tag: string): boolean => /loss/i.test(tag);
  const first = [...scalars.filter(loss), ...scalars.filter((tag) => !loss(tag))].slice(0, SCALARS);
  return scalars.filter((tag) => first.includes(tag));
}
