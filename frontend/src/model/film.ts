// Training as a film: record after record, at a steady pace.
import { formatStep } from '../layout/format';
import { nearestIndex } from '../layout/timeline';
import type { Controller } from './controller';
import { resolve } from './resolve';
import type { Selection } from './selection';

/** Longest film: of more records than have time, every n-th is shown, and the last. */
const LONGEST_MS = 60_000;

export interface Projector {
  /** Milliseconds from one record to the next. */
  readonly pace: () => number;
  /** Whether somebody can see it. */
  readonly watched: () => boolean;
  /** Called when it begins and when it ends, with what a screen reader says. */
  readonly changed: (said: string) => void;
}

export class Film {
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Records that it goes on at a time. */
  #stride = 1;
  #shown: Selection | undefined; // what the film itself chose last
  #unsubscribe: (() => void) | undefined;

  constructor(
    private readonly controller: Controller,
    private readonly projector: Projector,
  ) {}

  get playing(): boolean {
    return this.#unsubscribe !== undefined;
  }

  get stride(): number {
    return this.#stride;
  }

  /** Stops, or plays on from the record shown: from the first where that is the last. */
  toggle(): void {
    if (this.playing) this.stop();
    else this.#play();
  }

  stop(): void {
    if (!this.playing) return;
    clearTimeout(this.#timer);
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    this.#say('Stopped');
  }

  #play(): void {
    const steps = this.#steps();
    if (steps.length < 2) return;
    const pace = this.projector.pace();
    this.#stride = Math.ceil((steps.length * pace) / LONGEST_MS);
    const { step } = resolve(this.controller.state);
    const begins = step === undefined || step < steps[0]! || step >= steps.at(-1)!;
    // One that follows the newest would jump there with every new record.
    this.#choose(begins ? steps[0]! : step);
    this.#unsubscribe = this.controller.subscribe(() => {
      if (differs(this.controller.state.selection, this.#shown!)) this.stop();
    });
    this.#say('Playing');
    this.#next(pace);
  }

  /** Those of the range that is picked; all where none is. */
  #steps(): readonly number[] {
    const { steps, selection } = this.controller.state;
    const all = steps.value?.steps ?? [];
    const { range } = selection;
    return range ? all.filter((step) => step >= range[0] && step <= range[1]) : all;
  }

  #next(pace: number): void {
    this.#timer = setTimeout(() => {
      // Every record is seen: one that is slow to come is waited for.
      if (this.controller.state.record.loading || !this.projector.watched()) {
        this.#next(pace);
        return;
      }
      const steps = this.#steps();
      const place = nearestIndex(steps, this.#shown?.step ?? 0);
      const step = steps[Math.min(steps.length - 1, place + this.#stride)];
      if (step !== undefined && place < steps.length - 1) this.#choose(step);
      if (step === undefined || step === steps.at(-1)) this.stop();
      else this.#next(pace);
    }, pace);
  }

  #choose(step: number): void {
    const { state } = this.controller;
    const shown = { run: resolve(state).run, step };
    this.#shown = { ...state.selection, ...shown };
    this.controller.select(shown);
  }

  #say(what: string): void {
    const { step } = resolve(this.controller.state);
    this.projector.changed(`${what} at step ${formatStep(step ?? 0)}`);
  }
}

/** Whether anything else was chosen. That the view of training follows the film is no choice. */
function differs(one: Selection, other: Selection): boolean {
  return (Object.keys(one) as (keyof Selection)[]).some(
    (key) => key !== 'zoom' && !Object.is(one[key], other[key]),
  );
}
