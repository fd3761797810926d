// What the batch panel gives to take away.
import type { Key, Picture } from '../export/panel';
import { formatStep } from '../layout/format';
import { batchFactList } from './batch_text';
import { lagRamp } from '../layout/ramp';
import type { Metric } from '../wire/record';
import { CUT_DASH } from '../render/cuts';
import { PICTURE_RATIO } from '../render/surface';
import { drawBatch, drawIsolated } from './batch_draw';
import { batchNotes } from './batch_notes';
import { BatchGeometry } from './batch_shown';
import type { Context } from './context';

export function batchPicture(context: Context, width: number): Picture | undefined {
  const shown = new BatchGeometry().shown(context, width, PICTURE_RATIO);
  if (!shown) return undefined;
  const { record, plan } = shown;
  const { state, now, colours } = context;
  const { label, name } = now.metric!;
  const one = now.source === undefined ? '' : `; in full colour the loss at ${now.source}`;
  const { stops, marks } = lagRamp(record.message.first_lag, colours);
  // That there is no room for labels needs no words where nobody can zoom.
  const noted = { ...shown, plan: plan.every === 0 ? { ...plan, every: 1 } : plan };
  return {
    title: `Batch at step ${formatStep(record.message.step)}`,
    subtitle: `${label || name} at each cell, a band per loss that it comes from${one}; ${batchFactList(record, shown.sequence).join(' · ')}`,
    legend: [
      { kind: 'ramp', label: 'lag: steps from the cell to the loss', stops, marks },
      ...(shown.cuts.length > 0 ? [cutKey(context)] : []),
    ],
    plots: [
      {
        axes: { left: unitOf(now.metric!, label || name) },
        layers: [
          (surface) => {
            drawBatch(surface, shown, context, width, PICTURE_RATIO);
          },
          (surface) => {
            drawIsolated(surface, shown, context, width, PICTURE_RATIO);
          },
        ],
      },
    ],
    note: batchNotes(noted, state.selection.scale),
  };
}

function cutKey({ theme }: Context): Key {
  return { kind: 'line', label: 'gradient stops', colour: theme.text, width: 1, dash: CUT_DASH };
}

function unitOf({ unit }: Metric, name: string): string {
  return unit === '' ? name : `${name} (${unit})`;
}
