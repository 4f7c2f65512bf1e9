// Flight: the batch of transactions that is on its way to the server.
//
// Transactions board one after the other, as far as there is room; then all leave in one message, and the batch never
// changes. Each is answered by itself, in whatever order: then it lands. When all have landed the flight is over.
//
// Not here: which transactions wait for it, and what the answers mean (outbox.ts).

import { Encoded, encode } from "../core/codec.ts";
import { scopeBelow, scopeOf } from "../core/scope.ts";
import type { OpStream } from "../core/stream.ts";
import { type Batch, MessageCode } from "../core/wire.ts";
import type { PendingTransaction } from "./pending.ts";
import { EditWriter, MoveEdit } from "./structure-edits.ts";

/** How much a server takes at a time. */
export interface BatchLimits {
  readonly maxBytes: number;
  readonly maxTransactions: number;
}

/** Bytes of a batch that are not in its transactions, at the most. */
const BATCH_OVERHEAD_BYTES = 64;

/** See the head of this file. */
export class Flight {
  /** Of the batch, and of its first transaction. */
  readonly number: number;
  /** How many transactions it can take yet. */
  #seats: number;
  /** How many bytes. */
  #room: number;
  readonly #written: Encoded[] = [];
  /** Transactions that are not answered yet, by number. */
  readonly #open = new Map<number, PendingTransaction>();

  constructor(number: number, { maxBytes, maxTransactions }: BatchLimits) {
    this.number = number;
    this.#seats = maxTransactions;
    this.#room = maxBytes - BATCH_OVERHEAD_BYTES;
  }

  /** How many transactions have not landed yet. */
  get size(): number {
    return this.#open.size;
  }

  /** Whether it takes no more. */
  get isFull(): boolean {
    return this.#seats <= 0;
  }

  /** The transactions that have not landed yet. */
  get transactions(): readonly PendingTransaction[] {
    return [...this.#open.values()];
  }

  /** Takes one more, whose ops are these; tells whether there was room for it. */
  board(transaction: PendingTransaction, ops: OpStream): boolean {
    const bytes = encode(ops);
    if (bytes.length > this.#room) return false;
    this.#room -= bytes.length;
    this.#open.set(this.number + this.#written.length, transaction);
    this.#written.push(new Encoded(bytes));
    this.#seats--;
    // What comes after it was not made for a value with it: it has to be in the mirror first.
    if (transaction.edits.some((edit) => edit.type === "topic" && !edit.isShown)) this.#seats = 0;
    return true;
  }

  /** What is sent, with the versions of those scopes that something is written in. */
  message(versions: ReadonlyMap<number, number>): Batch<Encoded> {
    const edits = this.transactions.flatMap((transaction) => transaction.edits);
    const scopes = new Set(edits.map(({ object }) => scopeOf(object)));
    // What is moved was made for the versions of the scope that it comes from.
    for (const edit of edits) if (edit instanceof MoveEdit && edit.from) scopes.add(scopeBelow(edit.from));
    const bases = [...scopes].flatMap((scope) => (versions.has(scope) ? [scope, versions.get(scope) as number] : []));
    return [MessageCode.batch, this.number, bases, ...this.#written];
  }

  /** The transaction with this number, unless it has landed. */
  get(number: number): PendingTransaction | undefined {
    return this.#open.get(number);
  }

  /** Those that others of the same batch, which have these numbers, have overtaken. */
  overtaken(numbers: ReadonlySet<number>): readonly PendingTransaction[] {
    const last = Math.max(...numbers);
    return [...this.#open].flatMap(([number, each]) => (number < last && !numbers.has(number) ? [each] : []));
  }

  /** A transaction has been answered: it is no longer on its way. */
  land(number: number): PendingTransaction | undefined {
    const transaction = this.#open.get(number);
    this.#open.delete(number);
    return transaction;
  }
}

/** The ops of a transaction as they are sent; none where others have done it, or have made an end of it. */
export function writeTransaction({ edits, label }: PendingTransaction): OpStream {
  const writer = new EditWriter();
  for (const edit of edits) {
    if (edit.type === "structure") edit.writeTo(writer);
    else for (const op of edit.ops) writer.topic(edit.object.id, edit.slot, op);
  }
  return label === undefined || writer.ops.length === 0 ? writer.ops : [[label], ...writer.ops];
}
