// A list beside a plot: it scrolls, and ends with a whole entry before anybody scrolls it.
import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { type Room, roomFor } from '../layout/whole';

/** Height of the line that says how much more there is. */
const LINE = 20;

class WholeList extends LitElement {
  static override properties = {
    content: { attribute: false },
    entries: { attribute: false },
    height: { attribute: false },
  };
  /** What is shown, a list in it. */
  declare content: TemplateResult;
  /** What the list is of: other entries are other heights. */
  declare entries: readonly unknown[];
  /** As much room as there is, in CSS pixels. */
  declare height: number;

  #room: Room | undefined;
  readonly #observer = new ResizeObserver(() => {
    this.#measure();
  });

  protected override createRenderRoot(): this {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#observer.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#observer.disconnect();
  }

  override render(): TemplateResult {
    const { height, more } = this.#room ?? { height: this.height, more: 0 };
    return html`<div
        class="values"
        role="region"
        tabindex="0"
        aria-label="In words"
        style="height:${height}px"
      >
        ${this.content}
      </div>
      ${more > 0 ? html`<p class="hint more" data-testid="more">${more} more below</p>` : nothing}`;
  }

  protected override updated(changed: Map<PropertyKey, unknown>): void {
    // Not with every pointer that moves: to ask for sizes lays out the whole page.
    if (changed.has('entries') || changed.has('height')) this.#measure();
  }

  #measure(): void {
    const list = this.querySelector('.values');
    if (!list) return;
    const top = list.getBoundingClientRect().top - list.scrollTop;
    const ends = Array.from(list.querySelectorAll('li'), (entry) =>
      Math.ceil(entry.getBoundingClientRect().bottom - top),
    );
    const room = roomFor(ends, this.height, LINE);
    if (room.height === this.#room?.height && room.more === this.#room.more) return;
    this.#room = room;
    this.requestUpdate();
  }
}

customElements.define('rnnbow-whole-list', WholeList);
