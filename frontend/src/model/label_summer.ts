// Asks for sums by label until they are whole: while somebody looks, and unless told to stop.
import { type Loaded, Resource } from '../api/resource';
import type { LabelSums } from '../api/label_sums';

export interface Summing extends Loaded<LabelSums> {
  /** Left as they are by the user's wish, with records still to be read. */
  readonly stopped: boolean;
}

export class LabelSummer {
  readonly #sums: Resource<LabelSums>;
  #watched = false;
  #stopped = false;
  #news = false;
  #before = -1;

  constructor(changed: () => void) {
    this.#sums = new Resource(() => {
      this.#goOn();
      changed();
    });
  }

  get now(): Summing {
    return { ...this.#sums.now, stopped: this.#stopped };
  }

  /** Asks for nothing before somebody looks: it costs TensorBoard seconds. */
  get watched(): boolean {
    return this.#watched;
  }

  watch(watched: boolean): void {
    if (watched === this.#watched) return;
    this.#watched = watched;
    if (!watched) return;
    if (this.#news) this.refresh();
    else this.#goOn();
  }

  want(key: string, fetcher: (signal: AbortSignal) => Promise<LabelSums>): void {
    if (key === this.#sums.now.key) return;
    if (!this.#watched) {
      this.#sums.clear(); // of something else, and not to be taken for this
      return;
    }
    this.#stopped = false;
    this.#news = false;
    this.#before = -1;
    this.#sums.want(key, fetcher);
  }

  /** There may be new records, or another try is wanted. */
  refresh(): void {
    this.#before = -1;
    this.#news = !this.#watched || this.#stopped;
    if (!this.#news) this.#sums.refresh();
  }

  stop(): void {
    this.#stopped = true;
  }

  resume(): void {
    this.#stopped = false;
    this.refresh();
  }

  clear(): void {
    this.#sums.clear();
  }

  #goOn(): void {
    const { value, error, loading } = this.#sums.now;
    if (!value || error || loading || value.left === 0) return;
    if (!this.#watched || this.#stopped) return;
    // Where a request gets no further, the next would not either.
    const read = value.summed + value.damaged;
    if (read === this.#before) return;
    this.#before = read;
    this.#sums.refresh();
  }
}
