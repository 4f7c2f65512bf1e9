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
export {
  CodecError,
  type CodecErrorReason,
  DECODE_DEFAULTS,
  type DecodeLimits,
  Encoded,
  type Wire,
} from "./codec-format.ts";
export { decode } from "./decode.ts";
export { encode } from "./encode.ts";
