// Outbox: what the program wants changed, on its way to the server.
//
// One batch of transactions is in flight, the rest waits. A waiting transaction keeps what was asked for; its ops are made
// when its batch leaves, against the values confirmed by then: so a `set` on a text becomes the splice that is needed at
// that moment, and a newer `set` replaces one that still waits. An op that names a position is refused as `stale` if
// somebody else changes the value while it waits. A batch in flight never changes.
//
// The answer to each transaction comes in the stream of frames or in a result. Not here: the socket.

import { encode } from "../core/codec.ts";
import { assertSynchronous, type ErrorCode, ObjectSyncError } from "../core/error.ts";
import { type Op, SET, type UncheckedOp } from "../core/kind.ts";
import { attributeOf, type SObject } from "../core/object.ts";
import { scopeOf } from "../core/scope.ts";
import type { Attribute } from "../core/shape.ts";
import { type OpStream, StreamWriter } from "../core/stream.ts";
import { adoptData } from "../core/value.ts";
import type { Batch, OutcomeEntry } from "../core/wire.ts";
import { MessageCode } from "../core/wire.ts";

/** What became of a transaction: it was carried out, or refused with a reason. */
export type Outcome =
  | { readonly ok: true }
  | { readonly ok: false; readonly code: ErrorCode; readonly message: string };

/** A refused transaction, as `client.on("reject")` tells it. */
export interface Rejection {
  readonly code: ErrorCode;
  readonly message: string;
  /** What it wanted to change. */
  readonly edits: readonly { readonly object: SObject; readonly attribute: string }[];
}

/** How much a server takes at a time. */
export interface BatchLimits {
  readonly maxBytes: number;
  readonly maxTransactions: number;
}

/** Bytes of a batch that are not in its transactions, at the most. */
const BATCH_OVERHEAD_BYTES = 64;

/** What the outbox must know of the mirror. */
export interface Confirmed {
  /** The state of an attribute as the server last said. */
  confirmed(object: SObject, slot: number): unknown;
}

interface Edit {
  readonly object: SObject;
  readonly slot: number;
  readonly op: UncheckedOp;
  /** Whether it names a position in a value that somebody else has changed since. */
  isStale: boolean;
}

interface Request {
  edits: Edit[];
  readonly promise: Promise<Outcome>;
  readonly settle: (outcome: Outcome) => void;
}

interface Flight {
  readonly number: number;
  /** By offset; `undefined` once answered. */
  readonly requests: (Request | undefined)[];
  /** How many are not answered yet. */
  open: number;
}

const DONE: Outcome = { ok: true };

/** See the head of this file. */
export class Outbox {
  readonly #mirror: Confirmed;
  readonly #onWaiting: () => void;
  readonly #onReject: (rejection: Rejection) => void;
  #recording: Request | undefined;
  #waiting: Request[] = [];
  /** Of what waits, the edits that name positions. */
  readonly #positional = new Map<SObject, Edit[]>();
  #flight: Flight | undefined;
  #nextNumber = 1;
  #isClosed = false;

  /** `onWaiting` is called when there is something to take, `onReject` for each transaction that is refused. */
  constructor(mirror: Confirmed, onWaiting: () => void, onReject: (rejection: Rejection) => void) {
    this.#mirror = mirror;
    this.#onWaiting = onWaiting;
    this.#onReject = onReject;
  }

  /** Whether everything has been answered. */
  get isEmpty(): boolean {
    return !this.#flight && this.#waiting.length === 0;
  }

  /** Takes one edit: into the transaction that is being recorded, else as one of its own. Throws for what is no data. */
  write(object: SObject, slot: number, [code, ...operands]: UncheckedOp): void {
    // It may wait for long: what the caller does to its array or object meanwhile must not count.
    const op: UncheckedOp = [code, ...operands.map((operand) => adoptData(operand))];
    const edit: Edit = { object, slot, op, isStale: false };
    this.#assertMeaningful(edit);
    if (namesPosition(edit)) this.#addPositional(edit);
    if (this.#recording) this.#recording.edits.push(edit);
    else this.#enqueue(makeRequest([edit]));
  }

  /** Records what `fn` writes as one transaction. Throws what `fn` throws: nothing is sent then. */
  transact(fn: () => void): Promise<Outcome> {
    if (this.#recording) {
      this.#record(this.#recording, fn);
      return this.#recording.promise;
    }
    const request = makeRequest([]);
    this.#recording = request;
    try {
      this.#record(request, fn);
    } finally {
      this.#recording = undefined;
    }
    if (request.edits.length === 0) request.settle(DONE);
    else return this.#enqueue(request);
    return request.promise;
  }

  /** The next batch, if something waits and nothing is in flight. `versions`: the mirror's. What is too much waits. */
  take(versions: ReadonlyMap<number, number>, { maxBytes, maxTransactions }: BatchLimits): Batch | undefined {
    if (this.#flight || this.#waiting.length === 0) return undefined;
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#positional.clear();
    const preview = new Preview(this.#mirror);
    const requests: Request[] = [];
    const transactions: OpStream[] = [];
    const refusals: (() => void)[] = [];
    let room = maxBytes - BATCH_OVERHEAD_BYTES;
    for (const [index, request] of waiting.entries()) {
      const ops = requests.length < maxTransactions ? this.#resolve(request, preview, refusals) : [];
      if (!ops) continue;
      const bytes = encode(ops).length;
      if (requests.length === maxTransactions || (bytes > room && requests.length > 0)) {
        this.#putBack(waiting.slice(index));
        break;
      }
      if (bytes > room) {
        refusals.push(() => this.#refuse(request, new ObjectSyncError("too_large")));
        continue;
      }
      room -= bytes;
      requests.push(request);
      transactions.push(ops);
    }
    const number = this.#nextNumber;
    this.#nextNumber += requests.length;
    if (requests.length > 0) this.#flight = { number, requests, open: requests.length };
    // Only now: whoever is told may write again, or close.
    for (const refuse of refusals) refuse();
    if (requests.length === 0) return undefined;
    const scopes = new Set(requests.flatMap(({ edits }) => edits.map(({ object }) => scopeOf(object))));
    const bases = [...scopes].flatMap((scope) => [scope, versions.get(scope) ?? 0]);
    return [MessageCode.batch, number, bases, ...transactions];
  }

  /** Somebody else changed an attribute: what waits and names a position in it has lost its meaning. */
  changed(object: SObject, slot: number): void {
    for (const edit of this.#positional.get(object) ?? []) if (edit.slot === slot) edit.isStale = true;
  }

  /** A transaction of this client came back in the stream. */
  committed(number: number): void {
    if (this.#flight) this.#answer(number - this.#flight.number, DONE);
  }

  /** The server told what of a batch is not in the stream. */
  result(number: number, outcomes: readonly OutcomeEntry[]): void {
    if (this.#flight?.number !== number) return;
    for (const entry of outcomes) {
      this.#answer(entry[0], entry.length === 1 ? DONE : { ok: false, code: entry[1], message: entry[2] });
    }
  }

  /** The connection was lost. What waits goes on waiting; what was in flight may or may not have happened. */
  lost(): void {
    const { requests } = this.#flight ?? { requests: [] };
    this.#flight = undefined;
    for (const request of requests) if (request) this.#refuse(request, new ObjectSyncError("unconfirmed"));
  }

  /** There will be no connection any more: what is written from now on is refused too. */
  close(): void {
    this.#isClosed = true;
    this.lost();
    for (const request of this.#waiting.splice(0)) this.#refuse(request, new ObjectSyncError("closed"));
  }

  /** Has requests wait again that did not fit. */
  #putBack(requests: readonly Request[]): void {
    this.#waiting.unshift(...requests);
    for (const { edits } of requests) for (const edit of edits) if (namesPosition(edit)) this.#addPositional(edit);
  }

  #addPositional(edit: Edit): void {
    const edits = this.#positional.get(edit.object);
    if (edits) edits.push(edit);
    else this.#positional.set(edit.object, [edit]);
  }

  /** A mistake of the program throws at once; what depends on the value is found out when the op leaves. */
  #assertMeaningful({ object, slot, op }: Edit): void {
    try {
      attributeAt(object, slot).kind.prepare(this.#mirror.confirmed(object, slot), op);
    } catch (error) {
      if (error instanceof ObjectSyncError && (error.code === "out_of_range" || error.code === "not_found")) return;
      throw error;
    }
  }

  /** Adds what `fn` writes to a transaction; nothing of it if `fn` throws. */
  #record(request: Request, fn: () => void): void {
    const mark = request.edits.length;
    try {
      assertSynchronous(fn());
    } catch (error) {
      request.edits.length = mark;
      throw error;
    }
  }

  #enqueue(request: Request): Promise<Outcome> {
    if (this.#isClosed) {
      this.#refuse(request, new ObjectSyncError("closed"));
      return request.promise;
    }
    const last = this.#waiting.at(-1);
    if (last && replaces(request, last)) {
      last.edits = request.edits;
      // Somebody may have the promise of the one that is given up.
      last.promise.then(request.settle);
      return last.promise;
    }
    this.#waiting.push(request);
    this.#onWaiting();
    return request.promise;
  }

  /** The ops of a transaction, or nothing if it is settled without the server: it changes nothing, or cannot be done. */
  #resolve(request: Request, preview: Preview, refusals: (() => void)[]): OpStream | undefined {
    const writer = new StreamWriter();
    try {
      preview.add(request.edits, writer);
    } catch (error) {
      refusals.push(() => this.#refuse(request, error));
      return undefined;
    }
    if (writer.ops.length > 0) return writer.ops;
    request.settle(DONE);
    return undefined;
  }

  #answer(offset: number, outcome: Outcome): void {
    const flight = this.#flight;
    const request = flight?.requests[offset];
    if (!flight || !request) return;
    flight.requests[offset] = undefined;
    flight.open--;
    if (flight.open === 0) this.#flight = undefined;
    if (outcome.ok) request.settle(outcome);
    else this.#refuse(request, new ObjectSyncError(outcome.code, outcome.message));
    if (!this.#flight && this.#waiting.length > 0) this.#onWaiting();
  }

  #refuse(request: Request, error: unknown): void {
    if (!(error instanceof ObjectSyncError)) throw error;
    const { code, message } = error;
    request.settle({ ok: false, code, message });
    const edits = request.edits.map(({ object, slot }) => ({
      object,
      attribute: attributeOf(object, slot)?.name ?? "",
    }));
    this.#onReject({ code, message, edits });
  }
}

/** What a batch does to one attribute so far. */
interface Preceding {
  readonly ops: Op[];
  /** The state after `ops`, once a further op had to be checked against it. */
  state: unknown;
}

/** The states that ops of a batch will meet: those confirmed, and then what comes before in the same batch. */
class Preview {
  readonly #mirror: Confirmed;
  readonly #preceding = new Map<SObject, Map<number, Preceding>>();

  constructor(mirror: Confirmed) {
    this.#mirror = mirror;
  }

  /** Adds the edits of a transaction to a stream as they are sent. Throws, and forgets them, if one cannot be done. */
  add(edits: readonly Edit[], writer: StreamWriter): void {
    const added: Preceding[] = [];
    try {
      for (const { object, slot, op: unchecked, isStale } of edits) {
        if (object.isDestroyed) throw new ObjectSyncError("destroyed", `${object.type} ${object.id} is destroyed`);
        if (isStale) throw new ObjectSyncError("stale");
        const { kind, isLatest } = attributeAt(object, slot);
        const preceding = this.#precedingOf(object, slot);
        const op = kind.prepare(this.#state(object, slot, preceding), unchecked);
        if (!op) continue;
        if (preceding.ops.push(op) > 1) preceding.state = kind.apply(preceding.state, op);
        added.push(preceding);
        // Of what has no versions only the whole can be sent.
        const sent: Op = isLatest ? [SET, kind.toWire(this.#state(object, slot, preceding))] : op;
        writer.topic(object.id, slot, sent);
      }
    } catch (error) {
      for (const preceding of added) {
        preceding.ops.pop();
        preceding.state = undefined;
      }
      throw error;
    }
  }

  #state(object: SObject, slot: number, preceding: Preceding): unknown {
    const confirmed = this.#mirror.confirmed(object, slot);
    if (preceding.ops.length === 0) return confirmed;
    const { kind } = attributeAt(object, slot);
    // A copy: `apply` may change the state that it is given, and the mirror's is not ours.
    preceding.state ??= preceding.ops.reduce(
      (state, op) => kind.apply(state, op),
      kind.fromWire(kind.toWire(confirmed)),
    );
    return preceding.state;
  }

  #precedingOf(object: SObject, slot: number): Preceding {
    let slots = this.#preceding.get(object);
    if (!slots) {
      slots = new Map();
      this.#preceding.set(object, slots);
    }
    let preceding = slots.get(slot);
    if (!preceding) {
      preceding = { ops: [], state: undefined };
      slots.set(slot, preceding);
    }
    return preceding;
  }
}

/** Whether both are nothing but a `set` of the same attribute. */
function replaces({ edits: [newer, ...more] }: Request, { edits: [older, ...others] }: Request): boolean {
  if (!newer || !older || more.length > 0 || others.length > 0) return false;
  return newer.object === older.object && newer.slot === older.slot && newer.op[0] === SET && older.op[0] === SET;
}

function namesPosition({ object, slot, op: [code] }: Edit): boolean {
  return code !== SET && (attributeOf(object, slot)?.kind.isPositional ?? false);
}

/** Throws `destroyed` for one that was removed. */
function attributeAt(object: SObject, slot: number): Attribute {
  const attribute = attributeOf(object, slot);
  if (attribute) return attribute;
  throw new ObjectSyncError("destroyed", `the attribute of ${object.type} ${object.id} was removed`);
}

function makeRequest(edits: Edit[]): Request {
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  return { edits, promise, settle: resolve };
}
