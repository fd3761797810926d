// What a panel gives to take away: a picture, and the numbers in it. Files are made of both elsewhere
// in this folder; a panel knows no file format. Pictures come from the views, tables from `tables`.
import type { Surface } from '../render/surface';

export interface Picture {
  /** "Batch at step 3,200". Run, layer and step are added to every picture. */
  readonly title: string;
  /** What is shown, in plain words; nothing about how to use the page. */
  readonly subtitle: string;
  readonly legend: readonly Key[];
  /** One below the other. */
  readonly plots: readonly Plot[];
  /** How to read it, where that is not plain: below the plots. */
  readonly note: string;
}

export interface Plot {
  /** What tells it from the other plots. */
  readonly heading?: string;
  readonly axes?: Axes;
  /** Drawn one over the other, all of one size. */
  readonly layers: readonly Layer[];
}

export type Layer = (surface: Surface) => void;

/** Names of the axes, where the drawing itself does not write them. */
export interface Axes {
  readonly x?: string;
  readonly left?: string;
  readonly right?: string;
}

/** One entry of a legend. */
export type Key =
  | {
      readonly kind: 'line';
      readonly label: string;
      readonly colour: string;
      readonly width: number;
      readonly dash?: readonly number[];
    }
  | { readonly kind: 'box'; readonly label: string; readonly colour: string }
  | {
      readonly kind: 'ramp';
      readonly label: string;
      /** Colours at places in [0, 1], ascending. */
      readonly stops: readonly { readonly place: number; readonly colour: string }[];
      readonly marks: readonly { readonly place: number; readonly label: string }[];
    };

/** Undefined: there is none, such as the target of a step without one. */
export type Cell = number | string | boolean | undefined;

export interface Column {
  /** In lower case with underscores: stands in the first line of the CSV file. */
  readonly name: string;
  /** Empty where it is a plain number, a name or a text. */
  readonly unit: string;
  readonly description: string;
  readonly values: ArrayLike<Cell>;
}

/** Columns of one length. Run, layer and, of a single record, step are added to every file. */
export interface Table {
  /** Whether all of it is of the one record shown. */
  readonly ofRecord: boolean;
  readonly columns: readonly Column[];
}
