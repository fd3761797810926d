// A backend in memory whose replies come when the test says so.
import { encodeRecord } from '../dev/encode';
import { encodeLags, encodeOverview, overviewVector } from '../dev/overview';
import { type Shape, syntheticRecord } from '../dev/synthetic';
import type { LabelSums } from '../src/api/label_sums';
import { type Api, RouteError, type Runs } from '../src/api/routes';
import { decodeLags } from '../src/wire/lags';
import { decodeOverview } from '../src/wire/overview';
import { decodeRecord } from '../src/wire/record';
import { labelSums } from './label_cases';

export const LSTM: Shape = { cell: 'LSTM', length: 8, sequences: [0, 3], halfLife: 3 };
export const RNN: Shape = { cell: 'RNN_TANH', length: 6, sequences: [0], halfLife: 1 };
export const CUSTOM: Shape = { cell: 'custom', length: 7, sequences: [0], halfLife: 2 };

export interface Log {
  [run: string]: Record<string, { shape: Shape; steps: number[]; kept?: number[] }>;
}

export class FakeApi implements Api {
  readonly asked: string[] = [];
  /** Replies of `labels`, in their order; then the default one. */
  readonly sums: LabelSums[] = [];
  /** When the latest record of a run was written; 0 otherwise. */
  readonly written = new Map<string, number>();
  /** Columns of `overview` and `lags`. */
  columns = 2048;
  /** Requests that contain this text fail with what it names. */
  readonly failing = new Map<string, Error>();
  /** While held, replies wait in order for `release`. */
  #held: (() => void)[] | undefined;

  constructor(readonly log: Log) {}

  hold(): void {
    this.#held = [];
  }

  /** Lets the replies that wait come in, the last one first. */
  async release(): Promise<void> {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const reply of held.reverse()) {
      reply();
      await settled();
    }
  }

  async #reply<T>(request: string, make: () => T | Promise<T>): Promise<T> {
    this.asked.push(request);
    const held = this.#held;
    if (held) await new Promise<void>((resolve) => held.push(resolve));
    underWay++;
    try {
      for (const [part, error] of this.failing) if (request.includes(part)) throw error;
      return await make();
    } finally {
      underWay--;
    }
  }

  #layer(run: string, tag: string): Log[string][string] {
    const layer = this.log[run]?.[tag];
    if (!layer) throw new RouteError(404, `404: no ${run} ${tag}`);
    return layer;
  }

  tags(): Promise<Runs> {
    return this.#reply(
      'tags',
      () =>
        new Map(
          Object.entries(this.log).map(([run, layers]) => [
            run,
            {
              tags: new Map(
                Object.entries(layers).map(([tag, { shape }]) => [
                  tag,
                  { cell: shape.cell, hiddenSize: 4, description: '' },
                ]),
              ),
              scalars: ['accuracy', 'loss/validation', 'loss'],
              wallTime: this.written.get(run) ?? 0,
            },
          ]),
        ),
    );
  }

  steps(run: string, tag: string): ReturnType<Api['steps']> {
    return this.#reply(`steps ${run} ${tag}`, () => {
      const { steps, kept } = this.#layer(run, tag);
      return { steps: [...(kept ?? steps)], wallTimes: (kept ?? steps).map((step) => 1e9 + step) };
    });
  }

  overview(run: string, tag: string, metric: string | undefined): ReturnType<Api['overview']> {
    return this.#reply(`overview ${run} ${tag} ${metric ?? ''}`, () => {
      const { records, chosen, steps, rows } = this.#vectors(run, tag, metric);
      const lags = decodeLags(encodeLags(chosen, steps, rows, this.columns));
      return decodeOverview(encodeOverview(records[0]!.layer, chosen, steps, rows), lags);
    });
  }

  lags(...[run, tag, metric, [first, last]]: Parameters<Api['lags']>): ReturnType<Api['lags']> {
    return this.#reply(`lags ${run} ${tag} ${metric ?? ''} ${first}-${last}`, () => {
      const { chosen, steps, rows } = this.#vectors(run, tag, metric);
      return decodeLags(encodeLags(chosen, steps, rows, this.columns, first, last));
    });
  }

  #vectors(run: string, tag: string, metric: string | undefined) {
    const { shape, steps } = this.#layer(run, tag);
    const records = steps.map((step) => syntheticRecord(shape, step, 100));
    const all = records[0]!.metrics!;
    const chosen = metric === undefined ? all : all.filter(({ name }) => name === metric);
    if (chosen.length === 0) throw new RouteError(404, `404: no metric ${metric!}`);
    return { records, chosen, steps, rows: records.map((r) => overviewVector(r, chosen)) };
  }

  record(run: string, tag: string, step: number): ReturnType<Api['record']> {
    return this.#reply(`record ${run} ${tag} ${step}`, () => {
      const { shape } = this.#layer(run, tag);
      return decodeRecord(encodeRecord(syntheticRecord(shape, step, 100)));
    });
  }

  scalars(run: string, tag: string): ReturnType<Api['scalars']> {
    return this.#reply(`scalars ${run} ${tag}`, () => ({ steps: [0, 1], values: [2, 1] }));
  }

  labels(...[run, tag, metric, range]: Parameters<Api['labels']>): ReturnType<Api['labels']> {
    const what = `labels ${run} ${tag} ${metric} ${range?.join('-') ?? 'all'}`;
    return this.#reply(what, () => {
      this.#layer(run, tag);
      return this.sums.shift() ?? labelSums({});
    });
  }
}

/** Replies that are being made: a record is inflated in a thread, which takes its time. */
let underWay = 0;

/** Waits until all replies that are not held have come, and what they led to. */
export async function settled(): Promise<void> {
  for (let quiet = 0; quiet < 5; quiet = underWay > 0 ? 0 : quiet + 1) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
