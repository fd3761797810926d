import { html } from 'lit';
import { describe, expect, it } from 'vitest';
import type { Context, View } from '../src/views/context';
import { lazy } from '../src/views/lazy';

const whole: View = {
  id: 'late',
  title: 'Late',
  accepts: () => true,
  holds: () => true,
  render: () => html`there`,
};

/** A panel that is loaded by hand, and the text that it shows. */
function panel(): {
  view: View;
  shown: () => string;
  settle: (how: View | Error) => Promise<void>;
  counts: { asked: number; drawn: number };
} {
  const counts = { asked: 0, drawn: 0 };
  let settleLoad: (how: View | Error) => void = () => undefined;
  const view = lazy(whole, () => {
    counts.asked++;
    return new Promise((resolve, reject) => {
      settleLoad = (how) => {
        if (how instanceof Error) reject(how);
        else resolve(how);
      };
    });
  });
  const context = { redraw: () => counts.drawn++ } as unknown as Context;
  return {
    view,
    counts,
    shown: () => {
      const { strings, values } = view.render(context);
      const told = values.map((value) => (typeof value === 'string' ? value : ''));
      return strings.map((text, i) => text + (told[i] ?? '')).join('');
    },
    settle: async (how) => {
      settleLoad(how);
      await new Promise((resolve) => setTimeout(resolve));
    },
  };
}

describe('a panel that is fetched when it is shown', () => {
  it('is asked for once, and then is the panel itself', async () => {
    const { view, counts, shown, settle } = panel();
    expect(counts.asked).toBe(0);
    expect(shown()).toContain('Loading late');
    expect(shown()).toContain('Loading late');
    expect(counts).toEqual({ asked: 1, drawn: 0 });
    // There is nothing to take away before.
    expect(view.holds({} as Context)).toBe(false);
    await settle(whole);
    expect(counts.drawn).toBe(1);
    expect(shown()).toBe('there');
    expect(view.holds({} as Context)).toBe(true);
  });

  it('that does not come says so, and can be asked for again', async () => {
    const { view, counts, shown, settle } = panel();
    shown();
    await settle(new Error('no network'));
    expect(shown()).toContain('no network');
    expect(counts.asked).toBe(1);
    const { values } = view.render({ redraw: () => counts.drawn++ } as unknown as Context);
    (values.find((value) => typeof value === 'function') as () => void)();
    expect(counts.asked).toBe(2);
    await settle(whole);
    expect(shown()).toBe('there');
  });
});
