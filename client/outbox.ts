// Outbox: what the program wants changed, on its way to the server.
//
// One batch of transactions is in flight (flight.ts), the rest waits. What waits is written when its batch leaves, as it has
// to be carried out by then: what came from the server meanwhile has been taken into account. Of what waits, neighbours
// that only write the same attribute become one where their ops do. Requests for an undo wait in the same line.
//
// The answer to each transaction comes in the stream of frames or in a result. Not here: how a transaction comes to be
// complete (recording.ts), the socket, and what the mirror shows of all this.

import type { Encoded } from "../core/codec.ts";
import { type ErrorCode, ObjectSyncError } from "../core/error.ts";
import { attributeOf, type SObject } from "../core/object.ts";
import type { OpStream } from "../core/stream.ts";
import { notUndone, type UndoResult } from "../core/undo-result.ts";
import type { Batch, OutcomeEntry, Undo } from "../core/wire.ts";
import { type BatchLimits, Flight, writeTransaction } from "./flight.ts";
import {
  type Edit,
  needsAny,
  type Outcome,
  PendingTransaction,
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
  #waiting: Waiting[] = [];
  readonly #requests = new UndoRequests();
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

  /** Whether something has not been sent. */
  get isWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** Refuses an edit where nothing will be sent any more, and tells whether it has. */
  refuseIfClosed(edit: Edit): boolean {
    const isRefused = this.#isClosed && !edit.isLocal;
    if (isRefused) this.#tell(new ObjectSyncError("closed"), [edit]);
    return isRefused;
  }

  /** Takes a transaction that is complete. */
  add(transaction: PendingTransaction): void {
    if (this.#isClosed) settleRefused(transaction, new ObjectSyncError("closed"));
    else if (transaction.edits.length === 0) transaction.settle(DONE);
    else this.#enqueue(transaction);
  }

  /**
   * Asks for an undo or redo, after all that was written before: of what was done at the object with this id or below it, or,
   * where it is 0, of the client's own steps.
   */
  undo(object: number, isRedo: boolean): Promise<UndoResult> {
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

  /** The transaction in flight with this number. */
  inFlight(number: number): PendingTransaction | undefined {
    return this.#flight?.get(number);
  }

  /** Those with these numbers come, as they were carried out. Of others before them nothing will come. */
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
        if (!transaction) continue;
        // Before those after it are confirmed.
        this.#stage.withdraw(transaction.edits);
        refused.push({ transaction, reason: new ObjectSyncError(outcome[1], outcome[2]) });
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

  /** There will be no connection any more: what is written from now on is refused too. */
  close(): void {
    this.#isClosed = true;
    this.lost();
    this.giveUp("closed");
    this.#stage.announce();
  }

  /** Refuses all that waits. */
  giveUp(code: ErrorCode): void {
    const all = this.#waiting.splice(0);
    for (const each of all) if (!(each instanceof PendingTransaction)) each.settle(notUndone(code));
    this.#refuse(refusals(all, code));
    this.#stage.announce();
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
      settleRefused(transaction, reason);
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

function settleRefused(transaction: PendingTransaction, { code, message }: ObjectSyncError): void {
  transaction.settle({ ok: false, code, message });
}

/** Those of them that are transactions, refused for one reason. */
function refusals(waiting: readonly Waiting[], code: ErrorCode): readonly Refusal[] {
  const transactions = waiting.filter((each) => each instanceof PendingTransaction);
  return transactions.map((transaction) => ({ transaction, reason: new ObjectSyncError(code) }));
}
