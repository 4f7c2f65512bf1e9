// The wire: all messages, as arrays of plain data. `docs/protocol.md` tells the same with examples.
//
// A client says hello; the server answers with a welcome and a frame that holds the state. From then on the server sends
// frames, the client batches. The stream is the acknowledgement: a client's transaction comes back in a frame with its
// author. What was refused, or changed nothing, comes in a result.

import type { Wire } from "./codec.ts";
import { ERROR_CODES, type ErrorCode } from "./error.ts";
import { array, bad, integer, string } from "./parse.ts";
import type { OpStream } from "./stream.ts";

/** The WebSocket subprotocol: name and major version. */
export const SUBPROTOCOL = "objectsync.1";

/** The first element of every message. */
export const MessageCode = { frame: 0, hello: 1, welcome: 2, batch: 3, result: 4 } as const;

/** The number of the one scope that there is so far. */
export const ROOT_SCOPE = 1;

/** Why a connection was closed by this library. From 4400 on trying again is of no use. */
export const CloseCode = {
  /** The server, or the client, ended in good order. */
  away: 1001,
  /** A message was over the size limit. */
  tooLarge: 1009,
  /** The client did not say hello in time. */
  helloTimeout: 4308,
  /** The server has said nothing for too long. */
  silent: 4310,
  /** The client sent more than it may. */
  tooMany: 4329,
  /** A message was not of the protocol's form. */
  badMessage: 4400,
  /** The server's program closed the connection. */
  disconnected: 4403,
  /** The server has no tree at this path. */
  notFound: 4404,
  /** The server speaks another version of the protocol. */
  wrongProtocol: 4406,
} as const;

/** From this close code on a client does not connect again by itself. */
export const FIRST_FINAL_CLOSE_CODE = 4400;

/** `[hello]`: begin. Later versions add what to resume. */
export type Hello = readonly [code: typeof MessageCode.hello];

/**
 * `[welcome, client, epoch, heartbeat, bytes, transactions]`: the public id of the client; a name for the life of the tree,
 * as in another epoch ids mean other objects; the milliseconds within which the server says something, if only an empty
 * frame; the largest message, and the most transactions in a batch, that it takes.
 */
export type Welcome = readonly [
  code: typeof MessageCode.welcome,
  client: number,
  epoch: string,
  heartbeatMs: number,
  maxMessageBytes: number,
  maxBatchTransactions: number,
];

/** `[frame, section…]`: state, applied as a whole. Without a section it says that the server is there. */
export type Frame = readonly [code: typeof MessageCode.frame, ...sections: readonly Section[]];

/** The part of a frame that belongs to one scope: what changed, or where it begins anew and what changed since. */
export type Section = ChangesSection | SnapshotSection;

/** `[scope, transaction…]`: each transaction makes the scope's next version. */
export type ChangesSection = readonly [scope: number, ...transactions: readonly Wire[]];

/** `[scope, version, ops, transaction…]`: the ops make the state of that version. */
export type SnapshotSection = readonly [
  scope: number,
  version: number,
  ops: OpStream,
  ...transactions: readonly Wire[],
];

/**
 * The ops of a transaction; if a client made it, behind a header `[client, number, derived…]`: who, the client's own number
 * of it, and the positions of those ops that rules made.
 */
export type Transaction = readonly Wire[];

/**
 * `[batch, number, bases, transaction…]`: the number of the first transaction, the others count on; scopes and the
 * versions that the ops were made for, in turn; then for each transaction its ops.
 */
export type Batch = readonly [
  code: typeof MessageCode.batch,
  number: number,
  bases: readonly number[],
  ...transactions: readonly OpStream[],
];

/** `[result, number, outcome…]`: what of the batch with this number is not in the stream. */
export type Result = readonly [code: typeof MessageCode.result, number: number, ...outcomes: readonly OutcomeEntry[]];

/**
 * `[offset]`: the transaction at this offset in the batch was carried out, and is in no frame: it changed nothing, or the
 * client was too slow to be sent the frame. `[offset, code, message]`: it was refused.
 */
export type OutcomeEntry = readonly [offset: number] | readonly [offset: number, code: ErrorCode, message: string];

/** Any message from a client. */
export type ClientMessage = Hello | Batch;

/** Any message from a server. */
export type ServerMessage = Welcome | Frame | Result;

/** A transaction as it stands in a frame, taken apart. */
export interface ParsedTransaction {
  readonly author: { readonly client: number; readonly transaction: number } | undefined;
  /** Whether rules made some of the ops. */
  readonly hasDerived: boolean;
  readonly ops: OpStream;
}

/** Throws `bad_message`. Ops are checked where they are read. */
export function parseClientMessage(wire: Wire): ClientMessage {
  const message = array(wire);
  switch (message[0]) {
    case MessageCode.hello:
      return [MessageCode.hello];
    case MessageCode.batch: {
      const bases = array(message[2]).map(natural);
      if (bases.length % 2 !== 0) throw bad("a scope without a version");
      if (message.length < 4) throw bad("a batch without transactions");
      return [MessageCode.batch, natural(message[1]), bases, ...message.slice(3).map(array)];
    }
    default:
      throw bad("an unknown message");
  }
}

/** Throws `bad_message`. Ops are checked where they are read. */
export function parseServerMessage(wire: Wire): ServerMessage {
  const message = array(wire);
  switch (message[0]) {
    case MessageCode.frame:
      return [MessageCode.frame, ...message.slice(1).map(parseSection)];
    case MessageCode.welcome:
      return [
        MessageCode.welcome,
        natural(message[1]),
        string(message[2]),
        positive(message[3]),
        positive(message[4]),
        positive(message[5]),
      ];
    case MessageCode.result:
      return [MessageCode.result, natural(message[1]), ...message.slice(2).map(parseOutcome)];
    default:
      throw bad("an unknown message");
  }
}

/** Throws `bad_message`. */
export function parseTransaction(wire: Wire): ParsedTransaction {
  const ops = array(wire);
  if (!Array.isArray(ops[0])) return { author: undefined, hasDerived: false, ops };
  const [client, transaction, ...derived] = array(ops[0]);
  const author = { client: natural(client), transaction: natural(transaction) };
  return { author, hasDerived: derived.length > 0, ops: ops.slice(1) };
}

/** Whether a section begins the scope anew. */
export function isSnapshot(section: Section): section is SnapshotSection {
  return typeof section[1] === "number";
}

function parseSection(wire: Wire): Section {
  const [scope, first, second, ...rest] = array(wire);
  if (typeof first === "number") return [natural(scope), natural(first), array(second), ...rest];
  return [natural(scope), ...array(wire).slice(1).map(array)];
}

function parseOutcome(wire: Wire): OutcomeEntry {
  const [offset, code, message] = array(wire);
  if (code === undefined) return [natural(offset)];
  // A newer server may have codes that this client does not know.
  const known = Object.hasOwn(ERROR_CODES, string(code)) ? (code as ErrorCode) : "rejected";
  return [natural(offset), known, string(message)];
}

function positive(value: Wire | undefined): number {
  const parsed = integer(value);
  if (parsed < 1) throw bad(`expected a number from 1, got ${parsed}`);
  return parsed;
}

function natural(value: Wire | undefined): number {
  const parsed = integer(value);
  if (parsed < 0) throw bad(`expected a number from 0, got ${parsed}`);
  return parsed;
}
