// What a client wants done: its transactions, each read, checked and carried out by itself.
//
// An op is checked before anything happens: that the client sees the object, that the attribute is open to it, that the op
// is not older than the value, and that it asks neither for too much work nor for too much room. Whatever a client may
// not see is answered as what does not exist.

import { ObjectSyncError } from "../core/error.ts";
import { type AnyKind, SET, type UncheckedOp } from "../core/kind.ts";
import type { SObject } from "../core/object.ts";
import { bad } from "../core/parse.ts";
import { type OpStream, readStream, type StreamReader } from "../core/stream.ts";
import { type AnyTopic, executePrepared, TopicChange, topicInternals } from "../core/topic.ts";
import { type Author, openChanges, transactAs } from "../core/transaction.ts";
import type { Publisher } from "./publisher.ts";
import type { Recipient, Scope } from "./scope.ts";

/** What an op costs at the least: see `Limits.maxStepsPerSecond`. */
const STEPS_PER_OP = 500;

/** What part of the steps of an op is spent if it is refused for their number. */
const REFUSED_SHARE = 0.1;

/** Whose batch it is, and what it was made for. */
export interface Sender {
  readonly recipient: Recipient;
  /** The public id of the client. */
  readonly client: number;
  readonly versions: ReadonlyMap<Scope, number>;
}

/** Whose tree it is, and who is told of errors in the application's code. */
export interface TransactionHost {
  readonly publisher: Publisher;
  failed(error: unknown, where: string): void;
}

/** The steps that a batch may take. */
export class Budget {
  readonly #most: number;
  #isExhausted = false;
  spent = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** Throws `too_large` if there are not so many left; from then on there are none. */
  spend(steps: number): void {
    if (!this.#isExhausted && this.spent + steps <= this.#most) {
      this.spent += steps;
      return;
    }
    // To find out how much it would have been was some work too.
    if (!this.#isExhausted) this.spent += Math.min(steps, this.#most) * REFUSED_SHARE;
    this.#isExhausted = true;
    throw new ObjectSyncError("too_large", "this is too much work at once");
  }
}

/** An error in the application's own code while it carried out what a client asked. */
class ApplicationFailure extends Error {}

/** Reads what a client wants done, checks that it may be, and does it. */
class ClientOps implements StreamReader {
  readonly #publisher: Publisher;
  readonly #sender: Sender;
  /** What rules have changed in this transaction, and how many of its changes were looked at for that. */
  readonly #derived = new Set<AnyTopic>();
  #seen = 0;

  readonly #budget: Budget;

  constructor(publisher: Publisher, sender: Sender, budget: Budget) {
    this.#publisher = publisher;
    this.#sender = sender;
    this.#budget = budget;
  }

  kind(id: number, slot: number): AnyKind {
    return this.#topic(id, slot).kind;
  }

  topic(id: number, slot: number, unchecked: UncheckedOp): void {
    const topic = this.#topic(id, slot);
    if (topicInternals.writeAccess(topic) !== "everyone") throw new ObjectSyncError("forbidden");
    if (topicInternals.isLatest(topic) && unchecked[0] !== SET) throw new ObjectSyncError("forbidden");
    if (this.#isStale(topic)) throw new ObjectSyncError("stale");
    // Twice: what is refused later is also taken back.
    const { kind } = topic;
    const state = topicInternals.state(topic);
    // To know the effort may be one.
    this.#budget.spend(STEPS_PER_OP);
    this.#budget.spend(2 * kind.effort(state, unchecked));
    const op = kind.prepare(state, unchecked);
    if (!op) return;
    for (const id of kind.references?.in(op) ?? []) {
      if (!this.#visible(id)) throw new ObjectSyncError("not_found");
    }
    const inverse = kind.invert(state, op);
    if (!this.#publisher.quota.hasRoom(topic, op, inverse)) throw new ObjectSyncError("too_large");
    try {
      executePrepared(topic, op, inverse, this.#publisher.tree);
    } catch (error) {
      // What is wrong with the op has been found above: this comes from a rule.
      if (error instanceof ObjectSyncError && error.code === "rejected") throw error;
      throw new ApplicationFailure("a rule failed", { cause: error });
    }
  }

  /** Whether somebody else changed the topic: since the version, or a rule within this very transaction. */
  #isStale(topic: AnyTopic): boolean {
    const changes = openChanges();
    for (; this.#seen < changes.length; this.#seen++) {
      const change = changes[this.#seen];
      if (change instanceof TopicChange && change.isDerived) this.#derived.add(change.topic);
    }
    if (topic.kind.isPositional && this.#derived.has(topic)) return true;
    const scope = this.#publisher.scopeOf(topic.object as SObject);
    return this.#publisher.recency.isStale(topic, scope && this.#sender.versions.get(scope), this.#sender.client);
  }

  shape = refuse;
  create = refuse;
  destroy = refuse;
  move = refuse;
  addAttribute = refuse;
  removeAttribute = refuse;
  leave = refuse;

  #topic(id: number, slot: number): AnyTopic {
    const object = this.#visible(id);
    const topic = object && this.#publisher.tree.topicOf(object, slot);
    if (!topic) throw new ObjectSyncError("not_found");
    return topic;
  }

  /** An object that the client sees. */
  #visible(id: number): SObject | undefined {
    const object = this.#publisher.tree.get(id);
    const scope = object && this.#publisher.scopeOf(object);
    return scope && this.#sender.recipient.scopes.has(scope) ? object : undefined;
  }
}

/** What clients cannot do. */
function refuse(): void {
  throw new ObjectSyncError("forbidden");
}

/**
 * The versions that a batch names as its bases. A scope that was closed meanwhile counts for nothing. Throws `bad_message` for
 * a version that there is not yet.
 */
export function versionsOf(
  bases: readonly number[],
  recipient: Recipient,
  publisher: Publisher,
): ReadonlyMap<Scope, number> {
  const versions = new Map<Scope, number>();
  for (let index = 0; index < bases.length; index += 2) {
    const scope = publisher.scope(bases[index] as number);
    if (!scope || !recipient.scopes.has(scope)) continue;
    const version = bases[index + 1] as number;
    if (version > scope.version) throw bad("a version that there is not yet");
    versions.set(scope, version);
  }
  return versions;
}

/** Carries one transaction out; returns why not, if it cannot be. Throws `bad_message` for what is no stream of ops. */
export function attempt(
  ops: OpStream,
  author: Author,
  sender: Sender,
  budget: Budget,
  host: TransactionHost,
): ObjectSyncError | undefined {
  try {
    const reader = new ClientOps(host.publisher, sender, budget);
    transactAs(author, () => readStream(ops, reader));
  } catch (error) {
    if (error instanceof ApplicationFailure) {
      host.failed(error.cause, `a transaction of client ${author.client}`);
      return new ObjectSyncError("failed");
    }
    if (error instanceof ObjectSyncError && error.code !== "bad_message") return error;
    throw error;
  }
  return undefined;
}
