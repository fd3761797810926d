// What the page says while it has nothing to show, and what to do about it.
import { visibleName } from '../layout/format';
import { html, nothing, type TemplateResult } from 'lit';
import { copyText } from '../controls/clipboard';
import { problem } from './parts';
import type { Context } from './context';

const SNIPPET = `from torch.utils.tensorboard import SummaryWriter
import rnnbow_plugin as rnnbow

writer = SummaryWriter("runs/lstm")
recorder = rnnbow.Recorder(model, writer, every=100)
for step, (x, y) in enumerate(batches):
    logits = model(x)
    criterion(logits, y).backward()
    recorder.step(step, inputs=x, targets=y, predictions=logits)
    optimizer.step(); optimizer.zero_grad()`;

/** A message in place of the panels; nothing where they can be shown. */
export function emptyState(context: Context): TemplateResult | undefined {
  const { state, now } = context;
  if (!state.runs.value) {
    return state.runs.error
      ? html`<section class="empty" data-testid="failed">
          <h1>RNNbow cannot reach its data</h1>
          ${problem(context, 'The list of runs did not load.', state.runs.error, 'runs-error')}
        </section>`
      : html`<section class="empty" data-testid="loading"><h1>Loading…</h1></section>`;
  }
  if (state.runs.value.size === 0) return noData(context);
  return now.missing ? missing(context) : undefined;
}

function noData({ announce }: Context): TemplateResult {
  const copy = (): void => {
    void copyText(SNIPPET).then((copied) => {
      announce(copied ? 'Copied' : 'The browser does not allow copying: select the text instead');
    });
  };
  return html`<section class="empty" data-testid="empty">
    <h1>No RNNbow data in this log directory</h1>
    <p>
      RNNbow shows how far back in time a recurrent network learns. Add the recorder to a PyTorch
      training loop with an RNN, LSTM or GRU; this page fills as soon as the first record is
      written.
    </p>
    <div class="snippet">
      <pre tabindex="0" aria-label="Code to add to a training loop"><code>${SNIPPET}</code></pre>
      <button type="button" data-testid="copy" @click=${copy}>Copy</button>
    </div>
    <p>
      Data are there, but not here? TensorBoard reads the folder given by <code>--logdir</code>;
      runs lie in it or in folders below it.
    </p>
  </section>`;
}

function missing({ now, state, controller }: Context): TemplateResult {
  const { kind, name } = now.missing!;
  const others =
    kind === 'run' ? [...state.runs.value!.keys()] : [...(now.runInfo?.tags.keys() ?? [])];
  return html`<section class="empty" data-testid="missing">
    <h1>The ${kind} “${visibleName(name)}” is not here</h1>
    <p>
      The address asks for it, and this log directory has no RNNbow data under that name. It may
      have been deleted or renamed, or not been written yet: the page looks again every few seconds.
    </p>
    ${
      others.length > 0
        ? html`<p>
            Show instead:
            ${others.slice(0, 12).map(
              (other) =>
                html`<button
                  type="button"
                  @click=${() => {
                    controller.select(
                      kind === 'run' ? { run: other, tag: undefined } : { tag: other },
                    );
                  }}
                >
                  ${other === '' ? '(unnamed)' : visibleName(other)}
                </button> `,
            )}
          </p>`
        : nothing
    }
  </section>`;
}
