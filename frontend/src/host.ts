// The TensorBoard around the page: its address, its theme, its messages. Each has a fallback for a
// page that stands alone or whose parent cannot be read.
import { Budget } from './model/budget';
import { belongsToOther, readHash, writeHash } from './model/hash';

interface HostMessage {
  type: string;
  id: number;
  isReply: boolean;
}

/** Calls `reloaded` whenever TensorBoard has loaded data anew (its button, or by itself). */
export function onDataReloaded(reloaded: () => void): void {
  if (window.parent === window) return;
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = ({ data }: MessageEvent<unknown>) => {
    if (typeof data !== 'string') return;
    const message = JSON.parse(data) as HostMessage;
    if (message.isReply) return;
    if (message.type === 'experimental.DataReloaded') reloaded();
    // The host waits for an answer to each of its messages.
    const reply = { type: message.type, id: message.id, payload: null, error: null, isReply: true };
    port1.postMessage(JSON.stringify(reply));
  };
  window.parent.postMessage('experimental.bootstrap', '*', [port2]);
}

/** The window whose address holds the selection. */
export function addressWindow(): Window {
  try {
    // Reading is what another origin refuses.
    if (window.parent.location.href) return window.parent;
  } catch {
    // Embedded in a page of another origin: the frame's own address then.
  }
  return window;
}

export interface Address {
  read(): [string, string][];
  /** `visit`: as a place of its own, from which Back leads to the one before. */
  write(pairs: readonly (readonly [string, string])[], visit?: boolean): void;
  /** The whole address, of this tab with these pairs: what somebody else can open. */
  link(pairs: readonly (readonly [string, string])[]): string;
  /** Calls `changed` when somebody else changed our part: typed it, or went back. */
  onChange(changed: (pairs: [string, string][]) => void): void;
}

/** The state of an entry of the browser's history; those that the page made are marked. */
type Mark = { readonly rnnbow?: true } | null;

/** The selection in the address of `owner`. */
export function hostAddress(owner: Window): Address {
  // At once, so that a reload right after a choice keeps it. But browsers refuse more than some 100
  // changes in 30 s, and a held arrow key makes more.
  const writes = new Budget(30, 500, performance.now());
  let timer = 0;
  let written = JSON.stringify(readHash(owner.location.hash));
  let visited = false; // by a write that had to wait
  return {
    read: () => readHash(owner.location.hash),
    write(pairs, visit = false) {
      window.clearTimeout(timer);
      visited ||= visit;
      const wait = writes.take(performance.now());
      if (wait > 0) {
        timer = window.setTimeout(() => {
          this.write(pairs);
        }, wait);
        return;
      }
      const { hash } = owner.location;
      if (belongsToOther(hash)) return;
      written = JSON.stringify(pairs);
      const next = writeHash(hash, pairs);
      if (next === hash) return;
      const { history } = owner;
      let state = history.state as Mark;
      if (visited) {
        // Both places are known again by their mark, also one at which nothing is chosen.
        state = { ...state, rnnbow: true };
        history.replaceState(state, '');
        history.pushState(state, '', next);
      } else history.replaceState(state, '', next);
      visited = false;
    },
    link(pairs) {
      const { href, hash } = owner.location;
      return href.replace(/#.*/s, '') + writeHash(belongsToOther(hash) ? '' : hash, pairs);
    },
    onChange(changed) {
      owner.addEventListener('hashchange', () => {
        const { hash } = owner.location;
        if (belongsToOther(hash)) return;
        const pairs = readHash(hash);
        if (JSON.stringify(pairs) === written) return;
        // Coming back from another tab TensorBoard's address has lost our keys; the page has not.
        if (pairs.length === 0 && !(owner.history.state as Mark)?.rnnbow)
          this.write(JSON.parse(written) as [string, string][]);
        else changed(pairs);
      });
    },
  };
}

/** Calls `changed` now and whenever TensorBoard turns dark or light. */
export function followTheme(changed: (dark: boolean) => void): void {
  let body: HTMLElement;
  try {
    body = window.parent.document.body;
    if (window.parent === window) throw new Error('no parent');
  } catch {
    const query = window.matchMedia('(prefers-color-scheme: dark)');
    query.addEventListener('change', () => {
      changed(query.matches);
    });
    changed(query.matches);
    return;
  }
  const look = (): void => {
    changed(body.classList.contains('dark-mode'));
  };
  new MutationObserver(look).observe(body, { attributes: true, attributeFilter: ['class'] });
  look();
}
