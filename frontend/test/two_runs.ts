// A log of two runs, and the page over it.
import { Controller } from '../src/model/controller';
import { resolve } from '../src/model/resolve';
import { NO_SELECTION, type Selection } from '../src/model/selection';
import { FakeApi, LSTM, RNN, settled } from './fake_api';

export function twoRuns(): FakeApi {
  return new FakeApi({
    a: { 'rnn/l0': { shape: LSTM, steps: [0, 10, 20, 30] }, 'rnn/l1': { shape: RNN, steps: [0] } },
    b: { 'rnn/l0': { shape: RNN, steps: [0, 10, 25] } },
  });
}

export async function openPage(api: FakeApi, selection: Partial<Selection>): Promise<Controller> {
  const controller = new Controller(api, { ...NO_SELECTION, ...selection });
  controller.start();
  await settled();
  return controller;
}

export const shown = ({ state }: Controller): unknown => [
  resolve(state).run,
  state.record.value?.message.step,
];
