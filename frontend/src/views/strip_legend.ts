// What the colours of the strip stand for.
import type { Key } from '../export/panel';
import { formatPercent } from '../layout/format';
import { shareMarks, type ShareScale } from '../layout/share_scale';
import { css, type PaletteName } from '../palettes';
import { placeColour } from '../render/strip';
import type { Theme } from '../theme';

const STOPS = 16;

type Ramp = Extract<Key, { kind: 'ramp' }>;

/** Colours and marks from the smallest share to the largest. */
export function shareRamp(scale: ShareScale, palette: PaletteName, theme: Theme): Ramp {
  const from = scale.place(scale.bottom);
  const inRamp = (place: number): number => (place - from) / (1 - from);
  const stops = Array.from({ length: STOPS + 1 }, (_, i) => {
    const place = i / STOPS;
    const colour = css(placeColour(palette, theme, from + (1 - from) * place));
    return { place, colour };
  });
  const marks = shareMarks(scale, 0.2 * (1 - from)).map((share) => {
    const more = scale.clipped && Math.abs(share) === scale.top;
    const sign = share < 0 ? '≤ ' : '≥ ';
    const label = `${more ? sign : ''}${formatPercent(share, 1)}`;
    return { place: inRamp(scale.place(share)), label };
  });
  return { kind: 'ramp', label: 'share of the gradient', stops, marks };
}
