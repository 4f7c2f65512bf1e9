// HistoryPlaces: what a history must know of a place that its steps have changed, beside the steps: what others did there.
//
// Texts and lists have a history of their own each. Of numbers it is known which additions nobody has overwritten since.
// All other topics are asked, when the time comes, whether what a step wrote is still there.

import type { HistoryTree } from "./history-items.ts";
import type { SObject } from "./object.ts";
import { OpHistory } from "./op-history.ts";
import { slotsOf } from "./structure-items.ts";
import type { TopicChange } from "./topic.ts";
import {
  CounterItem,
  EmitItem,
  PositionItem,
  placeKey,
  RegisterItem,
  type TopicItem,
  TopicPlace,
} from "./topic-items.ts";

/** See the head of this file. */
export class HistoryPlaces {
  readonly #tree: HistoryTree | undefined;
  readonly #write: HistoryTree["write"];
  readonly #texts = new Map<unknown, OpHistory>();
  readonly #counters = new Map<unknown, Set<CounterItem>>();
  #bytes = 0;

  /** `write`: carries an op of an undo out. */
  constructor(tree: HistoryTree | undefined, write: HistoryTree["write"]) {
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
    if (kind.isPositional) return new PositionItem(parts, this.#text(change, place.key));
    if (kind.negate?.(op)) return this.#counter(parts, place.key);
    const item = new RegisterItem(parts);
    this.#overwrite(place.key, item);
    return item;
  }

  /** What was done beside all steps may lie over what they did. */
  noteOther({ topic, op, inverse }: TopicChange): void {
    const { kind } = topic;
    // Whoever changes nothing that is in the history pays nothing.
    if (kind.isPositional) {
      if (this.#texts.size > 0) this.#texts.get(placeKey(topic))?.note(op, inverse);
    } else if (kind.negate && this.#counters.size > 0 && !kind.negate(op)) {
      const key = placeKey(topic);
      this.#overwrite(key, null);
      this.#counters.delete(key);
    }
  }

  /** An object has come in the place of one with its id: what is known of that one means nothing any more. */
  forget(object: SObject): void {
    if (this.#texts.size === 0 && this.#counters.size === 0) return;
    for (const slot of slotsOf(object)) {
      const topic = object.tree.topicOf(object, slot);
      const key = topic && placeKey(topic);
      this.#texts.get(key)?.end();
      this.#texts.delete(key);
      this.#overwrite(key, null);
      this.#counters.delete(key);
    }
  }

  /** Lets go what no step has to do with any more. */
  tidy(): void {
    for (const [key, text] of this.#texts) if (text.isEmpty) this.#texts.delete(key);
  }

  clear(): void {
    for (const text of this.#texts.values()) text.end();
    this.#texts.clear();
    this.#counters.clear();
    this.#bytes = 0;
  }

  #text({ topic }: TopicChange, key: unknown): OpHistory {
    let text = this.#texts.get(key);
    if (!text) {
      text = new OpHistory(topic.kind, (bytes) => {
        this.#bytes += bytes;
      });
      this.#texts.set(key, text);
    }
    return text;
  }

  #counter(parts: ConstructorParameters<typeof CounterItem>[0], key: unknown): CounterItem {
    const counters = this.#counters.get(key) ?? new Set();
    this.#counters.set(key, counters);
    const item = new CounterItem(parts, (released) => {
      counters.delete(released);
      if (counters.size === 0 && this.#counters.get(key) === counters) this.#counters.delete(key);
    });
    counters.add(item);
    return item;
  }

  /** A number was set, by a step if one can undo it. */
  #overwrite(key: unknown, by: RegisterItem | null): void {
    for (const counter of this.#counters.get(key) ?? []) if (!counter.isOverwritten) counter.setBy = by;
  }
}
