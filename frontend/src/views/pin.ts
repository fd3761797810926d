// Keeping one source in view, from whatever panel.
import { html, type TemplateResult } from 'lit';
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

/** Releases the source in view; its room alone while that is there for the pointer. */
export function unpinButton(context: Context): TemplateResult {
  const { now, state } = context;
  const idle = now.source === undefined || state.selection.pin !== now.source;
  return html`<button
    type="button"
    data-testid="unpin"
    class=${idle ? 'absent' : ''}
    @click=${() => {
      // The button goes away: the focus must not go with it.
      const plot = document.querySelector<HTMLElement>('[data-testid=batch-plot]');
      plot?.focus({ preventScroll: true });
      pinSource(context, undefined);
    }}
  >
    Unpin <kbd>Esc</kbd>
  </button>`;
}
