// Keeping one source in view, from whatever panel.
import { spokenSource } from './batch_text';
import type { Context } from './context';

/** Pins a source, or releases the one that is; says so where that changes something. */
export function pinSource(context: Context, source: number | undefined): void {
  const { controller, announce, state, now } = context;
  const record = state.record.value;
  if (source === state.selection.pin || !record) return;
  controller.select({ pin: source });
  const spoken = (pinned: number): string =>
    spokenSource(record.sequences[now.sequence]!, record.message.labels, pinned);
  announce(source === undefined ? 'Released' : `Pinned ${spoken(source)}`);
}

/** A click on a source: pins it, or releases it where it is pinned already. */
export function togglePin(context: Context, source: number | undefined): void {
  pinSource(context, source === context.state.selection.pin ? undefined : source);
}
