/**
 * The wire format of protocol buffers, read and written field by field. Parts of a message are
 * passed on as the bytes that they are, so that nothing of a model is lost which this app does not
 * know, and no weight is ever decoded.
 */

export type Bytes = Uint8Array<ArrayBuffer>;

/** How a field's value is written; groups, which are out of use, are not read. */
export const wireTypes = { varint: 0, fixed64: 1, delimited: 2, fixed32: 5 } as const;

/** Where a field of a message lies, counted from the beginning of what was read. */
export interface FieldPlace {
  readonly number: number;
  readonly wireType: number;
  /** Of a varint; a safe integer, as sizes and numbers of types are. */
  readonly value: number;
  /** The field with its tag. */
  readonly start: number;
  /** The value alone, without tag and length. */
  readonly valueStart: number;
  readonly end: number;
}

export interface Field extends FieldPlace {
  /** The bytes of the value. */
  readonly content: Bytes;
}

/** Tag and length take no more bytes than that. */
export const longestHeader = 20;

/** The field that begins at `at`; only its tag, and its length or varint, need be in `bytes`. */
export function readField(bytes: Uint8Array, at: number): FieldPlace {
  const tag = readVarint(bytes, at);
  const number = Math.floor(tag.value / 8);
  const wireType = tag.value % 8;
  const field = { number, wireType, value: 0, start: at };
  switch (wireType) {
    case wireTypes.varint: {
      const { value, end } = readVarint(bytes, tag.end);
      return { ...field, value, valueStart: tag.end, end };
    }
    case wireTypes.delimited: {
      const length = readVarint(bytes, tag.end);
      return { ...field, valueStart: length.end, end: length.end + length.value };
    }
    case wireTypes.fixed64:
      return { ...field, valueStart: tag.end, end: tag.end + 8 };
    case wireTypes.fixed32:
      return { ...field, valueStart: tag.end, end: tag.end + 4 };
    default:
      throw new RangeError(`a field of wire type ${wireType}`);
  }
}

/** The fields of a message that lies in memory. */
export function* fieldsOf(message: Bytes): Generator<Field> {
  for (let at = 0; at < message.length; ) {
    const place = readField(message, at);
    if (place.end > message.length) throw new RangeError('a field is longer than its message');
    yield { ...place, content: message.subarray(place.valueStart, place.end) };
    at = place.end;
  }
}

/** The integers of a repeated field, packed or one at a time. */
export function integersOf({ wireType, value, content }: Field): number[] {
  if (wireType === wireTypes.varint) return [value];
  const values = [];
  for (let at = 0; at < content.length; ) {
    const integer = readVarint(content, at);
    values.push(integer.value);
    at = integer.end;
  }
  return values;
}

export function textOf({ content }: Field): string {
  return new TextDecoder().decode(content);
}

function readVarint(bytes: Uint8Array, start: number): { value: number; end: number } {
  let value = 0n;
  for (let at = start; at < start + 10; at++) {
    const byte = bytes[at];
    if (byte === undefined) throw new RangeError('a message that breaks off');
    value |= BigInt(byte & 0x7f) << BigInt(7 * (at - start));
    if (byte < 0x80) return { value: Number(BigInt.asIntN(64, value)), end: at + 1 };
  }
  throw new RangeError('a number of more than 64 bits');
}

export function varintField(number: number, value: number): Bytes {
  return join([varint(number * 8 + wireTypes.varint), varint(value)]);
}

export function bytesField(number: number, content: Uint8Array): Bytes {
  return join([varint(number * 8 + wireTypes.delimited), varint(content.length), content]);
}

export function textField(number: number, text: string): Bytes {
  return bytesField(number, new TextEncoder().encode(text));
}

export function join(parts: readonly Uint8Array[]): Bytes {
  const joined = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

function varint(value: number): Bytes {
  const bytes = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return Uint8Array.from([...bytes, Number(rest)]);
}
