import { describe, expect, it } from 'vitest';
import { Controller } from '../src/model/controller';
import { Film } from '../src/model/film';
import { NO_SELECTION, type Selection } from '../src/model/selection';
import { FakeApi, RNN, settled } from './fake_api';

const STEPS = [0, 10, 20, 30, 40];

interface Cinema {
  readonly controller: Controller;
  readonly film: Film;
  /** Steps in the order in which they were shown. */
  readonly seen: (number | undefined)[];
  readonly said: string[];
  watched: boolean;
}

async function opened(selection: Partial<Selection> = {}, pace = 2): Promise<Cinema> {
  const api = new FakeApi({ a: { 'rnn/l0': { shape: RNN, steps: STEPS } } });
  const controller = new Controller(api, { ...NO_SELECTION, ...selection });
  const seen: (number | undefined)[] = [];
  const said: string[] = [];
  const film = new Film(controller, {
    pace: () => pace,
    watched: () => cinema.watched,
    changed: (text) => said.push(text),
  });
  const cinema: Cinema = { controller, film, seen, said, watched: true };
  controller.start();
  await settled();
  controller.subscribe(() => {
    const step = controller.state.record.value?.message.step;
    if (step !== seen.at(-1)) seen.push(step);
  });
  return cinema;
}

async function ended({ film }: Cinema): Promise<void> {
  for (let i = 0; i < 400 && film.playing; i++) await new Promise((go) => setTimeout(go, 5));
  expect(film.playing).toBe(false);
  await settled();
}

describe('training as a film', () => {
  it('shows record after record, from the first where the last is shown, and stops there', async () => {
    const cinema = await opened();
    cinema.film.toggle();
    expect(cinema.film.playing).toBe(true);
    await ended(cinema);
    expect(cinema.seen.slice(-5)).toEqual(STEPS);
    expect(cinema.said).toEqual(['Playing at step 0', 'Stopped at step 40']);
    expect(cinema.controller.state.selection.step).toBe(40);
  });

  it('goes on from the record shown, and keeps within the range that is picked', async () => {
    const within = await opened({ step: 20, range: [10, 30] });
    within.film.toggle();
    await ended(within);
    expect(within.seen.at(-1)).toBe(30);
    expect(within.seen).not.toContain(10);
    within.seen.length = 0;
    within.film.toggle();
    await ended(within);
    expect(within.seen.filter((step) => step !== undefined).slice(-3)).toEqual([10, 20, 30]);
  });

  it('stops at any other choice, but follows a view that moves along', async () => {
    for (const choice of [{ step: 30 }, { metric: 'hidden' }, { pin: 2 }, { step: undefined }]) {
      const cinema = await opened({ step: 0 }, 500);
      cinema.film.toggle();
      cinema.controller.select({ zoom: [0, 20] });
      expect(cinema.film.playing).toBe(true);
      cinema.controller.select(choice);
      expect(cinema.film.playing).toBe(false);
      expect(cinema.controller.state.selection).toMatchObject(choice);
    }
  });

  it('waits while nobody watches', async () => {
    const cinema = await opened({ step: 10 });
    cinema.watched = false;
    cinema.film.toggle();
    await new Promise((go) => setTimeout(go, 40));
    expect(cinema.controller.state.selection.step).toBe(10);
    cinema.watched = true;
    await ended(cinema);
    expect(cinema.seen.at(-1)).toBe(40);
  });

  it('leaves records out rather than to take longer than a minute', async () => {
    // Five records of 24 s each would be two minutes: every second one.
    const { controller, film } = await opened({ step: 0 }, 24_000);
    film.toggle();
    expect(film.stride).toBe(2);
    film.stop();
    expect(controller.state.selection.step).toBe(0);
  });

  it('of one record is none', async () => {
    const cinema = await opened({ range: [10, 15] });
    cinema.film.toggle();
    expect(cinema.film.playing).toBe(false);
    expect(cinema.said).toEqual([]);
  });
});
