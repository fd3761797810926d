// A panel whose code is fetched when it is shown for the first time: not everybody waits for it.
import { html, type TemplateResult } from 'lit';
import type { Context, View } from './context';

/**
 * A panel that is shown when it `accepts`; `load` gives the same panel with all it needs, `waiting` stands
 * in its place until then.
 */
export function lazy(
  { id, title, accepts }: Pick<View, 'id' | 'title' | 'accepts'>,
  load: () => Promise<View>,
  waiting: TemplateResult = html`<p class="note" role="status">Loading ${title.toLowerCase()}…</p>`,
): View {
  let view: View | undefined;
  let error: Error | undefined;
  let asked = false;
  const ask = ({ redraw }: Context): void => {
    asked = true;
    error = undefined;
    load()
      .then(
        (loaded) => (view = loaded),
        (reason: unknown) => (error = reason instanceof Error ? reason : new Error(String(reason))),
      )
      .finally(redraw);
  };
  return {
    id,
    title,
    accepts,
    render: (context) => {
      if (view) return view.render(context);
      if (!asked) ask(context);
      if (!error) return waiting;
      return html`<div class="problem" role="alert" data-testid="${id}-problem">
        <p><strong>${title} did not load.</strong> ${error.message}</p>
        <button
          type="button"
          @click=${() => {
            ask(context);
            context.redraw();
          }}
        >
          Try again
        </button>
      </div>`;
    },
    holds: (context) => view?.holds(context) ?? false,
    picture: (context, width) => view?.picture?.(context, width),
  };
}
