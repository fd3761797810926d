// The line on top: what the data say, and which record this is.
import { html, nothing, type TemplateResult } from 'lit';
import type { Scalars } from '../api/routes';
import { cellName, formatStep, scalarFormat, visibleName } from '../layout/format';
import { oncePer } from '../layout/once';
import { nearestIndex } from '../layout/timeline';
import { headline } from '../model/headline';
import { replaced } from '../model/replaced';
import { resolve } from '../model/resolve';
import type { Context } from '../views/context';
import { memo } from '../views/memo';
import type { Overview } from '../wire/overview';
import type { Metric, RnnbowRecord } from '../wire/record';

// Of very many records a sentence takes its time, and nothing of it changes under the pointer.
const sentence = memo(
  (
    overview: Overview | undefined,
    step: number | undefined,
    record: RnnbowRecord | undefined,
    sequence: number,
    metric: Metric | undefined,
  ) => headline(overview, step, record && metric && { record, sequence, metric }),
);
const formatOf = oncePer(({ values }: Scalars) => scalarFormat(values));

export function header(context: Context): TemplateResult {
  const { state, now, controller, film, announce, report } = context;
  const steps = state.steps.value?.steps ?? [];
  const { record, overview } = state;
  const { sequence, metric } = now;
  const about = metric && record.value ? record.value.message.step : now.step;
  const says = sentence(overview.value, about, record.value, sequence, metric);
  const shown = now.step;
  const walk = (by: number) => (): void => {
    controller.walk(by);
    const { step, place } = resolve(controller.state);
    announce(`Step ${formatStep(step ?? 0)}, record ${place + 1} of ${steps.length}`);
  };
  const follow = (): void => {
    controller.select({ step: now.following ? now.step : undefined });
    announce(now.following ? 'Staying at this record' : 'Following the newest record');
  };
  return html`<header class="top">
    <div class="says">
      <h1 data-testid="headline">
        ${says === '' ? `Itemized gradients of ${visibleName(now.tag ?? 'this layer')}` : says}
      </h1>
      <p class="which" data-testid="header">
        ${now.run === undefined ? nothing : html`<b>${visibleName(now.run)}</b> · ${visibleName(now.tag ?? '')}`}
        ${now.tagInfo ? html` · ${cellName(now.tagInfo.cell)}, H ${now.tagInfo.hiddenSize}` : nothing}
        ${lossText(state.scalars.value, now.loss, shown)}
      </p>
      <div role="status" data-testid="replaced">
        ${replaced(state, now, report !== undefined).map((text) => html`<p class="replaced">${text}</p>`)}
      </div>
    </div>
    ${
      shown === undefined
        ? nothing
        : html`<div class="steps" role="group" aria-label="Record">
            <button
              type="button"
              aria-label="Previous record"
              data-testid="previous"
              aria-disabled=${now.place === 0 ? 'true' : 'false'}
              @click=${walk(-1)}
            >
              ${icon('M10 3 5 8l5 5')}
            </button>
            <span class="place" data-testid="place"
              ><b>step ${formatStep(shown)}</b>
              <span
                >${now.place < 0 ? 'no longer kept' : `record ${now.place + 1} of ${steps.length}`}</span
              ></span
            >
            <button
              type="button"
              aria-label="Next record"
              data-testid="next"
              aria-disabled=${now.place === steps.length - 1 ? 'true' : 'false'}
              @click=${walk(1)}
            >
              ${icon('m6 3 5 5-5 5')}
            </button>
            <button
              type="button"
              aria-label=${film.playing ? 'Stop the film' : 'Play training as a film'}
              title=${film.playing ? 'Stop' : 'Play training as a film: also by Space in a plot over training'}
              data-testid="play"
              aria-disabled=${steps.length < 2 ? 'true' : 'false'}
              @click=${() => {
                film.toggle();
              }}
            >
              ${film.playing ? icon('M4 3h3v10H4zM9 3h3v10H9z', 'currentColor') : icon('M4.5 2.5v11l9-5.5z', 'currentColor')}
            </button>
            ${
              report
                ? nothing
                : html`<button
                    type="button"
                    class="follow"
                    aria-pressed=${now.following ? 'true' : 'false'}
                    data-testid="follow"
                    title="Stay on the newest record while training goes on"
                    @click=${follow}
                  >
                    <span class="lamp"></span
                    >${now.following ? 'Following the newest' : 'Follow the newest'}
                  </button>`
            }
          </div>`
    }
  </header>`;
}

/** Whether training gets anywhere: the scalar of the dashed curve, now and at first. */
function lossText(
  scalars: Scalars | undefined,
  tag: string | undefined,
  step: number | undefined,
): string {
  const at = scalars && step !== undefined ? nearestIndex(scalars.steps, step) : -1;
  if (!scalars || tag === undefined || at < 0) return '';
  const format = formatOf(scalars);
  const then =
    at === 0
      ? ''
      : `; it was ${format(scalars.values[0]!)} at step ${formatStep(scalars.steps[0]!)}`;
  return ` · ${visibleName(tag)} ${format(scalars.values[at]!)}${then}`;
}

function icon(path: string, fill = 'none'): TemplateResult {
  return html`<svg width="16" height="16" aria-hidden="true">
    <path d=${path} fill=${fill} stroke="currentColor" stroke-width=${fill === 'none' ? 1.75 : 0} />
  </svg>`;
}
