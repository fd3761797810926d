import { beforeEach, describe, expect, it } from 'vitest';
import type { Controller } from '../src/model/controller';
import { headline } from '../src/model/headline';
import { isOfLayer, layerOf, recordKey } from '../src/model/keys';
import { resolve } from '../src/model/resolve';
import type { Selection } from '../src/model/selection';
import { CUSTOM, type FakeApi, settled } from './fake_api';
import { openPage, shown, twoRuns } from './two_runs';

let api: FakeApi;

beforeEach(() => {
  api = twoRuns();
});

const opened = (selection: Partial<Selection> = {}): Promise<Controller> =>
  openPage(api, selection);
const count = (request: string): number => api.asked.filter((asked) => asked === request).length;

describe('opening', () => {
  it('shows the newest record of the first layer, and its loss', async () => {
    const controller = await opened();
    const { state } = controller;
    const now = resolve(state);
    expect(shown(controller)).toEqual(['a', 30]);
    expect(now).toMatchObject({ tag: 'rnn/l0', step: 30, place: 3, following: true, loss: 'loss' });
    expect(now.metric?.name).toBe('weight');
    expect(state.overview.value?.metrics.map(({ name }) => name)).toEqual(['weight']);
    expect(state.overview.value?.steps).toEqual([0, 10, 20, 30]);
    expect(state.scalars.value?.values).toEqual([2, 1]);
  });

  it('shows the first metric of a layer that has no weight, whatever was chosen elsewhere', async () => {
    api.log['c'] = { 'encoder/l0': { shape: CUSTOM, steps: [0, 10] } };
    for (const selection of [{ run: 'c' }, { run: 'c', metric: 'weight' }]) {
      api.asked.length = 0;
      const controller = await opened(selection);
      const now = resolve(controller.state);
      expect(now.metrics.map(({ name }) => name)).toEqual(['hidden', 'cell']);
      expect(now.metric?.name).toBe('hidden');
      expect(api.asked).toContain('overview c encoder/l0 hidden');
      const { overview } = controller.state;
      expect(overview.value?.metricStatistic('hidden', 'maximum')?.length).toBe(2);
      expect(headline(overview.value, 10)).toMatch(/90 % of the hidden state gradient comes from/);
    }
  });

  it('asks for nothing twice', async () => {
    await opened();
    expect(new Set(api.asked).size).toBe(api.asked.length);
  });

  it('asks for what is drawn first before all else', async () => {
    await opened();
    expect(api.asked).toEqual([
      'tags',
      'steps a rnn/l0',
      'record a rnn/l0 30',
      'overview a rnn/l0 weight',
      'scalars a loss',
      'record a rnn/l0 20',
    ]);
  });

  it('shows the loss where there is no record', async () => {
    api.failing.set('record', new Error('no'));
    expect((await opened()).state.scalars.value?.values).toEqual([2, 1]);
  });

  it('with an address that names a run that is not there says so and asks no further', async () => {
    const controller = await opened({ run: 'gone' });
    expect(resolve(controller.state).missing).toEqual({ kind: 'run', name: 'gone' });
    expect(api.asked).toEqual(['tags']);
    controller.select({ run: 'a' });
    await settled();
    expect(shown(controller)).toEqual(['a', 30]);
  });

  it('of a layer without records shows its overview with all metrics', async () => {
    api.log['a']!['rnn/l0']!.kept = [];
    const controller = await opened();
    expect(controller.state.record.value).toBeUndefined();
    expect(resolve(controller.state).metrics.length).toBe(4);
    expect(api.asked).toContain('overview a rnn/l0 ');
  });

  it('of an empty log asks again until there is something', async () => {
    const log = { ...api.log };
    Object.keys(log).forEach((run) => Reflect.deleteProperty(api.log, run));
    const controller = await opened();
    expect(controller.state.runs.value?.size).toBe(0);
    Object.assign(api.log, log);
    controller.poll();
    await settled();
    expect(shown(controller)).toEqual(['a', 30]);
  });
});

describe('training goes on', () => {
  it('and the newest record is followed', async () => {
    const controller = await opened();
    api.log['a']!['rnn/l0']!.steps.push(40);
    controller.poll();
    await settled();
    expect(shown(controller)).toEqual(['a', 40]);
    expect(controller.state.overview.value?.steps.at(-1)).toBe(40);
    expect(count('scalars a loss')).toBe(2);
  });

  it('and a picked step stays, with pin and hover', async () => {
    const controller = await opened({ step: 10, pin: 2 });
    controller.hover(4);
    api.log['a']!['rnn/l0']!.steps.push(40);
    controller.poll();
    await settled();
    expect(shown(controller)).toEqual(['a', 10]);
    expect(controller.state.steps.value?.steps.at(-1)).toBe(40);
    expect(resolve(controller.state).source).toBe(4);
    controller.hover(undefined);
    expect(resolve(controller.state).source).toBe(2);
  });

  it('and where nothing is new only the cheap question is asked', async () => {
    const controller = await opened();
    controller.poll();
    await settled();
    const before = api.asked.length;
    controller.poll();
    await settled();
    expect(api.asked.slice(before)).toEqual(['steps a rnn/l0']);
  });

  it('and a picked record that sampling drops stays in view', async () => {
    const controller = await opened({ step: 10 });
    api.log['a']!['rnn/l0']!.kept = [0, 30, 40];
    controller.poll();
    await settled();
    expect(shown(controller)).toEqual(['a', 10]);
    expect(resolve(controller.state).place).toBe(-1);
    controller.walk(1);
    await settled();
    expect(shown(controller)).toEqual(['a', 30]);
  });

  it('and a run that is deleted is missed, then found again', async () => {
    const controller = await opened({ run: 'b' });
    const gone = api.log['b']!;
    delete api.log['b'];
    controller.poll();
    await settled();
    controller.poll();
    await settled();
    expect(resolve(controller.state).missing).toEqual({ kind: 'run', name: 'b' });
    api.log['b'] = gone;
    controller.poll(true);
    await settled();
    expect(shown(controller)).toEqual(['b', 25]);
  });
});

describe('choosing', () => {
  it('another run keeps what both have', async () => {
    const controller = await opened({ metric: 'cell', step: 20, tag: 'rnn/l1' });
    expect(resolve(controller.state).metric?.name).toBe('weight');
    controller.select({ run: 'b' });
    await settled();
    // b has no layer rnn/l1 and no step 20: its first layer, the nearest step.
    expect(resolve(controller.state)).toMatchObject({ run: 'b', tag: 'rnn/l0', step: 25 });
    expect(shown(controller)).toEqual(['b', 25]);
    controller.select({ run: 'a' });
    await settled();
    expect(shown(controller)).toEqual(['a', 20]);
    expect(resolve(controller.state).metric?.name).toBe('cell');
    expect(controller.state.overview.value?.metrics[0]?.name).toBe('cell');
  });

  it('while a reply is on its way keeps what is shown', async () => {
    const controller = await opened();
    api.hold();
    controller.select({ run: 'b' });
    expect(controller.state.record.value?.message.step).toBe(30);
    await api.release();
    await settled();
    expect(shown(controller)).toEqual(['b', 25]);
  });

  it('quickly: late replies change nothing', async () => {
    const controller = await opened();
    api.hold();
    controller.select({ step: 0 });
    controller.select({ step: 10 });
    controller.select({ step: 20 });
    // Released in reverse: the replies for steps 10 and 0 come when 20 is already shown.
    await api.release();
    await settled();
    expect(shown(controller)).toEqual(['a', 20]);
    expect(controller.state.record.error).toBeUndefined();
  });

  it('walks from record to record and stops at the ends', async () => {
    const controller = await opened({ step: 10 });
    controller.walk(-1);
    controller.walk(-1);
    await settled();
    expect(shown(controller)).toEqual(['a', 0]);
    controller.walk(10);
    await settled();
    expect(shown(controller)).toEqual(['a', 30]);
    expect(resolve(controller.state).following).toBe(false);
  });

  it('a neighbour needs no request: it was read before', async () => {
    const controller = await opened({ step: 10 });
    const before = count('record a rnn/l0 20');
    expect(before).toBe(1);
    controller.walk(1);
    await settled();
    expect(count('record a rnn/l0 20')).toBe(before);
  });

  it('a sequence by its place in the batch, and a source within it', async () => {
    const controller = await opened({ sequence: 3, pin: 99 });
    expect(resolve(controller.state).sequence).toBe(1);
    expect(resolve(controller.state).source).toBeUndefined();
    controller.select({ sequence: 7, pin: 5 });
    expect(resolve(controller.state)).toMatchObject({ sequence: 0, source: 5 });
  });
});

describe('something fails', () => {
  it('a damaged record is not replaced by another; the others go on', async () => {
    api.failing.set('record a rnn/l0 20', new Error('checksum: damaged'));
    const controller = await opened({ step: 20 });
    expect(controller.state.record.error?.message).toBe('checksum: damaged');
    expect(controller.state.record.value).toBeUndefined();
    expect(controller.state.overview.value?.steps.length).toBe(4);
    controller.walk(1);
    await settled();
    expect(shown(controller)).toEqual(['a', 30]);
    controller.walk(-1);
    await settled();
    expect(controller.state.record.value).toBeUndefined();
    api.failing.clear();
    controller.retry();
    await settled();
    expect(shown(controller)).toEqual(['a', 20]);
  });

  it('what is there stays while TensorBoard does not answer', async () => {
    const controller = await opened();
    api.failing.set('steps', new Error('no answer'));
    controller.poll();
    await settled();
    expect(controller.state.steps.error?.message).toBe('no answer');
    expect(shown(controller)).toEqual(['a', 30]);
    api.failing.clear();
    controller.poll();
    await settled();
    expect(controller.state.steps.error).toBeUndefined();
  });

  it('the list of runs is asked for at every poll until it is there', async () => {
    const controller = await opened();
    api.failing.set('tags', new Error('no answer'));
    controller.poll();
    await settled();
    expect(controller.state.runs.error?.message).toBe('no answer');
    controller.poll();
    await settled();
    expect(count('tags')).toBe(3);
    api.failing.clear();
    controller.poll();
    await settled();
    expect(controller.state.runs.error).toBeUndefined();
    controller.poll();
    await settled();
    expect(count('tags')).toBe(4);
  });

  it('the list of runs can be tried again', async () => {
    api.failing.set('tags', new Error('no answer'));
    const controller = await opened();
    expect(controller.state.runs.error?.message).toBe('no answer');
    api.failing.clear();
    controller.retry();
    await settled();
    expect(shown(controller)).toEqual(['a', 30]);
  });
});

describe('keys', () => {
  it('of a record say which layer it is of, whatever that is called', () => {
    const key = recordKey('a "b" 1 2', 'x y/l0', 3, 4.5);
    expect(layerOf(key)).toEqual(['a "b" 1 2', 'x y/l0']);
    expect(isOfLayer(key, 'a "b" 1 2', 'x y/l0')).toBe(true);
    expect(isOfLayer(key, 'a "b" 1 2', 'x y/l')).toBe(false);
  });
});
