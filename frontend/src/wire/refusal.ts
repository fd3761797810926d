/** The verdicts of the format, the same as in Python (`wire/envelope.py`), in the order of judgement. */
export type Verdict =
  | 'not a RNNbow record'
  | 'truncated'
  | 'version'
  | 'checksum'
  | 'compression'
  | 'too large'
  | 'decompression'
  | 'structure';

/** A blob that is not read, and why. The message begins with the verdict and a colon. */
export class Refusal extends Error {
  constructor(
    readonly verdict: Verdict,
    detail: string,
  ) {
    super(`${verdict}: ${detail}`);
    this.name = 'Refusal';
  }
}
