// The fixture page: a stand-in for TensorBoard with synthetic runs, on 127.0.0.1.
import { createServer, type ServerResponse } from 'node:http';
import { encodeRecord } from './encode';
import { labelsReply } from './labels';
import { encodeOverview, overviewVector } from './overview';
import { type Layer, SCENARIOS } from './scenarios';
import { lossAt, random, syntheticRecord } from './synthetic';

const started = Date.now();
// The policy of TensorBoard, so that what it blocks is blocked here.
const POLICY =
  "default-src 'self'; font-src 'self' data:; frame-ancestors *; frame-src 'self'; " +
  "img-src 'self' data: blob:; object-src 'none'; style-src 'self' 'unsafe-inline'; " +
  "connect-src 'self'; script-src 'self'";

const HOST = (names: string[], name: string): string => `<!doctype html><html lang="en">
<title>RNNbow fixtures</title><link rel="stylesheet" href="host.css"><body>
<header>${names.map((n) => `<a href="/${n}/#rnnbow" ${n === name ? 'aria-current="page"' : ''}>${n}</a>`).join('')}
<button id="dark">dark</button><button id="reload">reload</button></header>
<iframe src="data/plugin_entry.html?name=rnnbow" title="RNNbow"></iframe>
<script type="module" src="host.js"></script></body></html>`;

const HOST_JS = `
document.getElementById('dark').onclick = () => document.body.classList.toggle('dark-mode');
let port;
window.addEventListener('message', (event) => {
  if (event.data === 'experimental.bootstrap') port = event.ports[0];
});
let id = 0;
document.getElementById('reload').onclick = () =>
  port?.postMessage(JSON.stringify({ type: 'experimental.DataReloaded', id: id++, payload: null, error: null, isReply: false }));
`;
const HOST_CSS = `body{margin:0;display:flex;flex-direction:column;height:100vh;font:13px sans-serif}
header{display:flex;gap:14px;align-items:center;padding:0 16px;height:40px;background:#f57c00}
header a{color:#fff;text-decoration:none}header a[aria-current]{border-bottom:2px solid}iframe{flex:1;border:0}`;
const ENTRY = `<!doctype html><html><head><base href="plugin/rnnbow/"></head><body>
<script type="module" src="static/entry.js"></script></body></html>`;

function recorded(layer: Layer): number[] {
  const { steps, liveMs } = layer;
  if (liveMs === undefined) return [...steps];
  return steps.slice(0, 20 + Math.floor((Date.now() - started) / liveMs));
}

function reply(
  response: ServerResponse,
  type: string,
  body: string | Uint8Array,
  status = 200,
): void {
  response.writeHead(status, { 'content-type': type, 'content-security-policy': POLICY });
  response.end(body);
}

function json(response: ServerResponse, body: unknown): void {
  reply(response, 'application/json', JSON.stringify(body));
}

let built: Record<string, Uint8Array> | undefined;

async function route(
  outputs: Outputs,
  scenario: string,
  path: string,
  query: URLSearchParams,
  response: ServerResponse,
): Promise<void> {
  const runs = SCENARIOS[scenario]!;
  if (path === '') {
    reply(response, 'text/html', HOST(Object.keys(SCENARIOS), scenario));
    return;
  }
  if (path === 'host.js') {
    reply(response, 'text/javascript', HOST_JS);
    return;
  }
  if (path === 'host.css') {
    reply(response, 'text/css', HOST_CSS);
    return;
  }
  if (path === 'data/plugin_entry.html') {
    reply(response, 'text/html', ENTRY);
    return;
  }
  const name = path.replace('data/plugin/rnnbow/', '');
  if (name === 'static/entry.js') {
    reply(response, 'text/javascript', "import { render } from './index.js'; render();");
    return;
  }
  if (name.startsWith('static/')) {
    // All anew where the page begins; what comes later is of that build.
    if (name === 'static/index.js') built = await outputs();
    const script = built?.[name.replace('static/', '')];
    if (script) reply(response, 'text/javascript; charset=utf-8', script);
    else reply(response, 'text/plain', 'not found', 404);
    return;
  }
  const run = query.get('run') ?? '';
  const tag = query.get('tag') ?? '';
  if (name === 'tags') {
    const list = Object.entries(runs).map(([key, layers]) => [
      key,
      {
        tags: Object.fromEntries(
          Object.entries(layers).map(([of, { shape }]) => [
            of,
            { cell: shape.cell, hidden_size: 128, description: '' },
          ]),
        ),
        scalars: ['loss/train', 'loss/validation', 'rnnbow/core/l0/maximum'],
      },
    ]);
    json(response, { runs: Object.fromEntries(list) as unknown });
    return;
  }
  if (name === 'scalars') {
    const steps = recorded(Object.values(runs[run] ?? {})[0]!).flatMap((s) => [s, s + 8]);
    const next = random(run.length);
    json(response, { steps, values: steps.map((step) => lossAt(step / 1600, next)) });
    return;
  }
  const layer = runs[run]?.[tag];
  if (!layer) {
    reply(response, 'text/plain', `no run ${run} with the tag ${tag}`, 404);
    return;
  }
  const all = recorded(layer);
  const last = layer.steps.at(-1)! || 1;
  const time = (step: number): number => 1789000000 + step;
  if (name === 'steps') {
    const kept = all.filter((step) => !layer.dropped?.(step));
    json(response, { steps: kept, wall_times: kept.map(time) });
  } else if (name === 'overview') {
    const records = all.map((step) =>
      syntheticRecord({ ...layer.shape, side: undefined, sequences: [0] }, step, last),
    );
    const wanted = query.get('metric');
    const metrics = records[0]?.metrics ?? [];
    const chosen = wanted === null ? metrics : metrics.filter((m) => m.name === wanted);
    const rows = records.map((record) => overviewVector(record, chosen));
    const { layer: kind } = records[0] ?? {};
    const body = encodeOverview(kind, chosen, all, all.map(time), rows);
    reply(response, 'application/octet-stream', body);
  } else if (name === 'record') {
    const step = Number(query.get('step'));
    const blob = encodeRecord(syntheticRecord(layer.shape, step, last));
    if (step === layer.damaged) blob[40]! ^= 1;
    reply(response, 'application/octet-stream', blob);
  } else if (name === 'labels') {
    const sample = all.filter((_, i) => i % Math.ceil(all.length / 20) === 0);
    const records = sample.map((step) => syntheticRecord(layer.shape, step, last));
    json(response, labelsReply(records, query.get('metric') ?? 'weight'));
  } else {
    reply(response, 'text/plain', 'not found', 404);
  }
}

export type Outputs = () => Promise<Record<string, Uint8Array>>;

/** Serves the fixture page; `outputs` gives the page's code anew at every reload. */
export function serve(outputs: Outputs, port: number): void {
  createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const [, scenario = '', ...rest] = url.pathname.split('/');
    if (!(scenario in SCENARIOS)) {
      response.writeHead(302, { location: '/demo/#rnnbow' });
      response.end();
      return;
    }
    route(outputs, scenario, rest.join('/'), url.searchParams, response).catch((error: unknown) => {
      reply(response, 'text/plain', String(error), 500);
    });
  }).listen(port, '127.0.0.1', () => {
    console.log(`http://127.0.0.1:${port}/demo/#rnnbow`);
  });
}
