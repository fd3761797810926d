import { beforeEach, describe, expect, it } from 'vitest';
import type { Controller } from '../src/model/controller';
import { resolve } from '../src/model/resolve';
import type { Selection } from '../src/model/selection';
import { type FakeApi, settled } from './fake_api';
import { LIGHT } from '../src/theme';
import { compared } from '../src/views/beside';
import type { Context } from '../src/views/context';
import { openPage, shown, twoRuns } from './two_runs';

let api: FakeApi;

beforeEach(() => {
  api = twoRuns();
});

const opened = (selection: Partial<Selection> = {}): Promise<Controller> =>
  openPage(api, selection);

describe('runs beside the chosen one', () => {
  const beside = ({ state }: Controller): unknown[] =>
    state.beside.map((other) => [
      resolve(other).run,
      resolve(other).tag,
      other.record.value?.message.step,
    ]);

  it('show the record nearest to the step of the chosen run, or one of their own', async () => {
    const controller = await opened({ beside: [{ run: 'b', step: undefined }], step: 20 });
    expect(shown(controller)).toEqual(['a', 20]);
    expect(beside(controller)).toEqual([['b', 'rnn/l0', 25]]);
    expect(controller.state.beside[0]!.overview.value?.steps).toEqual([0, 10, 25]);
    controller.select({ step: 0 });
    await settled();
    expect(beside(controller)).toEqual([['b', 'rnn/l0', 0]]);
    controller.select({ beside: [{ run: 'b', step: 10 }] });
    await settled();
    controller.select({ step: 30 });
    await settled();
    expect(beside(controller)).toEqual([['b', 'rnn/l0', 10]]);
  });

  it('show the same layer, or their first where they have none of that name', async () => {
    const controller = await opened({ beside: [{ run: 'b', step: undefined }], tag: 'rnn/l1' });
    expect(shown(controller)).toEqual(['a', 0]);
    expect(beside(controller)).toEqual([['b', 'rnn/l0', 0]]);
  });

  it('are asked for nothing twice, and for nothing once they are gone', async () => {
    const controller = await opened({ beside: [{ run: 'b', step: undefined }] });
    expect(new Set(api.asked).size).toBe(api.asked.length);
    controller.select({ beside: [] });
    api.asked.length = 0;
    controller.poll(true);
    await settled();
    expect(api.asked.filter((asked) => asked.includes(' b '))).toEqual([]);
    expect(controller.state.beside).toEqual([]);
  });

  it('are live too', async () => {
    const controller = await opened({ beside: [{ run: 'b', step: undefined }] });
    api.log['b']!['rnn/l0']!.steps.push(30);
    controller.poll();
    await settled();
    expect(beside(controller)).toEqual([['b', 'rnn/l0', 30]]);
    expect(controller.state.beside[0]!.overview.value?.steps).toEqual([0, 10, 25, 30]);
  });

  it('that are not there, or are the chosen one, are left out', async () => {
    const runs = ['a', 'gone', 'b'].map((run) => ({ run, step: undefined }));
    const controller = await opened({ beside: runs });
    expect(beside(controller)).toEqual([['b', 'rnn/l0', 25]]);
    controller.select({ run: 'b' });
    await settled();
    expect(shown(controller)).toEqual(['b', 25]);
    expect(beside(controller)).toEqual([['a', 'rnn/l0', 20]]);
  });

  it('fail alone, and are asked again', async () => {
    api.failing.set('record b', new Error('damaged'));
    const controller = await opened({ beside: [{ run: 'b', step: undefined }] });
    expect(shown(controller)).toEqual(['a', 30]);
    expect(controller.state.beside[0]!.record.error?.message).toBe('damaged');
    api.failing.clear();
    controller.retry();
    await settled();
    expect(beside(controller)).toEqual([['b', 'rnn/l0', 25]]);
  });

  it('keep their colours until something changes: bars are not drawn again for a pointer', async () => {
    const controller = await opened({ beside: [{ run: 'b', step: undefined }] });
    const colours = (): unknown[] => {
      const { state } = controller;
      const context = { state, now: resolve(state), theme: LIGHT } as unknown as Context;
      return compared(context).map((each) => each.context.colours);
    };
    const before = colours();
    controller.hover(2);
    colours().forEach((list, i) => {
      expect(list).toBe(before[i]);
    });
    controller.select({ palette: 'turbo' });
    colours().forEach((list, i) => {
      expect(list).not.toEqual(before[i]);
    });
  });
});
