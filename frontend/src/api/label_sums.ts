// The reply of the route `labels`, as it stands: gradient of many records, summed by label.
import type { Span } from '../layout/zoom';

export interface InputLabel {
  readonly label: string;
  /** Time steps with this label. */
  readonly count: number;
}

export interface TargetLabel extends InputLabel {
  /** Of its time steps, those with a prediction, and those with a wrong one. */
  readonly predicted: number;
  readonly wrong: number;
  /** The wrong prediction at whose losses most gradient began. */
  readonly said: { readonly label: string; readonly count: number; readonly sum: number } | null;
}

export interface LabelSums {
  /** Records in the sums, to be read still, and left out as damaged. */
  readonly summed: number;
  readonly left: number;
  readonly damaged: number;
  /** Of those summed. */
  readonly without_labels: number;
  /** First and last step that was read. */
  readonly steps: readonly number[];
  readonly metric: string;
  /** First and last lag of each bin. */
  readonly lags: readonly Span[];
  readonly targets: readonly TargetLabel[];
  readonly inputs: readonly InputLabel[];
  /** How many labels there are beside these, at least. */
  readonly others: { readonly targets: number; readonly inputs: number };
  readonly unlabelled: number;
  readonly nonfinite: number;
  /** `[targets + 1, inputs + 1, lags]`: the last target and input stand for all others. */
  readonly sums: readonly number[];
  /** Items; of the same shape. */
  readonly counts: readonly number[];
}
