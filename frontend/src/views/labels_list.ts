// What exceeds the usual, in words; and the same for screen readers as a table.
import { html, nothing, type TemplateResult } from 'lit';
import type { LabelSums } from '../api/label_sums';
import { formatStep, plural, spokenToken } from '../layout/format';
import { lift, type Pair, ranking } from '../layout/label_lifts';
import type { Span } from '../layout/zoom';
import type { Context } from './context';
import { code, pairSentence, targetText, timesText, whereText } from './labels_text';

const LISTED = 12;

export interface ListOf {
  readonly sums: LabelSums;
  readonly pairs: readonly Pair[];
  /** The target that alone is looked at. */
  readonly target: number | undefined;
  readonly colourOf: (lags: Span) => string;
  readonly point: (pair: Pair | undefined) => void;
}

export function labelList(context: Context, list: ListOf): TemplateResult {
  const { sums, pairs, target } = list;
  const choose = (label: string | undefined) => (): void => {
    context.controller.select({ target: label });
  };
  const point = (pair: Pair | undefined) => (): void => {
    list.point(pair);
  };
  const title =
    target === undefined
      ? html`Looked back to most`
      : html`Losses at ${code(sums.targets[target]!.label)}`;
  return html`<div class="looks-head">
      <h3 id="labels-list">${title}</h3>
      ${
        target === undefined
          ? nothing
          : html`<button type="button" data-testid="labels-all" @click=${choose(undefined)}>
              All targets <kbd>Esc</kbd>
            </button>`
      }
    </div>
    ${target === undefined ? nothing : html`<p class="hint">sends ${targetText(sums, target)}</p>`}
    ${
      pairs.length === 0
        ? html`<p class="hint">
            ${target === undefined ? 'No pair of labels' : 'No input'} was met often enough to say
            more.
          </p>`
        : nothing
    }
    <ol class="looks" aria-labelledby="labels-list" data-testid="labels-list">
      ${pairs.slice(0, LISTED).map(
        (pair) =>
          html`<li @pointerenter=${point(pair)} @pointerleave=${point(undefined)}>
            <i class="swatch" style="background:${list.colourOf(sums.lags[pair.lag]!)}"></i>
            ${
              target === undefined
                ? html`<button
                    type="button"
                    class="plain"
                    title="Show this target alone"
                    @focus=${point(pair)}
                    @blur=${point(undefined)}
                    @click=${choose(sums.targets[pair.target]!.label)}
                  >
                    ${pairSentence(sums, pair)}
                    <small>${targetText(sums, pair.target, true)}</small>
                  </button>`
                : html`<span
                    >${code(sums.inputs[pair.input]!.label)} ${whereText(sums.lags[pair.lag]!)}:
                    <b>${timesText(lift(pair))}</b> the usual
                    <small>${plural(pair.count, 'time')}</small></span
                  >`
            }
          </li>`,
      )}
    </ol>`;
}

/** Every target that is told apart: what its losses send, and where they look back to most. */
export function labelTable(sums: LabelSums): TemplateResult {
  const best = new Map(ranking(sums).map((pair) => [pair.target, pair]));
  return html`<table class="hidden" data-testid="labels-table">
    <caption>
      Targets by the gradient that their losses send
    </caption>
    <thead>
      <tr>
        <th scope="col">target</th>
        <th scope="col">losses</th>
        <th scope="col">sends</th>
        <th scope="col">looks back to most</th>
      </tr>
    </thead>
    <tbody>
      ${sums.targets.map(({ label, count }, target) => {
        const pair = best.get(target);
        return html`<tr>
          <th scope="row">${spokenToken(label)}</th>
          <td>${formatStep(count)}</td>
          <td>${targetText(sums, target)}</td>
          <td>${pair ? pairSentence(sums, pair) : nothing}</td>
        </tr>`;
      })}
    </tbody>
  </table>`;
}
