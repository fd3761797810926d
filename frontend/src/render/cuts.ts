// Where gradient stops, in the bars: a thin mark between the two cells that nothing flows between.
import type { Columns } from '../layout/columns';
import { columnOf } from '../layout/columns';
import type { Theme } from '../theme';
import type { Box, Canvas2D } from './surface';

export const CUT_DASH = [2, 3];

/** Of several within one column the first is drawn, at its left edge. */
export function drawCuts(
  canvas: Canvas2D,
  cuts: readonly number[],
  columns: Columns,
  box: Box,
  theme: Theme,
  ratio: number,
): void {
  canvas.save();
  canvas.strokeStyle = theme.text;
  canvas.setLineDash(CUT_DASH);
  canvas.beginPath();
  for (const cut of cuts) {
    const column = columnOf(columns, cut);
    // The left edge of all that is in view says nothing of what lies before.
    if (column < 1) continue;
    const x = box.left + Math.floor((columns.to[column - 1]! + columns.from[column]!) / 2 / ratio);
    canvas.moveTo(x + 0.5, box.top - 6);
    canvas.lineTo(x + 0.5, box.top + box.height);
  }
  canvas.stroke();
  canvas.restore();
}
