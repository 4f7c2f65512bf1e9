// Outbox: what the program wants changed, on its way to the server.
//
// One batch of transactions is in flight, the rest waits. A batch in flight never changes; what waits is written when its
// batch leaves, as it has to be carried out by then: what came from the server meanwhile has been taken into account. Of
// what waits, neighbours that only write the same attribute become one where their ops do.
//
// The answer to each transaction comes in the stream of frames or in a result. Not here: the socket, and what the mirror
// shows of all this.

import { encode } from "../core/codec.ts";
import { assertSynchronous, type ErrorCode, ObjectSyncError } from "../core/error.ts";
import type { UndoResult } from "../core/history.ts";
import { attributeOf, type SObject } from "../core/object.ts";
import { scopeOf } from "../core/scope.ts";
import type { OpStream } from "../core/stream.ts";
import type { Batch, OutcomeEntry, Undo } from "../core/wire.ts";
import { MAX_LABEL_LENGTH, MessageCode } from "../core/wire.ts";
import { type Edit, type Outcome, PendingTransaction, type TopicEdit } from "./pending.ts";
import { CreateEdit, EditWriter } from "./structure-edits.ts";

/** A refused transaction, as `client.on("reject")` tells it. */
export interface Rejection {
  readonly code: ErrorCode;
  readonly message: string;
  /** What it wanted to change: attributes by name, and objects that it wanted to make, destroy or move. */
  readonly edits: readonly { readonly object: SObject; readonly attribute: string | undefined }[];
}

/** How much a server takes at a time. */
export interface BatchLimits {
  readonly maxBytes: number;
  readonly maxTransactions: number;
}

/** How a transaction is carried out. */
export interface TransactOptions {
  /**
   * Whether it shows before the server has answered. Default: true. Counts on the outermost only. What is added is not in the
   * tree until then, and cannot be written.
   */
  readonly optimistic?: boolean;
  /** What it is called in the server's history, at most 200 UTF-16 units. Default: nothing. Counts on the outermost only. */
  readonly label?: string;
}

/** Bytes of a batch that are not in its transactions, at the most. */
const BATCH_OVERHEAD_BYTES = 64;

/** Requests that are on their way at a time, at the most: a server closes the connection of who piles up more. */
const MAX_REQUESTS = 8;

/** What the outbox has the mirror do. */
export interface Stage {
  /** Takes edits back that will not be carried out. */
  withdraw(edits: readonly Edit[]): void;
  /** The server has said all that there is to a transaction. */
  finish(transaction: PendingTransaction, isAnswered: boolean): void;
  /** Newest values, as they are by the answer to a transaction that wrote others. */
  apply(ops: OpStream): void;
  /** Makes two edits of one attribute that follow each other one, if their ops can be one. */
  absorb(older: TopicEdit, newer: TopicEdit): boolean;
  /** Tells the listeners. */
  announce(): void;
}

interface Flight {
  readonly number: number;
  /** By offset; `undefined` once answered. */
  readonly transactions: (PendingTransaction | undefined)[];
  /** How many are not answered yet. */
  open: number;
}

interface Recording {
  readonly transaction: PendingTransaction;
  readonly isOptimistic: boolean;
  readonly isLocal: boolean;
}

/** Something that the server is asked to do after all that was written before. */
interface Request {
  readonly message: Undo;
  settle(result: UndoResult): void;
}

type Waiting = PendingTransaction | Request;

interface Refusal {
  readonly transaction: PendingTransaction;
  readonly reason: ObjectSyncError;
}

const DONE: Outcome = { ok: true };

/** See the head of this file. */
export class Outbox {
  readonly #stage: Stage;
  readonly #onWaiting: () => void;
  readonly #onReject: (rejection: Rejection) => void;
  #recording: Recording | undefined;
  /** What is for the mirror alone. */
  readonly #local = new PendingTransaction(true);
  #waiting: Waiting[] = [];
  /** Requests that the server has not answered yet, by number. */
  readonly #requests = new Map<number, Request>();
  #nextRequest = 1;
  #flight: Flight | undefined;
  #nextNumber = 1;
  #isClosed = false;

  /** `onWaiting` is called when there is something to take, `onReject` for each transaction that is refused. */
  constructor(stage: Stage, onWaiting: () => void, onReject: (rejection: Rejection) => void) {
    this.#stage = stage;
    this.#onWaiting = onWaiting;
    this.#onReject = onReject;
  }

  /** Whether everything has been answered. */
  get isEmpty(): boolean {
    return !this.#flight && this.#waiting.length === 0 && this.#requests.size === 0;
  }

  get isRecording(): boolean {
    return this.#recording !== undefined;
  }

  get isLocal(): boolean {
    return this.#recording?.isLocal ?? false;
  }

  get isOptimistic(): boolean {
    return this.#recording?.isOptimistic ?? true;
  }

  /** Whether there is hope for an edit; else it is refused. */
  accepts(edit: Edit): boolean {
    if (!this.#isClosed || edit.isLocal) return true;
    this.#tell(new ObjectSyncError("closed"), [edit]);
    return false;
  }

  /** Takes one edit: into the transaction that is being recorded, else as one of its own. */
  record(edit: Edit): void {
    const transaction = edit.transaction as PendingTransaction;
    if (edit.isLocal && this.#absorbLocal(edit)) return;
    transaction.edits.push(edit);
    if (!this.#recording) this.#enqueue(transaction);
  }

  /** The transaction that is being recorded, or one for the next edit alone. */
  get transaction(): PendingTransaction {
    return this.#recording?.transaction ?? new PendingTransaction(false);
  }

  /** Makes an edit one with the last local one of its attribute: what is dragged about piles nothing up. */
  #absorbLocal(edit: Edit): boolean {
    if (edit.type !== "topic") return false;
    const { edits } = this.#local;
    const last = edits.findLast(
      (each) => each.type === "topic" && each.object === edit.object && each.slot === edit.slot,
    );
    return last?.type === "topic" && this.#stage.absorb(last, edit);
  }

  /** `transact` for several ops that are one write: nobody waits for what becomes of it. */
  group(fn: () => void): void {
    if (this.isLocal) this.pretend(fn);
    else this.#transact(fn, true, new PendingTransaction(false));
  }

  /** Records what `fn` writes as one transaction. Throws what `fn` throws: nothing has happened then. */
  transact(fn: () => void, { optimistic = true, label }: TransactOptions = {}): Promise<Outcome> {
    if (label !== undefined && label.length > MAX_LABEL_LENGTH) {
      throw new ObjectSyncError("invalid_value", `a label has at most ${MAX_LABEL_LENGTH} units, got ${label.length}`);
    }
    return this.#transact(fn, optimistic, new PendingTransaction(true, label));
  }

  /** Has what `fn` writes shown in the mirror, on top of everything, and never sent. Throws `in_transaction`. */
  pretend(fn: () => void): void {
    if (this.#recording && !this.#recording.isLocal) throw new ObjectSyncError("in_transaction");
    if (this.#recording) return this.#run(this.#local, fn);
    this.#recording = { transaction: this.#local, isOptimistic: true, isLocal: true };
    try {
      this.#run(this.#local, fn);
    } finally {
      this.#recording = undefined;
      this.#stage.announce();
    }
  }

  /** Takes back all that was pretended. */
  clearPretended(): void {
    this.#stage.withdraw(this.#local.edits.splice(0));
    this.#stage.announce();
  }

  #transact(fn: () => void, isOptimistic: boolean, transaction: PendingTransaction): Promise<Outcome> {
    if (this.#recording?.isLocal) throw new ObjectSyncError("in_transaction", "what is pretended is never sent");
    if (this.#recording) {
      this.#run(this.#recording.transaction, fn);
      return this.#recording.transaction.outcome;
    }
    this.#recording = { transaction, isOptimistic, isLocal: false };
    try {
      this.#run(transaction, fn);
    } finally {
      this.#recording = undefined;
      this.#stage.announce();
    }
    if (this.#isClosed)
      transaction.settle({ ok: false, code: "closed", message: new ObjectSyncError("closed").message });
    else if (transaction.edits.length === 0) transaction.settle(DONE);
    else this.#enqueue(transaction);
    return transaction.outcome;
  }

  /** Asks for an undo or redo, after all that was written before: of the client's own steps, or of those at an object. */
  undo(object: number, isRedo: boolean): Promise<UndoResult> {
    if (this.#recording) {
      throw new ObjectSyncError("in_transaction", `${isRedo ? "redo" : "undo"} is a transaction of its own`);
    }
    const { promise, resolve } = Promise.withResolvers<UndoResult>();
    const request = { message: [MessageCode.undo, this.#nextRequest++, object, isRedo] as const, settle: resolve };
    if (this.#isClosed) resolve(failed("closed"));
    else {
      this.#waiting.push(request);
      this.#onWaiting();
    }
    return promise;
  }

  /** The server has answered a request. */
  undone(number: number, result: UndoResult): void {
    this.#requests.get(number)?.settle(result);
    this.#requests.delete(number);
    if (this.#waiting.length > 0) this.#onWaiting();
  }

  /**
   * The next message, if something waits that can be sent: a batch only while none is in flight. `versions`: the mirror's. What
   * is too much waits.
   */
  take(versions: ReadonlyMap<number, number>, limits: BatchLimits): Batch | Undo | undefined {
    const [first] = this.#waiting;
    if (!first || first instanceof PendingTransaction) return this.#takeBatch(versions, limits);
    if (this.#requests.size >= MAX_REQUESTS) return undefined;
    this.#waiting.shift();
    this.#requests.set(first.message[1], first);
    return first.message;
  }

  #takeBatch(
    versions: ReadonlyMap<number, number>,
    { maxBytes, maxTransactions }: BatchLimits,
  ): Batch | Undo | undefined {
    if (this.#flight || this.#waiting.length === 0) return undefined;
    const taken: PendingTransaction[] = [];
    const written: OpStream[] = [];
    let room = maxBytes - BATCH_OVERHEAD_BYTES;
    while (taken.length < maxTransactions) {
      const [transaction] = this.#waiting;
      if (!(transaction instanceof PendingTransaction)) break;
      const ops = write(transaction);
      const bytes = ops.length > 0 ? encode(ops).length : 0;
      if (bytes > room && taken.length > 0) break;
      this.#waiting.shift();
      // Others have done it, or have made an end of it.
      if (ops.length === 0) this.#answer(transaction, DONE);
      else if (bytes > room) this.#refuse([{ transaction, reason: new ObjectSyncError("too_large") }]);
      else {
        room -= bytes;
        taken.push(transaction);
        written.push(ops);
        // What comes after it was not made for a value with it: it has to be in the mirror first.
        if (transaction.edits.some((edit) => edit.type === "topic" && !edit.isShown)) break;
      }
    }
    if (taken.length === 0) return this.take(versions, { maxBytes, maxTransactions });
    const number = this.#nextNumber;
    this.#nextNumber += taken.length;
    this.#flight = { number, transactions: taken, open: taken.length };
    const scopes = new Set(taken.flatMap(({ edits }) => edits.map(({ object }) => scopeOf(object))));
    const bases = [...scopes].flatMap((scope) => (versions.has(scope) ? [scope, versions.get(scope) as number] : []));
    return [MessageCode.batch, number, bases, ...written];
  }

  /** The transaction in flight with this number. */
  inFlight(number: number): PendingTransaction | undefined {
    return this.#flight?.transactions[number - this.#flight.number];
  }

  /** Transactions with these numbers come back. Of those before them the server has said: they are not in the stream. */
  arriving(numbers: ReadonlySet<number>): void {
    const { transactions, number: first } = this.#flight ?? { transactions: [], number: 0 };
    const last = Math.max(...numbers);
    for (const [offset, transaction] of transactions.entries()) {
      if (transaction && first + offset < last && !numbers.has(first + offset)) this.#stage.finish(transaction, false);
    }
  }

  /** A transaction of this client came back in the stream. */
  committed(number: number): void {
    const transaction = this.inFlight(number);
    if (!transaction) return;
    if (writesLatest(transaction)) this.#stage.finish(transaction, false);
    else this.#settle(number);
  }

  /** The server told what of a batch is not in the stream. */
  result(number: number, outcomes: readonly OutcomeEntry[]): void {
    if (this.#flight?.number !== number) return;
    const refused: Refusal[] = [];
    for (const outcome of outcomes) {
      const at = number + outcome[0];
      if (typeof outcome[1] === "string") {
        const transaction = this.#land(at);
        if (transaction) refused.push({ transaction, reason: new ObjectSyncError(outcome[1], outcome[2]) });
      } else {
        this.#settle(at);
        if (outcome[1] === null) this.#stage.apply(outcome[2]);
      }
    }
    this.#refuse(refused);
  }

  /** The connection was lost. What waits goes on waiting; what was in flight may or may not have happened. */
  lost(): void {
    const { transactions } = this.#flight ?? { transactions: [] };
    this.#flight = undefined;
    this.#refuse(refusals(transactions, "unconfirmed"));
    for (const request of this.#requests.values()) request.settle(failed("unconfirmed"));
    this.#requests.clear();
    this.#stage.announce();
  }

  /** The ids of what the program has made are somebody else's: objects that wait, and what needs them, will not be made. */
  lostIds(): void {
    const makes = (each: Waiting): boolean =>
      each instanceof PendingTransaction && each.edits.some((edit) => edit instanceof CreateEdit);
    const made = this.#waiting.filter(makes);
    this.#waiting = this.#waiting.filter((each) => !made.includes(each));
    this.#refuse(refusals(made, "no_ids"));
  }

  /** The tree is another one: what was written for the old one means nothing in it. */
  reset(): void {
    this.#local.edits.length = 0;
    this.giveUp("destroyed");
  }

  /** There will be no connection any more: what is written from now on is refused too. */
  close(): void {
    this.#isClosed = true;
    this.lost();
    this.giveUp("closed");
    this.#stage.announce();
  }

  /** Adds what `fn` writes to a transaction; nothing of it if `fn` throws. */
  #run(transaction: PendingTransaction, fn: () => void): void {
    const mark = transaction.edits.length;
    try {
      assertSynchronous(fn());
    } catch (error) {
      this.#stage.withdraw(transaction.edits.splice(mark));
      throw error;
    }
  }

  /** Refuses all that waits. */
  giveUp(code: ErrorCode): void {
    const all = this.#waiting.splice(0);
    for (const each of all) if (!(each instanceof PendingTransaction)) each.settle(failed(code));
    this.#refuse(refusals(all, code));
    this.#stage.announce();
  }

  #enqueue(transaction: PendingTransaction): void {
    const last = this.#waiting.at(-1);
    const isAbsorbed = last instanceof PendingTransaction && this.#absorb(last, transaction);
    if (!isAbsorbed) this.#waiting.push(transaction);
    this.#onWaiting();
  }

  /** Makes two transactions one, if both only write the same attribute and their ops become one. */
  #absorb(into: PendingTransaction, { edits, isNamed }: PendingTransaction): boolean {
    if (into.isNamed || isNamed) return false;
    const [older, newer] = [soleEdit(into.edits), soleEdit(edits)];
    if (!older || !newer || older.object !== newer.object || older.slot !== newer.slot) return false;
    return this.#stage.absorb(older, newer);
  }

  /** It was carried out. */
  #settle(number: number): void {
    const transaction = this.#land(number);
    if (transaction) this.#answer(transaction, DONE);
  }

  /** Takes a transaction from the batch in flight: it has been answered. */
  #land(number: number): PendingTransaction | undefined {
    const flight = this.#flight;
    const offset = number - (flight?.number ?? 0);
    const transaction = flight?.transactions[offset];
    if (!flight || !transaction) return undefined;
    flight.transactions[offset] = undefined;
    flight.open--;
    if (flight.open === 0) this.#flight = undefined;
    if (!this.#flight && this.#waiting.length > 0) this.#onWaiting();
    return transaction;
  }

  #answer(transaction: PendingTransaction, outcome: Outcome): void {
    this.#stage.finish(transaction, true);
    transaction.settle(outcome);
  }

  #refuse(refused: readonly Refusal[]): void {
    const all: Refusal[] = [];
    for (let next = refused; next.length > 0; next = this.#takeDependents(next)) {
      this.#stage.withdraw(next.flatMap(({ transaction }) => transaction.edits));
      all.push(...next);
    }
    if (all.length === 0) return;
    // Whoever hears of a refusal looks at what shows, and may write.
    this.#stage.announce();
    for (const { transaction, reason } of all) {
      const { code, message } = reason;
      transaction.settle({ ok: false, code, message });
      this.#tell(reason, transaction.edits);
    }
  }

  /** What waits and needs an object that there will not be cannot be carried out either. */
  #takeDependents(refused: readonly Refusal[]): readonly Refusal[] {
    const edits = refused.flatMap(({ transaction }) => transaction.edits);
    const unmade = new Set(edits.filter((edit) => edit instanceof CreateEdit).map(({ object }) => object));
    if (unmade.size === 0) return [];
    const needs = (each: Waiting): boolean => each instanceof PendingTransaction && needsAny(each, unmade);
    const dependents = this.#waiting.filter(needs);
    if (dependents.length > 0) this.#waiting = this.#waiting.filter((each) => !needs(each));
    return refusals(dependents, "depends");
  }

  #tell({ code, message }: Pick<ObjectSyncError, "code" | "message">, edits: readonly Edit[]): void {
    const wanted = edits.map((edit) => ({
      object: edit.object,
      attribute: edit.type === "topic" ? attributeOf(edit.object, edit.slot)?.name : undefined,
    }));
    this.#onReject({ code, message, edits: wanted });
  }
}

function failed(reason: ErrorCode): UndoResult {
  return { undone: false, skipped: 0, reason, label: undefined };
}

/** Those of them that are transactions, refused for one reason. */
function refusals(waiting: readonly (Waiting | undefined)[], code: ErrorCode): readonly Refusal[] {
  const transactions = waiting.filter((each) => each instanceof PendingTransaction);
  return transactions.map((transaction) => ({ transaction, reason: new ObjectSyncError(code) }));
}

/** The ops of a transaction as they are sent. */
function write({ edits, label }: PendingTransaction): OpStream {
  const writer = new EditWriter();
  for (const edit of edits) {
    if (edit.type === "structure") edit.writeTo(writer);
    else for (const op of edit.ops) writer.topic(edit.object.id, edit.slot, op);
  }
  return label === undefined || writer.ops.length === 0 ? writer.ops : [[label], ...writer.ops];
}

/** Whether a transaction has to do with one of these objects, or with what is below them. */
function needsAny({ edits }: PendingTransaction, objects: ReadonlySet<SObject>): boolean {
  const isBelow = (object: SObject | null | undefined): boolean => {
    for (let each = object; each; each = each.parent) if (objects.has(each)) return true;
    return false;
  };
  return edits.some((edit) => isBelow(edit.object) || (edit.type === "structure" && isBelow(edit.parent)));
}

/** Whether some of what it writes is in no stream. */
function writesLatest({ edits }: PendingTransaction): boolean {
  return edits.some((edit) => edit.type === "topic" && attributeOf(edit.object, edit.slot)?.isLatest);
}

function soleEdit(edits: readonly Edit[]): TopicEdit | undefined {
  const [edit, ...more] = edits;
  return edit?.type === "topic" && more.length === 0 ? edit : undefined;
}
