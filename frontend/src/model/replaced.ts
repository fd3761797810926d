// What the address asks for and the page cannot show: said, because something else stands there.
import { isCurrent } from '../api/resource';
import { formatStep, visibleName } from '../layout/format';
import type { Resolved } from './resolve';
import type { State } from './state';

/**
 * One sentence for each; none while what is shown is still on its way. `inFile`: the page is a
 * report, which holds some of the records.
 */
export function replaced(state: State, now: Resolved, inFile = false): string[] {
  const { selection, steps, record, overview } = state;
  if (!isCurrent(steps) || !isCurrent(record)) return [];
  const said: string[] = [];
  const { step, pin, metric } = selection;
  if (step !== undefined && now.step !== undefined && step !== now.step) {
    const dropped = overview.value?.steps.includes(step) ?? false;
    const away = inFile ? 'not in this file' : 'no longer kept by TensorBoard’s sampling';
    const why = dropped ? away : 'not recorded';
    said.push(
      `Step ${formatStep(step)} is ${why}: the nearest record is shown, step ${formatStep(now.step)}.`,
    );
  }
  const { length } = record.value!.sequences[now.sequence]!;
  if (pin !== undefined && pin >= length) {
    said.push(
      `No loss at time step ${pin} to pin: the sequence has ${length} steps, 0 to ${length - 1}.`,
    );
  }
  if (metric !== undefined && now.metric && metric !== now.metric.name) {
    said.push(
      `This layer has no metric “${visibleName(metric)}”: ${visibleName(now.metric.name)} is shown.`,
    );
  }
  return said;
}
