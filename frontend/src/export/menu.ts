// The menu of a panel: in which form it can be taken away.
import { html, nothing, type TemplateResult } from 'lit';
import type { Context, View } from '../views/context';
import { loadFiles } from './load_files';
import type { Format } from './take';

const FORMATS: readonly { format: Format; label: string; note: string }[] = [
  { format: 'png', label: 'PNG', note: 'picture, 2x' },
  { format: 'svg', label: 'SVG', note: 'vector picture' },
  { format: 'csv', label: 'CSV', note: 'table' },
  { format: 'json', label: 'JSON', note: 'table with units' },
];

export function exportMenu(view: View, context: Context): TemplateResult | typeof nothing {
  if (!view.picture || !view.holds(context)) return nothing;
  return html`<details
    class="export"
    data-testid="${view.id}-export"
    @focusout=${onFocusOut}
    @keydown=${onKey}
  >
    <summary aria-label="Save ${view.title}" title="Save this panel as a picture or a table">
      ${icon('M8 2v7.5M4.8 6.5 8 9.7l3.2-3.2M2.5 13.2h11')}
    </summary>
    <div>
      ${FORMATS.map(
        ({ format, label, note }) =>
          html`<button
            type="button"
            data-testid="${view.id}-${format}"
            @click=${(event: Event) => {
              void save(event.target as Element, view, context, format);
            }}
          >
            ${label} <span>${note}</span>
          </button>`,
      )}
      <p role="alert"></p>
    </div>
  </details>`;
}

async function save(from: Element, view: View, context: Context, format: Format): Promise<void> {
  const details = from.closest('details')!;
  const chart = details.parentElement!.querySelector('.canvas-box');
  const problem = details.querySelector('p')!;
  try {
    const { takeAway } = await loadFiles();
    problem.textContent = await takeAway(view, context, format, chart?.clientWidth ?? 0);
    if (problem.textContent !== '') return;
    close(details);
  } catch (error) {
    problem.textContent = `This did not work: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function close(details: HTMLDetailsElement): void {
  details.open = false;
  details.querySelector('summary')!.focus();
}

export function icon(path: string): TemplateResult {
  return html`<svg width="16" height="16" aria-hidden="true">
    <path d=${path} fill="none" stroke="currentColor" stroke-width="1.5" />
  </svg>`;
}

/** Closed by going elsewhere, as any menu. */
function onFocusOut(event: FocusEvent): void {
  const details = event.currentTarget as HTMLDetailsElement;
  if (!details.contains(event.relatedTarget as Node | null)) details.open = false;
}

function onKey(event: KeyboardEvent): void {
  const details = event.currentTarget as HTMLDetailsElement;
  if (event.key !== 'Escape' || !details.open) return;
  close(details);
  // It closes the menu, and does nothing else on the page.
  event.preventDefault();
}
