// The JSON form of the wire: the same values as text can hold, for tools, eyes and other languages.
//
// Everything stands for itself but bytes, for which JSON has no form: they are `{ "$bytes": "<base64>" }`, wherever they
// stand. So that no object of an application can be taken for one, a key that begins with `$` gets a second `$`.

import { CodecError, DECODE_DEFAULTS, decode, Encoded, type Wire } from "./codec.ts";
import { tooDeep } from "./codec-format.ts";
import { describeValue, ObjectSyncError } from "./error.ts";
import { isPlain, type Json } from "./value.ts";

const BYTES = "$bytes";

/** How many characters are made of bytes in one call, as it takes only so many arguments. */
const CHUNK = 0x2000;

/** The JSON form of a value, for `JSON.stringify`. */
export function toJson(wire: Wire): Json {
  if (typeof wire !== "object" || wire === null) return wire;
  if (Array.isArray(wire)) return wire.map(toJson);
  if (wire instanceof Uint8Array) return { [BYTES]: base64(wire) };
  if (wire instanceof Encoded) return toJson(decode(wire.bytes));
  const json: Record<string, Json> = Object.create(null);
  for (const [key, value] of Object.entries(wire)) json[key.startsWith("$") ? `$${key}` : key] = toJson(value);
  return json;
}

/**
 * The value of a JSON form, which is what `JSON.parse` gave. Throws CodecError for what has no value: numbers that are too
 * large (`bad_number`), the key `__proto__` and keys with a single `$` (`bad_key`), bytes that are not base64
 * (`bad_string`), and more than `depth` arrays and objects inside one another (`too_deep`). Throws `wrong_type` for what
 * `JSON.parse` never gives.
 */
export function fromJson(json: unknown, depth = DECODE_DEFAULTS.maxDepth): Wire {
  if (json === null || typeof json === "string" || typeof json === "boolean") return json;
  if (typeof json === "number") {
    if (Number.isFinite(json)) return json;
    throw new CodecError("bad_number", "a number is too large");
  }
  if (typeof json !== "object" || !isPlain(json)) {
    throw new ObjectSyncError("wrong_type", `expected JSON data, got ${describeValue(json)}`);
  }
  if (Object.hasOwn(json, BYTES)) return bytesOf(json as Record<string, unknown>);
  if (depth <= 0) throw tooDeep();
  if (Array.isArray(json)) return json.map((item) => fromJson(item, depth - 1));
  const wire: Record<string, Wire> = Object.create(null);
  for (const [key, value] of Object.entries(json)) wire[realKey(key)] = fromJson(value, depth - 1);
  return wire;
}

function realKey(key: string): string {
  if (key === "__proto__") throw new CodecError("bad_key", "the key __proto__ is not allowed");
  if (!key.startsWith("$")) return key;
  if (key.startsWith("$$")) return key.slice(1);
  throw new CodecError("bad_key", `the key ${key.slice(0, 40)} needs a second $ before it`);
}

function bytesOf(json: Record<string, unknown>): Uint8Array {
  const text = json[BYTES];
  if (typeof text !== "string" || Object.keys(json).length > 1) {
    throw new CodecError("bad_key", `bytes are { "${BYTES}": "<base64>" } and nothing else`);
  }
  let characters: string;
  try {
    characters = atob(text);
  } catch {
    throw new CodecError("bad_string", `what stands in ${BYTES} is not base64`);
  }
  const bytes = new Uint8Array(characters.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = characters.charCodeAt(i);
  return bytes;
}

function base64(bytes: Uint8Array): string {
  let characters = "";
  for (let i = 0; i < bytes.length; i += CHUNK) characters += String.fromCharCode(...bytes.subarray(i, i + CHUNK));
  return btoa(characters);
}
