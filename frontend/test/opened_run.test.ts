// Which run the page shows where its address names none.
import { beforeEach, describe, expect, it } from 'vitest';
import type { Controller } from '../src/model/controller';
import { NO_SELECTION, type Selection } from '../src/model/selection';
import { type FakeApi, RNN, settled } from './fake_api';
import { openPage, shown, twoRuns } from './two_runs';

let api: FakeApi;

beforeEach(() => {
  api = twoRuns();
});

const opened = (selection: Partial<Selection> = {}): Promise<Controller> =>
  openPage(api, selection);

describe('the run that opens', () => {
  it('is the one that recorded last, and the first of those that did at one time', async () => {
    expect(shown(await opened())).toEqual(['a', 30]);
    api.written.set('a', 1e9).set('b', 1e9);
    expect(shown(await opened())).toEqual(['a', 30]);
    api.written.set('b', 1e9 + 1);
    expect(shown(await opened())).toEqual(['b', 25]);
    expect(shown(await opened({ run: 'a' }))).toEqual(['a', 30]);
  });

  it('stays, whatever else records while somebody looks', async () => {
    api.written.set('a', 100).set('b', 90);
    const controller = await opened();
    api.log['later'] = { 'rnn/l0': { shape: RNN, steps: [0] } };
    api.written.set('b', 110).set('later', 120);
    controller.poll(true);
    await settled();
    expect(controller.state.runs.value?.get('later')?.wallTime).toBe(120);
    expect(shown(controller)).toEqual(['a', 30]);
    expect(shown(await opened())).toEqual(['later', 0]);
  });

  it('leaves for the newest when it goes, and comes back when it does', async () => {
    api.written.set('a', 100).set('b', 90);
    api.log['c'] = { 'rnn/l0': { shape: RNN, steps: [0, 5] } };
    const controller = await opened();
    const { a } = api.log;
    delete api.log['a'];
    controller.poll(true);
    await settled();
    expect(shown(controller)).toEqual(['b', 25]);
    api.written.set('c', 95);
    controller.poll(true);
    await settled();
    expect(shown(controller)).toEqual(['b', 25]);
    api.log['a'] = a!;
    controller.poll(true);
    await settled();
    expect(shown(controller)).toEqual(['a', 30]);
  });

  it('is named by the address from the first choice on, and not before', async () => {
    const controller = await opened();
    expect(controller.state.selection.run).toBeUndefined();
    controller.hover(2);
    expect(controller.state.selection.run).toBeUndefined();
    controller.visit(10);
    expect(controller.state.selection).toMatchObject({ run: 'a', step: 10 });
    // Back, to the address that it was opened with.
    controller.select(NO_SELECTION);
    await settled();
    expect(controller.state.selection.run).toBeUndefined();
    expect(shown(controller)).toEqual(['a', 30]);
  });

  it('that the address names is asked for at every look until it is there', async () => {
    const controller = await opened({ run: 'later', tag: 'rnn/l0' });
    for (let looks = 0; looks < 3; looks++) {
      controller.poll();
      await settled();
    }
    expect(api.asked.filter((asked) => asked === 'tags').length).toBe(4);
    api.log['later'] = { 'rnn/l0': { shape: RNN, steps: [0, 5] } };
    controller.poll();
    await settled();
    expect(shown(controller)).toEqual(['later', 5]);
  });
});
