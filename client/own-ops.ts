import type { PendingTransaction } from "./pending.ts";

/** Tells which ops of a transaction, as it has come back, are those that the program had asked for. */
export class OwnOps {
  readonly transaction: PendingTransaction;
  readonly #derived: ReadonlySet<number>;
  readonly #made = new Set<number>();
  #count = 0;

  constructor(transaction: PendingTransaction, derived: readonly number[]) {
    this.transaction = transaction;
    this.#derived = new Set(derived);
  }

  /** Counts one op; returns the transaction if it is the program's own. */
  count(): PendingTransaction | undefined {
    return this.#derived.has(this.#count++) ? undefined : this.transaction;
  }

  countCreation(id: number): void {
    this.#made.add(id);
    this.count();
  }

  /** An attribute that a new object has from the beginning is part of its creation. */
  countAddition(id: number): void {
    if (!this.#made.has(id)) this.count();
  }
}
