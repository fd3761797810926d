// Bytes of a message -> an object, in the strict form that rnnbow.proto states.
//
// Protocol Buffers leave much to their parsers: numbers too large for their type, fields of another
// wire type, single fields that stand twice, text that is not UTF-8. What two readers would read
// differently is damaged; these are the rules of `wire/strict.py`, so that both sides refuse the same.

/** What a field holds: a scalar by its name, or the fields of a message. */
export type Kind =
  'string' | 'bytes' | 'uint32' | 'sint32' | 'uint64' | 'bool' | 'float' | 'double' | Fields;

/** How often a field may stand: `many` times, or once, where `maybe` tells absent from zero. */
type Presence = 'many' | 'maybe';

/** The fields of a message by their numbers, as generated from rnnbow.proto. */
export interface Fields {
  readonly [number: string]: readonly [name: string, kind: Kind, presence?: Presence];
}

/** Fields of one payload, those of messages in it too: an empty message is an object of many bytes. */
const MAX_FIELDS = 2 ** 18;
/** Bytes of a text. */
const MAX_TEXT = 4096;

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

// A mark at the beginning of a text belongs to it.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The message that `bytes` hold. Throws an `Error` where they are not in the strict form. */
export function readMessage(fields: Fields, bytes: Uint8Array): unknown {
  return new Reader(bytes).message(fields, bytes.length);
}

class Reader {
  private at = 0;
  private fields = 0;
  private readonly view: DataView;

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  message(fields: Fields, end: number): Record<string, unknown> {
    const result: Record<string, unknown> = {};
    for (const [name, kind, presence] of Object.values(fields)) {
      result[name] = presence === 'many' ? [] : presence ? undefined : zero(kind);
    }
    const seen = new Set<number>();
    while (this.at < end) {
      if (++this.fields > MAX_FIELDS) fail(`more than ${MAX_FIELDS} fields`);
      const tag = this.varint(end, 32);
      const number = Math.floor(tag / 8);
      const field = fields[number];
      if (number === 0) fail('a field of number 0');
      if (!field) this.skip(tag % 8, end);
      else {
        const [name, kind, presence] = field;
        const packed = presence === 'many' && isNumber(kind);
        if (tag % 8 !== (packed ? BYTES : wireType(kind))) fail(`${name} of wire type ${tag % 8}`);
        const repeated = presence === 'many' && !packed;
        if (!repeated && seen.has(number)) fail(`${name} stands twice`);
        seen.add(number);
        if (packed) this.packed(result[name] as unknown[], kind, this.end(end));
        else if (repeated) (result[name] as unknown[]).push(this.value(kind, end));
        else result[name] = this.value(kind, end);
      }
    }
    return result;
  }

  private packed(values: unknown[], kind: Kind, end: number): void {
    while (this.at < end) values.push(this.value(kind, end));
  }

  private value(kind: Kind, end: number): unknown {
    if (typeof kind === 'object') return this.message(kind, this.end(end));
    switch (kind) {
      case 'string': {
        const text = this.take(this.end(end));
        if (text.length > MAX_TEXT) fail(`a text of ${text.length} bytes`);
        return utf8.decode(text);
      }
      case 'bytes':
        return this.take(this.end(end));
      case 'float':
        return this.view.getFloat32(this.move(4, end), true);
      case 'double':
        return this.view.getFloat64(this.move(8, end), true);
      case 'uint64':
        return this.varint(end, 64);
      case 'bool': {
        const value = this.varint(end, 32);
        return value > 1 ? fail(`the truth value ${value}`) : value === 1;
      }
      case 'sint32': {
        const value = this.varint(end, 32);
        return value % 2 ? -(value + 1) / 2 : value / 2;
      }
      case 'uint32':
        return this.varint(end, 32);
    }
  }

  private skip(type: number, end: number): void {
    if (type === VARINT) this.varint(end, 64);
    else if (type === FIXED64) this.move(8, end);
    else if (type === FIXED32) this.move(4, end);
    else if (type === BYTES) this.at = this.end(end);
    else fail(`wire type ${type}`);
  }

  /** Reads a length; returns where what has it ends. */
  private end(end: number): number {
    const size = this.varint(end, 32);
    return size > end - this.at ? fail('a field that is cut short') : this.at + size;
  }

  private take(end: number): Uint8Array {
    const taken = this.bytes.subarray(this.at, end);
    this.at = end;
    return taken;
  }

  /** Moves on by `size` bytes; returns where they begin. */
  private move(size: number, end: number): number {
    if (size > end - this.at) fail('a field that is cut short');
    this.at += size;
    return this.at - size;
  }

  /** A number of at most 32 or 64 bits. Beyond 2^53 it is not exact, but never 2^53 or less. */
  private varint(end: number, bits: 32 | 64): number {
    let value = 0;
    let high = 0; // what stands above 49 bits
    const longest = bits === 32 ? 5 : 10;
    for (let place = 0; place < longest; place++) {
      const byte = this.bytes[this.move(1, end)]!;
      const group = byte & 0x7f;
      if (place < 7) value += group * 2 ** (7 * place);
      else high += group * 2 ** (7 * (place - 7));
      if (byte < 0x80) {
        if (high >= 2 ** 15 || (bits === 32 && value >= 2 ** 32))
          fail('a number that is too large');
        const whole = high * 2 ** 49 + value;
        return whole === 2 ** 53 && value > 0 ? whole + 2 : whole;
      }
    }
    return fail('a number that does not end');
  }
}

function zero(kind: Kind): unknown {
  if (kind === 'string') return '';
  return kind === 'bool' ? false : isNumber(kind) ? 0 : undefined;
}

function isNumber(kind: Kind): boolean {
  return typeof kind === 'string' && kind !== 'string' && kind !== 'bytes';
}

function wireType(kind: Kind): number {
  if (kind === 'double') return FIXED64;
  if (kind === 'float') return FIXED32;
  return isNumber(kind) ? VARINT : BYTES;
}

function fail(detail: string): never {
  throw new Error(detail);
}
