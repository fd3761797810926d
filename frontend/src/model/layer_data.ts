// What is fetched of one layer of one run, and in which order.
import type { RecordCache } from '../api/record_cache';
import { isCurrent, Resource } from '../api/resource';
import { type Api, RouteError, type Scalars, type Steps } from '../api/routes';
import type { Overview } from '../wire/overview';
import type { RnnbowRecord } from '../wire/record';
import { type Closer, closerRange } from './closer';
import { isOfLayer, key, recordKey } from './keys';
import { LabelSummer } from './label_summer';
import { resolve } from './resolve';
import type { LayerState, State } from './state';

export class LayerData {
  readonly labels: LabelSummer;
  readonly #steps: Resource<Steps>;
  readonly #overview: Resource<Overview>;
  readonly #closer: Resource<Closer>;
  readonly #record: Resource<RnnbowRecord>;
  readonly #scalars: Resource<Scalars>;
  #seen = '';

  /** `changed` is called when something has come; `arrived` when that was a record. */
  constructor(
    private readonly api: Api,
    private readonly records: RecordCache,
    private readonly changed: () => void,
    arrived: () => void = changed,
  ) {
    this.#steps = new Resource<Steps>(() => {
      this.#stepsChanged();
    });
    this.#overview = new Resource<Overview>(changed);
    this.#closer = new Resource<Closer>(changed);
    this.#record = new Resource<RnnbowRecord>(arrived);
    this.#scalars = new Resource<Scalars>(changed);
    this.labels = new LabelSummer(changed);
  }

  get now(): LayerState {
    return {
      steps: this.#steps.now,
      overview: this.#overview.now,
      closer: this.#closer.now,
      record: this.#record.now,
      scalars: this.#scalars.now,
      labels: this.labels.now,
    };
  }

  /** All of the layer, but for what is summed of it. */
  get #all(): readonly Resource<unknown>[] {
    return [this.#steps, this.#overview, this.#closer, this.#record];
  }

  /** Whether the backend refused to say which steps there are. */
  get isLost(): boolean {
    return this.#steps.now.error instanceof RouteError;
  }

  /**
   * Asks for what the selection needs; what is there or on its way is not asked for again.
   *
   * `state` gives what is known at each moment, with what this holds in it.
   */
  sync(state: () => State): void {
    const { run, tag, loss } = resolve(state());
    if (run === undefined || tag === undefined) {
      for (const one of [...this.#all, this.labels]) one.clear();
    } else {
      // In this order: the record wanted follows from the steps, the overview from the record.
      this.#steps.want(key(run, tag), (signal) => this.api.steps(run, tag, signal));
      this.#syncRecord(run, tag, state());
      this.#syncOverview(run, tag, state());
      this.#syncCloser(run, tag, state());
      this.#syncLabels(run, tag, state());
      // What is drawn first is asked for first: TensorBoard's answers hold each other up.
      if (!this.#recordSettled(run, tag) && !this.#steps.now.error) return;
    }
    if (run === undefined || loss === undefined) this.#scalars.clear();
    else this.#scalars.want(key(run, loss), (signal) => this.api.scalars(run, loss, signal));
  }

  /** Asks for what may be new: the cheap question, the others when it found something. */
  poll(everything: boolean): void {
    this.#steps.refresh();
    if (everything) this.#scalars.refresh();
  }

  /** Asks again for all that failed. */
  retry(): void {
    for (const resource of [...this.#all, this.#scalars]) {
      if (resource.now.error) resource.refresh();
    }
    if (this.labels.now.error) this.labels.refresh();
  }

  /** Nothing of it is wanted any more. */
  clear(): void {
    for (const one of [...this.#all, this.#scalars, this.labels]) one.clear();
  }

  /** Reads a record, so that whoever wants it later waits for nothing. */
  prefetch(run: string, tag: string, step: number): void {
    // A failure shows when the record is asked for; here nobody waits for it.
    this.#read(run, tag, step, new AbortController().signal).catch(() => undefined);
  }

  #syncRecord(run: string, tag: string, state: State): void {
    const { steps } = state;
    if (!isCurrent(steps)) {
      if (steps.error) this.#record.clear();
      return;
    }
    const { step } = resolve(state);
    if (step === undefined) this.#record.clear();
    else {
      this.#record.want(
        this.#recordKey(run, tag, step),
        (signal) => this.#read(run, tag, step, signal),
        isOfLayer(this.#record.now.key, run, tag),
      );
    }
  }

  #syncOverview(run: string, tag: string, state: State): void {
    // The record says which metrics there are. Where there is none to ask, all of them are fetched.
    if (!this.#recordSettled(run, tag)) {
      if (this.#steps.now.error) this.#overview.clear();
      return;
    }
    const metric = this.#hasRecord(run, tag)
      ? resolve({ ...state, ...this.now }).metric?.name
      : undefined;
    this.#overview.want(key(run, tag, metric ?? ''), (signal) =>
      this.api.overview(run, tag, metric, signal),
    );
  }

  /** More of the part of training that is looked at, once it is known that there is more. */
  #syncCloser(run: string, tag: string, state: State): void {
    const { overview } = state;
    if (!isCurrent(overview)) return;
    const range = closerRange(overview.value, state.selection.zoom);
    if (!range) {
      this.#closer.clear();
      return;
    }
    const of = overview.valueKey;
    const metric = overview.value!.metrics[0]?.name;
    this.#closer.want(
      `${of} ${range.join('-')}`,
      async (signal) => ({ of, range, lags: await this.api.lags(run, tag, metric, range, signal) }),
      this.#closer.now.key.startsWith(`${of} `),
    );
  }

  #hasRecord(run: string, tag: string): boolean {
    const { value, valueKey } = this.#record.now;
    return value !== undefined && isOfLayer(valueKey, run, tag);
  }

  /** Whether a record of the layer is there, or none will come. */
  #recordSettled(run: string, tag: string): boolean {
    const steps = this.#steps.now;
    const none = this.#record.now.error ?? (isCurrent(steps) && steps.value?.steps.length === 0);
    return this.#hasRecord(run, tag) || Boolean(none);
  }

  /** Of the metric that the record has: which metrics there are is known from nothing else. */
  #syncLabels(run: string, tag: string, state: State): void {
    const { metric } = resolve(state);
    const { range } = state.selection;
    if (!metric || !state.record.value) return;
    this.labels.want(key(run, tag, metric.name, String(range)), (signal) =>
      this.api.labels(run, tag, metric.name, range, signal),
    );
  }

  #recordKey(run: string, tag: string, step: number): string {
    const steps = this.#steps.now.value;
    const time = steps?.wallTimes[steps.steps.indexOf(step)];
    // A step that sampling has let go since has no time any more: what is shown stays.
    return time === undefined ? this.#record.now.key : recordKey(run, tag, step, time);
  }

  #read(run: string, tag: string, step: number, signal: AbortSignal): Promise<RnnbowRecord> {
    return this.records.load(this.#recordKey(run, tag, step), signal, (signal) =>
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
        this.#closer.refresh();
        this.#scalars.refresh();
        this.labels.refresh();
      }
    }
    this.changed();
  }
}
