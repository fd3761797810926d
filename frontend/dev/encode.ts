// A record as bytes, for the fixture page and the tests: the inverse of src/wire.
import { deflateSync } from 'node:zlib';
import { PbfWriter } from 'pbf';
import { cellsAtLag } from '../src/wire/elements';
import { crc32 } from '../src/wire/crc32';
import { ElementType, type Record, writeRecord } from '../src/wire/rnnbow_pb.js';

/** Items `[lags, length]` as stored: existing ones alone, as transposed bfloat16. */
export function packItems(items: Float32Array, firstLag: number, length: number): Uint8Array {
  const kept: number[] = [];
  for (let k = 0; k < items.length / length; k++) {
    const first = Math.max(0, -(firstLag + k));
    const count = cellsAtLag(firstLag + k, length);
    kept.push(...items.subarray(k * length + first, k * length + first + count));
  }
  const bits = new Uint32Array(Float32Array.from(kept).buffer);
  const bytes = new Uint8Array(2 * bits.length);
  bits.forEach((value, i) => {
    bytes[i] = value >>> 16;
    bytes[bits.length + i] = value >>> 24;
  });
  return bytes;
}

export function encodeRecord(record: Partial<Record>): Uint8Array<ArrayBuffer> {
  const pbf = new PbfWriter();
  writeRecord({ element_type: ElementType.BFLOAT16, ...record }, pbf);
  const payload = pbf.finish();
  const stored = deflateSync(payload);
  const blob = new Uint8Array(16 + stored.length);
  const view = new DataView(blob.buffer);
  blob.set([0x52, 0x4e, 0x42, 0x57, 1, 1]);
  view.setUint32(8, payload.length, true);
  blob.set(stored, 16);
  view.setUint32(12, crc32(stored, crc32(blob.subarray(0, 12))), true);
  return blob;
}
