// One thing that is fetched: what it is now, what it is on the way to, what went wrong.
// Late replies are dropped here and nowhere else.

export interface Loaded<T> {
  /** What `value` is or will be; empty where nothing is asked for. */
  readonly key: string;
  readonly value: T | undefined;
  /** Key of `value`: differs from `key` while a kept value waits for the next. */
  readonly valueKey: string;
  readonly loading: boolean;
  readonly error: Error | undefined;
}

export type Fetcher<T> = (signal: AbortSignal) => Promise<T>;

/** Whether `value` is what was asked for last. */
export function isCurrent({ key, valueKey, value }: Loaded<unknown>): boolean {
  return value !== undefined && key === valueKey;
}

const NOTHING = { key: '', value: undefined, valueKey: '', loading: false, error: undefined };

export class Resource<T> {
  #now: Loaded<T> = NOTHING;
  #fetcher: Fetcher<T> | undefined;
  #request: AbortController | undefined;
  #again = false;

  /** `changed` is called when a reply or an error has come; never from within a call. */
  constructor(private readonly changed: () => void) {}

  get now(): Loaded<T> {
    return this.#now;
  }

  /**
   * Asks for `key` unless it is already there or on its way. The old value stays until it comes.
   *
   * With `inPassing`, what is under way is let finish and shown on the way to what is wanted:
   * somebody who holds a key down sees records pass by, and not the first until the end.
   */
  want(key: string, fetcher: Fetcher<T>, inPassing = false): void {
    if (key === this.#now.key) return;
    this.#fetcher = fetcher;
    this.#now = { ...this.#now, key, loading: true, error: undefined };
    if (!inPassing || !this.#request) this.#start();
  }

  /** Asks again for the same thing; its value stays until the reply. */
  refresh(): void {
    if (!this.#fetcher) return;
    // What is under way may have been answered before the news: ask once more after it.
    if (this.#now.loading) {
      this.#again = true;
      return;
    }
    this.#now = { ...this.#now, loading: true };
    this.#start();
  }

  /** Nothing is wanted any more. */
  clear(): void {
    if (this.#now.key === '') return;
    this.#request?.abort();
    this.#request = undefined;
    this.#fetcher = undefined;
    this.#now = NOTHING;
  }

  #start(): void {
    this.#request?.abort();
    const request = new AbortController();
    const { key } = this.#now;
    this.#request = request;
    this.#again = false;
    const settle = (outcome: Partial<Loaded<T>>): void => {
      // The one place where a reply that nobody waits for any more ends.
      if (this.#request !== request) return;
      this.#request = undefined;
      const passing = key !== this.#now.key;
      this.#now = { ...this.#now, ...outcome, loading: passing };
      if (passing) this.#start();
      else if (this.#again) this.refresh();
      this.changed();
    };
    this.#fetcher!(request.signal).then(
      (value) => {
        settle({ value, valueKey: key, error: undefined });
      },
      (error: unknown) => {
        if (key !== this.#now.key) {
          settle({}); // in passing: what is wanted by now is still to come
          return;
        }
        // What was asked for failed: something else in its place would pass for it.
        const gone = key === this.#now.valueKey ? {} : { value: undefined, valueKey: '' };
        settle({ ...gone, error: error instanceof Error ? error : new Error(String(error)) });
      },
    );
  }
}
