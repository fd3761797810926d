// Lines over lag, one per run, each with its name at its end.
import { type Profile, type ProfileAxes, stackNames } from '../layout/profile';
import type { Theme } from '../theme';
import { drawHorizontalAxis, drawVerticalAxis, fitName, SMALL } from './axes';
import type { Box, Canvas2D } from './surface';

/** Height of a name, and how far it stands from the end of its line. */
const NAME = 14;
const GAP = 7;
/** Radius of the dot there: it ties the name to the line, and shows a single lag. */
const END = 3;

export interface Line {
  readonly name: string;
  readonly colour: string;
  readonly profile: Profile;
}

/** `names`: room for those of lines that go to the last lag, right of the plot. */
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
    if (end) {
      canvas.beginPath();
      canvas.arc(end.x, end.y, END, 0, 2 * Math.PI);
      canvas.fill();
    }
    return end;
  });
  canvas.font = SMALL;
  canvas.textAlign = 'left';
  canvas.textBaseline = 'middle';
  const named = lines.flatMap(({ name }, i) => {
    const end = ends[i];
    if (!end) return [];
    const left = end.x + GAP;
    const text = fitName(canvas, name, box.left + box.width + names - left);
    return [{ text, left, width: canvas.measureText(text).width, y: end.y }];
  });
  const heights = stackNames(named, NAME, box.top + box.height - NAME / 2);
  named.forEach(({ text, left, width }, i) => {
    // Another run's line may pass here.
    canvas.fillStyle = theme.background;
    canvas.globalAlpha = 0.8;
    canvas.fillRect(left - 2, heights[i]! - NAME / 2, width + 4, NAME);
    canvas.globalAlpha = 1;
    canvas.fillStyle = theme.text;
    canvas.fillText(text, left, heights[i]!);
  });
}
