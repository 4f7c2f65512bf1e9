// HistoryPlaces: what a history must know of a place that its steps have changed, beside the steps: what others did there.
//
// Texts, lists and byte strings, here called sequences, have a history of their own each. Of numbers it is known which
// additions nobody has overwritten since. All other topics are asked, when the time comes, whether what a step wrote is
// still there.

import { type Counter, CounterItem, Overwriting } from "./counter-item.ts";
import type { HistoryTree } from "./history-items.ts";
import type { SObject } from "./object.ts";
import { slotsOf } from "./object-internals.ts";
import { OpHistory } from "./op-history.ts";
import { PositionItem } from "./position-item.ts";
import type { TopicChange } from "./topic.ts";
import {
  EmitItem,
  placeKey,
  RegisterItem,
  type TopicItem,
  type TopicItemParts,
  TopicPlace,
  type Write,
} from "./topic-items.ts";

/** See the head of this file. */
export class HistoryPlaces {
  readonly #tree: HistoryTree | undefined;
  readonly #write: Write;
  /** Each as long as an item asks it. */
  readonly #sequences = new Map<unknown, Sequence>();
  readonly #counters = new Map<unknown, Counter>();
  /** How many times something was added to a number, or it was set. */
  #times = 0;
  #bytes = 0;

  /** `write`: carries an op of an undo out. */
  constructor(tree: HistoryTree | undefined, write: Write) {
    this.#tree = tree;
    this.#write = write;
  }

  /** About the bytes that all this takes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The item of a change that a step has made. */
  itemOf(change: TopicChange): TopicItem {
    const { topic, op } = change;
    const { kind } = topic;
    const place = new TopicPlace(this.#tree, topic);
    const parts = { place, write: this.#write, change };
    if (kind.isEvent) return new EmitItem(parts);
    if (kind.isPositional) return this.#position(parts, place.key);
    if (kind.negate?.(op)) return this.#addition(parts, place.key);
    const counter = this.#counters.get(place.key);
    return new RegisterItem(parts, counter && new Overwriting(counter, ++this.#times));
  }

  /** What was done beside all steps may lie over what they did. */
  noteOther({ topic, op, inverse }: TopicChange): void {
    const { kind } = topic;
    // Whoever changes nothing that is in the history pays nothing.
    if (kind.isPositional) {
      if (this.#sequences.size > 0) this.#sequences.get(placeKey(topic))?.history.note(op, inverse);
    } else if (kind.negate && this.#counters.size > 0 && !kind.negate(op)) {
      this.#overwrite(placeKey(topic));
    }
  }

  /** An object has come in the place of one with its id: what is known of that one means nothing any more. */
  forget(object: SObject): void {
    if (this.#sequences.size === 0 && this.#counters.size === 0) return;
    for (const slot of slotsOf(object)) {
      const topic = object.tree.topicOf(object, slot);
      const key = topic && placeKey(topic);
      this.#sequences.get(key)?.history.end();
      this.#sequences.delete(key);
      this.#overwrite(key);
    }
  }

  clear(): void {
    for (const { history } of this.#sequences.values()) history.end();
    this.#sequences.clear();
    this.#counters.clear();
    this.#bytes = 0;
  }

  #position(parts: TopicItemParts, key: unknown): PositionItem {
    let sequence = this.#sequences.get(key);
    if (!sequence) {
      const onResize = (bytes: number): void => {
        this.#bytes += bytes;
      };
      sequence = { history: new OpHistory(parts.place.kind, onResize), items: 0 };
      this.#sequences.set(key, sequence);
    }
    const { history } = sequence;
    sequence.items++;
    return new PositionItem(parts, history, () => this.#release(this.#sequences, key, sequence));
  }

  #addition(parts: TopicItemParts, key: unknown): CounterItem {
    const counter = this.#counters.get(key) ?? { setAt: 0, items: 0 };
    this.#counters.set(key, counter);
    counter.items++;
    return new CounterItem(parts, counter, ++this.#times, () => this.#release(this.#counters, key, counter));
  }

  /** An item has gone that something was known for. */
  #release<Known extends { items: number }>(all: Map<unknown, Known>, key: unknown, known: Known): void {
    known.items--;
    if (known.items === 0 && all.get(key) === known) all.delete(key);
  }

  /** A number was set, and nobody can undo that. */
  #overwrite(key: unknown): void {
    const counter = this.#counters.get(key);
    if (counter) counter.setAt = ++this.#times;
    this.#counters.delete(key);
  }
}

/** What is known of a text, list or byte string. */
interface Sequence {
  readonly history: OpHistory;
  /** How many items ask it. */
  items: number;
}
