// Outbox: what the program wants changed, on its way to the server.
//
// One batch of transactions is in flight (flight.ts), the rest waits. What waits is written when its batch leaves, as it has
// to be carried out by then: what came from the server meanwhile has been taken into account. Of what waits, neighbours
// that only write the same attribute become one where their ops do. Requests for an undo wait in the same line.
//
// The answer to each transaction comes in the stream of frames or in a result. Not here: the socket, and what the mirror
// shows of all this.

import type { Encoded } from "../core/codec.ts";
import { assertSynchronous, type ErrorCode, ObjectSyncError } from "../core/error.ts";
import { attributeOf, type SObject } from "../core/object.ts";
import type { OpStream } from "../core/stream.ts";
import { notUndone, type UndoResult } from "../core/undo-result.ts";
import { type Batch, MAX_LABEL_LENGTH, type OutcomeEntry, type Undo } from "../core/wire.ts";
import { type BatchLimits, Flight, writeTransaction } from "./flight.ts";
import {
  type Edit,
  needsAny,
  type Outcome,
  PendingTransaction,
  type Recording,
  soleEdit,
  type TopicEdit,
  writesLatest,
} from "./pending.ts";
import { CreateEdit } from "./structure-edits.ts";
import { type UndoRequest, UndoRequests } from "./undo-requests.ts";

/** A refused transaction, as `client.on("reject")` tells it. */
export interface Rejection {
  readonly code: ErrorCode;
  readonly message: string;
  /** What it wanted to change: attributes by name, and objects that it wanted to make, destroy or move. */
  readonly edits: readonly { readonly object: SObject; readonly attribute: string | undefined }[];
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

type Waiting = PendingTransaction | UndoRequest;

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
  readonly #onUnmade: (id: number) => void;
  #recording: Recording | undefined;
  /** Where in the transaction that is recorded the part begins that is taken back if what writes it throws. */
  #mark = 0;
  /** What is for the mirror alone. */
  readonly #local = new PendingTransaction(true);
  #waiting: Waiting[] = [];
  readonly #requests = new UndoRequests();
  #flight: Flight | undefined;
  #nextNumber = 1;
  #isClosed = false;

  /**
   * `onWaiting` is called when there is something to take, `onReject` for each transaction that is refused, `onUnmade` with
   * the ids of objects that what throws has made, the newest first: nobody else has heard of them.
   */
  constructor(
    stage: Stage,
    onWaiting: () => void,
    onReject: (rejection: Rejection) => void,
    onUnmade: (id: number) => void = () => {},
  ) {
    this.#stage = stage;
    this.#onWaiting = onWaiting;
    this.#onReject = onReject;
    this.#onUnmade = onUnmade;
  }

  /** Whether everything has been answered. */
  get isEmpty(): boolean {
    return !this.#flight && this.#waiting.length === 0 && this.#requests.size === 0;
  }

  /** Whether something has not been sent. */
  get isWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** What is being written together. */
  get recording(): Recording | undefined {
    return this.#recording;
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

  /**
   * Makes an edit one with the last local one of its attribute: what is dragged about piles nothing up. But not with one that
   * stays if the edit is taken back.
   */
  #absorbLocal(edit: Edit): boolean {
    if (edit.type !== "topic") return false;
    const { edits } = this.#local;
    for (let index = edits.length - 1; index >= this.#mark; index--) {
      const each = edits[index] as Edit;
      if (each.type === "topic" && each.object === edit.object && each.slot === edit.slot) {
        return this.#stage.absorb(each, edit);
      }
    }
    return false;
  }

  /** `transact` for several ops that are one write: nobody waits for what becomes of it. */
  group(fn: () => void): void {
    if (this.#recording?.isLocal) this.pretend(fn);
    else this.#transact(fn, true, new PendingTransaction(false));
  }

  /** Records what `fn` writes as one transaction. Throws what `fn` throws: nothing has happened then. */
  transact(fn: () => void, { optimistic = true, label }: TransactOptions = {}): Promise<Outcome> {
    if (label !== undefined && label.length > MAX_LABEL_LENGTH) {
      throw new ObjectSyncError("invalid_value", `a label has at most ${MAX_LABEL_LENGTH} units, got ${label.length}`);
    }
    return this.#transact(fn, optimistic, new PendingTransaction(true, label)).outcome;
  }

  /** Has what `fn` writes shown in the mirror, on top of everything, and never sent. Throws `in_transaction`. */
  pretend(fn: () => void): void {
    if (this.#recording && !this.#recording.isLocal) throw new ObjectSyncError("in_transaction");
    if (this.#recording) return this.#run(this.#local, fn);
    const { edits } = this.#local;
    const mark = edits.length;
    this.#recordIn({ transaction: this.#local, isOptimistic: true, isLocal: true }, fn);
    for (const edit of edits.splice(mark)) if (!this.#absorbLocal(edit)) edits.push(edit);
  }

  /** Takes back all that was pretended. */
  clearPretended(): void {
    this.#stage.withdraw(this.#local.edits.splice(0));
    this.#stage.announce();
  }

  #transact(fn: () => void, isOptimistic: boolean, transaction: PendingTransaction): PendingTransaction {
    if (this.#recording?.isLocal) throw new ObjectSyncError("in_transaction", "what is pretended is never sent");
    if (this.#recording) {
      this.#run(this.#recording.transaction, fn);
      return this.#recording.transaction;
    }
    this.#recordIn({ transaction, isOptimistic, isLocal: false }, fn);
    if (this.#isClosed)
      transaction.settle({ ok: false, code: "closed", message: new ObjectSyncError("closed").message });
    else if (transaction.edits.length === 0) transaction.settle(DONE);
    else this.#enqueue(transaction);
    return transaction;
  }

  #recordIn(recording: Recording, fn: () => void): void {
    this.#recording = recording;
    try {
      this.#run(recording.transaction, fn);
    } finally {
      this.#recording = undefined;
      this.#stage.announce();
    }
  }

  /** Asks for an undo or redo, after all that was written before: of the client's own steps, or of those at an object. */
  undo(object: number, isRedo: boolean): Promise<UndoResult> {
    if (this.#recording) {
      throw new ObjectSyncError("in_transaction", `${isRedo ? "redo" : "undo"} is a transaction of its own`);
    }
    const request = this.#requests.make(object, isRedo);
    if (this.#isClosed) request.settle(notUndone("closed"));
    else {
      this.#waiting.push(request);
      this.#onWaiting();
    }
    return request.result;
  }

  /** The server has answered a request. */
  undone(number: number, result: UndoResult): void {
    this.#requests.answer(number, result);
    if (this.#waiting.length > 0) this.#onWaiting();
  }

  /**
   * The next message, if something waits that can be sent: a batch only while none is in flight. `versions`: the mirror's. What
   * is too much waits.
   */
  take(versions: ReadonlyMap<number, number>, limits: BatchLimits): Batch<Encoded> | Undo | undefined {
    const [first] = this.#waiting;
    if (!first || first instanceof PendingTransaction) return this.#takeBatch(versions, limits);
    const message = this.#requests.send(first);
    if (message) this.#waiting.shift();
    return message;
  }

  #takeBatch(versions: ReadonlyMap<number, number>, limits: BatchLimits): Batch<Encoded> | Undo | undefined {
    if (this.#flight || this.#waiting.length === 0) return undefined;
    const flight = new Flight(this.#nextNumber, limits);
    while (!flight.isFull) {
      const [transaction] = this.#waiting;
      if (!(transaction instanceof PendingTransaction)) break;
      const { refusal } = transaction;
      if (refusal) {
        this.#waiting.shift();
        this.#refuse([{ transaction, reason: refusal }]);
        continue;
      }
      const ops = writeTransaction(transaction);
      const isNothing = ops.length === 0;
      const hasBoarded = !isNothing && flight.board(transaction, ops);
      if (!isNothing && !hasBoarded && flight.size > 0) break;
      this.#waiting.shift();
      if (isNothing) this.#answer(transaction, DONE);
      else if (!hasBoarded) this.#refuse([{ transaction, reason: new ObjectSyncError("too_large") }]);
    }
    if (flight.size === 0) return this.take(versions, limits);
    this.#nextNumber += flight.size;
    this.#flight = flight;
    return flight.message(versions);
  }

  /** The transaction in flight with this number. */
  inFlight(number: number): PendingTransaction | undefined {
    return this.#flight?.get(number);
  }

  /** Transactions with these numbers come back. Of those before them the server has said: they are not in the stream. */
  arriving(numbers: ReadonlySet<number>): void {
    for (const transaction of this.#flight?.overtaken(numbers) ?? []) this.#stage.finish(transaction, false);
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
    const transactions = this.#flight?.transactions ?? [];
    this.#flight = undefined;
    this.#refuse(refusals(transactions, "unconfirmed"));
    this.#requests.lost();
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
    const outerMark = this.#mark;
    this.#mark = transaction.edits.length;
    try {
      assertSynchronous(fn(), `what \`${transaction === this.#local ? "pretend" : "transact"}\` is given is`);
    } catch (error) {
      const edits = transaction.edits.splice(this.#mark);
      this.#stage.withdraw(edits);
      for (const edit of edits.reverse()) {
        if (edit instanceof CreateEdit && !edit.isLocal) this.#onUnmade(edit.object.id);
      }
      throw error;
    } finally {
      this.#mark = outerMark;
    }
  }

  /** Refuses all that waits. */
  giveUp(code: ErrorCode): void {
    const all = this.#waiting.splice(0);
    for (const each of all) if (!(each instanceof PendingTransaction)) each.settle(notUndone(code));
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
  #absorb(into: PendingTransaction, transaction: PendingTransaction): boolean {
    if (into.isNamed || transaction.isNamed) return false;
    const [older, newer] = [soleEdit(into), soleEdit(transaction)];
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
    const transaction = this.#flight?.land(number);
    if (!transaction) return undefined;
    if (this.#flight?.size === 0) this.#flight = undefined;
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

/** Those of them that are transactions, refused for one reason. */
function refusals(waiting: readonly Waiting[], code: ErrorCode): readonly Refusal[] {
  const transactions = waiting.filter((each) => each instanceof PendingTransaction);
  return transactions.map((transaction) => ({ transaction, reason: new ObjectSyncError(code) }));
}
