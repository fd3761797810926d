// The one place that changes what is on the page: by the user's choice, or because data came.
import { RecordCache } from '../api/record_cache';
import { Resource } from '../api/resource';
import type { Api, Runs } from '../api/routes';
import { nearestIndex } from '../layout/timeline';
import type { Compared } from './compared';
import { LayerData } from './layer_data';
import { meanOf } from './mean';
import { newestRun, resolve } from './resolve';
import { MEAN, type Selection } from './selection';
import type { State } from './state';

/** Polls between two questions for new runs and layers. */
const RUNS_EVERY = 6;

export class Controller {
  readonly #runs = new Resource<Runs>(() => {
    this.#open();
    this.#changed();
  });
  readonly #records = new RecordCache(48);
  readonly #layer: LayerData;
  readonly #beside = new Map<string, LayerData>();
  readonly #listeners = new Set<() => void>();
  /** Runs that were shown because none was chosen, the first one first. */
  readonly #opened: string[] = [];
  #hover: number | undefined;
  #polls = 0;
  #visits = 0;

  constructor(
    private readonly api: Api,
    private selection: Selection,
  ) {
    this.#layer = new LayerData(
      api,
      this.#records,
      () => {
        this.#changed();
      },
      () => {
        this.#recordChanged();
      },
    );
  }

  get state(): State {
    const own = this.#own;
    const { step, tag } = resolve(own);
    const beside = this.#compared(own).map(([compared, layer]) => {
      const tags = own.runs.value!.get(compared.run)!.tags;
      // The same layer, where the run has one of that name.
      const chosen = {
        ...this.selection,
        run: compared.run,
        tag: tag !== undefined && tags.has(tag) ? tag : undefined,
        step: compared.step ?? step,
      };
      return this.#stateOf(layer, chosen);
    });
    return { ...own, beside };
  }

  /** Without the runs beside it. */
  get #own(): State {
    return this.#stateOf(this.#layer, this.selection);
  }

  #stateOf(layer: LayerData, selection: Selection): State {
    const { now } = layer;
    // The record as it was chosen to be shown: with its sequences, or as their mean.
    const { record } = now;
    const shown =
      selection.sequence === MEAN && record.value
        ? { ...record, value: meanOf(record.value) }
        : record;
    return {
      ...now,
      record: shown,
      selection,
      runs: this.#runs.now,
      opened: this.#opened.find((run) => this.#runs.now.value?.has(run)),
      beside: [],
      hover: this.#hover,
    };
  }

  /**
   * Opens the newest run. It stays, however new others get: no page goes to another run by itself.
   * Where it is gone, the newest of the others is opened, until it is there again: a TensorBoard
   * that was started anew reads its runs one after the other.
   */
  #open(): void {
    const runs = this.#runs.now.value;
    if (!runs || this.#opened.some((run) => runs.has(run))) return;
    const run = newestRun(runs);
    if (run !== undefined) this.#opened.push(run);
  }

  /** The runs beside the chosen one that there are, each with what is fetched of it. */
  #compared(own: State): readonly [Compared, LayerData][] {
    const { run } = resolve(own);
    return own.selection.beside.flatMap((compared) => {
      const layer = this.#beside.get(compared.run);
      return layer && compared.run !== run && own.runs.value?.has(compared.run)
        ? [[compared, layer] as [Compared, LayerData]]
        : [];
    });
  }

  /** `listener` is called after every change; returns what ends that. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  start(): void {
    this.#runs.want('runs', (signal) => this.api.tags(signal));
  }

  /** How many steps were gone to: each is a place from which the browser's Back leads away again. */
  get visits(): number {
    return this.#visits;
  }

  /** Goes to a step that somebody picked out; who walks from one to the next leaves no trail. */
  visit(step: number): void {
    if (step !== this.selection.step) this.#visits++;
    this.select({ step });
  }

  select(patch: Partial<Selection>): void {
    const { opened } = this.#own;
    const { run } = resolve(this.#own);
    // Whoever chooses something does so in the run that is shown: its address is that of this run.
    const next = { ...this.selection, run: run ?? this.selection.run, ...patch };
    // A layer, step, source or loss tag of one run need not exist in another; what does is kept.
    const to = next.run ?? opened;
    if (to !== run) {
      const info = this.#runs.now.value?.get(to ?? '');
      if (next.tag !== undefined && !info?.tags.has(next.tag)) next.tag = undefined;
    }
    this.selection = next;
    this.#changed();
  }

  /** The source under the pointer; undefined when it leaves. */
  hover(source: number | undefined): void {
    if (source === this.#hover) return;
    this.#hover = source;
    this.#changed();
  }

  /** Goes `by` records on, from the one shown. */
  walk(by: number): void {
    const steps = this.#layer.now.steps.value?.steps ?? [];
    const { step, place } = resolve(this.state);
    const from = place >= 0 ? place : nearestIndex(steps, step ?? 0);
    const next = steps[Math.min(steps.length - 1, Math.max(0, from + by))];
    if (next !== undefined) this.select({ step: next });
  }

  /** Asks for what may be new: the cheap question always, the others when it found something. */
  poll(everything = false): void {
    const layers = [this.#layer, ...this.#beside.values()];
    const lost = layers.some(({ isLost }) => isLost) || resolve(this.#own).missing !== undefined;
    const { value: runs, error } = this.#runs.now;
    if (everything || lost || error || !runs?.size || this.#polls++ % RUNS_EVERY === 0)
      this.#runs.refresh();
    for (const layer of layers) layer.poll(everything);
  }

  /** Asks again for all that failed. */
  retry(): void {
    if (this.#runs.now.error) this.#runs.refresh();
    for (const layer of [this.#layer, ...this.#beside.values()]) layer.retry();
  }

  /** Sums by label are asked for while somebody looks at them. */
  watchLabels(watched: boolean): void {
    this.#layer.labels.watch(watched);
    this.#changed();
  }

  /** Leaves the sums by label as they are, or goes on with them. */
  sumLabels(on: boolean): void {
    if (on) this.#layer.labels.resume();
    else this.#layer.labels.stop();
    this.#changed();
  }

  #changed(): void {
    this.#sync();
    for (const listener of this.#listeners) listener();
  }

  #sync(): void {
    this.#layer.sync(() => this.#own);
    const wanted = new Set(this.selection.beside.map(({ run }) => run));
    for (const [run, layer] of this.#beside) {
      if (wanted.has(run)) continue;
      layer.clear();
      this.#beside.delete(run);
    }
    for (const run of wanted) {
      if (!this.#beside.has(run)) this.#beside.set(run, this.#newLayer());
    }
    for (const [{ run }, layer] of this.#compared(this.state)) {
      layer.sync(() => this.state.beside.find(({ selection }) => selection.run === run)!);
    }
  }

  #newLayer(): LayerData {
    return new LayerData(this.api, this.#records, () => {
      this.#changed();
    });
  }

  #recordChanged(): void {
    this.#changed();
    const { loading, value } = this.#layer.now.record;
    if (!loading && value) this.#prefetch();
  }

  /** Reads the records beside the one shown, so that a step aside waits for nothing. */
  #prefetch(): void {
    const { run, tag, place } = resolve(this.state);
    const steps = this.#layer.now.steps.value?.steps ?? [];
    if (run === undefined || tag === undefined || place < 0) return;
    for (const step of [steps[place + 1], steps[place - 1]]) {
      if (step !== undefined) this.#layer.prefetch(run, tag, step);
    }
  }
}
