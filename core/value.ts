// Values: the JSON data that items of lists and dicts are made of.
//
// A topic never shares a mutable value with its callers. What enters is checked and, unless it is deeply frozen already,
// copied and frozen; so what leaves can be handed out as it is, and identity tells what did not change.

import { describeValue, ObjectSyncError } from "./error.ts";

/** JSON data. Objects and arrays that a topic hands out are frozen; objects have no prototype. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** How deeply arrays and objects may nest inside one item. */
export const MAX_VALUE_DEPTH = 40;

/**
 * The frozen, well-formed form of a value: `-0` is 0, strings are well-formed UTF-16, objects have no prototype. A value
 * that is deeply frozen and of that form already is returned itself. Throws `wrong_type`, `invalid_value` or `too_deep`; the
 * message names the part of the value that is meant.
 */
export function adopt(value: unknown, depth = 0): Json {
  switch (typeof value) {
    case "string":
      return wellFormed(value);
    case "number":
      return finite(value);
    case "boolean":
      return value;
    case "object":
      if (value === null) return null;
      if (depth >= MAX_VALUE_DEPTH) {
        throw new ObjectSyncError("too_deep", `a value may nest ${MAX_VALUE_DEPTH} arrays and objects, and not itself`);
      }
      return Array.isArray(value) ? adoptArray(value, depth) : adoptObject(value, depth);
    default:
      throw new ObjectSyncError("wrong_type", `expected JSON data, got ${describeValue(value)}`);
  }
}

function adoptArray(value: readonly unknown[], depth: number): Json {
  const copy: Json[] = [];
  let isSame = Object.isFrozen(value);
  let index = 0;
  try {
    // By index: holes become an error, as `undefined` is.
    for (; index < value.length; index++) {
      const item = adopt(value[index], depth + 1);
      isSame &&= Object.is(item, value[index]);
      copy.push(item);
    }
  } catch (error) {
    throw within(`[${index}]`, error);
  }
  return isSame ? (value as readonly Json[]) : Object.freeze(copy);
}

function adoptObject(value: object, depth: number): Json {
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) {
    throw new ObjectSyncError("wrong_type", `expected JSON data, got ${describeValue(value)}`);
  }
  const copy: Record<string, Json> = Object.create(null);
  let isSame = prototype === null && Object.isFrozen(value);
  let key = "";
  try {
    for (const entry of Object.entries(value)) {
      key = entry[0];
      const item = entry[1];
      const name = checkKey(key);
      const adopted = adopt(item, depth + 1);
      isSame &&= name === key && Object.is(adopted, item);
      copy[name] = adopted;
    }
  } catch (error) {
    throw within(/^[\w$]{1,40}$/.test(key) ? `.${key}` : `[${describeValue(key)}]`, error);
  }
  return isSame ? (value as Json) : Object.freeze(copy);
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

/** Whether two JSON values are equal, by content; the order of an object's keys does not count. */
export function equals(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, index) => equals(item, b[index]));
  }
  if (Array.isArray(b)) return false;
  const left = a as { readonly [key: string]: Json };
  const right = b as { readonly [key: string]: Json };
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && equals(left[key], right[key]))
  );
}
