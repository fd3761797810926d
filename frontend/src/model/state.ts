// All that the page shows, at one moment. Views read it and never write to it.
import type { Loaded } from '../api/resource';
import type { Runs, Scalars, Steps } from '../api/routes';
import type { Overview } from '../wire/overview';
import type { RnnbowRecord } from '../wire/record';
import type { Selection } from './selection';

export interface State {
  readonly selection: Selection;
  readonly runs: Loaded<Runs>;
  readonly steps: Loaded<Steps>;
  readonly overview: Loaded<Overview>;
  readonly record: Loaded<RnnbowRecord>;
  readonly scalars: Loaded<Scalars>;
  /** Source under the pointer or the keyboard: shown, not kept. */
  readonly hover: number | undefined;
}
