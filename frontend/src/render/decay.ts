// The gradient horizon: one bar per lag.
import type { DecayLayout } from '../layout/decay_bars';
import { css, type Rgb } from '../palettes';
import type { Theme } from '../theme';
import type { Box, Canvas2D } from './surface';

export function drawDecay(
  context: Canvas2D,
  layout: DecayLayout,
  colourOf: (lag: number) => Rgb,
  box: Box,
  theme: Theme,
): void {
  const gap = layout.pitch >= 4 ? Math.max(1, layout.pitch * 0.12) : 0;
  const width = Math.max(1, layout.pitch - gap);
  const bottom = box.top + box.height;
  for (const { entry, left, top } of layout.bars) {
    const x = box.left + left;
    const y = box.top + top;
    if (!Number.isFinite(entry.value)) {
      context.strokeStyle = theme.bad;
      context.setLineDash([3, 3]);
      context.strokeRect(x + 0.5, y + 0.5, width - 1, box.height - 1);
      context.setLineDash([]);
      continue;
    }
    context.fillStyle = css(colourOf(entry.lag));
    context.fillRect(x, y, width, bottom - y);
    // Against the rest of its source: shown by an outline, not by direction, on a log axis.
    if (entry.value < 0 && width >= 4) {
      context.strokeStyle = theme.bad;
      context.lineWidth = 1.5;
      context.strokeRect(x + 0.75, y + 0.75, width - 1.5, bottom - y - 1.5);
    }
  }
}
