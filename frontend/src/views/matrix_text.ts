// What the matrix says in words.
import { formatLag, plural } from '../layout/format';
import { itemAt } from '../layout/items';
import type { Grid } from '../layout/matrix';
import type { Picture } from '../layout/picture';
import { formatItem } from './batch_text';

/** How to read it, where that is not plain. */
export function matrixNotes(grid: Grid, { signed, totals }: Picture): string {
  const broken = totals.nonfinite.reduce((sum, here) => sum + here, 0);
  const notes = [
    grid.share > 1 ? `A pixel shows the largest of up to ${grid.share} × ${grid.share} items.` : '',
    grid.largest === 0 && !grid.broken ? 'All items are 0.' : '',
    grid.zeros && grid.largest > 0 ? 'Grey is exactly 0.' : '',
    signed && grid.largest > 0 ? 'What is below zero cancels others.' : '',
    broken > 0
      ? `${plural(broken, 'item')} NaN or infinite: in red, and marked along the sides.`
      : '',
  ];
  return notes.filter((note) => note !== '').join(' ');
}

/** One item for a screen reader. */
export function spokenItem({ items, signed }: Picture, source: number, cell: number): string {
  const value = itemAt(items, cell, source);
  const said = value === undefined ? 'nothing' : formatItem(value, signed);
  return `at cell ${cell}, lag ${formatLag(source - cell)}: ${said}`;
}
