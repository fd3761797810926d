// Records that were read lately, and those being read: walking back and forth waits for nothing.
import type { RnnbowRecord } from '../wire/record';

export class RecordCache {
  readonly #ready = new Map<string, RnnbowRecord>();
  readonly #underway = new Map<string, { reading: Promise<RnnbowRecord>; signal: AbortSignal }>();

  constructor(private readonly capacity: number) {}

  /** The record of `key`: remembered, being read already, or read now. */
  load(
    key: string,
    signal: AbortSignal,
    read: (signal: AbortSignal) => Promise<RnnbowRecord>,
  ): Promise<RnnbowRecord> {
    const ready = this.#ready.get(key);
    if (ready) {
      this.#remember(key, ready);
      return Promise.resolve(ready);
    }
    const underway = this.#underway.get(key);
    if (underway && !underway.signal.aborted) return underway.reading;
    const reading = read(signal)
      .then((record) => {
        this.#remember(key, record);
        return record;
      })
      .finally(() => {
        if (this.#underway.get(key)?.reading === reading) this.#underway.delete(key);
      });
    this.#underway.set(key, { reading, signal });
    return reading;
  }

  #remember(key: string, record: RnnbowRecord): void {
    // A Map keeps the order of insertion: the first key is the one unused for longest.
    this.#ready.delete(key);
    this.#ready.set(key, record);
    const [oldest] = this.#ready.keys();
    if (this.#ready.size > this.capacity && oldest !== undefined) this.#ready.delete(oldest);
  }
}
