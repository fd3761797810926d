// The header of 16 bytes around a record, and its compression. `rnnbow.proto` states the layout.
import { crc32 } from './crc32';
import { Refusal } from './refusal';

const HEADER = 16;
const CHECKED = 12; // bytes of the header that the checksum covers: all but itself
const VERSION = 1;

/** Nothing larger is read: a claim of more would be allocated before it is found to be false. */
export const MAX_PAYLOAD = 64 * 2 ** 20;

/** Bytes that zlib makes of one: two bits stand for 258 at most. */
const MAX_RATIO = 1032;

/** The payload of a blob, checked and decompressed. Throws `Refusal`. */
export async function unwrap(blob: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const magic = String.fromCharCode(...blob.subarray(0, 4));
  if (magic !== 'RNBW') {
    throw new Refusal('not a RNNbow record', `it begins with ${JSON.stringify(magic)}`);
  }
  if (blob.length < HEADER) {
    throw new Refusal('truncated', `${blob.length} bytes, and the header alone has ${HEADER}`);
  }
  const view = new DataView(blob.buffer, blob.byteOffset);
  const version = view.getUint8(4);
  const method = view.getUint8(5);
  const reserved = view.getUint16(6, true);
  const size = view.getUint32(8, true);
  if (version !== VERSION || reserved !== 0) {
    throw new Refusal(
      'version',
      `format version ${version}, and this page reads version ${VERSION}: ` +
        'start TensorBoard with the RNNbow that wrote it, or a later one',
    );
  }
  const stored = blob.subarray(HEADER);
  if (crc32(stored, crc32(blob.subarray(0, CHECKED))) !== view.getUint32(CHECKED, true)) {
    throw new Refusal('checksum', 'the record was damaged or cut short after it was written');
  }
  if (method > 1) {
    throw new Refusal('compression', `method ${method}, and only 0 (none) and 1 (zlib) are known`);
  }
  if (size > MAX_PAYLOAD) {
    throw new Refusal('too large', `a payload of ${size} bytes; at most ${MAX_PAYLOAD} are read`);
  }
  const payload = method === 0 ? stored : await inflate(stored, size);
  if (payload.length !== size) {
    throw new Refusal(
      'decompression',
      `${payload.length} bytes where the header states ${size} bytes`,
    );
  }
  return payload;
}

async function inflate(stored: Uint8Array<ArrayBuffer>, size: number): Promise<Uint8Array> {
  // Before it gets the memory.
  if (size > MAX_RATIO * stored.length) {
    throw new Refusal('decompression', `${stored.length} bytes do not hold ${size}`);
  }
  const payload = new Uint8Array(size);
  let used = 0;
  const reader = new Blob([stored]).stream().pipeThrough(new DecompressionStream('deflate'));
  try {
    // Read as it comes: a stream that goes on beyond the stated size is left, not held.
    for (const chunks = reader.getReader(); ;) {
      const { done, value } = await chunks.read();
      if (done) break;
      if (used + value.length > size) {
        await chunks.cancel();
        used = Infinity;
        break;
      }
      payload.set(value, used);
      used += value.length;
    }
  } catch (error) {
    throw new Refusal('decompression', `not a zlib stream (${String(error)})`);
  }
  if (used !== size) {
    throw new Refusal('decompression', `the zlib stream does not hold the stated ${size} bytes`);
  }
  // A zlib stream ends with the Adler-32 of its content. Not every DecompressionStream minds what
  // comes after it; where something does, these are not the last four bytes.
  const end = stored.byteOffset + stored.length - 4;
  if (new DataView(stored.buffer, end, 4).getUint32(0) !== adler32(payload)) {
    throw new Refusal('decompression', 'the zlib stream goes on after its end');
  }
  return payload;
}

function adler32(bytes: Uint8Array): number {
  let low = 1;
  let high = 0;
  for (let i = 0; i < bytes.length;) {
    // As many bytes as the sums take without exceeding 32 bits.
    for (const stop = Math.min(i + 3800, bytes.length); i < stop; i++) {
      low += bytes[i]!;
      high += low;
    }
    low %= 65521;
    high %= 65521;
  }
  return ((high << 16) | low) >>> 0;
}
