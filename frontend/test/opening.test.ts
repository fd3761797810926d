// What the page opens with: one reply in place of the first ones of three routes.
import { beforeEach, expect, test } from 'vitest';
import { replyOf } from '../dev/replies';
import { SCENARIOS } from '../dev/scenarios';
import { askOpening, opensWith } from '../src/api/opening';
import { type Api, httpApi } from '../src/api/routes';
import { NO_SELECTION, type Selection } from '../src/model/selection';

const { signal } = new AbortController();
let asked: string[];
/** What the backend replies to `opening`; by default what it has. */
let reply: ((right: Uint8Array<ArrayBuffer>) => Response) | undefined;

beforeEach(() => {
  asked = [];
  reply = undefined;
});

const send: typeof fetch = (url) => {
  const [route, query] = (url as string).split('?');
  asked.push(url as string);
  const found = replyOf(SCENARIOS.demo!, route!, new URLSearchParams(query));
  if (!found) return Promise.resolve(new Response('not there', { status: 404 }));
  if ('json' in found) return Promise.resolve(Response.json(found.json));
  const bytes = Uint8Array.from(found.bytes);
  return Promise.resolve(route === 'opening' && reply ? reply(bytes) : new Response(bytes));
};

function opened(selection: Partial<Selection> = {}): Api {
  return opensWith(askOpening({ ...NO_SELECTION, ...selection }, send), httpApi(send));
}

/** What the page asks for first. */
async function first(api: Api, run = 'char-lstm', tag = 'core/l0', step = 1600) {
  const runs = await api.tags(signal);
  const steps = await api.steps(run, tag, signal);
  return { runs, steps, record: (await api.record(run, tag, step, signal)).message };
}

/** In pieces of `size` bytes. */
function inPieces(bytes: Uint8Array<ArrayBuffer>, size: number): Response {
  let at = 0;
  const body = new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) controller.close();
      else controller.enqueue(bytes.slice(at, (at += size)));
    },
  });
  return new Response(body);
}

test('it is what the routes reply, and they are not asked', async () => {
  const byRoutes = await first(httpApi(send));
  asked = [];

  expect(await first(opened())).toEqual(byRoutes);
  expect(asked).toEqual(['opening']);
});

test('the layer and the step that are chosen are asked for', async () => {
  const chosen = { run: 'char-lstm', tag: 'head/l0', step: 33 };
  const found = await first(opened(chosen), 'char-lstm', 'head/l0', 32);

  expect(found.record.step).toBe(32);
  expect(found.record.layer!.cell).toBe('GRU');
  expect(asked).toEqual(['opening?run=char-lstm&tag=head%2Fl0&step=33']);
});

test.each([1, 7, 1000])('it may come in pieces of %i bytes', async (size) => {
  reply = (bytes) => inPieces(bytes, size);

  expect(await first(opened())).toEqual(await first(httpApi(send)));
});

test('what there is to choose from is known before the record has come', async () => {
  let finish = (): void => undefined;
  reply = (bytes) => {
    const end = bytes.indexOf(10) + 1;
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(bytes.slice(0, end + 5));
        finish = (): void => {
          controller.enqueue(bytes.slice(end + 5));
          controller.close();
        };
      },
    });
    return new Response(body);
  };
  const api = opened();

  expect([...(await api.tags(signal)).keys()]).toContain('char-rnn');
  expect((await api.steps('char-lstm', 'core/l0', signal)).steps.at(-1)).toBe(1600);
  const record = api.record('char-lstm', 'core/l0', 1600, signal);
  finish();
  expect((await record).message.step).toBe(1600);
  expect(asked).toEqual(['opening']);
});

test('what is asked for again is asked for news', async () => {
  const api = opened();
  await first(api);
  await first(api);

  expect(asked).toEqual([
    'opening',
    'tags',
    'steps?run=char-lstm&tag=core%2Fl0',
    'record?run=char-lstm&tag=core%2Fl0&step=1600',
  ]);
});

test('another layer than the opened one is asked for', async () => {
  await first(opened(), 'char-rnn', 'core/l0', 16);

  expect(asked).toEqual([
    'opening',
    'steps?run=char-rnn&tag=core%2Fl0',
    'record?run=char-rnn&tag=core%2Fl0&step=16',
  ]);
});

test.each([
  ['an error', () => new Response('broken', { status: 500 })],
  ['nothing', () => new Response('')],
  ['half a line', (bytes: Uint8Array<ArrayBuffer>) => new Response(bytes.slice(0, 20))],
  ['no JSON', () => new Response('<html>\n')],
  ['an end within the record', (bytes: Uint8Array<ArrayBuffer>) => cut(bytes)],
])('in place of %s the routes are asked', async (_, broken) => {
  reply = broken;

  expect(await first(opened())).toEqual(await first(httpApi(send)));
  expect(asked[0]).toBe('opening');
});

function cut(bytes: Uint8Array<ArrayBuffer>): Response {
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(bytes.slice(0, bytes.length - 9));
    },
    pull(controller) {
      controller.error(new Error('the connection is gone'));
    },
  });
  return new Response(body);
}

test('nobody hears of an opening that fails before it is used', async () => {
  const api = opensWith(
    askOpening(NO_SELECTION, () => Promise.reject(new Error('no network'))),
    httpApi(send),
  );

  expect((await api.tags(signal)).size).toBe(3);
});
