// Decode: a value from bytes that anybody may have sent. The codec's model and what `end` is for are in codec.ts.
//
// - One function reads a value by its first byte. Whatever takes bytes has asked `needBytes` for them before.
// - An array or map lowers `end` for each of its values to what must be left for those that follow. The last one finds
//   it where it was: so nothing has to be put back, and after an error nothing is read any more.
// - Nothing here calls foreign code, so the cursors of one message are never met by another.
// - The table of short strings outlives a message. It is a cache: whatever stands in it, the result is the same text.

import {
  ARRAY16,
  ARRAY32,
  BIN8,
  BIN16,
  BIN32,
  CodecError,
  DECODE_DEFAULTS,
  type DecodeLimits,
  FALSE,
  FLOAT32,
  FLOAT64,
  INT8,
  INT16,
  INT32,
  INT64,
  MAP16,
  MAP32,
  NIL,
  SHORT_STRING,
  STR8,
  STR16,
  STR32,
  TRUE,
  TWO_32,
  tooDeep,
  UINT8,
  UINT16,
  UINT32,
  UINT64,
  type Wire,
} from "./codec-format.ts";
import { decimalOfFloat32 } from "./float32.ts";

// Without ignoreBOM a leading U+FEFF would vanish from the text.
const textDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const NOTHING = new Uint8Array(0);
const word = new DataView(new ArrayBuffer(8));
const codesBySize = Array.from({ length: SHORT_STRING + 1 }, (_, size) => new Array<number>(size).fill(0));
let containersLeft = 0;
let bytes: Uint8Array = NOTHING;
let position = 0;
let end = 0;

/**
 * The value that the bytes hold. Accepts every msgpack form of the subset, not just the shortest. Maps are objects
 * without a prototype, byte strings are copies; nothing of the result refers to `message`. Never gives an `Encoded`.
 *
 * Throws CodecError, and nothing else, whatever the bytes are.
 */
export function decode(message: Uint8Array, limits: DecodeLimits = DECODE_DEFAULTS): Wire {
  bytes = message;
  position = 0;
  end = message.length;
  try {
    containersLeft = limits.maxContainers ?? Number.POSITIVE_INFINITY;
    const value = read(limits.maxDepth);
    if (position < end) throw new CodecError("trailing", `${end - position} bytes follow the value`);
    return value;
  } finally {
    // A module variable would keep the network's buffer alive.
    bytes = NOTHING;
  }
}

/** `depth` is how many more levels the value may have. */
function read(depth: number): Wire {
  const type = readByte();
  if (type < 0x80) return type;
  if (type >= 0xe0) return type - 0x100;
  if (type >= 0xa0 && type < 0xc0) return readString(type & 0x1f);
  if (type < 0x90) return readMap(type & 0x0f, depth);
  if (type < 0xa0) return readArray(type & 0x0f, depth);
  switch (type) {
    case NIL:
      return null;
    case FALSE:
      return false;
    case TRUE:
      return true;
    case FLOAT32:
      return readFloat32();
    case FLOAT64:
      return readFloat64();
    case UINT8:
      return readByte();
    case UINT16:
      return readUint16();
    case UINT32:
      return readUint32();
    case UINT64:
      return readInt64(readUint32());
    case INT8:
      return (readByte() << 24) >> 24;
    case INT16:
      return (readUint16() << 16) >> 16;
    case INT32:
      return readUint32() | 0;
    case INT64:
      return readInt64(readUint32() | 0);
    case STR8:
      return readString(readByte());
    case STR16:
      return readString(readUint16());
    case STR32:
      return readString(readUint32());
    case BIN8:
      return readBytes(readByte());
    case BIN16:
      return readBytes(readUint16());
    case BIN32:
      return readBytes(readUint32());
    case ARRAY16:
      return readArray(readUint16(), depth);
    case ARRAY32:
      return readArray(readUint32(), depth);
    case MAP16:
      return readMap(readUint16(), depth);
    case MAP32:
      return readMap(readUint32(), depth);
    default:
      throw new CodecError("unknown_type", `0x${type.toString(16)} is no type of this subset of msgpack`);
  }
}

function needBytes(count: number): void {
  if (count > end - position) throw new CodecError("truncated", `${count} bytes expected, ${end - position} are left`);
}

function readByte(): number {
  needBytes(1);
  return bytes[position++] as number;
}

function readUint16(): number {
  needBytes(2);
  position += 2;
  return ((bytes[position - 2] as number) << 8) | (bytes[position - 1] as number);
}

function readUint32(): number {
  needBytes(4);
  const high = ((bytes[position] as number) << 8) | (bytes[position + 1] as number);
  const low = ((bytes[position + 2] as number) << 8) | (bytes[position + 3] as number);
  position += 4;
  return ((high << 16) | low) >>> 0;
}

function readInt64(high: number): number {
  // Beyond the safe range the sum is rounded, but never back into it.
  const value = high * TWO_32 + readUint32();
  if (!Number.isSafeInteger(value)) throw new CodecError("bad_number", "an integer is outside the safe range");
  return value;
}

function readFloat32(): number {
  word.setUint32(0, readUint32());
  return decimalOfFloat32(finite(word.getFloat32(0)));
}

function readFloat64(): number {
  word.setUint32(0, readUint32());
  word.setUint32(4, readUint32());
  const float = finite(word.getFloat64(0));
  return float === 0 ? 0 : float;
}

function finite(float: number): number {
  if (!Number.isFinite(float)) throw new CodecError("bad_number", `${float} is not finite`);
  return float;
}

// Short strings come again and again, as keys of styles do: one string for all of them saves much of a mirror's memory.
const REPEATED_STRING = 12;
const repeatedStrings: string[] = new Array(1024).fill("");

function readString(size: number): string {
  needBytes(size);
  if (size > SHORT_STRING) return readText(size);
  const codes = codesBySize[size] as number[];
  for (let i = 0; i < size; i++) {
    const code = bytes[position + i] as number;
    if (code >= 0x80) return readText(size);
    codes[i] = code;
  }
  position += size;
  return size <= REPEATED_STRING ? repeatedString(codes) : String.fromCharCode.apply(null, codes);
}

/** The string of these codes: the very one that was read last, where it is still in its place of the table. */
function repeatedString(codes: readonly number[]): string {
  let hash = codes.length;
  for (const code of codes) hash = (hash * 31 + code) & (repeatedStrings.length - 1);
  const known = repeatedStrings[hash] as string;
  if (known.length === codes.length) {
    let index = 0;
    while (index < codes.length && known.charCodeAt(index) === codes[index]) index++;
    if (index === codes.length) return known;
  }
  const text = String.fromCharCode.apply(null, codes as number[]);
  repeatedStrings[hash] = text;
  return text;
}

function readText(size: number): string {
  const start = position;
  position += size;
  try {
    return textDecoder.decode(bytes.subarray(start, position));
  } catch {
    throw new CodecError("bad_string", "a string is not valid UTF-8");
  }
}

function readBytes(size: number): Uint8Array {
  needBytes(size);
  const copy = new Uint8Array(size);
  copy.set(bytes.subarray(position, position + size));
  position += size;
  return copy;
}

function readArray(count: number, depth: number): Wire[] {
  enterContainer(depth);
  needBytes(count);
  const outerEnd = end;
  const values = new Array<Wire>(count);
  for (let i = 0; i < count; i++) {
    end = outerEnd - (count - 1 - i);
    values[i] = read(depth - 1);
  }
  return values;
}

function enterContainer(depth: number): void {
  if (depth <= 0) throw tooDeep();
  countContainers(1);
}

function countContainers(count: number): void {
  containersLeft -= count;
  if (containersLeft < 0) throw new CodecError("too_many", "too many arrays and maps");
}

function readMap(count: number, depth: number): Wire {
  enterContainer(depth);
  needBytes(count * 2);
  countContainers(count);
  const outerEnd = end;
  const object: Record<string, Wire> = Object.create(null);
  for (let i = 0; i < count; i++) {
    end = outerEnd - (count - 1 - i) * 2 - 1;
    const key = readKey();
    if (key === "__proto__" || key in object)
      throw new CodecError("bad_key", `the key ${key} is not allowed or doubled`);
    end++;
    object[key] = read(depth - 1);
  }
  return object;
}

function readKey(): string {
  const type = readByte();
  if (type >= 0xa0 && type < 0xc0) return readString(type & 0x1f);
  if (type === STR8) return readString(readByte());
  if (type === STR16) return readString(readUint16());
  if (type === STR32) return readString(readUint32());
  throw new CodecError("bad_key", "a map key is not a string");
}
