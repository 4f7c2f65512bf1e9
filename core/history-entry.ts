// Entry: one step of a history, as the history has it.
//
// It holds items, in the order of the changes. A change at the same place as an earlier one is taken in by the item of that,
// if the two can be one: that of a text, list or byte string ("sequence") by the last item there, any other by the very
// last item. What the transaction's own code did and what was derived from it are never one item: `mayUndo` is asked about the
// former only.
//
// An entry goes on while its author edits the one topic that it changed, until it is undone or has become large.
//
// Not here: what follows quickly enough to be one step (history.ts), and which changes one holds (history-changes.ts).

import type { StepChanges } from "./history-changes.ts";
import type { HistoryItem } from "./history-items.ts";
import type { SObject } from "./object.ts";
import { PositionItem } from "./position-item.ts";
import { TopicChange } from "./topic.ts";
import { placeKey, TopicItem } from "./topic-items.ts";
import type { TreeChange } from "./tree-changes.ts";

/** An entry that holds more bytes than these takes in no more. */
const MAX_MERGED_BYTES = 64 * 1024;

/** What stands for the place of a sequence. */
type Key = unknown;

/** See the head of this file. */
export class Entry {
  readonly client: number;
  readonly label: string | undefined;
  /** All that it changed is at this object or below it. */
  readonly ancestor: SObject | undefined;
  /** The place of the one topic that it changed. */
  readonly #topic: unknown;
  readonly #itemOf: (change: TreeChange) => HistoryItem;
  #items: HistoryItem[] = [];
  /** The items of sequences that may take more in, by place: what the transaction's own code did, and what was derived. */
  #directSequences: Map<Key, PositionItem> | undefined;
  #derivedSequences: Map<Key, PositionItem> | undefined;
  #bytes = 0;
  /** When it was last added to, in milliseconds of the history's clock. */
  at = 0;
  isUndone = false;
  /** Whether it was ever undone: then nothing is added to it. */
  isClosed = false;
  /** Which one it was, of all times when something was done or undone: when it was last added to, and when it was undone. */
  doneAs = 0;
  undoneAs = 0;

  /** `itemOf`: makes the item of a change. */
  constructor(
    client: number,
    label: string | undefined,
    { ancestor, topic }: StepChanges,
    itemOf: (change: TreeChange) => HistoryItem,
  ) {
    this.client = client;
    this.label = label;
    this.ancestor = ancestor;
    this.#topic = topic;
    this.#itemOf = itemOf;
  }

  get items(): readonly HistoryItem[] {
    return this.#items;
  }

  /** About the bytes that its items count for. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether an edit of the one topic that has this place may be added to it. */
  takes(topic: unknown, label: string | undefined): boolean {
    if (this.isClosed || this.#topic !== topic || this.label !== label || this.#bytes >= MAX_MERGED_BYTES) return false;
    return !this.#items.some((item) => item instanceof PositionItem && item.isSettled);
  }

  add(change: TreeChange): void {
    const earlier = this.#toExtend(change);
    if (earlier && change instanceof TopicChange) {
      const { bytes } = earlier;
      if (earlier.extend(change.op, change.inverse)) {
        this.#bytes += earlier.bytes - bytes;
        return;
      }
    }
    const item = this.#itemOf(change);
    this.#items.push(item);
    this.#bytes += item.bytes;
    if (item instanceof PositionItem) this.#makeSequences(change.isDerived).set(item.place.key, item);
    else if (!(change instanceof TopicChange) || change.topic.kind.isEvent) {
      // Sequences keep to their order among what others may look at.
      this.#directSequences = undefined;
      this.#derivedSequences = undefined;
    }
  }

  /** Takes items out of it. */
  lose(lost: ReadonlySet<HistoryItem>): void {
    if (lost.size === 0) return;
    this.#items = this.#items.filter((item) => !lost.has(item));
    for (const item of lost) {
      if (item instanceof PositionItem) {
        const sequences = item.isDirect ? this.#directSequences : this.#derivedSequences;
        if (sequences?.get(item.place.key) === item) sequences.delete(item.place.key);
      }
      this.#bytes -= item.bytes;
      item.release();
    }
  }

  /** Takes out of it what was taken back again: what was typed and deleted. */
  loseIdle(): void {
    const idle = this.#items.filter((item) => item instanceof TopicItem && item.isIdle);
    if (idle.length > 0) this.lose(new Set(idle));
  }

  /** Counts anew what it holds: what has gone is held by it, what has come back is not. */
  weigh(): void {
    this.#bytes = this.#items.reduce((sum, item) => sum + item.bytes, 0);
  }

  /** It will be neither undone nor redone any more. */
  release(): void {
    for (const item of this.#items) item.release();
  }

  /** The item that may take a change in. */
  #toExtend(change: TreeChange): TopicItem | undefined {
    if (!(change instanceof TopicChange) || this.#items.length === 0) return undefined;
    const key = placeKey(change.topic);
    if (change.topic.kind.isPositional)
      return (change.isDerived ? this.#derivedSequences : this.#directSequences)?.get(key);
    const last = this.#items.at(-1);
    const isSame = last instanceof TopicItem && last.isDirect === !change.isDerived && last.place.key === key;
    return isSame ? last : undefined;
  }

  #makeSequences(isDerived: boolean): Map<Key, PositionItem> {
    if (isDerived) {
      this.#derivedSequences ??= new Map();
      return this.#derivedSequences;
    }
    this.#directSequences ??= new Map();
    return this.#directSequences;
  }
}
