// Stored bytes of items -> numbers. See `Sequence.items` in rnnbow.proto.
import { ElementType } from './rnnbow_pb.js';

/** Bytes of one element, or undefined for a type that this page does not know. */
export function elementSize(type: number): 2 | 4 | undefined {
  if (type === ElementType.BFLOAT16) return 2;
  if (type === ElementType.FLOAT32) return 4;
  return undefined;
}

/** Byte-transposed elements as float32; NaN and infinities survive. */
export function decodeElements(bytes: Uint8Array, size: 2 | 4): Float32Array {
  const count = bytes.length / size;
  const bits = new Uint32Array(count);
  // A bfloat16 is the upper half of a float32, so its planes are planes 2 and 3 of one.
  for (let plane = 0; plane < size; plane++) {
    const shift = 8 * (plane + 4 - size);
    const start = plane * count;
    for (let i = 0; i < count; i++) bits[i] = bits[i]! | (bytes[start + i]! << shift);
  }
  return new Float32Array(bits.buffer);
}

/** How many cells of a sequence have a source at `lag`. */
export function cellsAtLag(lag: number, length: number): number {
  return Math.max(0, length - Math.abs(lag));
}

/** How many items one metric of a sequence has; in closed form, as both numbers may be mere claims. */
export function itemCount(firstLag: number, lags: number, length: number): number {
  return itemsBelow(firstLag + lags, length) - itemsBelow(firstLag, length);
}

/** Items at all lags below `lag`: 1, 2, ... at those from `1 - length` on, and as many less after 0. */
function itemsBelow(lag: number, length: number): number {
  const last = Math.min(Math.max(lag - 1, -length), length - 1);
  const missing = length - 1 - last;
  return last < 0
    ? ((length + last) * (length + last + 1)) / 2
    : length * length - (missing * (missing + 1)) / 2;
}

/** The items of one metric as a table `[lags, length]`, 0 where there is no such source. */
export function unpack(
  stored: Float32Array,
  firstLag: number,
  lags: number,
  length: number,
): Float32Array {
  const items = new Float32Array(lags * length);
  let next = 0;
  for (let k = 0; k < lags; k++) {
    const lag = firstLag + k;
    const count = cellsAtLag(lag, length);
    const firstCell = Math.max(0, -lag);
    items.set(stored.subarray(next, next + count), k * length + firstCell);
    next += count;
  }
  return items;
}
