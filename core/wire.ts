// The wire: all messages, as arrays of plain data. `docs/protocol.md` tells the same with examples.
//
// A client says hello; the server answers with a welcome and a frame that holds the state. From then on the server sends
// frames, the client batches. The stream is the acknowledgement: a client's transaction comes back in a frame with its
// author. What was refused, or changed nothing, comes in a result.

import type { Wire } from "./codec.ts";
import { ERROR_CODES, type ErrorCode } from "./error.ts";
import { array, bad, boolean, integer, string, stringOrNull } from "./parse.ts";
import type { OpStream } from "./stream.ts";

/** The WebSocket subprotocol: name and major version. */
export const SUBPROTOCOL = "objectsync.1";

/** The subprotocol of the same messages as JSON, each in a text message: see core/json-wire.ts. */
export const JSON_SUBPROTOCOL = "objectsync.1.json";

/** The first element of every message. */
export const MessageCode = {
  frame: 0,
  hello: 1,
  welcome: 2,
  batch: 3,
  result: 4,
  open: 5,
  close: 6,
  ids: 7,
  undo: 8,
  undone: 9,
} as const;

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
  /** The server has no tree at this path, or no longer. */
  notFound: 4404,
  /** The server speaks another version of the protocol. */
  wrongProtocol: 4406,
} as const;

/** From this close code on a client does not connect again by itself. */
export const FIRST_FINAL_CLOSE_CODE = 4400;

/**
 * `[hello]`, or `[hello, epoch, scopes, key]`: begin. A client that was here before names the epoch that its mirror is of, the
 * scopes that it has open besides the root's, and the key of its ids. In another epoch they are nothing.
 */
export type Hello =
  | readonly [code: typeof MessageCode.hello]
  | readonly [code: typeof MessageCode.hello, epoch: string, scopes: readonly number[], idKey: string];

/** `[open, scope]`: asks for what is below a lazy object. The answer is a section, in a frame of its own. */
export type Open = readonly [code: typeof MessageCode.open, scope: number];

/** `[close, scope]`: what is below it is no longer wanted. There is no answer. */
export type Close = readonly [code: typeof MessageCode.close, scope: number];

/**
 * `[welcome, client, epoch, heartbeat, bytes, transactions, id, ids, key]`: the public id of the client; a name for the life of the tree,
 * as in another epoch ids mean other objects; the milliseconds within which the server says something, if only an empty
 * frame; the largest message, and the most transactions in a batch, that it takes; the first of the ids that the client
 * may give to new objects, how many there are, and a key by which it comes back to its ids: where it is the one that the
 * client has named, those of before are still its own.
 */
export type Welcome = readonly [
  code: typeof MessageCode.welcome,
  client: number,
  epoch: string,
  heartbeatMs: number,
  maxMessageBytes: number,
  maxBatchTransactions: number,
  firstId: number,
  ids: number,
  idKey: string,
];

/** `[ids, first, count]`: more ids that the client may give to new objects. */
export type Ids = readonly [code: typeof MessageCode.ids, first: number, count: number];

/** `[frame, section…]`: state, applied as a whole. Without a section it says that the server is there. */
export type Frame = readonly [code: typeof MessageCode.frame, ...sections: readonly Section[]];

/**
 * The part of a frame that belongs to one scope: what changed, or where it begins anew and what changed since. Behind a
 * nil come ops for the end of the frame, outside of all transactions: newest values, and objects that entered or left.
 * Under the number of no scope stands a result.
 */
export type Section = ChangesSection | SnapshotSection | RefusedSection | ResultSection;

/** `[scope, transaction…, (nil, ops)?]`: each transaction makes the scope's next version. */
export type ChangesSection = readonly [scope: number, ...transactionsAndEnd: readonly Wire[]];

/** `[scope, version, ops, transaction…, (nil, ops)?]`: the ops make the state of that version. */
export type SnapshotSection = readonly [
  scope: number,
  version: number,
  ops: OpStream,
  ...transactionsAndEnd: readonly Wire[],
];

/** `[scope, code]`: the scope cannot be opened. */
export type RefusedSection = readonly [scope: number, code: ErrorCode];

/** What stands in the place of a scope where a section is a result. */
export const NO_SCOPE = 0;

/** `[0, number, outcome…]`: a result that is told together with the state that the batch has led to. */
export type ResultSection = readonly [scope: typeof NO_SCOPE, number: number, ...outcomes: readonly OutcomeEntry[]];

/** A section, taken apart. */
export type ParsedSection =
  | { readonly type: "refused"; readonly scope: number; readonly code: ErrorCode }
  | {
      readonly type: "result";
      readonly scope: number;
      /** The batch's. */
      readonly number: number;
      readonly outcomes: readonly OutcomeEntry[];
    }
  | {
      readonly type: "state";
      readonly scope: number;
      /** Where the scope begins anew. */
      readonly snapshot: { readonly version: number; readonly ops: OpStream } | undefined;
      readonly transactions: readonly ParsedTransaction[];
      readonly end: OpStream | undefined;
    };

/**
 * The ops of a transaction; if a client made it, behind a header `[client, number, derived…]`: who, the client's own number
 * of it, and the positions of those ops that rules made.
 */
export type Transaction = readonly Wire[];

/**
 * `[batch, number, bases, transaction…]`: the number of the first transaction, the others count on; scopes and the
 * versions that the ops were made for, in turn; then for each transaction its ops, behind a header `[label]` if it has a label
 * for the history.
 */
export type Batch<Transaction extends Wire = OpStream> = readonly [
  code: typeof MessageCode.batch,
  number: number,
  bases: readonly number[],
  ...transactions: readonly Transaction[],
];

/** `[result, number, outcome…]`: what of the batch with this number is not in the stream. */
export type Result = readonly [code: typeof MessageCode.result, number: number, ...outcomes: readonly OutcomeEntry[]];

/**
 * `[offset]`: the transaction at this offset in the batch was carried out, and is in no frame: it changed nothing, or the
 * client was too slow to be sent the frame. `[offset, nil, ops]`: so it was, and the newest values that it wrote are others
 * by now: those that the ops set. `[offset, code, message]`: it was refused.
 */
export type OutcomeEntry =
  | readonly [offset: number]
  | readonly [offset: number, nothing: null, ops: OpStream]
  | readonly [offset: number, code: ErrorCode, message: string];

/**
 * `[undo, request, object, isRedo]`: asks to take back, or to put back, a step: the client's own last one where the object is
 * 0, else whatever was done last at that object or below it. `request` is a number by which the answer is known.
 */
export type Undo = readonly [code: typeof MessageCode.undo, request: number, object: number, isRedo: boolean];

/** `[undone, request, isUndone, skipped, reason, label]`: what came of it. */
export type Undone = readonly [
  code: typeof MessageCode.undone,
  request: number,
  isUndone: boolean,
  skipped: number,
  reason: ErrorCode | null,
  label: string | null,
];

/** Any message from a client. */
export type ClientMessage = Hello | Batch | Open | Close | Undo;

/** Any message from a server. */
export type ServerMessage = Welcome | Frame | Result | Ids | Undone;

/** A transaction as it stands in a frame, taken apart. */
export interface ParsedTransaction {
  readonly author: { readonly client: number; readonly transaction: number } | undefined;
  /** The places, counted in ops, of those that the client did not ask for: rules and builds made them. */
  readonly derived: readonly number[];
  readonly ops: OpStream;
}

/** Throws `bad_message`. Ops are checked where they are read. */
export function parseClientMessage(wire: Wire): ClientMessage {
  const message = array(wire);
  switch (message[0]) {
    case MessageCode.hello: {
      if (message.length === 1) return [MessageCode.hello];
      return [MessageCode.hello, string(message[1]), array(message[2]).map(natural), string(message[3] ?? "")];
    }
    case MessageCode.open:
      return [MessageCode.open, natural(message[1])];
    case MessageCode.close:
      return [MessageCode.close, natural(message[1])];
    case MessageCode.undo:
      return [MessageCode.undo, natural(message[1]), natural(message[2]), boolean(message[3])];
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
      return [MessageCode.frame, ...message.slice(1).map((section) => array(section) as unknown as Section)];
    case MessageCode.welcome:
      return [
        MessageCode.welcome,
        natural(message[1]),
        string(message[2]),
        positive(message[3]),
        positive(message[4]),
        positive(message[5]),
        natural(message[6]),
        natural(message[7]),
        string(message[8]),
      ];
    case MessageCode.ids:
      return [MessageCode.ids, positive(message[1]), positive(message[2])];
    case MessageCode.undone: {
      const reason = stringOrNull(message[4]);
      return [
        MessageCode.undone,
        natural(message[1]),
        boolean(message[2]),
        natural(message[3]),
        reason === null ? null : errorCode(reason),
        stringOrNull(message[5]),
      ];
    }
    case MessageCode.result:
      return [MessageCode.result, natural(message[1]), ...message.slice(2).map(parseOutcome)];
    default:
      throw bad("an unknown message");
  }
}

/** Throws `bad_message`. */
export function parseTransaction(wire: Wire): ParsedTransaction {
  const ops = array(wire);
  const [header] = ops;
  if (!Array.isArray(header)) return { author: undefined, derived: [], ops };
  const [client, transaction, ...derived] = header;
  return {
    author: { client: natural(client), transaction: natural(transaction) },
    derived: derived.map(natural),
    ops: ops.slice(1),
  };
}

/** What a client calls a transaction has at most so many UTF-16 units. */
export const MAX_LABEL_LENGTH = 200;

/** A transaction as it stands in a batch, taken apart. Throws `bad_message`. */
export function parseClientTransaction(ops: OpStream): { readonly label: string | undefined; readonly ops: OpStream } {
  const [header] = ops;
  if (!Array.isArray(header)) return { label: undefined, ops };
  const label = string(header[0]);
  if (label.length > MAX_LABEL_LENGTH) throw bad(`a label of more than ${MAX_LABEL_LENGTH} units`);
  return { label, ops: ops.slice(1) };
}

/** Throws `bad_message`. Ops are checked where they are read. */
export function parseSection(section: Section): ParsedSection {
  const [wireScope, first, second] = section as readonly Wire[];
  const scope = natural(wireScope);
  if (scope === NO_SCOPE) {
    const outcomes = (section as readonly Wire[]).slice(2).map(parseOutcome);
    return { type: "result", scope, number: natural(first), outcomes };
  }
  if (typeof first === "string") return { type: "refused", scope, code: errorCode(first) };
  const isSnapshot = typeof first === "number";
  const rest = (section as readonly Wire[]).slice(isSnapshot ? 3 : 1);
  const end = rest.indexOf(null);
  return {
    type: "state",
    scope,
    snapshot: isSnapshot ? { version: natural(first), ops: array(second) } : undefined,
    transactions: (end < 0 ? rest : rest.slice(0, end)).map(parseTransaction),
    end: end < 0 ? undefined : array(rest[end + 1]),
  };
}

function parseOutcome(wire: Wire): OutcomeEntry {
  const [offset, code, message] = array(wire);
  if (code === undefined) return [natural(offset)];
  if (code === null) return [natural(offset), null, array(message)];
  return [natural(offset), errorCode(string(code)), string(message)];
}

/** A newer server may have codes that this client does not know. */
function errorCode(code: string): ErrorCode {
  return Object.hasOwn(ERROR_CODES, code) ? (code as ErrorCode) : "rejected";
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
