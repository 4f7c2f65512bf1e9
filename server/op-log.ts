import type { Op } from "../core/kind.ts";
import type { SObject } from "../core/object.ts";
import { slotsOf } from "../core/object-internals.ts";
import { type AnyTopic, type TopicChange, topicInternals } from "../core/topic.ts";
import type { Author } from "../core/transaction.ts";
import { weightOfOp } from "../core/weight.ts";
import { Fifo } from "./fifo.ts";

/** One op of a log. */
export interface LoggedOp {
  /** The version that its transaction made of the topic's scope. */
  readonly version: number;
  readonly op: Op;
  /** Whose transaction it belongs to, as one object for each transaction; nobody's if the server began it. */
  readonly author: Author | undefined;
}

/** The ops of one topic. */
interface TopicLog {
  readonly entries: Fifo<LoggedOp>;
  /** How many there were before the oldest that is kept. */
  dropped: number;
  /** What was made for an older version than this cannot be brought up to date. */
  floor: number;
}

/**
 * What was done to the topics that clients write by position. An op that a client made for an older value is transformed
 * over what came since. All topics of a tree share so many bytes; what is older is forgotten, and what was made for it is
 * stale.
 */
export class OpLog {
  readonly #maxBytes: number;
  readonly #logs = new WeakMap<AnyTopic, TopicLog>();
  /** Of all topics, which must not be held by it: most come and go. */
  readonly #order = new Fifo<{ readonly log: TopicLog; readonly entry: LoggedOp; readonly bytes: number }>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Takes a change that makes `version`. */
  note({ topic, op }: TopicChange, author: Author | undefined, version: number): void {
    if (!isWatched(topic)) return;
    const entry = { version, op, author };
    const bytes = weightOfOp(op);
    const log = this.#of(topic);
    log.entries.push(entry);
    this.#order.push({ log, entry, bytes });
    this.#bytes += bytes;
    while (this.#bytes > this.#maxBytes) this.#dropOldest();
  }

  /** An object has come to another scope, as its `version`: what is older there knows nothing of its values. */
  noteCrossing(object: SObject, version: number): void {
    // The versions of another scope mean nothing here.
    for (const topic of watchedTopics(object)) this.#begin(this.#of(topic), version);
  }

  /** A change that makes `version` is one that nobody will ask for: nobody has the scope open. */
  pass({ topic }: TopicChange, version: number): void {
    const log = this.#logs.get(topic);
    if (log) this.#begin(log, version);
  }

  /** Forgets all: nobody is there who could have an older version of anything. */
  clear(): void {
    while (this.#order.length > 0) this.#dropOldest();
  }

  /** The ops of a topic after a version; nothing where the log does not reach so far back. */
  since(topic: AnyTopic, version: number): readonly LoggedOp[] | undefined {
    const log = this.#logs.get(topic);
    if (!log) return [];
    if (version < log.floor) return undefined;
    let index = log.entries.length;
    while (index > 0 && (log.entries.at(index - 1) as LoggedOp).version > version) index--;
    return log.entries.from(index);
  }

  /** How many ops a topic has had: for `after`. */
  position(topic: AnyTopic): number {
    const log = this.#logs.get(topic);
    return log ? log.dropped + log.entries.length : 0;
  }

  /** The ops of a topic after a position; nothing where the log does not reach so far back. */
  after(topic: AnyTopic, position: number): readonly LoggedOp[] | undefined {
    const log = this.#logs.get(topic);
    if (!log) return [];
    return position < log.dropped ? undefined : log.entries.from(position - log.dropped);
  }

  #of(topic: AnyTopic): TopicLog {
    let log = this.#logs.get(topic);
    if (!log) {
      log = { entries: new Fifo(), dropped: 0, floor: 0 };
      this.#logs.set(topic, log);
    }
    return log;
  }

  #begin(log: TopicLog, version: number): void {
    log.floor = version;
    log.dropped += log.entries.length;
    log.entries.clear();
  }

  #dropOldest(): void {
    const oldest = this.#order.shift();
    if (!oldest) return;
    const { log, entry, bytes } = oldest;
    this.#bytes -= bytes;
    // It may have come to another scope since.
    if (log.entries.at(0) !== entry) return;
    log.entries.shift();
    log.dropped++;
    log.floor = entry.version;
  }
}

/** Whether clients may write by position what is in a topic. */
export function isWatched(topic: AnyTopic): boolean {
  return topic.kind.isPositional && topicInternals.writeAccess(topic) !== "nobody" && !topicInternals.isLatest(topic);
}

/** The topics of an object whose ops are logged. */
export function watchedTopics(object: SObject): readonly AnyTopic[] {
  return slotsOf(object)
    .map((slot) => object.tree.topicOf(object, slot) as AnyTopic)
    .filter(isWatched);
}
