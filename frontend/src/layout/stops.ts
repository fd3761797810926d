// Where gradient stops: a graph that was cut, a state that was reset, steps without a loss.
// What that is, and what is not, is stated in docs/rules.md.
import { cellsWith, type Items, itemAt, largestBySource } from './items';

export interface Stops {
  /** Time steps c such that nothing flows between the cells c - 1 and c. */
  readonly cuts: readonly number[];
  /** Time steps at which gradient enters, ascending. */
  readonly sources: readonly number[];
}

/** Of the largest item of its loss: an item above that does not vanish in one step. */
const STRONG = 1e-3;

/**
 * From the tables of all metrics of one sequence, read as far as they are needed: an item of the
 * weight is also 0 where the state before its cell was. Below the `tolerance` of a recorder they are
 * 0 as well: less than a hundred times above, nothing is said.
 */
export function gradientStops(tables: Iterable<Items>, tolerance = 0): Stops {
  const read: Items[] = [];
  let crossed: Uint8Array | undefined;
  let enters: Uint8Array | undefined;
  for (const items of tables) {
    read.push(items);
    crossed ??= new Uint8Array(items.length + 1);
    enters ??= new Uint8Array(items.length);
    mark(items, crossed, enters);
    if (crossed.subarray(1, items.length).every(Boolean) && enters.every(Boolean)) break;
  }
  const strong = Math.max(STRONG, 100 * tolerance);
  const cuts: number[] = [];
  for (let c = 1; c < (read[0]?.length ?? 0); c++) {
    if (!crossed![c] && read.some((items) => arrives(items, c, strong))) cuts.push(c);
  }
  const sources: number[] = [];
  enters?.forEach((found, t) => {
    if (found) sources.push(t);
  });
  return { cuts, sources };
}

/** Marks the boundaries that items of this table cross, and the steps that they come from. */
function mark(items: Items, crossed: Uint8Array, enters: Uint8Array): void {
  const { values, firstLag, lags, length } = items;
  const open = new Int32Array(length + 2);
  for (let k = 0; k < lags; k++) {
    const lag = firstLag + k;
    const [from, to] = cellsWith(items, k);
    for (let cell = from, i = k * length + from; cell < to; cell++, i++) {
      if (values[i] === 0) continue;
      enters[cell + lag] = 1;
      open[Math.min(cell, cell + lag) + 1]!++;
      open[Math.max(cell, cell + lag) + 1]!--;
    }
  }
  for (let c = 1, above = 0; c < length; c++) {
    above += open[c]!;
    if (above > 0) crossed[c] = 1;
  }
}

/** Whether gradient reaches the edge c from either side, strong, with a lag beyond it recorded. */
function arrives(items: Items, c: number, strong: number): boolean {
  for (let source = 0; source < items.length; source++) {
    const [here, beyond] = source >= c ? [c, c - 1] : [c - 1, c];
    const item = Math.abs(itemAt(items, here, source) ?? 0);
    if (item === 0 || itemAt(items, beyond, source) === undefined) continue;
    if (item >= strong * largestBySource(items)[source]!) return true;
  }
  return false;
}
