// Which colours stand for numbers, on the whole page.
import { html, type TemplateResult } from 'lit';
import { PALETTES } from '../palettes';
import type { Context } from '../views/context';

export function palette({ state, controller }: Context): TemplateResult {
  return html`<label class="palette"
    ><h3>Colours</h3>
    <select
      data-testid="palette-select"
      @change=${(event: Event) => {
        const { value } = event.target as HTMLSelectElement;
        controller.select({ palette: PALETTES.find(({ name }) => name === value)!.name });
      }}
    >
      ${PALETTES.map(
        ({ name, note }) =>
          html`<option value=${name} ?selected=${name === state.selection.palette}>
            ${name}: ${note}
          </option>`,
      )}
    </select></label
  >`;
}
