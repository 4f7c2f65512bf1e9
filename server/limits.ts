import { describeValue, ObjectSyncError } from "../core/error.ts";

/** What a server takes from its clients, and holds for them, at the most. */
export interface Limits {
  /** Largest message from a client, in bytes. A larger one closes the connection with 1009. Default: 1 MiB. */
  readonly maxMessageBytes: number;
  /** Most transactions in one batch of a client. More close the connection with 4400. Default: 1,000. */
  readonly maxBatchTransactions: number;
  /**
   * Messages that a client may send in a second, on average; twice as many at once. More close the connection with 4329.
   * Default: 1,000.
   */
  readonly maxMessagesPerSecond: number;
  /**
   * Bytes that wait to go out to a client before it counts as slow. To a slow client nothing more is queued; when it has
   * read what waits it gets the state anew. It is not closed. Default: 4 MiB.
   */
  readonly maxBufferedBytes: number;
  /**
   * Bytes of changes that are kept beside a kept snapshot, at the most; and of the ops on texts and lists over which those of
   * clients are brought up to date, in all of a tree. Default: 16 MiB.
   */
  readonly maxLogBytes: number;
  /** Most lazy objects that a client may have open at a time; further ones are refused with `too_many`. Default: 1,000. */
  readonly maxOpenScopes: number;
  /** Objects that a tree may have before clients can add no more; the server's own code can. Default: 1,000,000. */
  readonly maxObjects: number;
  /** Ids that each client has at hand for new objects, so that it need not ask for each. Default: 1,000. */
  readonly idsPerClient: number;
  /** Milliseconds between two sendings of the values of `latest` topics, at the least. Default: 50. */
  readonly latestIntervalMs: number;
  /** Most clients at a time; further ones are refused with HTTP 503. Default: 10,000. */
  readonly maxClients: number;
  /** Milliseconds until a connection that has not said hello is closed with 4308. Default: 10,000. */
  readonly helloTimeoutMs: number;
  /**
   * Bytes to which clients may let one value grow: about what it is encoded, and 64 for each array or object in it. What
   * would make it larger is refused with `too_large`. The server's own code may go beyond. Default: 4 MiB.
   */
  readonly maxValueBytes: number;
  /**
   * Steps that a client may have the server take in a second, on average, and in one batch: a transaction is 1,000 steps,
   * 2,000 more if it is refused, an op 500, and more where it touches much of a large value; a byte of a message is 10, and
   * 5 of an answer. A step is a few nanoseconds. A batch that asks for more is refused with `too_large`; who asks for four times as much in a second is closed with 4329. An undo may take what
   * is left of these four seconds' worth; where that is half of it, also 16 seconds' worth more, which has to be paid back
   * from what is not used before another one may; a new client begins with that to pay. One that takes more is `too_large`.
   * Of what a client opens, a byte is 5; while that comes to too much, nothing more is opened, with `too_many`. Default: 10
   * million.
   */
  readonly maxStepsPerSecond: number;
  /**
   * Milliseconds between two looks at whether a client is still there, and between two signs of life to it. A client that
   * did not answer the last look is cut off, without a code. Default: 15,000.
   */
  readonly pingIntervalMs: number;
}

/** Those that count what there are no parts of. */
const WHOLE: ReadonlySet<string> = new Set<keyof Limits>(["idsPerClient"]);

/** The limits with those that are not given as they are by default. Throws `invalid_value` for one that is no limit. */
export function resolveLimits(given: Partial<Limits>): Limits {
  for (const [name, value] of Object.entries(given)) {
    if (typeof value === "number" && value > 0 && (!WHOLE.has(name) || Number.isSafeInteger(value))) continue;
    throw new ObjectSyncError(
      "invalid_value",
      `the limit ${name} must be a ${WHOLE.has(name) ? "whole " : ""}number above 0, got ${describeValue(value)}`,
    );
  }
  return { ...DEFAULT_LIMITS, ...given };
}

/** The limits of a server that names none. */
export const DEFAULT_LIMITS: Limits = {
  maxMessageBytes: 1024 * 1024,
  maxBatchTransactions: 1_000,
  maxMessagesPerSecond: 1_000,
  maxBufferedBytes: 4 * 1024 * 1024,
  maxLogBytes: 16 * 1024 * 1024,
  maxOpenScopes: 1_000,
  maxObjects: 1_000_000,
  idsPerClient: 1_000,
  latestIntervalMs: 50,
  maxClients: 10_000,
  helloTimeoutMs: 10_000,
  maxValueBytes: 4 * 1024 * 1024,
  maxStepsPerSecond: 10_000_000,
  pingIntervalMs: 15_000,
};
