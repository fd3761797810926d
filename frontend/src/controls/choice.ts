// One out of several, as radio buttons: a list, or segments side by side.
import { html, nothing, type TemplateResult } from 'lit';

export interface Option {
  readonly value: string;
  readonly label: string;
  readonly note?: string;
  readonly title?: string;
  readonly colour?: string;
}

export interface Choice {
  readonly name: string;
  readonly title: string;
  readonly options: readonly Option[];
  readonly chosen: string | undefined;
  readonly choose: (value: string) => void;
}

export function choice(of: Choice): TemplateResult | typeof nothing {
  return group(of, 'choice');
}

/** As segments, of which there may be dozens: in even rows, which scroll. */
export function grid(of: Choice): TemplateResult | typeof nothing {
  return group(of, 'segments many');
}

/** Scrolls what is chosen into the view of its list, and nothing else. */
export function revealChosen(root: Element): void {
  for (const list of root.querySelectorAll<HTMLElement>('.options')) {
    const chosen = list.querySelector(':checked')?.closest('label');
    if (!chosen || list.scrollHeight <= list.clientHeight) continue;
    const [own, at] = [list.getBoundingClientRect(), chosen.getBoundingClientRect()];
    if (at.top < own.top) list.scrollTop += at.top - own.top;
    else if (at.bottom > own.bottom) list.scrollTop += at.bottom - own.bottom;
  }
}

export function segments(of: Choice): TemplateResult | typeof nothing {
  return group(of, 'segments');
}

function group(
  { name, title, options, chosen, choose }: Choice,
  kind: string,
): TemplateResult | typeof nothing {
  if (options.length === 0) return nothing;
  return html`<fieldset class=${kind} data-testid="${name}-choice">
    <legend>${title}</legend>
    <div class="options">
      ${options.map(
        (option) =>
          html`<label title=${option.title ?? option.label}>
            <input
              type="radio"
              name=${name}
              .value=${option.value}
              .checked=${option.value === chosen}
              data-testid="${name}:${option.value}"
              @change=${() => {
                choose(option.value);
              }}
            />
            ${option.colour === undefined ? nothing : html`<span class="dot" style="background:${option.colour}"></span>`}
            <span class="label">${option.label}</span>
            ${option.note === undefined ? nothing : html`<span class="side">${option.note}</span>`}
          </label>`,
      )}
    </div>
  </fieldset>`;
}
