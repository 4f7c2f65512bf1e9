// Bridges: what leads from the texts and lists that a client had, when it wrote a batch, to those that there are.
//
// The ops of a batch are a sequence: each was made for what the client saw after the one before. So a topic's bridge begins
// with what others did since the base of the batch, and each op of the client crosses it: the op becomes one for the
// topic as it is, and the bridge one from what the client saw after the op. What rules add, and what others commit while
// the batch is carried out, is appended; so is the inverse of what was refused, as it was carried out before. The client
// does the same with what it has pending: client/rebase.ts.
//
// A topic of which it is not known any more what the client saw is lost for the rest of the batch, or until the client
// writes all of it.

import { ObjectSyncError } from "../core/error.ts";
import type { Op } from "../core/kind.ts";
import { type AnyTopic, TopicChange } from "../core/topic.ts";
import { type Author, openChanges } from "../core/transaction.ts";
import { cross } from "../core/transform.ts";
import { isWatched, type OpLog } from "./op-log.ts";

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
  readonly #lost = new Set<AnyTopic>();
  /** Whether all topics are lost that have no bridge. */
  #isLost = false;
  /** The transactions of the batch that have been committed: what they did is in the bridges already. */
  readonly #own = new Set<Author>();
  /** What the open transaction has done, with what takes it back. */
  #done: { readonly topic: AnyTopic; readonly inverse: Op }[] = [];
  /** What rules have done in the open transaction to topics that have no bridge. */
  #derived: Map<AnyTopic, readonly Op[]> | undefined;
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
    const bridge = this.#bridge(topic);
    this.#lost.add(topic);
    const { earlier, later } = cross(topic.kind, bridge.ops, [op], spend);
    bridge.ops = earlier;
    return later;
  }

  /** The client is about to write all of a topic, whatever is there: from here on it has what there is. Else as `cross`. */
  replace(topic: AnyTopic): void {
    this.#derived?.delete(topic);
    this.#bridges.set(topic, { ops: [], position: this.#log.position(topic) });
    this.#lost.add(topic);
  }

  /** All that an op of the client has become has been found fit; what may still go wrong is known how to take back. */
  crossed(topic: AnyTopic): void {
    this.#lost.delete(topic);
  }

  /** An op that has crossed is about to be carried out. */
  willDo(topic: AnyTopic, inverse: Op): void {
    this.#done.push({ topic, inverse });
  }

  /** Takes what rules have added to the open transaction. To be called before each op of the client, and after the last. */
  takeDerived(): void {
    this.crossDerived(undefined, [], () => {});
  }

  /**
   * `takeDerived` after a part of what an op on `topic` has become: what is left of it, as it has to be carried out now. Throws
   * what `spend` throws.
   */
  crossDerived(topic: AnyTopic | undefined, rest: readonly Op[], spend: (steps: number) => void): readonly Op[] {
    const changes = openChanges();
    let left = rest;
    for (; this.#seen < changes.length; this.#seen++) {
      const change = changes[this.#seen];
      if (!(change instanceof TopicChange) || !change.isDerived || !isWatched(change.topic)) continue;
      this.#done.push(change);
      let derived: readonly Op[] = [change.op];
      if (change.topic === topic) ({ earlier: derived, later: left } = cross(topic.kind, derived, left, spend));
      const bridge = this.#bridges.get(change.topic);
      if (bridge) this.#append(change.topic, bridge, derived);
      else {
        this.#derived ??= new Map();
        this.#derived.set(change.topic, [...(this.#derived.get(change.topic) ?? []), ...derived]);
      }
    }
    return left;
  }

  /** The open transaction has been committed, by `author`. */
  committed(author: Author): void {
    this.#own.add(author);
    this.#end();
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
    if (!topics) {
      this.#bridges.clear();
      this.#isLost = true;
    }
    this.#end();
  }

  #end(): void {
    this.#done = [];
    this.#derived = undefined;
    this.#seen = 0;
  }

  /** A topic is about to come to another scope, whose versions say nothing of what was done to it before. */
  hold(topic: AnyTopic): void {
    try {
      this.#bridge(topic);
    } catch (error) {
      // Who writes it is told then.
      if (!(error instanceof ObjectSyncError)) throw error;
    }
  }

  #bridge(topic: AnyTopic): Bridge {
    if (this.#lost.has(topic)) throw new ObjectSyncError("depends");
    const known = this.#bridges.get(topic);
    if (known) {
      if (this.#append(topic, known, [])) return known;
      throw new ObjectSyncError("depends");
    }
    if (this.#isLost) throw new ObjectSyncError("depends");
    const base = this.#baseOf(topic);
    const since = base === undefined ? undefined : this.#log.since(topic, base);
    if (!since) {
      this.#lost.add(topic);
      throw new ObjectSyncError("stale");
    }
    const ops = [...since.map(({ op }) => op), ...(this.#derived?.get(topic) ?? [])];
    const bridge = { ops, position: this.#log.position(topic) };
    this.#bridges.set(topic, bridge);
    return bridge;
  }

  /** Has a bridge lead on: over what others have committed, then over `ops`. False where the log does not say so much. */
  #append(topic: AnyTopic, bridge: Bridge, ops: readonly Op[]): boolean {
    const entries = this.#log.after(topic, bridge.position);
    if (!entries) {
      this.#lost.add(topic);
      return false;
    }
    bridge.position += entries.length;
    const others = entries.filter(({ author }) => !author || !this.#own.has(author));
    if (others.length + ops.length > 0) bridge.ops = [...bridge.ops, ...others.map(({ op }) => op), ...ops];
    return true;
  }
}
