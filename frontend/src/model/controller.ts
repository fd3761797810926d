// The one place that changes what is on the page: by the user's choice, or because data came.
import { RecordCache } from '../api/record_cache';
import { isCurrent, type Loaded, Resource } from '../api/resource';
import { type Api, RouteError, type Runs, type Scalars, type Steps } from '../api/routes';
import { nearestIndex } from '../layout/timeline';
import type { Overview } from '../wire/overview';
import type { RnnbowRecord } from '../wire/record';
import { isOfLayer, key, recordKey } from './keys';
import { meanOf } from './mean';
import { resolve } from './resolve';
import { MEAN, type Selection } from './selection';
import type { State } from './state';

/** Polls between two questions for new runs and layers. */
const RUNS_EVERY = 6;

export class Controller {
  readonly #runs = new Resource<Runs>(() => {
    this.#changed();
  });
  readonly #steps = new Resource<Steps>(() => {
    this.#stepsChanged();
  });
  readonly #overview = new Resource<Overview>(() => {
    this.#changed();
  });
  readonly #record = new Resource<RnnbowRecord>(() => {
    this.#recordChanged();
  });
  readonly #scalars = new Resource<Scalars>(() => {
    this.#changed();
  });
  readonly #records = new RecordCache(32);
  readonly #listeners = new Set<() => void>();
  #hover: number | undefined;
  #polls = 0;
  #seen = '';

  constructor(
    private readonly api: Api,
    private selection: Selection,
  ) {}

  get state(): State {
    return {
      selection: this.selection,
      runs: this.#runs.now,
      steps: this.#steps.now,
      overview: this.#overview.now,
      record: this.#shown,
      scalars: this.#scalars.now,
      hover: this.#hover,
    };
  }

  /** The record as it was chosen to be shown: with its sequences, or as their mean. */
  get #shown(): Loaded<RnnbowRecord> {
    const { now } = this.#record;
    if (this.selection.sequence !== MEAN || !now.value) return now;
    return { ...now, value: meanOf(now.value) };
  }

  /** `listener` is called after every change; returns what ends that. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  start(): void {
    this.#runs.want('runs', (signal) => this.api.tags(signal));
  }

  select(patch: Partial<Selection>): void {
    const before = this.selection;
    const next = { ...before, ...patch };
    // A layer, step, source or loss tag of one run need not exist in another; what does is kept.
    if (next.run !== before.run) {
      const info = this.#runs.now.value?.get(next.run ?? '');
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
    const steps = this.#steps.now.value?.steps ?? [];
    const { step, place } = resolve(this.state);
    const from = place >= 0 ? place : nearestIndex(steps, step ?? 0);
    const next = steps[Math.min(steps.length - 1, Math.max(0, from + by))];
    if (next !== undefined) this.select({ step: next });
  }

  /** Asks for what may be new: the cheap question always, the others when it found something. */
  poll(everything = false): void {
    const lost = this.#steps.now.error instanceof RouteError;
    const runs = this.#runs.now.value?.size ?? 0;
    if (everything || lost || runs === 0 || this.#polls++ % RUNS_EVERY === 0) this.#runs.refresh();
    this.#steps.refresh();
    if (everything) this.#scalars.refresh();
  }

  /** Asks again for all that failed. */
  retry(): void {
    for (const resource of [this.#runs, this.#steps, this.#overview, this.#record, this.#scalars]) {
      if (resource.now.error) resource.refresh();
    }
  }

  #changed(): void {
    this.#sync();
    for (const listener of this.#listeners) listener();
  }

  /** Asks for what the selection needs; what is there or on its way is not asked for again. */
  #sync(): void {
    const { run, tag, loss } = resolve(this.state);
    if (run === undefined || tag === undefined) {
      for (const resource of [this.#steps, this.#overview, this.#record]) resource.clear();
    } else {
      // In this order: the record wanted follows from the steps, the overview from the record.
      this.#steps.want(key(run, tag), (signal) => this.api.steps(run, tag, signal));
      this.#syncRecord(run, tag);
      this.#syncOverview(run, tag);
    }
    if (run === undefined || loss === undefined) this.#scalars.clear();
    else this.#scalars.want(key(run, loss), (signal) => this.api.scalars(run, loss, signal));
  }

  #syncRecord(run: string, tag: string): void {
    const { steps } = this.state;
    if (!isCurrent(steps)) {
      if (steps.error) this.#record.clear();
      return;
    }
    const { step } = resolve(this.state);
    if (step === undefined) this.#record.clear();
    else {
      this.#record.want(
        this.#recordKey(run, tag, step),
        (signal) => this.#readRecord(run, tag, step, signal),
        isOfLayer(this.#record.now.key, run, tag),
      );
    }
  }

  #syncOverview(run: string, tag: string): void {
    const { record, steps } = this.state;
    // The record says which metrics there are. Where there is none to ask, all of them are fetched.
    const here = record.value && isOfLayer(record.valueKey, run, tag);
    const none = record.error ?? (isCurrent(steps) && steps.value?.steps.length === 0);
    if (!here && !none) {
      if (steps.error) this.#overview.clear();
      return;
    }
    const metric = here ? resolve(this.state).metric?.name : undefined;
    this.#overview.want(key(run, tag, metric ?? ''), (signal) =>
      this.api.overview(run, tag, metric, signal),
    );
  }

  #recordKey(run: string, tag: string, step: number): string {
    const steps = this.#steps.now.value;
    const time = steps?.wallTimes[steps.steps.indexOf(step)];
    // A step that sampling has let go since has no time any more: what is shown stays.
    return time === undefined ? this.#record.now.key : recordKey(run, tag, step, time);
  }

  #readRecord(run: string, tag: string, step: number, signal: AbortSignal): Promise<RnnbowRecord> {
    return this.#records.load(this.#recordKey(run, tag, step), signal, (signal) =>
      this.api.record(run, tag, step, signal),
    );
  }

  #stepsChanged(): void {
    const { value, valueKey } = this.#steps.now;
    const seen = `${valueKey} ${value?.steps.length} ${value?.steps.at(-1)} ${value?.wallTimes.at(-1)}`;
    if (seen !== this.#seen) {
      const sameLayer = this.#seen.startsWith(`${valueKey} `);
      this.#seen = seen;
      if (sameLayer) {
        this.#overview.refresh();
        this.#scalars.refresh();
      }
    }
    this.#changed();
  }

  #recordChanged(): void {
    this.#changed();
    const { loading, value } = this.#record.now;
    if (!loading && value) this.#prefetch();
  }

  /** Reads the records beside the one shown, so that a step aside waits for nothing. */
  #prefetch(): void {
    const { run, tag, place } = resolve(this.state);
    const steps = this.#steps.now.value?.steps ?? [];
    if (run === undefined || tag === undefined || place < 0) return;
    for (const step of [steps[place + 1], steps[place - 1]]) {
      if (step === undefined) continue;
      // A failure shows when the record is asked for; here nobody waits for it.
      this.#readRecord(run, tag, step, new AbortController().signal).catch(() => undefined);
    }
  }
}
