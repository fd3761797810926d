// node scripts/decode-batch.mjs FILE: the page's decoder over the blobs of a file, see
// `torture/decode_batch.py`. With --bundle instead, the code of it for a browser.
import { readFileSync, writeSync } from 'node:fs';
import { inflateSync } from 'node:zlib';
import { build } from 'esbuild';

const bundle = async (format) => {
  const { outputFiles } = await build({
    absWorkingDir: new URL('..', import.meta.url).pathname,
    entryPoints: ['test/decode_batch.ts'],
    bundle: true,
    format,
    globalName: 'batch',
    write: false,
  });
  return outputFiles[0].text;
};

/** Node reads over what stands behind the end of a stream. The standard refuses it, and so do browsers. */
class StandardStream {
  constructor(format) {
    const stored = [];
    const keep = new TransformStream({
      transform(chunk, controller) {
        stored.push(chunk);
        controller.enqueue(chunk);
      },
    });
    const check = new TransformStream({
      flush() {
        const all = Buffer.concat(stored);
        const { engine } = inflateSync(all, { info: true });
        if (engine.bytesWritten !== all.length) throw new TypeError('Junk after the end');
      },
    });
    this.writable = keep.writable;
    this.readable = keep.readable.pipeThrough(new NodeStream(format)).pipeThrough(check);
  }
}
const NodeStream = globalThis.DecompressionStream;

const peak = () => /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1] / 1024;

if (process.argv[2] === '--bundle') {
  writeSync(1, await bundle('iife'));
} else {
  globalThis.DecompressionStream = StandardStream;
  const code = Buffer.from(await bundle('esm')).toString('base64');
  const { decodeBatch } = await import(`data:text/javascript;base64,${code}`);
  const data = new Uint8Array(readFileSync(process.argv[2]));
  const before = peak();
  const { lines, slowest } = await decodeBatch(data);
  lines.push(JSON.stringify({ slowest, memory: peak() - before }));
  for (const line of lines) process.stdout.write(`${line}\n`);
}
