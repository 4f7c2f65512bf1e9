// Recording: what the program is writing together, while it writes.
//
// `transact` and `group` begin a transaction, or join the one that is being recorded; it is complete, and given away, when
// the outermost function returns. What is pretended goes into one transaction that is never complete, in which an attribute has
// one edit, however often it is written. Of a function that throws all is taken back that it has written, and nothing of those
// around it.
//
// Not here: what becomes of a complete transaction (outbox.ts), and how an edit is shown (editor.ts).

import { assertSynchronous, ObjectSyncError } from "../core/error.ts";
import { MAX_LABEL_LENGTH } from "../core/wire.ts";
import type { Stage } from "./outbox.ts";
import { type Edit, type Outcome, PendingTransaction } from "./pending.ts";
import { CreateEdit, type Visibility } from "./structure-edits.ts";

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

/** A transaction that is not complete, and who gets to see what is written. */
export interface OpenTransaction extends Visibility {
  readonly transaction: PendingTransaction;
}

/** What a recording has the mirror do. */
type RecordingStage = Pick<Stage, "withdraw" | "absorb" | "announce">;

/** See the head of this file. */
export class Recording {
  readonly #stage: RecordingStage;
  readonly #onComplete: (transaction: PendingTransaction) => void;
  readonly #onUnmade: (id: number) => void;
  #current: OpenTransaction | undefined;
  /** Where in it the part begins that is taken back if what writes it throws. */
  #mark = 0;
  readonly #pretended = new PendingTransaction(true);

  /**
   * `onComplete` is called with each transaction that is to be sent, `onUnmade` with the ids of objects that what throws has
   * made, the newest first: nobody else has heard of them.
   */
  constructor(
    stage: RecordingStage,
    onComplete: (transaction: PendingTransaction) => void,
    onUnmade: (id: number) => void = () => {},
  ) {
    this.#stage = stage;
    this.#onComplete = onComplete;
    this.#onUnmade = onUnmade;
  }

  /** What is being written together; nothing where each write is by itself. */
  get current(): OpenTransaction | undefined {
    return this.#current;
  }

  /** Takes one edit: into the transaction that is being recorded, else as one of its own. */
  record(edit: Edit): void {
    if (edit.isLocal && this.#absorb(edit)) return;
    const transaction = edit.transaction as PendingTransaction;
    transaction.edits.push(edit);
    if (!this.#current) this.#onComplete(transaction);
  }

  /** Records what `fn` writes as one transaction. Throws what `fn` throws: nothing has happened then. */
  transact(fn: () => void, { optimistic = true, label }: TransactOptions = {}): Promise<Outcome> {
    if (label !== undefined && label.length > MAX_LABEL_LENGTH) {
      throw new ObjectSyncError("invalid_value", `a label has at most ${MAX_LABEL_LENGTH} units, got ${label.length}`);
    }
    return this.#transact(fn, optimistic, new PendingTransaction(true, label)).outcome;
  }

  /** `transact` for several ops that are one write: nobody waits for what becomes of it. */
  group(fn: () => void): void {
    if (this.#current?.isLocal) this.pretend(fn);
    else this.#transact(fn, true, new PendingTransaction(false));
  }

  /** Has what `fn` writes shown in the mirror, on top of everything, and never sent. Throws `in_transaction`. */
  pretend(fn: () => void): void {
    if (this.#current && !this.#current.isLocal) throw new ObjectSyncError("in_transaction");
    if (this.#current) return this.#run(this.#pretended, fn);
    const { edits } = this.#pretended;
    const mark = edits.length;
    this.#open({ transaction: this.#pretended, isOptimistic: true, isLocal: true }, fn);
    for (const edit of edits.splice(mark)) if (!this.#absorb(edit)) edits.push(edit);
  }

  /** Takes back all that was pretended. */
  clearPretended(): void {
    this.#stage.withdraw(this.#pretended.edits.splice(0));
    this.#stage.announce();
  }

  /** The tree is another one: what was pretended is gone with the old one. */
  forgetPretended(): void {
    this.#pretended.edits.length = 0;
  }

  #transact(fn: () => void, isOptimistic: boolean, transaction: PendingTransaction): PendingTransaction {
    if (this.#current?.isLocal) throw new ObjectSyncError("in_transaction", "what is pretended is never sent");
    if (this.#current) {
      this.#run(this.#current.transaction, fn);
      return this.#current.transaction;
    }
    this.#open({ transaction, isOptimistic, isLocal: false }, fn);
    this.#onComplete(transaction);
    return transaction;
  }

  /** Records what `fn` writes, of which listeners hear when it has returned. */
  #open(current: OpenTransaction, fn: () => void): void {
    this.#current = current;
    try {
      this.#run(current.transaction, fn);
    } finally {
      this.#current = undefined;
      this.#stage.announce();
    }
  }

  /** Adds what `fn` writes to a transaction; nothing of it if `fn` throws. */
  #run(transaction: PendingTransaction, fn: () => void): void {
    const outerMark = this.#mark;
    this.#mark = transaction.edits.length;
    try {
      assertSynchronous(fn(), `what \`${transaction === this.#pretended ? "pretend" : "transact"}\` is given is`);
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

  /**
   * Makes an edit one with the last that is pretended of its attribute: what is dragged about piles nothing up. But not with one
   * that stays if the edit is taken back.
   */
  #absorb(edit: Edit): boolean {
    if (edit.type !== "topic") return false;
    const { edits } = this.#pretended;
    for (let index = edits.length - 1; index >= this.#mark; index--) {
      const each = edits[index] as Edit;
      if (each.type === "topic" && each.object === edit.object && each.slot === edit.slot) {
        return this.#stage.absorb(each, edit);
      }
    }
    return false;
  }
}
