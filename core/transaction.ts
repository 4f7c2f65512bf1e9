// Transactions: changes that happen together, synchronously, all or none.
//
// There is one open transaction at a time, for all topics and trees of the program: it is synchronous, so nothing else can
// run meanwhile. A `transact` inside another joins it and is a savepoint: if it throws, what it did is taken back, and
// the outer one goes on if it catches. Single changes outside of any transaction are one of their own.
//
// A change is applied, then its observers run, then its rules, whose own changes are carried out at once and depth-first
// as part of the same transaction. A rule that throws takes back the change that woke it and all that this one caused.
// At the outermost end the changes of each tree go to that tree in one call; then what waits for the end runs.
//
// Not here: how a topic or tree applies and takes back a change (they implement `Change`), and what is sent (server).

import { assertSynchronous, ObjectSyncError } from "./error.ts";
import { type OnError, report } from "./report.ts";

/** One change: it can be made, and be taken back. */
export interface Change {
  /** Who is told when the transaction commits; nobody for topics outside of trees. */
  readonly keeper: Keeper | undefined;
  /** Makes the change and tells its observers. If it throws, nothing has changed. */
  apply(): void;
  /** Whether there are rules to wake, once it is made. */
  readonly hasRules: boolean;
  /** Runs the rules. Throws what they throw. */
  wake(): void;
  /** Takes the change back and tells its observers, with origin `rollback`. Must not throw. */
  revert(): void;
}

/** Where committed changes go: a tree. */
export interface Keeper {
  /** Takes all changes of one transaction to this tree, in order. Must not throw. @internal */
  commit(changes: readonly Change[], circumstances: Circumstances): void;
  /** Is told of errors in what runs after the transaction. */
  readonly onError: OnError | undefined;
}

/** Which client's transaction it is. */
export interface Author {
  /** The public id of the client. */
  readonly client: number;
  /** The client's own number of this transaction. */
  readonly transaction: number;
  /** Whose it is in the history: the public id that the client had when it first came. Default: `client`. */
  readonly owner?: number;
}

/** Whether time goes back in a transaction, or forward again. */
export type Direction = "undo" | "redo";

/** How a transaction came to be. */
export interface Circumstances {
  /** Which client's it is; nobody's if the server's own code began it. */
  readonly author?: Author | undefined;
  /** The public id of the client that asked for it, where it is no transaction of that client's: as to undo. */
  readonly askedBy?: number | undefined;
  /** What it is called in the history. */
  readonly label?: string | undefined;
  /** Whether time goes forward in it, and rules run; else it undoes or redoes what was done before. Default: `"local"`. */
  readonly direction?: "local" | Direction;
}

/** What can be said of a transaction. */
export interface TransactionOptions {
  /** What it is called in the history, where it is recorded then: see `History`. */
  readonly label?: string;
}

/** How deeply rules may wake each other before it counts as endless. */
export const MAX_RULE_DEPTH = 128;

type Task = () => void;

class Transaction {
  readonly circumstances: Circumstances;
  readonly changes: Change[] = [];
  #tasks: Task[] | undefined;
  #cleanUps: Task[] | undefined;
  /** How many rules run inside each other. Changes made at 0 are the caller's own, the others are derived. */
  ruleDepth = 0;
  /** How many builds run inside each other: what they make is derived, too. */
  buildDepth = 0;

  constructor(circumstances: Circumstances) {
    this.circumstances = circumstances;
  }

  /** Runs a part; if it throws, takes back what the part did, tasks included, and throws on. */
  attempt<T>(part: () => T): T {
    const mark = this.changes.length;
    const taskMark = this.#tasks?.length ?? 0;
    try {
      return part();
    } catch (error) {
      while (this.changes.length > mark) (this.changes.pop() as Change).revert();
      if (this.#tasks) this.#tasks.length = taskMark;
      throw error;
    }
  }

  /** Runs `task` when the transaction has committed. */
  whenCommitted(task: Task): void {
    this.#tasks ??= [];
    this.#tasks.push(task);
  }

  /** Runs `task` when the transaction has ended, whichever way. */
  whenEnded(task: Task): void {
    this.#cleanUps ??= [];
    this.#cleanUps.push(task);
  }

  end(isCommitted: boolean): void {
    if (isCommitted) {
      this.#commit();
      this.#runAfter(this.#tasks);
    }
    this.#runAfter(this.#cleanUps);
  }

  #commit(): void {
    const first = this.changes[0]?.keeper;
    if (this.changes.length === 1 || this.changes.every((change) => change.keeper === first)) {
      first?.commit(this.changes, this.circumstances);
    } else {
      for (const [keeper, changes] of Map.groupBy(this.changes, (change) => change.keeper)) {
        keeper?.commit(changes, this.circumstances);
      }
    }
  }

  /** Runs what waited for the end. Each task is on its own: it may throw, and may begin a transaction. */
  #runAfter(tasks: readonly Task[] | undefined): void {
    if (!tasks) return;
    const onError = this.changes.find((change) => change.keeper)?.keeper?.onError;
    for (const task of tasks) {
      try {
        task();
      } catch (error) {
        report(onError, error, "after a transaction");
      }
    }
  }
}

let current: Transaction | undefined;
let observing = 0;

const NO_CIRCUMSTANCES: Circumstances = Object.freeze({});

/**
 * Runs `fn`; all changes that it makes happen together or, if it throws, not at all. Inside another transaction it joins
 * that one, whose label counts. Throws what `fn` throws, and `async_transaction` when `fn` returns a promise.
 */
export function transact<T>(fn: () => T, options: TransactionOptions = {}): T {
  return transactAs(options, fn);
}

/** `transact` as somebody else asked for it. That counts on the outermost transaction only. */
export function transactAs<T>(circumstances: Circumstances, fn: () => T): T {
  assertWritable();
  if (current) return current.attempt(() => synchronous(fn));
  const transaction = new Transaction(circumstances);
  current = transaction;
  let isCommitted = false;
  try {
    const result = transaction.attempt(() => synchronous(fn));
    isCommitted = true;
    return result;
  } finally {
    current = undefined;
    transaction.end(isCommitted);
  }
}

/**
 * Makes one change, then runs its rules. If a rule throws, the change and all that it caused are taken back before that is
 * thrown on. For topics and trees.
 */
export function perform(change: Change): void {
  if (current) return carryOut(current, change);
  // As `transact` does it, less its closures: most changes are alone in their transaction.
  const transaction = new Transaction(NO_CIRCUMSTANCES);
  current = transaction;
  let isCommitted = false;
  try {
    carryOut(transaction, change);
    isCommitted = true;
  } finally {
    current = undefined;
    transaction.end(isCommitted);
  }
}

function carryOut(transaction: Transaction, change: Change): void {
  if (!change.hasRules || currentDirection() !== "local") {
    change.apply();
    transaction.changes.push(change);
    return;
  }
  if (transaction.ruleDepth >= MAX_RULE_DEPTH) {
    throw new ObjectSyncError("recursion", `rules woke each other ${MAX_RULE_DEPTH} levels deep`);
  }
  transaction.attempt(() => {
    change.apply();
    transaction.changes.push(change);
    transaction.ruleDepth++;
    try {
      change.wake();
    } finally {
      transaction.ruleDepth--;
    }
  });
}

/** Whether a transaction is open. */
export function isTransacting(): boolean {
  return current !== undefined;
}

/** The changes of the open transaction so far, in order; none if none is open. */
export function openChanges(): readonly Change[] {
  return current?.changes ?? [];
}

/** Whether time goes forward in the open transaction, or it undoes or redoes: where its changes come from. */
export function currentDirection(): "local" | Direction {
  return current?.circumstances.direction ?? "local";
}

/**
 * The public id of the client on whose behalf the open transaction runs: in rules, hooks and observers. 0 where the server's
 * own code began it, or none is open.
 */
export function currentClient(): number {
  const { author, askedBy } = current?.circumstances ?? NO_CIRCUMSTANCES;
  return author?.client ?? askedBy ?? 0;
}

/** Whether a change made now is a rule's and not the transaction's own. */
export function isDerived(): boolean {
  return current !== undefined && (current.ruleDepth > 0 || current.buildDepth > 0);
}

/** Runs a part of the open transaction whose changes nobody asked for by name: they follow from another change. */
export function derive(part: () => void): void {
  const transaction = current;
  if (!transaction) return part();
  transaction.buildDepth++;
  try {
    part();
  } finally {
    transaction.buildDepth--;
  }
}

/** Runs observers: code in which nothing may be written. */
export function runObservers(fn: () => void): void {
  observing++;
  try {
    fn();
  } finally {
    observing--;
  }
}

const RATHER_ON_A_SERVER =
  "use `topic.rule(…)`, whose changes belong to the transaction, or `afterCommit(…)`; " +
  "nor can the `init` of an object that came back from saved data: see its `isNew`";

/** Throws `observer_write` inside of an observer. `rather` says what else to do. */
export function assertWritable(rather: string = RATHER_ON_A_SERVER): void {
  if (observing === 0) return;
  throw new ObjectSyncError("observer_write", `an observer cannot write: ${rather}`);
}

/**
 * Runs `task` when the open transaction has committed, at once if none is open; never if the transaction, or the part of
 * it that asked, is taken back. The place for effects outside of the tree; a transaction begun in it is one of its own, and
 * a step of its own in the history. So it is not run either where it is asked for in an undo or redo, by an observer: what
 * it would do is another step.
 */
export function afterCommit(task: () => void): void {
  if (currentDirection() === "local") whenCommitted(task);
}

/** `afterCommit` for the library's own: in an undo or redo, too. */
export function whenCommitted(task: () => void): void {
  if (current) current.whenCommitted(task);
  else task();
}

/** Runs `task` when the open transaction has ended, whichever way. For the library's own clean-up. */
export function afterTransaction(task: () => void): void {
  if (current) current.whenEnded(task);
  else task();
}

function synchronous<T>(fn: () => T): T {
  const result = fn();
  assertSynchronous(result);
  return result;
}
