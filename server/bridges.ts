// Bridges: what leads from the texts and lists that a client had, when it wrote a batch, to those that there are.
//
// The ops of a batch are a sequence: each was made for what the client saw after the one before. So a topic's bridge begins
// with what others did since the base of the batch, and each op of the client crosses it: the op becomes one for the
// topic as it is, and the bridge one from what the client saw after the op. What rules add, and what others commit while
// the batch is carried out, is appended; so is the inverse of what was refused, as the client had it in what it saw. The
// client does the same with what it has pending: client/rebase.ts.

import { ObjectSyncError } from "../core/error.ts";
import type { Op } from "../core/kind.ts";
import { type AnyTopic, TopicChange } from "../core/topic.ts";
import { type Author, openChanges } from "../core/transaction.ts";
import { cross } from "../core/transform.ts";
import type { OpLog } from "./op-log.ts";

interface Bridge {
  ops: readonly Op[];
  /** How much of the log is in it. */
  position: number;
}

/** See the head of this file. */
export class Bridges {
  readonly #log: OpLog;
  /** The version of the topic's scope that the batch was made for. */
  readonly #baseOf: (topic: AnyTopic) => number | undefined;
  readonly #bridges = new Map<AnyTopic, Bridge>();
  /** Topics of which it is not known any more what the client saw. */
  readonly #lost = new Set<AnyTopic>();
  /** Whether that is so of all topics. */
  #isLost = false;
  /** What the open transaction has done, with what takes it back. */
  #done: { readonly topic: AnyTopic; readonly inverse: Op }[] = [];
  /** How many changes of the open transaction have been looked at. */
  #seen = 0;

  constructor(log: OpLog, baseOf: (topic: AnyTopic) => number | undefined) {
    this.#log = log;
    this.#baseOf = baseOf;
  }

  /**
   * An op of the client as it has to be carried out. Until `crossed` is called the topic counts as lost: what the client saw
   * after an op that cannot be carried out is not known. Throws `stale`, `depends`, and what `spend` throws.
   */
  cross(topic: AnyTopic, op: Op, spend: (steps: number) => void): readonly Op[] {
    this.#takeDerived();
    const bridge = this.#bridge(topic);
    this.#lost.add(topic);
    const { earlier, later } = cross(topic.kind, bridge.ops, [op], spend);
    bridge.ops = earlier;
    return later;
  }

  /** All ops that an op of the client has become have been found fit; what may still go wrong is known how to take back. */
  crossed(topic: AnyTopic): void {
    this.#lost.delete(topic);
  }

  /** What the client wrote over the whole of a topic, so it has what is there. */
  replaced(topic: AnyTopic): void {
    this.#bridges.set(topic, { ops: [], position: this.#log.position(topic) });
  }

  /** An op that has crossed is about to be carried out. */
  willDo(topic: AnyTopic, inverse: Op): void {
    this.#done.push({ topic, inverse });
  }

  /** The open transaction has been committed, by `author`. */
  committed(author: Author): void {
    this.#end();
    for (const [topic, bridge] of this.#bridges) {
      const entries = this.#log.after(topic, bridge.position);
      if (!entries) {
        this.#lost.add(topic);
        continue;
      }
      const others = entries.filter((entry) => entry.author !== author).map(({ op }) => op);
      if (others.length > 0) bridge.ops = [...bridge.ops, ...others];
      bridge.position += entries.length;
    }
  }

  /**
   * The open transaction has been refused. `topics`: those that it was to change and has not come to; nothing if that is not
   * known.
   */
  refused(topics: Iterable<AnyTopic> | undefined): void {
    for (const { topic, inverse } of this.#done.toReversed()) {
      const bridge = this.#bridges.get(topic);
      if (bridge) bridge.ops = [...bridge.ops, inverse];
    }
    for (const topic of topics ?? []) this.#lost.add(topic);
    if (!topics) this.#isLost = true;
    this.#end();
  }

  #end(): void {
    this.#done = [];
    this.#seen = 0;
  }

  #bridge(topic: AnyTopic): Bridge {
    if (this.#isLost || this.#lost.has(topic)) throw new ObjectSyncError("depends");
    let bridge = this.#bridges.get(topic);
    if (!bridge) {
      const base = this.#baseOf(topic);
      const since = base === undefined ? undefined : this.#log.since(topic, base);
      if (!since) {
        this.#lost.add(topic);
        throw new ObjectSyncError("stale");
      }
      const derived = openChanges().filter((change) => isDerivedOf(topic, change)) as TopicChange[];
      bridge = { ops: [...since, ...derived].map(({ op }) => op), position: this.#log.position(topic) };
      this.#bridges.set(topic, bridge);
      for (const { inverse } of derived) this.#done.push({ topic, inverse });
    }
    return bridge;
  }

  /** What rules have added to the open transaction since it was looked at last. */
  #takeDerived(): void {
    const changes = openChanges();
    for (; this.#seen < changes.length; this.#seen++) {
      const change = changes[this.#seen];
      if (!(change instanceof TopicChange) || !change.isDerived) continue;
      const bridge = this.#bridges.get(change.topic);
      if (!bridge) continue;
      bridge.ops = [...bridge.ops, change.op];
      this.#done.push({ topic: change.topic, inverse: change.inverse });
    }
  }
}

function isDerivedOf(topic: AnyTopic, change: unknown): boolean {
  return change instanceof TopicChange && change.isDerived && change.topic === topic;
}
