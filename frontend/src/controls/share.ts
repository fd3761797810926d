// What can be given to others: the address of the page, and the page itself as a file.
import { html, type TemplateResult } from 'lit';
import { loadFiles } from '../export/load_files';
import type { Report } from '../export/report';
import { formatStep, plural } from '../layout/format';
import type { Context } from '../views/context';
import { copyText } from './clipboard';

/** Milliseconds that a button says what it has done. */
const SAID_MS = 2000;

export function share(context: Context): TemplateResult {
  const { report } = context;
  return report ? about(report) : buttons(context);
}

function buttons(context: Context): TemplateResult {
  return html`<div class="share" role="group" aria-label="Share" data-testid="share">
    <h3>Share</h3>
    <button
      type="button"
      data-testid="copy-link"
      title="The address of this page with all that is chosen"
      @click=${(event: Event) => {
        void copyLink(context, event.currentTarget as HTMLElement);
      }}
    >
      Copy link
    </button>
    <button
      type="button"
      data-testid="export-page"
      title="This page and its records in one file, which opens without TensorBoard"
      @click=${(event: Event) => {
        void openDialog(context, event.currentTarget as HTMLElement);
      }}
    >
      Export…
    </button>
  </div>`;
}

async function copyLink({ link, announce }: Context, button: HTMLElement): Promise<void> {
  const copied = await copyText(link());
  announce(
    copied ? 'Link copied' : 'The browser does not allow copying: take it from its address bar',
  );
  say(button, copied ? 'Copied' : 'Not allowed');
}

async function openDialog(context: Context, button: HTMLElement): Promise<void> {
  try {
    const { openReportDialog } = await loadFiles();
    openReportDialog(context);
  } catch {
    context.announce('What makes files did not load. Is TensorBoard still running?');
    say(button, 'Not loaded');
  }
}

/** Beside the button, for a moment. */
function say(button: HTMLElement, text: string): void {
  button.dataset.said = text;
  window.setTimeout(() => {
    delete button.dataset.said;
  }, SAID_MS);
}

/** What this file is. */
function about({ made, records: { kept, of } }: Report): TemplateResult {
  const part =
    kept < of ? `${formatStep(kept)} of ${plural(of, 'record')}` : plural(kept, 'record');
  return html`<p class="hint" data-testid="report">
    One file, exported ${made.slice(0, 10)}, with ${part} inside. It asks for nothing else.
  </p>`;
}
