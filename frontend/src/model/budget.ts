// How often something may be done at once, and how often in the long run.

/** Starts full with `most`; a new one comes every `everyMs`. */
export class Budget {
  #left: number;
  #counted: number;

  constructor(
    private readonly most: number,
    private readonly everyMs: number,
    now: number,
  ) {
    this.#left = most;
    this.#counted = now;
  }

  /** Takes one: 0 where there was one, else the milliseconds until there will be. */
  take(now: number): number {
    const fresh = Math.floor((now - this.#counted) / this.everyMs);
    this.#left = Math.min(this.most, this.#left + fresh);
    this.#counted += fresh * this.everyMs;
    if (this.#left > 0) {
      this.#left--;
      return 0;
    }
    return this.#counted + this.everyMs - now;
  }
}
