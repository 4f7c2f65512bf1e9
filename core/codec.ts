/**
 * The binary form of everything that travels or is stored: a closed subset of msgpack. Nil, booleans, numbers, strings,
 * byte strings, arrays and maps with string keys; no extensions.
 *
 * - Every number takes its shortest exact form, an integer before a float of the same length. -0 is 0; NaN and the
 *   infinities do not exist. One departure from msgpack: a float32 means a decimal, see float32.ts.
 * - The decoder trusts nothing. `end` is where the value being read must stop: the end of the message, less one byte
 *   for every value that arrays and maps around it still promise. So a length that lies fails before anything is
 *   allocated for it, and what is allocated stays in proportion to the message.
 * - The cursors are module variables: both directions are synchronous. A getter that calls `encode` from within
 *   `encode` is safe, the inner message is built behind the outer one and cut off again.
 *
 * What the arrays mean is not here but in the files of the protocol; neither is the JSON form.
 */
import { describeValue } from "./error.ts";
import { decimalOfFloat32, isDecimalOfFloat32 } from "./float32.ts";

/** What the codec can carry. Numbers are finite; strings become well-formed; maps are plain objects. */
export type Wire =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | Encoded
  | readonly Wire[]
  | { readonly [key: string]: Wire };

/** Bytes that were encoded earlier; `encode` copies them as they are where they stand. Stands for exactly one value. */
export class Encoded {
  readonly bytes: Uint8Array;

  /** `bytes` is what `encode` gave; it is neither copied nor checked. Throws TypeError when it is empty. */
  constructor(bytes: Uint8Array) {
    if (bytes.length === 0) throw new TypeError("Encoded stands for exactly one value, but there are no bytes");
    this.bytes = bytes;
  }
}

/**
 * Why bytes were refused by `decode`, or a value by `encode`:
 *
 * - `truncated`: a length reaches past the end of the message;
 * - `trailing`: bytes follow the value;
 * - `too_deep`: more arrays and maps inside one another than `maxDepth`;
 * - `unknown_type`: a first byte outside the subset;
 * - `bad_string`: invalid UTF-8;
 * - `bad_key`: a map key that is no string, is `__proto__` or stands there twice;
 * - `bad_number`: NaN, an infinity, or an integer outside the safe range.
 */
export type CodecErrorCode =
  | "truncated"
  | "trailing"
  | "too_deep"
  | "unknown_type"
  | "bad_string"
  | "bad_key"
  | "bad_number";

/** Thrown by `decode` for bytes that are no message, and by `encode` for a value that has no form. */
export class CodecError extends Error {
  override readonly name = "CodecError";
  readonly code: CodecErrorCode;

  constructor(code: CodecErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Limits of `decode` and `encode`. */
export interface DecodeLimits {
  /** How many arrays and maps may stand inside one another. Default 64. */
  maxDepth: number;
}

/** The limits where none are given. */
export const DECODE_DEFAULTS: Readonly<DecodeLimits> = { maxDepth: 64 };

const NIL = 0xc0;
const FALSE = 0xc2;
const TRUE = 0xc3;
const BIN8 = 0xc4;
const BIN16 = 0xc5;
const BIN32 = 0xc6;
const FLOAT32 = 0xca;
const FLOAT64 = 0xcb;
const UINT8 = 0xcc;
const UINT16 = 0xcd;
const UINT32 = 0xce;
const UINT64 = 0xcf;
const INT8 = 0xd0;
const INT16 = 0xd1;
const INT32 = 0xd2;
const INT64 = 0xd3;
const STR8 = 0xd9;
const STR16 = 0xda;
const STR32 = 0xdb;
const ARRAY16 = 0xdc;
const ARRAY32 = 0xdd;
const MAP16 = 0xde;
const MAP32 = 0xdf;

const TWO_32 = 2 ** 32;

// Up to here, as measured, a loop over the characters beats calling into the platform's encoder and decoder. It is also
// what a header of one byte can count.
const SHORT_STRING = 31;

// The scratch buffer starts at the first size and is thrown away when a message made it larger than the second.
const SCRATCH_BYTES = 1 << 16;
const SCRATCH_KEPT_BYTES = 1 << 22;

// ---- encode ----

const textEncoder = new TextEncoder();
let scratch = new Uint8Array(SCRATCH_BYTES);
let scratchView = new DataView(scratch.buffer);
let length = 0;

/**
 * The bytes of a value, in a buffer of their own. Takes plain and null-prototype objects by their own enumerable string
 * keys; lone surrogates become U+FFFD.
 *
 * Throws CodecError for numbers that are not finite (`bad_number`), the key `__proto__` or two keys that become one
 * (`bad_key`) and what `decode` with these limits would find too deep (`too_deep`, cycles too; the inside of an
 * `Encoded` is not counted). Throws TypeError, naming the key, for all that is not `Wire`: undefined, bigints, symbols,
 * functions, instances of classes.
 */
export function encode(value: Wire, limits: DecodeLimits = DECODE_DEFAULTS): Uint8Array<ArrayBuffer> {
  const start = length;
  try {
    write(value, undefined, limits.maxDepth);
    return scratch.slice(start, length);
  } finally {
    length = start;
    if (start === 0 && scratch.length > SCRATCH_KEPT_BYTES) resizeScratch(SCRATCH_BYTES);
  }
}

function resizeScratch(size: number): void {
  const larger = new Uint8Array(size);
  larger.set(scratch.subarray(0, length));
  scratch = larger;
  scratchView = new DataView(larger.buffer);
}

function reserve(count: number): void {
  const needed = length + count;
  if (needed > scratch.length) resizeScratch(Math.max(needed, scratch.length * 2));
}

/** `key` is where the value stands, for messages; `depth` how many more levels it may have. */
function write(value: Wire, key: string | number | undefined, depth: number): void {
  if (typeof value === "number") writeNumber(value);
  else if (typeof value === "string") writeString(value);
  else if (value === null) writeByte(NIL);
  else if (typeof value === "boolean") writeByte(value ? TRUE : FALSE);
  else if (Array.isArray(value)) writeArray(value, depth);
  else if (value instanceof Uint8Array) writeBytes(value);
  else if (value instanceof Encoded) writeRaw(value.bytes);
  else if (isPlainObject(value)) writeMap(value as { readonly [key: string]: Wire }, depth);
  else throw notWire(value, key);
}

function writeByte(byte: number): void {
  reserve(1);
  scratch[length++] = byte;
}

function writeNumber(value: number): void {
  reserve(9);
  // -0 passes for 0 here, and is stored as 0.
  if ((value | 0) !== value) writeWideNumber(value);
  else if (value >= 0) {
    if (value < 0x80) scratch[length++] = value;
    else writeUint(UINT8, value);
  } else if (value >= -0x20) scratch[length++] = value;
  else if (value >= -0x80) {
    scratch[length++] = INT8;
    scratch[length++] = value;
  } else if (value >= -0x8000) {
    scratch[length++] = INT16;
    scratch[length++] = value >> 8;
    scratch[length++] = value;
  } else {
    scratch[length++] = INT32;
    writeUint32(value);
  }
}

/** All that is no int32. */
function writeWideNumber(value: number): void {
  if (value >>> 0 === value) {
    scratch[length++] = UINT32;
    writeUint32(value);
  } else if (isDecimalOfFloat32(value)) {
    scratch[length++] = FLOAT32;
    scratchView.setFloat32(length, value);
    length += 4;
  } else if (Number.isSafeInteger(value)) {
    scratch[length++] = value < 0 ? INT64 : UINT64;
    writeUint32(Math.floor(value / TWO_32));
    writeUint32(value >>> 0);
  } else {
    if (!Number.isFinite(value)) throw new CodecError("bad_number", `${value} cannot be encoded`);
    scratch[length++] = FLOAT64;
    scratchView.setFloat64(length, value);
    length += 8;
  }
}

/** A count below 2^32 behind `type8` or its successors for 16 and 32 bits. */
function writeUint(type8: number, count: number): void {
  if (count < 0x100) {
    scratch[length++] = type8;
    scratch[length++] = count;
  } else if (count < 0x10000) {
    scratch[length++] = type8 + 1;
    scratch[length++] = count >> 8;
    scratch[length++] = count;
  } else {
    scratch[length++] = type8 + 2;
    writeUint32(count);
  }
}

function writeUint32(value: number): void {
  scratch[length++] = value >>> 24;
  scratch[length++] = value >>> 16;
  scratch[length++] = value >>> 8;
  scratch[length++] = value;
}

function writeString(text: string): void {
  if (text.length > SHORT_STRING || !writeShortAscii(text)) writeText(text);
}

/** Whether it was ASCII; what was put down otherwise is written over. */
function writeShortAscii(text: string): boolean {
  const count = text.length;
  reserve(count + 1);
  const start = length + 1;
  for (let i = 0; i < count; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0x80) return false;
    scratch[start + i] = code;
  }
  scratch[length] = 0xa0 | count;
  length = start + count;
  return true;
}

/** Any string. The bytes are put where they stand if the text is ASCII, and moved when their count needs more room. */
function writeText(text: string): void {
  reserve(5 + text.length * 3);
  const guess = stringHeaderSize(text.length);
  const { written } = textEncoder.encodeInto(text, scratch.subarray(length + guess));
  const size = stringHeaderSize(written);
  if (size !== guess) scratch.copyWithin(length + size, length + guess, length + guess + written);
  if (size === 1) scratch[length++] = 0xa0 | written;
  else writeUint(STR8, written);
  length += written;
}

function stringHeaderSize(byteCount: number): number {
  return byteCount < 0x20 ? 1 : byteCount < 0x100 ? 2 : byteCount < 0x10000 ? 3 : 5;
}

function writeBytes(bytes: Uint8Array): void {
  reserve(5);
  writeUint(BIN8, bytes.length);
  writeRaw(bytes);
}

function writeRaw(bytes: Uint8Array): void {
  reserve(bytes.length);
  scratch.set(bytes, length);
  length += bytes.length;
}

function writeArray(values: readonly Wire[], depth: number): void {
  if (depth <= 0) throw tooDeep();
  const count = values.length;
  writeContainer(0x90, ARRAY16, count);
  for (let i = 0; i < count; i++) write(values[i] as Wire, i, depth - 1);
}

function writeMap(object: { readonly [key: string]: Wire }, depth: number): void {
  if (depth <= 0) throw tooDeep();
  const keys = Object.keys(object);
  if (keys.some((key) => !key.isWellFormed()) && new Set(keys.map((key) => key.toWellFormed())).size < keys.length) {
    throw new CodecError("bad_key", "two keys are the same once their lone surrogates are U+FFFD");
  }
  writeContainer(0x80, MAP16, keys.length);
  for (const key of keys) {
    if (key === "__proto__") throw new CodecError("bad_key", "the key __proto__ cannot be encoded");
    writeString(key);
    write(object[key] as Wire, key, depth - 1);
  }
}

function writeContainer(fixType: number, type16: number, count: number): void {
  reserve(5);
  if (count < 0x10) scratch[length++] = fixType | count;
  else if (count < 0x10000) {
    scratch[length++] = type16;
    scratch[length++] = count >> 8;
    scratch[length++] = count;
  } else {
    scratch[length++] = type16 + 1;
    writeUint32(count);
  }
}

/** Also for the plain objects of another realm, whose Object.prototype is not ours. */
function isPlainObject(value: unknown): boolean {
  if (typeof value !== "object") return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null;
}

function notWire(value: unknown, key: string | number | undefined): TypeError {
  const where = key === undefined ? "" : ` at ${JSON.stringify(key)}`;
  return new TypeError(`expected JSON data, a Uint8Array or an Encoded, got ${describeValue(value)}${where}`);
}

// ---- decode ----

// Without ignoreBOM a leading U+FEFF would vanish from the text.
const textDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const NOTHING = new Uint8Array(0);
const word = new DataView(new ArrayBuffer(8));
const codesBySize = Array.from({ length: SHORT_STRING + 1 }, (_, size) => new Array<number>(size).fill(0));
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
  if (depth <= 0) throw tooDeep();
  needBytes(count);
  const outerEnd = end;
  const values = new Array<Wire>(count);
  for (let i = 0; i < count; i++) {
    end = outerEnd - (count - 1 - i);
    values[i] = read(depth - 1);
  }
  return values;
}

function readMap(count: number, depth: number): Wire {
  if (depth <= 0) throw tooDeep();
  needBytes(count * 2);
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

function tooDeep(): CodecError {
  return new CodecError("too_deep", "too many arrays and maps inside one another");
}
