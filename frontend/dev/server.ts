// The fixture pages: a stand-in for TensorBoard with synthetic runs, on 127.0.0.1.
import { readFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, join } from 'node:path';
import { FIXTURES, fragment } from './fixtures';
import { ENTRY_JS, entryPage, HOST_CSS, HOST_JS, hostPage } from './host';
import { replyOf } from './replies';
import { SCENARIOS } from './scenarios';

// The policy of TensorBoard, so that what it blocks is blocked here.
const POLICY =
  "default-src 'self'; font-src 'self' data:; frame-ancestors *; frame-src 'self'; " +
  "img-src 'self' data: blob:; object-src 'none'; style-src 'self' 'unsafe-inline'; " +
  "connect-src 'self'; script-src 'self'";

const PLUGIN = 'data/plugin/rnnbow/';

export interface Options {
  /** The file of this name that the sources, as they are now, are built into. */
  readonly script: (name: string) => Promise<Uint8Array | undefined>;
  /** 0 for any that is free. */
  readonly port: number;
  /** A folder with `fonts.css` and the fonts in it; without, those of the machine are taken. */
  readonly fonts: string | undefined;
}

interface Found {
  readonly type: string;
  readonly body: string | Uint8Array;
  /** Seconds for which a browser need not ask again. */
  readonly fresh?: number;
}

/** What lies at `path` below the name of a log or a fixture. */
async function find(
  name: string,
  path: string,
  query: URLSearchParams,
  options: Options,
): Promise<Found | undefined> {
  const fixture = FIXTURES[name];
  const pages: Record<string, Found> = {
    '': html(hostPage(name)),
    'host.js': script(HOST_JS),
    'host.css': css(HOST_CSS),
    'data/plugin_entry.html': html(entryPage(fixture)),
    [`${PLUGIN}static/entry.js`]: script(ENTRY_JS),
  };
  if (path in pages) return pages[path];
  if (!path.startsWith(PLUGIN)) return undefined;
  const [folder, file] = path.slice(PLUGIN.length).split('/');
  if (folder === 'static') {
    const built = await options.script(file!);
    return built && script(built);
  }
  if (folder === 'fonts') return font(basename(file!), options.fonts);
  const reply = replyOf(SCENARIOS[fixture?.log ?? name]!, folder!, query);
  if (!reply) return undefined;
  return 'json' in reply
    ? { type: 'application/json', body: JSON.stringify(reply.json) }
    : { type: 'application/octet-stream', body: reply.bytes };
}

async function font(name: string, folder: string | undefined): Promise<Found> {
  if (folder === undefined) return css('');
  const body = await readFile(join(folder, name));
  return { type: name.endsWith('.css') ? 'text/css' : 'font/otf', body, fresh: 600 };
}

const html = (body: string): Found => ({ type: 'text/html', body });
const css = (body: string): Found => ({ type: 'text/css', body });
const script = (body: string | Uint8Array): Found => ({
  type: 'text/javascript; charset=utf-8',
  body,
});

/** Serves the pages: `/<log>/` and `/<fixture>/`, and a list of the fixtures at `/fixtures.json`. */
export function serve(options: Options): void {
  const answer = async (url: URL, response: ServerResponse): Promise<void> => {
    const [, name = '', ...rest] = url.pathname.split('/');
    if (name === 'fixtures.json') {
      const list = Object.entries(FIXTURES).map(([name, fixture]) => ({
        name,
        part: fixture.part ?? null,
        width: fixture.width ?? 720,
        address: `/${name}/data/plugin_entry.html${fragment(fixture)}`,
      }));
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(list));
    } else if (name in SCENARIOS || name in FIXTURES) {
      const found = await find(name, rest.join('/'), url.searchParams, options);
      const type = found?.type ?? 'text/plain';
      response.writeHead(found ? 200 : 404, {
        'content-type': type,
        'content-security-policy': POLICY,
        'cache-control': `max-age=${found?.fresh ?? 0}`,
      });
      response.end(found?.body ?? 'not found');
    } else {
      response.writeHead(302, { location: '/demo/#rnnbow' });
      response.end();
    }
  };
  const server = createServer((request, response) => {
    answer(new URL(request.url ?? '/', 'http://127.0.0.1'), response).catch((error: unknown) => {
      response.writeHead(500, { 'content-type': 'text/plain' });
      response.end(String(error));
    });
  });
  server.listen(options.port, '127.0.0.1', () => {
    console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}/demo/#rnnbow`);
  });
}
