// Small pieces that several views share.
import { html, nothing, type TemplateResult } from 'lit';
import type { Context } from './context';

/** Head of a panel: its title, what it shows, and what stands at its right end. */
export function panelHead(
  id: string,
  title: string,
  subtitle: TemplateResult | string,
  aside: TemplateResult | typeof nothing = nothing,
): TemplateResult {
  return html`<header class="panel-head">
    <h2 id="${id}-title">${title}</h2>
    <p class="subtitle" data-testid="${id}-subtitle">${subtitle}</p>
    <div class="aside">${aside}</div>
  </header>`;
}

/** What changes while one points, with room for what it says when nobody does: nothing below moves. */
export function steady(now: TemplateResult | string, room: string): TemplateResult {
  return html`<span class="steady" data-room=${room}><span>${now}</span></span>`;
}

/** What went wrong with one request, and a way to try again. */
export function problem(
  context: Context,
  what: string,
  error: Error | undefined,
  testid: string,
): TemplateResult | typeof nothing {
  if (!error) return nothing;
  return html`<div class="problem" role="alert" data-testid=${testid}>
    <p><strong>${what}</strong> ${error.message}</p>
    <button
      type="button"
      @click=${() => {
        context.controller.retry();
      }}
    >
      Try again
    </button>
  </div>`;
}

/** What a reader must not miss: by its sign and its weight, not by the colour alone. */
export function warning(text: string, testid: string): TemplateResult {
  return html`<strong class="warning" data-testid=${testid}
    ><svg width="14" height="14" aria-hidden="true">
      <path d="M7 1.5 13.2 12.5H.8zM7 5.5v3M7 10v1.2" />
    </svg>
    <span><span class="hidden">Warning: </span>${text}</span></strong
  >`;
}

export interface Tip {
  readonly x: number;
  readonly y: number;
  readonly lines: readonly (TemplateResult | string)[];
}

/** Room right of the pointer with which the readout stands there: enough to read it, if on more lines. */
const ROOM = 240;

/** A readout beside the pointer, kept within `width`. It repeats what is said elsewhere in words. */
export function tipBox(tip: Tip | undefined, width: number): TemplateResult | typeof nothing {
  if (!tip) return nothing;
  const side = tip.x > width - ROOM ? `right:${width - tip.x + 14}px` : `left:${tip.x + 14}px`;
  return html`<div class="tip" style="${side};top:${tip.y}px" aria-hidden="true" data-testid="tip">
    ${tip.lines.map((line) => html`<div>${line}</div>`)}
  </div>`;
}

/** A table that scrolls. */
export function region(title: string, table: TemplateResult): TemplateResult {
  return html`<div class="values" role="region" tabindex="0" aria-label=${title}>${table}</div>`;
}
