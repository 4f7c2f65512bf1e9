// What a message is made of, checked as it is read. Each throws `bad_message`.

import type { Wire } from "./codec.ts";
import { describeValue, ObjectSyncError } from "./error.ts";

/** The error of a message that is not of the protocol's form. */
export function bad(message: string): ObjectSyncError {
  return new ObjectSyncError("bad_message", message);
}

/** A safe integer. */
export function integer(value: Wire | undefined): number {
  if (typeof value === "number" && Number.isSafeInteger(value)) return value;
  throw bad(`expected an integer, got ${describeValue(value)}`);
}

/** True or false. */
export function boolean(value: Wire | undefined): boolean {
  if (typeof value === "boolean") return value;
  throw bad(`expected true or false, got ${describeValue(value)}`);
}

/** Any number. */
export function number(value: Wire | undefined): number {
  if (typeof value === "number") return value;
  throw bad(`expected a number, got ${describeValue(value)}`);
}

/** A string. */
export function string(value: Wire | undefined): string {
  if (typeof value === "string") return value;
  throw bad(`expected a string, got ${describeValue(value)}`);
}

/** A string or null. */
export function stringOrNull(value: Wire | undefined): string | null {
  return value === null ? null : string(value);
}

/** An array. */
export function array(value: Wire | undefined): readonly Wire[] {
  if (Array.isArray(value)) return value;
  throw bad(`expected an array, got ${describeValue(value)}`);
}

/** An array or null. */
export function arrayOrNull(value: Wire | undefined): readonly Wire[] | null {
  return value === null ? null : array(value);
}
