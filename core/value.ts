// Values: the data that topics hold. `Json` is what items of lists and dicts are made of, `Data` has bytes besides.
//
// A topic never shares a mutable value with its callers. What enters is checked and, unless it is deeply frozen already,
// copied and frozen; so what leaves can be handed out as it is, and identity tells what did not change. Bytes cannot be
// frozen: they are copied on the way in and, by `detach`, on the way out, each time.

import { describeValue, ObjectSyncError } from "./error.ts";

/** JSON data. Objects and arrays that a topic hands out are frozen; objects have no prototype. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** JSON data with bytes in it, at any depth. */
export type Data = null | boolean | number | string | Uint8Array | readonly Data[] | { readonly [key: string]: Data };

/** An object among data. */
export type DataRecord = { readonly [key: string]: Data };

/** How deeply arrays and objects may nest inside one item. */
export const MAX_VALUE_DEPTH = 40;

/**
 * The frozen, well-formed form of a value: `-0` is 0, strings are well-formed UTF-16, objects have no prototype. A value
 * that is deeply frozen and of that form already is returned itself. Throws `wrong_type`, `invalid_value` or `too_deep`; the
 * message names the part of the value that is meant.
 */
export function adopt(value: unknown, depth = 0): Json {
  return take(value, depth, false) as Json;
}

/** As `adopt`, of data that may have bytes in it: these are copied, whatever is frozen around them. */
export function adoptData(value: unknown, depth = 0): Data {
  return take(value, depth, true);
}

/** Of what was adopted, the arrays and objects that have bytes somewhere inside. */
const bearers = new WeakSet<object>();

/** Whether there are bytes in adopted data. */
export function holdsBytes(data: Data): boolean {
  return typeof data === "object" && data !== null && (data instanceof Uint8Array || bearers.has(data));
}

/** Freezes an array or object of adopted parts: it is adopted then, too. */
export function seal<Container extends readonly Data[] | DataRecord>(parts: Container): Container {
  for (const part of Object.values<Data>(parts)) {
    if (!holdsBytes(part)) continue;
    bearers.add(parts);
    break;
  }
  return Object.freeze(parts);
}

/**
 * Adopted data as it may be handed out: with bytes of its own, which the receiver may change. Where no bytes are inside it
 * is the data itself, and costs nothing.
 */
export function detach(data: Data): Data {
  if (!holdsBytes(data)) return data;
  if (data instanceof Uint8Array) return new Uint8Array(data);
  if (Array.isArray(data)) return seal(data.map(detach));
  const copy: Record<string, Data> = Object.create(null);
  for (const [key, part] of Object.entries(data as DataRecord)) copy[key] = detach(part);
  return seal(copy);
}

/** Whether data is an object with keys. */
export function isRecord(data: Data): data is DataRecord {
  return typeof data === "object" && data !== null && !Array.isArray(data) && !(data instanceof Uint8Array);
}

function take(value: unknown, depth: number, withBytes: boolean): Data {
  switch (typeof value) {
    case "string":
      return wellFormed(value);
    case "number":
      return finite(value);
    case "boolean":
      return value;
    case "object":
      if (value === null) return null;
      if (withBytes && value instanceof Uint8Array) return new Uint8Array(value);
      if (depth >= MAX_VALUE_DEPTH) {
        throw new ObjectSyncError("too_deep", `a value may nest ${MAX_VALUE_DEPTH} arrays and objects, and not itself`);
      }
      return Array.isArray(value) ? takeArray(value, depth, withBytes) : takeObject(value, depth, withBytes);
    default:
      throw notData(value, withBytes);
  }
}

function takeArray(value: readonly unknown[], depth: number, withBytes: boolean): Data {
  const copy: Data[] = [];
  let isSame = Object.isFrozen(value);
  let index = 0;
  try {
    // By index: holes become an error, as `undefined` is.
    for (; index < value.length; index++) {
      const item = take(value[index], depth + 1, withBytes);
      isSame &&= Object.is(item, value[index]);
      copy.push(item);
    }
  } catch (error) {
    throw within(`[${index}]`, error);
  }
  if (isSame) return value as readonly Data[];
  return withBytes ? seal(copy) : Object.freeze(copy);
}

/** Whether it is an array or an object as JSON has them, and no instance of a class. */
export function isPlain(value: object): boolean {
  return Array.isArray(value) || isPlainObject(value);
}

/** Whether it is an object as JSON has them: no array, and no instance of a class. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

function takeObject(value: object, depth: number, withBytes: boolean): Data {
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) throw notData(value, withBytes);
  const copy: Record<string, Data> = Object.create(null);
  let isSame = prototype === null && Object.isFrozen(value);
  let key = "";
  try {
    for (const entry of Object.entries(value)) {
      key = entry[0];
      const item = entry[1];
      const name = checkKey(key);
      const adopted = take(item, depth + 1, withBytes);
      isSame &&= name === key && Object.is(adopted, item);
      copy[name] = adopted;
    }
  } catch (error) {
    throw within(/^[\w$]{1,40}$/.test(key) ? `.${key}` : `[${describeValue(key)}]`, error);
  }
  if (isSame) return value as Data;
  return withBytes ? seal(copy) : Object.freeze(copy);
}

function notData(value: unknown, withBytes: boolean): ObjectSyncError {
  const expected = withBytes ? "JSON data or bytes" : "JSON data";
  return new ObjectSyncError("wrong_type", `expected ${expected}, got ${describeValue(value)}`);
}

/** What is wrong with a part of a value, and the path to that part. */
class PartError extends ObjectSyncError {
  readonly path: string;
  readonly part: ObjectSyncError;

  constructor(path: string, part: ObjectSyncError) {
    super(part.code, `${part.message}, at ${path.replace(/^\./, "")}`);
    this.path = path;
    this.part = part;
  }
}

/** The error as the whole throws it: the path is put together only here, so that what fits pays nothing for it. */
function within(step: string, error: unknown): unknown {
  // Of a value that holds itself the path says nothing.
  if (!(error instanceof ObjectSyncError) || error.code === "too_deep") return error;
  return error instanceof PartError ? new PartError(step + error.path, error.part) : new PartError(step, error);
}

/** The key of a dict or of an object inside a value, well-formed. `__proto__` is refused everywhere. */
export function checkKey(key: unknown): string {
  if (typeof key !== "string")
    throw new ObjectSyncError("wrong_type", `expected a string key, got ${describeValue(key)}`);
  if (key === "__proto__") throw new ObjectSyncError("invalid_value", "`__proto__` cannot be a key");
  return wellFormed(key);
}

/** The string, with lone surrogates replaced by U+FFFD. Throws `wrong_type` for anything but a string. */
export function wellFormed(value: unknown): string {
  if (typeof value !== "string") {
    throw new ObjectSyncError("wrong_type", `expected a string, got ${describeValue(value)}`);
  }
  return value.isWellFormed() ? value : value.toWellFormed();
}

/** The number, `-0` as 0. Throws `wrong_type` for no number, `invalid_value` for NaN and the infinities. */
export function finite(value: unknown): number {
  if (typeof value !== "number") {
    throw new ObjectSyncError("wrong_type", `expected a number, got ${describeValue(value)}`);
  }
  if (!Number.isFinite(value)) throw new ObjectSyncError("invalid_value", `expected a finite number, got ${value}`);
  return value === 0 ? 0 : value;
}

/** Whether two values are equal, by content; the order of an object's keys does not count. */
export function equals(a: Data | undefined, b: Data | undefined): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, index) => equals(item, b[index]));
  }
  if (Array.isArray(b)) return false;
  if (a instanceof Uint8Array || b instanceof Uint8Array) {
    return a instanceof Uint8Array && b instanceof Uint8Array && equalBytes(a, b);
  }
  const left = a as DataRecord;
  const right = b as DataRecord;
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && equals(left[key], right[key]))
  );
}

/** Whether two byte strings are equal. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let index = 0;
  while (index < a.length && a[index] === b[index]) index++;
  return index === a.length;
}
