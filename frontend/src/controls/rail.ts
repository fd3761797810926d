// The rail on the left: what to look at, and how.
import { html, nothing, type TemplateResult } from 'lit';
import { cellName, visibleName } from '../layout/format';
import { MEAN, SCALES } from '../model/selection';
import type { Context } from '../views/context';
import { lazy } from '../views/lazy';
import { choice, grid, type Option, revealChosen, segments } from './choice';
import { palette } from './palette';
import { share } from './share';
import { runs } from './runs';

const worth = lazy(
  {
    id: 'worth',
    title: 'Worth a look',
    accepts: ({ state }) => state.overview.value !== undefined,
  },
  async () => ({ ...worth, render: (await import('./worth')).worth }),
  html``,
);

export function rail(context: Context): TemplateResult {
  const { state, now, controller } = context;
  const tags = [...(now.runInfo?.tags.entries() ?? [])];
  const { selection } = state;
  return html`<aside class="rail" aria-label="Selection" data-testid="rail">
    ${fold(context)}
    <div class="selectors" id="selectors">
      ${runs(context)}
      ${choice({
        name: 'tag',
        title: 'Layer',
        options: tags.map(([tag, info]) => ({
          value: tag,
          label: visibleName(tag),
          note: `${cellName(info.cell)}, H ${info.hiddenSize}`,
          title: visibleName(info.description),
        })),
        chosen: now.tag,
        choose: (tag) => {
          controller.select({ tag });
        },
      })}
      <div>
        ${segments({
          name: 'metric',
          title: 'What is measured',
          options: now.metrics.map((metric) => ({
            value: metric.name,
            label: visibleName(metric.name),
            title: [metric.label, metric.description].filter((text) => text !== '').join(': '),
          })),
          chosen: now.metric?.name,
          choose: (metric) => {
            controller.select({ metric });
          },
        })}
        ${now.metric?.description ? html`<p class="hint" data-testid="metric-description">${now.metric.description}</p>` : nothing}
      </div>
      ${segments({
        name: 'scale',
        title: 'Scale',
        options: SCALES.map(({ name, label, note }) => ({ value: name, label, title: note })),
        chosen: selection.scale,
        choose: (name) => {
          controller.select({ scale: SCALES.find((scale) => scale.name === name)!.name });
        },
      })}
      ${sequences(context)} ${palette(context)}
    </div>
    ${worth.accepts(context) ? worth.render(context) : nothing} ${share(context)}
  </aside>`;
}

/** Where the page is narrow: what is chosen in one line, and the selectors behind it. */
function fold({ state, now }: Context): TemplateResult {
  const unfold = (event: Event): void => {
    // Kept by the element alone: nothing else on the page depends on it.
    const button = event.currentTarget as HTMLElement;
    button.ariaExpanded = String(button.ariaExpanded !== 'true');
    if (button.ariaExpanded === 'true') revealChosen(button.parentElement!);
  };
  const chosen = [now.run, now.tag, now.metric?.name, state.selection.scale].map(
    (name) => name && visibleName(name),
  );
  return html`<button
    type="button"
    class="unfold"
    aria-expanded="false"
    aria-controls="selectors"
    data-testid="unfold"
    @click=${unfold}
  >
    <span>${chosen.filter((name) => name !== undefined).join(' · ')}</span> Choose
  </button>`;
}

function sequences({ state, now, controller }: Context): TemplateResult | typeof nothing {
  const all = state.record.value?.all.sequences ?? [];
  // With one there is nothing to choose; the panel's head says which it is.
  if (all.length < 2) return nothing;
  const options: Option[] = all.map(({ index, length }) => ({
    value: String(index),
    label: String(index),
    title: `place ${index} in the batch, ${length} steps`,
  }));
  const mean = { value: MEAN, label: MEAN, title: 'all of these sequences together' };
  const many = all.length > 6;
  const make = many ? grid : segments;
  return make({
    name: 'sequence',
    title: 'Sequence of the batch',
    // First where there are many: at the end of a list that scrolls nobody finds it.
    options: many ? [mean, ...options] : [...options, mean],
    chosen: state.selection.sequence === MEAN ? MEAN : String(all[now.sequence]!.index),
    choose: (chosen) => {
      controller.select({ sequence: chosen === MEAN ? MEAN : Number(chosen) });
    },
  });
}
