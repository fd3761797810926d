// What the page opens with, asked for at once: the first replies of three routes, of which each says
// what to ask the next one for. Whatever is not in it is asked for as ever.
import type { Selection } from '../model/selection';
import { type Api, readRecord, readRuns, readSteps, routeUrl } from './routes';

/** The line of JSON: what there is, and of which layer and step the rest is. */
interface Line {
  readonly run?: string;
  readonly tag?: string;
  readonly step?: number;
}

interface Opening {
  readonly line: Promise<Line | undefined>;
  /** All bytes behind the line. */
  readonly record: Promise<Uint8Array<ArrayBuffer> | undefined>;
}

const NEWLINE = 10;

/** Asks for what a page with this selection shows first. */
export function askOpening({ run, tag, step }: Selection, send: typeof fetch = fetch): Opening {
  // Who asks for the same by its own route is told what is wrong.
  const nothing = (): undefined => undefined;
  const parts = send(routeUrl('opening', { run, tag, step })).then((response) => {
    if (!response.ok) return undefined;
    return inParts(response.body!.getReader());
  });
  return {
    line: parts.then((found) => found?.line).catch(nothing),
    record: parts.then((found) => found?.record).catch(nothing),
  };
}

/** `api`, whose first replies are those of the opening. What is asked for again is asked for news. */
export function opensWith({ line, record }: Opening, api: Api): Api {
  const given = new Set<string>();
  const first = async (
    what: keyof Api,
    fits: (line: Line) => boolean,
  ): Promise<Line | undefined> => {
    if (given.has(what)) return undefined;
    given.add(what);
    const found = await line;
    return found && fits(found) ? found : undefined;
  };
  return {
    ...api,
    async tags(signal) {
      const found = await first('tags', () => true);
      return found ? readRuns(found) : api.tags(signal);
    },
    async steps(run, tag, signal) {
      const found = await first('steps', (of) => of.run === run && of.tag === tag);
      return found ? readSteps(found) : api.steps(run, tag, signal);
    },
    async record(run, tag, step, signal) {
      const fits = (of: Line): boolean => of.run === run && of.tag === tag && of.step === step;
      const blob = (await first('record', fits)) && (await record);
      return blob ? readRecord(blob, step) : api.record(run, tag, step, signal);
    },
  };
}

/** The line as soon as it is there: over a slow network the record may be long in coming. */
async function inParts(
  body: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>,
): Promise<{ line: Line; record: Promise<Uint8Array<ArrayBuffer>> }> {
  let bytes = new Uint8Array(0);
  const more = async (): Promise<boolean> => {
    const { value } = await body.read();
    if (value) bytes = joined(bytes, value);
    return value !== undefined;
  };
  let end;
  while ((end = bytes.indexOf(NEWLINE)) < 0) {
    if (!(await more())) throw new Error('the reply ends within its first line');
  }
  const line = JSON.parse(new TextDecoder().decode(bytes.subarray(0, end))) as Line;
  const rest = async (): Promise<Uint8Array<ArrayBuffer>> => {
    while (await more());
    return bytes.slice(end + 1);
  };
  return { line, record: rest() };
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
