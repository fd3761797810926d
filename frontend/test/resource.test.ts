import { expect, test } from 'vitest';
import { Resource } from '../src/api/resource';

/** Requests that are answered by hand, in any order. */
class Desk {
  readonly asked: { key: string; signal: AbortSignal; answer: (value: string | Error) => void }[] =
    [];
  readonly fetcher =
    (key: string) =>
    (signal: AbortSignal): Promise<string> =>
      new Promise((resolve, reject) => {
        const answer = (value: string | Error): void => {
          if (value instanceof Error) reject(value);
          else resolve(value);
        };
        this.asked.push({ key, signal, answer });
      });

  async answer(place: number, value: string | Error): Promise<void> {
    this.asked[place]!.answer(value);
    await new Promise((done) => setTimeout(done));
  }
}

function walk(inPassing: boolean): { desk: Desk; resource: Resource<string>; seen: string[] } {
  const desk = new Desk();
  const seen: string[] = [];
  const resource = new Resource<string>(() => seen.push(resource.now.valueKey));
  for (const key of ['a', 'b', 'c']) resource.want(key, desk.fetcher(key), inPassing);
  return { desk, resource, seen };
}

test('in passing, what is under way is shown, then what is wanted by then', async () => {
  const { desk, resource, seen } = walk(true);
  expect(desk.asked.map(({ key }) => key)).toEqual(['a']);
  await desk.answer(0, 'A');
  expect(resource.now).toMatchObject({ key: 'c', value: 'A', valueKey: 'a', loading: true });
  expect(desk.asked.map(({ key }) => key)).toEqual(['a', 'c']);
  await desk.answer(1, 'C');
  expect(resource.now).toMatchObject({ key: 'c', value: 'C', valueKey: 'c', loading: false });
  expect(seen).toEqual(['a', 'c']);
});

test('otherwise what nobody waits for any more is given up', async () => {
  const { desk, resource, seen } = walk(false);
  expect(desk.asked.map(({ key, signal }) => [key, signal.aborted])).toEqual([
    ['a', true],
    ['b', true],
    ['c', false],
  ]);
  await desk.answer(2, 'C');
  await desk.answer(0, 'A');
  expect(resource.now.value).toBe('C');
  expect(seen).toEqual(['c']);
});

test('a failure in passing is not what the page says in the end', async () => {
  const { desk, resource } = walk(true);
  await desk.answer(0, new Error('gone'));
  expect(resource.now).toMatchObject({ key: 'c', loading: true, error: undefined });
  await desk.answer(1, 'C');
  expect(resource.now).toMatchObject({ value: 'C', error: undefined });
});

test('a failure of what is wanted leaves nothing in its place', async () => {
  const { desk, resource } = walk(true);
  await desk.answer(0, 'A');
  await desk.answer(1, new Error('gone'));
  expect(resource.now).toMatchObject({ key: 'c', value: undefined, valueKey: '' });
  expect(resource.now.error?.message).toBe('gone');
});
