// What stands below the bars: how to read them, where that is not plain.
import {
  formatNumber,
  formatPercent,
  formatSetting,
  formatStep,
  plural,
  visibleToken,
} from '../layout/format';
import { once } from '../layout/items';
import { largestItem } from '../layout/largest';
import type { Picture } from '../layout/picture';
import { entryText } from '../layout/series';
import type { ScaleKind } from '../layout/stack';
import { SCALES } from '../model/selection';
import type { RnnbowRecord, Sequence } from '../wire/record';
import type { Shown } from './batch_shown';

type Noted = Pick<Shown, 'record' | 'sequence' | 'picture' | 'bars' | 'plan'>;

/** How to read what is drawn, where that is not plain. */
export function batchNotes(
  { record, sequence, picture, bars, plan }: Noted,
  kind: ScaleKind,
): string {
  const { perColumn } = bars.columns;
  const { tolerance, dropped_share: dropped } = record.message;
  const notes = [
    largestNote(record, sequence, picture),
    record === record.all ? '' : meanNote(record, picture.signed),
    picture.signed ? sharesNote(record, picture) : NORMS,
    picture.split ? 'Losses ahead of a cell count up, losses behind it down.' : '',
    scaleNote(kind, picture.signed || picture.split),
    droppedNote(tolerance, dropped),
    perColumn > 1 ? `Each column shows the largest of ${perColumn} cells.` : '',
    plan.every === 0 ? 'Labels appear closer up: Ctrl with the wheel, or the key +.' : '',
    plan.every > 1 ? `A label at every ${plan.every === 2 ? 'second' : 'third'} cell.` : '',
    picture.damaged > 0
      ? `${plural(picture.damaged, 'cell')} with NaN or infinite items: hatched, and left out of the bars.`
      : '',
  ];
  return notes.filter((note) => note !== '').join(' ');
}

const largestOf = once(largestItem);

/** What one looks for first: the loss with the largest item, by its target where it has one. */
function largestNote({ message }: RnnbowRecord, { targets }: Sequence, picture: Picture): string {
  const largest = largestOf(picture.items);
  if (!largest || !Number.isFinite(largest.value)) return '';
  const { source, cell, others } = largest;
  const target = targets?.tokens.length
    ? entryText(targets, message.labels, source, visibleToken, formatNumber)
    : undefined;
  const where = cell === source ? 'in its own cell' : `at cell ${cell}`;
  const alike = others > 0 ? `, and ${formatStep(others)} more alike` : '';
  return `Largest: the loss at ${source}${target ? `, target ${target},` : ''} ${where}${alike}.`;
}

/** Less than that is within the rounding of the shares. */
const LEAST_DROPPED = 1e-5;

function isSaid(dropped: number | undefined): dropped is number {
  return dropped !== undefined && Math.abs(dropped) >= LEAST_DROPPED;
}

function droppedNote(tolerance: number, dropped: number | undefined): string {
  if (tolerance === 0) return '';
  const held = isSaid(dropped)
    ? formatPercent(dropped, 2)
    : `less than ${formatPercent(LEAST_DROPPED, 1)}`;
  const rest = dropped === undefined ? '' : `: they held ${held} of the whole`;
  return `Gradients that fell to ${formatSetting(tolerance)} of their start were dropped${rest}.`;
}

const NORMS = 'Norms do not add: a bar overstates the norm of its sum.';

function meanNote({ all }: RnnbowRecord, share: boolean): string {
  const lengths = new Set(all.sequences.map(({ length }) => length));
  const shorter = lengths.size > 1 && !share ? ', each as far as it goes' : '';
  const which = `${plural(all.sequences.length, 'sequence')}${shorter}`;
  const what = share ? `Shares of ${which}, added.` : `Mean over ${which}.`;
  return `${what} Each has labels of its own: choose one to read them.`;
}

function sharesNote({ sequences, message }: RnnbowRecord, { totals }: Picture): string {
  const shares = isSaid(message.dropped_share) ? 'Shares and what was dropped' : 'Shares';
  const down = 'what counts down cancels others.';
  if (sequences.length === 1) return `${shares} add up to 100 % over all bars; ${down}`;
  const sum = totals.up.reduce((a, b) => a + b, 0) - totals.down.reduce((a, b) => a + b, 0);
  return `${shares} add up to 100 % over all sequences, here to ${formatPercent(sum)}; ${down}`;
}

function scaleNote(kind: ScaleKind, bothWays: boolean): string {
  if (kind === 'linear') return '';
  if (kind === 'relative' && bothWays) return 'Of every bar, up and down together make 100 %.';
  const { note } = SCALES.find(({ name }) => name === kind)!;
  return `${note.charAt(0).toUpperCase()}${note.slice(1)}.`;
}
