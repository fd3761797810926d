// All that the page shows, at one moment. Views read it and never write to it.
import type { Loaded } from '../api/resource';
import type { Runs, Scalars, Steps } from '../api/routes';
import type { Overview } from '../wire/overview';
import type { RnnbowRecord } from '../wire/record';
import type { Closer } from './closer';
import type { Summing } from './label_summer';
import type { Selection } from './selection';

/** What is there of one layer of one run. */
export interface LayerState {
  readonly steps: Loaded<Steps>;
  readonly overview: Loaded<Overview>;
  /** The lags of the part of training that is looked at, where those of the overview are too coarse. */
  readonly closer: Loaded<Closer>;
  readonly record: Loaded<RnnbowRecord>;
  readonly scalars: Loaded<Scalars>;
  readonly labels: Summing;
}

export interface State extends LayerState {
  readonly selection: Selection;
  readonly runs: Loaded<Runs>;
  /** The run that is shown where none is chosen. */
  readonly opened: string | undefined;
  /** Of every run beside the chosen one the same page, as if that one were chosen. */
  readonly beside: readonly State[];
  /** Source under the pointer or the keyboard: shown, not kept. */
  readonly hover: number | undefined;
}
