// What both directions of the codec share: its values, its errors, the bytes of its forms.

import { ObjectSyncError } from "./error.ts";

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
 * - `too_many`: more arrays and maps altogether than `maxContainers`;
 * - `unknown_type`: a first byte outside the subset;
 * - `bad_string`: invalid UTF-8;
 * - `bad_key`: a map key that is no string, is `__proto__` or stands there twice;
 * - `bad_number`: NaN, an infinity, or an integer outside the safe range.
 */
export type CodecErrorReason =
  | "truncated"
  | "trailing"
  | "too_deep"
  | "too_many"
  | "unknown_type"
  | "bad_string"
  | "bad_key"
  | "bad_number";

/** Thrown by `decode` for bytes that are no message, and by `encode` for a value that has no form. */
export class CodecError extends ObjectSyncError {
  readonly reason: CodecErrorReason;

  constructor(reason: CodecErrorReason, message: string) {
    super("bad_message", message);
    this.reason = reason;
  }
}

/** Limits of `decode` and `encode`. */
export interface DecodeLimits {
  /** How many arrays and maps may stand inside one another. Default 64. */
  readonly maxDepth: number;
  /** How many arrays, maps and keys of maps there may be altogether, as each takes far more memory than bytes. Default: any number. */
  readonly maxContainers?: number;
}

/** The limits where none are given. */
export const DECODE_DEFAULTS: Readonly<DecodeLimits> = { maxDepth: 64 };

/** The first bytes of the forms; what holds its value or its length in that byte is not here. */
export const NIL = 0xc0;
export const FALSE = 0xc2;
export const TRUE = 0xc3;
export const BIN8 = 0xc4;
export const BIN16 = 0xc5;
export const BIN32 = 0xc6;
export const FLOAT32 = 0xca;
export const FLOAT64 = 0xcb;
export const UINT8 = 0xcc;
export const UINT16 = 0xcd;
export const UINT32 = 0xce;
export const UINT64 = 0xcf;
export const INT8 = 0xd0;
export const INT16 = 0xd1;
export const INT32 = 0xd2;
export const INT64 = 0xd3;
export const STR8 = 0xd9;
export const STR16 = 0xda;
export const STR32 = 0xdb;
export const ARRAY16 = 0xdc;
export const ARRAY32 = 0xdd;
export const MAP16 = 0xde;
export const MAP32 = 0xdf;

/** What one more bit is worth beyond 32. */
export const TWO_32 = 2 ** 32;

/**
 * The bytes of a string up to which, as measured, a loop over its characters beats calling into the platform's encoder and
 * decoder. It is also what a header of one byte can count.
 */
export const SHORT_STRING = 31;

/** The error of a value that nests too deeply, in both directions. */
export function tooDeep(): CodecError {
  return new CodecError("too_deep", "too many arrays and maps inside one another");
}
