// The page: gives every part the same context, and shows on itself (`data-…`) what it shows.
import { html, LitElement, type TemplateResult } from 'lit';
import { revealChosen } from './controls/choice';
import { header } from './controls/header';
import { rail } from './controls/rail';
import type { Controller } from './model/controller';
import { Film } from './model/film';
import { isWatched } from './model/live';
import { isCurrent } from './api/resource';
import { encodeSpan } from './layout/zoom';
import { layerOf } from './model/keys';
import { resolve } from './model/resolve';
import { MEAN } from './model/selection';
import { lagColours } from './palettes';
import { exportMenu } from './export/menu';
import type { Report } from './export/report';
import { keepGround } from './ground';
import type { Theme } from './theme';
import { emptyState } from './views/empty';
import { VIEWS } from './views/index';
import type { Context } from './views/context';
import { memo } from './views/memo';
import { problem } from './views/parts';

/** Longer than replies take where nothing is wrong; shorter than one notices an empty page. */
const PATIENCE_MS = 200;

/** From record to record of the film, and where the reader wants less motion. */
const FRAME_MS = 150;
const CALM_MS = 1000;

/** What the page shows on itself, by name. */
type Exposed = Readonly<Record<string, string | number | boolean | undefined>>;

export class App extends LitElement {
  static override properties = {
    controller: { attribute: false },
    theme: { attribute: false },
    report: { attribute: false },
    link: { attribute: false },
    spoken: { state: true },
  };
  declare controller: Controller;
  declare theme: Theme;
  declare report: Report | undefined;
  declare link: () => string;
  declare spoken: string;

  readonly #colours = memo(lagColours);
  #film: Film | undefined;
  #exposed: Exposed = {};
  #revealed = '';
  #unsubscribe: (() => void) | undefined;
  #leaveGround: (() => void) | undefined;

  protected override createRenderRoot(): this {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#unsubscribe = this.controller.subscribe(() => {
      this.requestUpdate();
    });
    this.#film = new Film(this.controller, {
      pace: () =>
        window.matchMedia('(prefers-reduced-motion: reduce)').matches ? CALM_MS : FRAME_MS,
      watched: isWatched,
      changed: (said) => {
        this.spoken = said;
        this.requestUpdate();
      },
    });
    document.addEventListener('keydown', this.#onKey);
    this.#leaveGround = keepGround(document.documentElement);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#unsubscribe?.();
    this.#film?.stop();
    this.#leaveGround?.();
    document.removeEventListener('keydown', this.#onKey);
  }

  protected override async scheduleUpdate(): Promise<void> {
    if (!this.hasUpdated) await this.#untilOpen();
    await super.scheduleUpdate();
  }

  /** Until the first record is there, or nothing more will come, or somebody would notice. */
  #untilOpen(): Promise<void> {
    return new Promise((resolve) => {
      const { controller } = this;
      const look = (): void => {
        const { runs, steps, record } = controller.state;
        if (record.value || ![runs, steps, record].some(({ loading }) => loading)) done();
      };
      const timer = window.setTimeout(done, PATIENCE_MS);
      const unsubscribe = controller.subscribe(look);
      function done(): void {
        window.clearTimeout(timer);
        unsubscribe();
        resolve();
      }
      look();
    });
  }

  override render(): TemplateResult {
    const context = this.#context();
    const empty = emptyState(context);
    this.#expose(context, empty !== undefined);
    const ready = context.state.runs.value !== undefined && context.state.runs.value.size > 0;
    return html`${ready ? rail(context) : ''}
      <main class=${ready ? '' : 'alone'} data-testid="main">
        ${
          empty ??
          html`${header(context)}
          ${problem(context, 'What is new could not be asked for.', context.state.steps.error ?? context.state.runs.error, 'live-error')}
          ${VIEWS.filter((view) => view.accepts(context)).map(
            (view) =>
              html`<section
                class="panel"
                id=${view.id}
                aria-label=${view.title}
                data-testid=${view.id}
              >
                ${view.render(context)} ${exportMenu(view, context)}
              </section>`,
          )}`
        }
      </main>
      <div class="hidden" role="status" aria-live="polite" data-testid="live">${this.spoken}</div>`;
  }

  protected override updated(): void {
    const { run, tag, sequence } = this.#exposed;
    const chosen = [run, tag, sequence].join(' ');
    // Only then: who scrolls a list to look for another one is left alone.
    if (chosen === this.#revealed) return;
    this.#revealed = chosen;
    // With the frame, which lays out the page: here it would be laid out twice.
    requestAnimationFrame(() => {
      revealChosen(this);
    });
  }

  #context(): Context {
    const { controller, theme, report, link } = this;
    const { state } = controller;
    const message = state.record.value?.message;
    return {
      state,
      now: resolve(state),
      theme,
      controller,
      film: this.#film!,
      report,
      link,
      colours: this.#colours(
        state.selection.palette,
        message?.first_lag ?? 0,
        message?.lags ?? 0,
        theme.palette,
      ),
      redraw: () => {
        this.requestUpdate();
      },
      announce: (text) => {
        this.spoken = text;
      },
    };
  }

  /** The state of the page in attributes, for tests and for styles. */
  #expose(context: Context, empty: boolean): void {
    const { state, now, theme } = context;
    const busy = [state.runs, state.steps, state.record, state.overview].some(
      (resource) => resource.loading && !isCurrent(resource),
    );
    // While another layer is on its way, what is shown is still the one before.
    const { valueKey, value } = state.record;
    const [run, tag] = value ? layerOf(valueKey) : [now.run, now.tag];
    const shown: Exposed = {
      run,
      tag,
      metric: now.metric?.name,
      scale: state.selection.scale,
      palette: state.selection.palette,
      step: state.record.value?.message.step,
      records: state.steps.value?.steps.length,
      recorded: state.overview.value?.steps.length,
      sequence: sequenceName(context),
      // Of every other run that is shown, and the step of its record.
      beside:
        state.beside
          .filter(({ record }) => record.value)
          .map((other) => `${resolve(other).run}@${other.record.value!.message.step}`)
          .join(' ') || undefined,
      source: now.source,
      pinned: state.selection.pin,
      following: now.following,
      zoom: state.selection.zoom && encodeSpan(state.selection.zoom),
      range: state.selection.range && encodeSpan(state.selection.range),
      cells: state.selection.cells && encodeSpan(state.selection.cells),
      playing: context.film.playing ? true : undefined,
      theme: theme.name,
      stale: value !== undefined && (run !== now.run || tag !== now.tag) ? true : undefined,
      state: empty ? 'empty' : busy ? 'loading' : 'ready',
    };
    for (const [key, value] of Object.entries(shown)) {
      // Only what is another one: styles are worked out anew after each.
      if (Object.is(value, this.#exposed[key])) continue;
      if (value === undefined) this.removeAttribute(`data-${key}`);
      else this.setAttribute(`data-${key}`, String(value));
    }
    this.#exposed = shown;
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape' || event.defaultPrevented) return;
    if (this.controller.state.selection.pin === undefined) return;
    this.controller.select({ pin: undefined });
    this.spoken = 'Released';
  };
}

/** Place in the batch, or what stands for all of them. */
function sequenceName({ state, now }: Context): string | undefined {
  const record = state.record.value;
  if (!record) return undefined;
  return record === record.all ? String(record.sequences[now.sequence]!.index) : MEAN;
}

customElements.define('rnnbow-app', App);
