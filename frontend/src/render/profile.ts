// Lines over lag, one per run, each with its name at its end.
import { type Profile, type ProfileAxes, spread } from '../layout/profile';
import type { Theme } from '../theme';
import { drawHorizontalAxis, drawVerticalAxis, fitName, SMALL } from './axes';
import type { Box, Canvas2D } from './surface';

/** Height of a name. */
const NAME = 14;

export interface Line {
  readonly name: string;
  readonly colour: string;
  readonly profile: Profile;
}

/** `names`: room for them right of the plot. */
export function drawProfiles(
  canvas: Canvas2D,
  lines: readonly Line[],
  { x, y, low }: ProfileAxes,
  box: Box,
  theme: Theme,
  names: number,
): void {
  drawVerticalAxis(canvas, y, box, theme);
  drawHorizontalAxis(canvas, x, box, theme, '');
  const ends = lines.map(({ profile, colour }) => {
    canvas.strokeStyle = colour;
    canvas.fillStyle = colour;
    canvas.lineWidth = 1.75;
    canvas.lineJoin = 'round';
    canvas.beginPath();
    let end: { x: number; y: number } | undefined;
    profile.lags.forEach((lag, i) => {
      const part = profile.parts[i]!;
      if (part < low) return;
      const point = { x: box.left + x.position(lag), y: box.top + y.position(part) };
      // A lag at which nothing arrives is a gap: a line over it would be a claim.
      if (i > 0 && profile.parts[i - 1]! >= low) canvas.lineTo(point.x, point.y);
      else canvas.moveTo(point.x, point.y);
      end = point;
    });
    canvas.stroke();
    if (end && profile.parts.filter((part) => part >= low).length === 1) {
      canvas.beginPath();
      canvas.arc(end.x, end.y, 3, 0, 2 * Math.PI);
      canvas.fill();
    }
    return end;
  });
  const named = lines.flatMap((line, i) => (ends[i] ? [{ line, end: ends[i] }] : []));
  const tops = spread(
    named.map(({ end }) => end.y),
    NAME,
    box.top + box.height - 2,
  );
  canvas.font = SMALL;
  canvas.textAlign = 'left';
  canvas.textBaseline = 'middle';
  named.forEach(({ line, end }, i) => {
    const left = box.left + box.width + 10;
    canvas.strokeStyle = line.colour;
    canvas.lineWidth = 1;
    canvas.setLineDash([1, 2]);
    canvas.beginPath();
    canvas.moveTo(end.x + 2, end.y);
    canvas.lineTo(left - 3, tops[i]!);
    canvas.stroke();
    canvas.setLineDash([]);
    canvas.fillStyle = theme.text;
    canvas.fillText(fitName(canvas, line.name, names - 12), left, tops[i]!);
  });
}
