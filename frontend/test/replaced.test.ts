import { describe, expect, it } from 'vitest';
import { Controller } from '../src/model/controller';
import { replaced } from '../src/model/replaced';
import { resolve } from '../src/model/resolve';
import { NO_SELECTION, type Selection } from '../src/model/selection';
import { FakeApi, LSTM, RNN, settled } from './fake_api';

async function opened(selection: Partial<Selection>): Promise<Controller> {
  const api = new FakeApi({
    a: { 'rnn/l0': { shape: LSTM, steps: [0, 10, 20, 1030], kept: [0, 20, 1030] } },
    b: { 'rnn/l0': { shape: RNN, steps: [0] } },
  });
  const controller = new Controller(api, { ...NO_SELECTION, ...selection });
  controller.start();
  await settled();
  return controller;
}

const said = async (selection: Partial<Selection>): Promise<string[]> => {
  const { state } = await opened(selection);
  return replaced(state, resolve(state));
};

describe('what the address asks for and is not there', () => {
  it('is said, and what is shown instead', async () => {
    expect(await said({ step: 7 })).toEqual([
      'Step 7 is not recorded: the nearest record is shown, step 0.',
    ]);
    expect(await said({ step: 99999 })).toEqual([
      'Step 99,999 is not recorded: the nearest record is shown, step 1,030.',
    ]);
    expect(await said({ step: 10 })).toEqual([
      'Step 10 is no longer kept by TensorBoard’s sampling: the nearest record is shown, step 0.',
    ]);
    const { state } = await opened({ step: 10 });
    expect(replaced(state, resolve(state), true)).toEqual([
      'Step 10 is not in this file: the nearest record is shown, step 0.',
    ]);
    expect(await said({ pin: 8 })).toEqual([
      'No loss at time step 8 to pin: the sequence has 8 steps, 0 to 7.',
    ]);
    expect(await said({ run: 'b', metric: 'cell' })).toEqual([
      'This layer has no metric “cell”: weight is shown.',
    ]);
  });

  it('is nothing where all of it is there', async () => {
    expect(await said({})).toEqual([]);
    expect(await said({ step: 20, pin: 7, metric: 'cell' })).toEqual([]);
  });

  it('is not said before it is known', async () => {
    const controller = await opened({ step: 7, pin: 99 });
    controller.select({ run: 'b', step: 0 });
    const { state } = controller;
    expect(replaced(state, resolve(state))).toEqual([]);
    await settled();
    expect(replaced(controller.state, resolve(controller.state))).toEqual([
      'No loss at time step 99 to pin: the sequence has 6 steps, 0 to 5.',
    ]);
  });
});
