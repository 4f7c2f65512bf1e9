// Encode: bytes of a value. The codec's model is in codec.ts.
//
// Everything is written into one scratch buffer, which grows and is used again; a message leaves it as a copy. Room is
// reserved before it is written to: `writeUint` and `writeUint32` leave that to their callers.

import {
  ARRAY16,
  BIN8,
  CodecError,
  DECODE_DEFAULTS,
  type DecodeLimits,
  Encoded,
  FALSE,
  FLOAT32,
  FLOAT64,
  INT8,
  INT16,
  INT32,
  INT64,
  MAP16,
  NIL,
  SHORT_STRING,
  STR8,
  TRUE,
  TWO_32,
  tooDeep,
  UINT8,
  UINT32,
  UINT64,
  type Wire,
} from "./codec-format.ts";
import { describeValue } from "./error.ts";
import { isDecimalOfFloat32 } from "./float32.ts";

// The scratch buffer starts at the first size and is thrown away when a message made it larger than the second.
const SCRATCH_BYTES = 1 << 16;
const SCRATCH_KEPT_BYTES = 1 << 22;

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
