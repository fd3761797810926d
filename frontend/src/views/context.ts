// What every view gets, and what a view is.
import type { TemplateResult } from 'lit';
import type { PanelExport } from '../export/panel';
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
  /** Says something to a screen reader. */
  readonly announce: (text: string) => void;
}

/** A panel of the page. A new one is a file beside this and a line in `index.ts`. */
export interface View {
  /** Also the panel's `data-testid`. */
  readonly id: string;
  readonly title: string;
  /** Whether there is anything to show: a panel without is left out. */
  readonly accepts: (context: Context) => boolean;
  readonly render: (context: Context) => TemplateResult;
  /** What can be taken away; a panel without has no menu for it. */
  readonly export?: PanelExport;
}
