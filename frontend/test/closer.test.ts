// Looking closer at a long training: what is asked for, and what is drawn until it comes.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Span } from '../src/layout/zoom';
import { closerRange, lagsSeen, rangeAround } from '../src/model/closer';
import { Controller } from '../src/model/controller';
import { NO_SELECTION } from '../src/model/selection';
import { FakeApi, LSTM, settled } from './fake_api';

const STEPS = Array.from({ length: 40 }, (_, i) => 10 * i);

function opened(columns: number): { api: FakeApi; controller: Controller } {
  const api = new FakeApi({ a: { l0: { shape: LSTM, steps: STEPS } } });
  api.columns = columns;
  const controller = new Controller(api, NO_SELECTION);
  controller.start();
  return { api, controller };
}

const wanted = ({ state }: Controller): Span | undefined =>
  closerRange(state.overview.value, state.selection.zoom);

const asked = ({ asked }: FakeApi): string[] => asked.filter((what) => what.startsWith('lags'));

describe('the range that is asked for', () => {
  const span = fc
    .tuple(fc.nat(1e9), fc.integer({ min: 1, max: 1e9 }))
    .map(([from, width]) => [from, from + width] as const);

  it('holds what is seen, and little beside', () => {
    fc.assert(
      fc.property(span, ([from, to]) => {
        const [start, end] = rangeAround([from, to]);
        expect(start).toBeLessThanOrEqual(from);
        expect(end).toBeGreaterThanOrEqual(to);
        expect(end - start).toBeLessThanOrEqual(1.77 * (to - from) + 10);
        expect([start, end].every(Number.isSafeInteger)).toBe(true);
      }),
    );
  });

  it('stays the same for a while, as one moves along', () => {
    const ranges = Array.from({ length: 100 }, (_, by) =>
      String(rangeAround([500 + by, 1500 + by])),
    );
    expect(new Set(ranges).size).toBeLessThan(4);
  });
});

describe('a part of a long training', () => {
  it('is asked for when it is looked at, and drawn coarsely until it comes', async () => {
    const { api, controller } = opened(8);
    await settled();
    expect(asked(api)).toEqual([]);
    const whole = controller.state.overview.value!.lags!;
    expect(lagsSeen(controller.state)).toBe(whole);
    api.hold();
    controller.select({ zoom: [100, 140] });
    expect(lagsSeen(controller.state)).toBe(whole);
    await api.release();
    await settled();
    const [start, end] = wanted(controller)!;
    expect(asked(api)).toEqual([`lags a l0 weight ${start}-${end}`]);
    const closer = lagsSeen(controller.state)!;
    expect(closer.records.every((records) => records === 1)).toBe(true);
    expect(closer.firstSteps).toEqual(STEPS.filter((step) => step >= start && step <= end));
    // As far as these reach, nothing is asked for; then all of it is drawn from what is there.
    controller.select({ zoom: [101, 139] });
    await settled();
    expect(asked(api)).toHaveLength(1);
    controller.select({ zoom: undefined });
    expect(lagsSeen(controller.state)).toBe(whole);
  });

  it('is not asked for where all of it is there', async () => {
    const { api, controller } = opened(2048);
    controller.select({ zoom: [100, 140] });
    await settled();
    expect(asked(api)).toEqual([]);
    expect(lagsSeen(controller.state)).toBe(controller.state.overview.value!.lags);
  });

  it('is asked for one at a time while one moves along', async () => {
    const { api, controller } = opened(8);
    await settled();
    api.hold();
    for (let from = 0; from < 300; from += 20) controller.select({ zoom: [from, from + 40] });
    await api.release();
    await settled();
    // The first that was wanted, and the last.
    expect(asked(api)).toHaveLength(2);
    expect(controller.state.closer.value?.range).toEqual(wanted(controller));
  });

  it('of another metric is asked for with its overview', async () => {
    const { api, controller } = opened(8);
    controller.select({ zoom: [100, 140] });
    await settled();
    controller.select({ metric: 'hidden' });
    // Until that has come, both are of the one before.
    expect(lagsSeen(controller.state)).toBe(controller.state.closer.value!.lags);
    await settled();
    expect(asked(api).map((what) => what.split(' ')[3])).toEqual(['weight', 'hidden']);
    expect(controller.state.closer.value!.of).toBe(controller.state.overview.valueKey);
  });

  it('that did not come is said, and can be asked for again', async () => {
    const { api, controller } = opened(8);
    api.failing.set('lags', new Error('no'));
    controller.select({ zoom: [100, 140] });
    await settled();
    expect(controller.state.closer.error?.message).toBe('no');
    expect(lagsSeen(controller.state)).toBe(controller.state.overview.value!.lags);
    api.failing.clear();
    controller.retry();
    await settled();
    expect(controller.state.closer.error).toBeUndefined();
    expect(lagsSeen(controller.state)).toBe(controller.state.closer.value!.lags);
  });

  it('grows with its training', async () => {
    const { api, controller } = opened(8);
    controller.select({ zoom: [300, 390] });
    await settled();
    api.log.a!.l0!.steps.push(395);
    controller.poll();
    await settled();
    expect(lagsSeen(controller.state)!.lastSteps.at(-1)).toBe(395);
  });
});
