import { beforeEach, describe, expect, it } from 'vitest';
import { Controller } from '../src/model/controller';
import { NO_SELECTION, type Selection } from '../src/model/selection';
import { FakeApi, LSTM, settled } from './fake_api';
import { labelSums } from './label_cases';

let api: FakeApi;
let controller: Controller;

beforeEach(() => {
  api = new FakeApi({ a: { 'rnn/l0': { shape: LSTM, steps: [0, 10] } } });
});

async function opened(selection: Partial<Selection> = {}, watched = true): Promise<void> {
  controller = new Controller(api, { ...NO_SELECTION, ...selection });
  controller.start();
  if (watched) controller.watchLabels(true);
  await settled();
}

const asked = (): string[] => api.asked.filter((request) => request.startsWith('labels'));
const part = (summed: number, left: number): void => {
  api.sums.push(labelSums({}, { summed, left }));
};

describe('sums by label', () => {
  it('are not asked for before somebody looks', async () => {
    await opened({}, false);
    expect(asked()).toEqual([]);
    controller.watchLabels(true);
    await settled();
    expect(asked()).toEqual(['labels a rnn/l0 weight all']);
  });

  it('are asked for again until nothing is left', async () => {
    part(3, 7);
    part(6, 4);
    part(10, 0);
    await opened();
    expect(asked().length).toBe(3);
    expect(controller.state.labels).toMatchObject({ loading: false, stopped: false });
    expect(controller.state.labels.value).toMatchObject({ summed: 10, left: 0 });
  });

  it('are not asked for without end where a request gets no further', async () => {
    for (let i = 0; i < 9; i++) part(3, 7);
    await opened();
    expect(asked().length).toBe(2);
  });

  it('can be left, and gone on with', async () => {
    part(3, 7);
    api.hold();
    await opened();
    await api.release();
    api.hold();
    await settled();
    controller.sumLabels(false);
    part(6, 4);
    await api.release();
    await settled();
    const before = asked().length;
    expect(controller.state.labels).toMatchObject({ stopped: true });
    controller.poll();
    await settled();
    expect(asked().length).toBe(before);
    controller.sumLabels(true);
    await settled();
    expect(controller.state.labels.value?.left).toBe(0);
    expect(controller.state.labels.stopped).toBe(false);
  });

  it('wait while nobody looks, also for news', async () => {
    await opened();
    controller.watchLabels(false);
    api.log['a']!['rnn/l0']!.steps.push(20);
    controller.poll();
    await settled();
    expect(asked().length).toBe(1);
    controller.watchLabels(true);
    await settled();
    expect(asked().length).toBe(2);
  });

  it('of something else are not kept while nobody looks', async () => {
    await opened();
    controller.watchLabels(false);
    controller.select({ range: [0, 10] });
    expect(controller.state.labels.value).toBeUndefined();
    controller.watchLabels(true);
    await settled();
    expect(asked().at(-1)).toBe('labels a rnn/l0 weight 0-10');
  });

  it('follow training, the metric and the range', async () => {
    await opened();
    api.log['a']!['rnn/l0']!.steps.push(20);
    controller.poll();
    await settled();
    controller.select({ metric: 'hidden' });
    await settled();
    controller.select({ range: [0, 10] });
    await settled();
    expect(asked()).toEqual([
      'labels a rnn/l0 weight all',
      'labels a rnn/l0 weight all',
      'labels a rnn/l0 hidden all',
      'labels a rnn/l0 hidden 0-10',
    ]);
    controller.select({ target: '(' });
    await settled();
    expect(asked().length).toBe(4);
  });

  it('that failed are asked for by the button alone', async () => {
    api.failing.set('labels', new Error('busy'));
    await opened();
    expect(controller.state.labels.error?.message).toBe('busy');
    expect(asked().length).toBe(1);
    api.failing.clear();
    controller.retry();
    await settled();
    expect(controller.state.labels.error).toBeUndefined();
    expect(controller.state.labels.value?.summed).toBe(2);
  });
});
