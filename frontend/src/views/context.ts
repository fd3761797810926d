// What every view gets, and what a view is.
import type { TemplateResult } from 'lit';
import type { Picture } from '../export/panel';
import type { Report } from '../export/report';
import type { Controller } from '../model/controller';
import type { Film } from '../model/film';
import type { Resolved } from '../model/resolve';
import type { State } from '../model/state';
import type { Rgb } from '../palettes';
import type { Theme } from '../theme';

export interface Context {
  readonly state: State;
  readonly now: Resolved;
  readonly theme: Theme;
  /** Colour of a lag in the record shown. */
  readonly colours: readonly Rgb[];
  readonly controller: Controller;
  readonly film: Film;
  /** The file that this page is; undefined in TensorBoard. */
  readonly report: Report | undefined;
  /** Address of the page as it is now. */
  readonly link: () => string;
  /** Shows the page anew, for what is in no state: the code of a panel has come. */
  readonly redraw: () => void;
  /** Says something to a screen reader. */
  readonly announce: (text: string) => void;
}

/** Whether there is a record to show, and a metric to show it by. */
export function hasRecord({ state, now }: Context): boolean {
  return state.record.value !== undefined && now.metric !== undefined;
}

/** A panel of the page. A new one is a file beside this and a line in `index.ts`. */
export interface View {
  /** Also the panel's `data-testid`. */
  readonly id: string;
  readonly title: string;
  /** Whether there is anything to show: a panel without is left out. */
  readonly accepts: (context: Context) => boolean;
  readonly render: (context: Context) => TemplateResult;
  /** Whether there is anything to take away: the menu for that is not there before. */
  readonly holds: (context: Context) => boolean;
  /**
   * The panel as it is now to take away, `width` CSS pixels wide, in the theme and the colours of
   * `context`, which need not be those of the page. Undefined while there is nothing to show. The
   * numbers in it are in export/tables.
   */
  readonly picture?: (context: Context, width: number) => Picture | undefined;
}
