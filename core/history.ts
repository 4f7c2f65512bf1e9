// History: the transactions of a tree that can be undone, in one list.
//
// An entry is one step: a transaction, or several quick edits of one topic. It knows who made it and which object all that
// it changed is below; so any part of the tree, and any author, can undo what is theirs, each by walking the one list.
// What is undone stays in its place until something new in the same part ends its redo.
//
// What later transactions did is not touched: an item that cannot be taken back any more is skipped, and the answer says
// so. Rules do not run: what they had changed is part of the entry. To undo is a transaction of its own, which is sent as
// any other, and is in no history.
//
// Not here: how one change is taken back (history-items.ts), how positions are brought up to date (op-history.ts).

import { type Clock, systemClock } from "./clock.ts";
import { type ErrorCode, ObjectSyncError } from "./error.ts";
import { eventInternals } from "./event-topic.ts";
import {
  AttributeItem,
  CounterItem,
  EmitItem,
  type HistoryItem,
  type HistoryTarget,
  type HistoryTree,
  MovementItem,
  PositionItem,
  PresenceItem,
  RegisterItem,
  sizeOf,
  TopicPlace,
} from "./history-items.ts";
import type { Op } from "./kind.ts";
import type { SObject } from "./object.ts";
import { OpHistory } from "./op-history.ts";
import { executePrepared, TopicChange, topicInternals } from "./topic.ts";
import {
  afterCommit,
  type Change,
  type Circumstances,
  isTransacting,
  openChanges,
  type TransactionOptions,
  transactAs,
} from "./transaction.ts";
import { forSubtree } from "./tree.ts";
import { AttributeChange, Creation, Destruction, Movement, type TreeChange } from "./tree-changes.ts";

/** What a history keeps. */
export interface HistoryOptions {
  /** Steps at the most; the oldest falls off. Default: 1,000. */
  readonly maxTransactions?: number;
  /** About the bytes that they may hold in memory. Default: 16 MiB. */
  readonly maxBytes?: number;
  /** Edits of one topic by one author that follow each other within so many milliseconds are one step. Default: 1,000. */
  readonly mergeMs?: number;
  /**
   * Which transactions that no client began are kept: those that have a label, as `transact(fn, { label })` gives one, or
   * all. Default: `"labelled"`.
   */
  readonly record?: "labelled" | "all";
  /** Default: the machine's. */
  readonly clock?: Clock;
}

const DEFAULTS: Required<HistoryOptions> = {
  maxTransactions: 1_000,
  maxBytes: 16 * 1024 * 1024,
  mergeMs: 1_000,
  record: "labelled",
  clock: systemClock,
};

/** A step, for people to read. */
export interface HistoryEntry {
  /** The public id of the client whose it is; 0 for the server's own. */
  readonly client: number;
  readonly label: string | undefined;
  /** Whether it is undone, and may be redone. */
  readonly isUndone: boolean;
}

/** What came of an undo or redo. */
export interface UndoResult {
  /** Whether anything was taken back, or put back. */
  readonly undone: boolean;
  /** How many changes of the step stayed as they are, as others came over them since, or were not open to who asked. */
  readonly skipped: number;
  /** Why nothing was done: `not_found` where there is no such step, `conflict` or `forbidden` where all was skipped. */
  readonly reason: ErrorCode | undefined;
  /** What the step was called. */
  readonly label: string | undefined;
}

/** Which steps are meant, and which of their changes are open to who asks. */
export interface UndoScope {
  /** Only what happened at an object or below it. Default: the whole tree. */
  readonly below?: SObject;
  /** Only what a client has done. Default: all. */
  readonly client?: number;
  /** The public id of the client that asks: what `currentClient()` is in observers. Default: the server's own code does. */
  readonly askedBy?: number;
  /** Whether a change may be undone or redone. Asked for those that were asked for, not for those that rules derived. */
  readonly mayUndo?: (target: HistoryTarget, direction: "undo" | "redo") => boolean;
}

class Entry implements HistoryEntry {
  readonly client: number;
  readonly label: string | undefined;
  readonly items: HistoryItem[] = [];
  /** All that it changed is at this object or below it. */
  readonly ancestor: SObject | undefined;
  /** The place of the one topic that it changed. */
  readonly topic: unknown;
  isUndone = false;
  /** When it was last added to, in milliseconds. */
  at: number;

  constructor(client: number, label: string | undefined, ancestor: SObject | undefined, topic: unknown, at: number) {
    this.client = client;
    this.label = label;
    this.ancestor = ancestor;
    this.topic = topic;
    this.at = at;
  }
}

/** See the head of this file. */
export class History {
  readonly #settings: Required<HistoryOptions>;
  readonly #tree: HistoryTree | undefined;
  #entries: Entry[] = [];
  #bytes = 0;
  /** Of the texts and lists that entries have changed, by place. */
  readonly #positions = new Map<unknown, OpHistory>();
  /** Of the numbers that entries have added to, by place: what nobody has overwritten since. */
  readonly #counters = new Map<unknown, CounterItem[]>();
  #isBusy = false;
  /** Whether what the open transaction does is left out. */
  #isCleared = false;

  /** `tree`: what it is the history of; none for topics that stand alone. */
  constructor(options: HistoryOptions = {}, tree?: HistoryTree) {
    for (const name of ["maxTransactions", "maxBytes", "mergeMs"] as const) {
      const value = options[name];
      if (value === undefined || (typeof value === "number" && value >= 0)) continue;
      throw new ObjectSyncError("invalid_value", `history.${name} must be a number from 0, got ${value}`);
    }
    this.#settings = { ...DEFAULTS, ...options };
    this.#tree = tree;
  }

  /** The steps, the oldest first. */
  get entries(): readonly HistoryEntry[] {
    return this.#entries;
  }

  /** Forgets all steps, and what the open transaction does. */
  clear(): void {
    this.#entries = [];
    this.#bytes = 0;
    this.#positions.clear();
    this.#counters.clear();
    this.#isCleared = isTransacting();
  }

  /**
   * Of a history without a tree: what `fn` does to topics that stand alone is one step of it. All or none, as `transact` has
   * it. Throws what `fn` throws.
   */
  transact<T>(fn: () => T, { label }: TransactionOptions = {}): T {
    const mark = openChanges().length;
    return transactAs({}, () => {
      const result = fn();
      const changes = openChanges()
        .slice(mark)
        .filter(({ keeper }) => !keeper);
      afterCommit(() => this.#take(changes, 0, label));
      return result;
    });
  }

  /** Takes what a transaction of the tree has done. */
  note(changes: readonly Change[], { author, label, direction }: Circumstances): void {
    const isCleared = this.#isCleared;
    this.#isCleared = false;
    if (this.#isBusy || isCleared || (direction ?? "local") !== "local") return;
    const isRecorded = author !== undefined || label !== undefined || this.#settings.record === "all";
    if (!isRecorded) {
      // Whoever changes nothing that is in the history pays nothing.
      if (this.#positions.size > 0 || this.#counters.size > 0) for (const each of changes) this.#noteOther(each);
      return;
    }
    this.#take(changes, author?.client ?? 0, label);
  }

  #take(changes: readonly Change[], client: number, label: string | undefined): void {
    // What was made comes and goes with all that it holds.
    const made = new Set(changes.flatMap((change) => (change instanceof Creation ? [change.object] : [])));
    const own = changes.filter(isUndoable).filter((change) => isEmit(change) || !made.has(holderOf(change) as SObject));
    for (const change of changes) if (!isUndoable(change)) this.#noteOther(change);
    if (own.length > 0) this.#add(own, client, label);
    this.#limit();
  }

  /** Takes the newest step of a scope back. Throws `in_transaction`. */
  undo(scope: UndoScope = {}): UndoResult {
    const entry = this.#in(scope).findLast(({ isUndone }) => !isUndone);
    return this.#travel(entry, "undo", scope);
  }

  /** Puts back the step that was taken back last, if nothing new has come in its scope since. Throws `in_transaction`. */
  redo(scope: UndoScope = {}): UndoResult {
    const entries = this.#in(scope);
    const last = entries.findLastIndex(({ isUndone }) => !isUndone);
    return this.#travel(entries[last + 1], "redo", scope);
  }

  #travel(entry: Entry | undefined, direction: "undo" | "redo", { mayUndo, askedBy }: UndoScope): UndoResult {
    if (isTransacting()) throw new ObjectSyncError("in_transaction", `${direction} is a transaction of its own`);
    if (!entry) return { undone: false, skipped: 0, reason: "not_found", label: undefined };
    const items = direction === "undo" ? entry.items.toReversed() : entry.items;
    let done = 0;
    let refused = 0;
    this.#isBusy = true;
    try {
      transactAs({ direction, askedBy }, () => {
        for (const item of items) {
          if (item.isDirect && mayUndo && !mayUndo(item.target, direction)) refused++;
          else if (item[direction]()) done++;
        }
      });
    } catch (error) {
      // What it did to the tree has been taken back, what it did to the entries cannot be.
      this.clear();
      throw error;
    } finally {
      this.#isBusy = false;
    }
    entry.isUndone = direction === "undo";
    const skipped = items.length - done;
    const reason = done > 0 ? undefined : refused > 0 ? "forbidden" : "conflict";
    return { undone: done > 0, skipped, reason, label: entry.label };
  }

  /** The entries of a scope, the oldest first. */
  #in({ below, client }: UndoScope): readonly Entry[] {
    if (!below && client === undefined) return this.#entries;
    return this.#entries.filter(
      (entry) => (client === undefined || entry.client === client) && (!below || this.#isBelow(entry, below)),
    );
  }

  /** Whether all that an entry changed is at an object or below it, as the tree is now. */
  #isBelow({ ancestor }: Entry, below: SObject): boolean {
    // What has gone counts for where it was.
    for (let each = ancestor; each; each = each.parent ?? undefined) {
      const present = this.#tree?.get(each.id);
      if (present) return below.contains(present);
    }
    return false;
  }

  #add(changes: readonly UndoableChange[], client: number, label: string | undefined): void {
    const now = this.#settings.clock.now();
    const topic = soleTopic(changes);
    const last = this.#entries.at(-1);
    const isSame =
      last && topic !== undefined && last.topic === topic && last.client === client && last.label === label;
    if (isSame && !last.isUndone && now - last.at <= this.#settings.mergeMs) {
      last.at = now;
      for (const change of changes as readonly TopicChange[]) this.#extend(last, change);
      return;
    }
    const entry = new Entry(client, label, commonAncestor(changes), topic, now);
    for (const change of changes) this.#push(entry, this.#itemOf(change));
    this.#entries.push(entry);
  }

  #extend(entry: Entry, change: TopicChange): void {
    const item = entry.items.at(-1);
    const canExtend = item instanceof PositionItem || item instanceof RegisterItem;
    if (canExtend && item.isDirect === !change.isDerived) {
      const before = item.bytes;
      if (item.extend(change.op, change.inverse)) {
        this.#bytes += item.bytes - before;
        return;
      }
    }
    this.#push(entry, this.#itemOf(change));
  }

  #push(entry: Entry, item: HistoryItem): void {
    entry.items.push(item);
    this.#bytes += item.bytes;
  }

  #itemOf(change: UndoableChange): HistoryItem {
    if (change instanceof TopicChange) return this.#topicItem(change);
    const tree = this.#tree as HistoryTree;
    if (change instanceof Movement) return new MovementItem(tree, change);
    if (change instanceof AttributeChange) return new AttributeItem(tree, change);
    return new PresenceItem(tree, change, change instanceof Creation, weightOf(change.object));
  }

  #topicItem({ topic, op, inverse, isDerived }: TopicChange): HistoryItem {
    const place = new TopicPlace(this.#tree, topic);
    const { kind } = topic;
    const { key } = place;
    if (kind.isEvent) return new EmitItem(place, this.#write, !isDerived, op);
    if (kind.isPositional) {
      let history = this.#positions.get(key);
      if (!history) {
        history = new OpHistory(kind);
        this.#positions.set(key, history);
      }
      return new PositionItem(place, this.#write, !isDerived, history, history.add(op, inverse, true));
    }
    this.#overwrite(key, op);
    // What adds up can be done twice; what is a register changes nothing the second time.
    if (kind.transform(op, op, "later").length === 0)
      return new RegisterItem(place, this.#write, !isDerived, op, inverse);
    const item = new CounterItem(place, this.#write, !isDerived, op, inverse);
    const counters = this.#counters.get(key);
    if (counters) counters.push(item);
    else this.#counters.set(key, [item]);
    return item;
  }

  /** What was done beside all entries may lie over what they did. */
  #noteOther(change: Change): void {
    if (!(change instanceof TopicChange)) return;
    const { topic, op, inverse } = change;
    const { key } = new TopicPlace(this.#tree, topic);
    if (topic.kind.isPositional) this.#positions.get(key)?.add(op, inverse, false);
    else this.#overwrite(key, op);
  }

  #overwrite(key: unknown, op: Op): void {
    const counters = this.#counters.get(key);
    // A `set` overwrites all of them, and anything else none.
    if (counters?.[0]?.over(op)) {
      for (const item of counters) item.over(op);
      this.#counters.delete(key);
    }
  }

  #limit(): void {
    const { maxTransactions, maxBytes } = this.#settings;
    let count = 0;
    while (this.#entries.length - count > maxTransactions || (this.#bytes > maxBytes && count < this.#entries.length)) {
      for (const item of (this.#entries[count++] as Entry).items) {
        item.release();
        this.#bytes -= item.bytes;
      }
    }
    if (count === 0) return;
    this.#entries = this.#entries.slice(count);
    for (const [key, history] of this.#positions) if (history.isEmpty) this.#positions.delete(key);
  }

  readonly #write: HistoryTree["write"] = (topic, op) => {
    if (this.#tree) return this.#tree.write(topic, op);
    const state = topicInternals.state(topic);
    const prepared = topic.kind.prepare(state, op);
    if (prepared) executePrepared(topic, prepared, topic.kind.invert(state, prepared), undefined);
  };
}

type UndoableChange = TreeChange;

/** Whether a change belongs in a history. */
function isUndoable(change: Change): change is UndoableChange {
  if (change instanceof TopicChange) {
    const { topic } = change;
    return topicInternals.isRecorded(topic) && (!topic.kind.isEvent || eventInternals.isReversible(topic));
  }
  return (
    change instanceof Creation ||
    change instanceof Destruction ||
    change instanceof Movement ||
    change instanceof AttributeChange
  );
}

/** Whether a change is one that no object holds: it does not come and go with the object whose event it is. */
function isEmit(change: UndoableChange): boolean {
  return change instanceof TopicChange && change.topic.kind.isEvent === true;
}

/** The object that a change is made in. */
function holderOf(change: UndoableChange): SObject | undefined {
  if (change instanceof TopicChange) return change.topic.object;
  if (change instanceof Creation || change instanceof Destruction) return change.parent;
  return change.object;
}

/** The place of the one topic that changes are about. */
function soleTopic(changes: readonly UndoableChange[]): unknown {
  let found: unknown;
  for (const change of changes) {
    if (!(change instanceof TopicChange) || isEmit(change)) return undefined;
    const { key } = new TopicPlace(undefined, change.topic);
    if (found !== undefined && found !== key) return undefined;
    found = key;
  }
  return found;
}

/** The lowest object that all which was changed is at or below. */
function commonAncestor(changes: readonly UndoableChange[]): SObject | undefined {
  let path: readonly SObject[] | undefined;
  for (const change of changes) {
    for (const object of touched(change)) {
      const own = pathTo(object);
      path = path ? path.filter((each, depth) => each === own[depth]) : own;
    }
  }
  return path?.at(-1);
}

function touched(change: UndoableChange): readonly SObject[] {
  if (change instanceof TopicChange) return change.topic.object ? [change.topic.object] : [];
  if (change instanceof Movement) return [change.from.parent, change.to.parent];
  return [change instanceof AttributeChange ? change.object : change.parent];
}

/** The objects from the root down to one. */
function pathTo(object: SObject): readonly SObject[] {
  const path: SObject[] = [];
  for (let each: SObject | null = object; each; each = each.parent) path.unshift(each);
  return path;
}

/** About the bytes of an object with all below it. */
function weightOf(object: SObject): number {
  let count = 0;
  forSubtree(object, () => count++);
  return count * 1_000;
}
