// Decodes many blobs as the page does: see `torture/decode_batch.py`, which does it in Python.
import { decodeRecord } from '../src/wire/record';
import { Refusal } from '../src/wire/refusal';
import { digest } from './content';

async function verdict(blob: Uint8Array<ArrayBuffer>): Promise<string> {
  try {
    return `read ${digest(await decodeRecord(blob))}`;
  } catch (error) {
    if (error instanceof Refusal) return error.verdict;
    throw error;
  }
}

/** A line for each blob, and the slowest in seconds. A blob stands behind its size in four bytes. */
export async function decodeBatch(
  data: Uint8Array<ArrayBuffer>,
): Promise<{ lines: string[]; slowest: number }> {
  const view = new DataView(data.buffer);
  const lines: string[] = [];
  let slowest = 0;
  for (let at = 0; at < data.length;) {
    const size = view.getUint32(at, true);
    // A copy, as a reply is: what stands behind a record is not the next one.
    const blob = data.slice(at + 4, at + 4 + size);
    at += 4 + size;
    const started = performance.now();
    lines.push(await verdict(blob));
    slowest = Math.max(slowest, (performance.now() - started) / 1000);
  }
  return { lines, slowest };
}
