// History: the transactions of a tree that can be undone, in one list.
//
// An entry is one step: a transaction, or several quick edits of one topic. It knows who made it and which object all that
// it changed is below; so any part of the tree, and any author, can undo what is theirs, each by walking the one list. Of a
// part or an author, what was undone last is redone first, until something new is done there: that ends it for them.
//
// What later transactions did is not touched: an item that cannot be taken back any more is skipped, and the answer says
// so. Rules do not run: what they had changed is part of the entry. To undo is a transaction of its own, which is sent as
// any other, and is in no history.
//
// Not here: which changes an entry holds (history-changes.ts), how one is taken back (history-items.ts), and what must be
// known of others at the same place (history-places.ts).

import { type Clock, systemClock } from "./clock.ts";
import { ObjectSyncError } from "./error.ts";
import { stepChanges } from "./history-changes.ts";
import { Entry } from "./history-entry.ts";
import type { HistoryItem, HistoryTree } from "./history-items.ts";
import { HistoryPlaces } from "./history-places.ts";
import type { Op } from "./kind.ts";
import type { SObject } from "./object.ts";
import { presentAt } from "./place.ts";
import { AttributeItem, MovementItem, PresenceItem } from "./structure-items.ts";
import { type AnyTopic, executePrepared, TopicChange, topicInternals } from "./topic.ts";
import {
  afterCommit,
  afterTransaction,
  type Change,
  type Circumstances,
  type Direction,
  isTransacting,
  openChanges,
  type TransactionOptions,
  transactAs,
} from "./transaction.ts";
import { AttributeChange, Creation, Movement, type TreeChange } from "./tree-changes.ts";
import { notUndone, type UndoResult } from "./undo-result.ts";
import { TooMuchWork, type UndoScope, UndoWork } from "./undo-work.ts";

/** What a history keeps. */
export interface HistoryOptions {
  /** Steps at the most; the oldest falls off. Default: 1,000. */
  readonly maxTransactions?: number;
  /** About the bytes that they may hold in memory. Default: 16 MiB. */
  readonly maxBytes?: number;
  /**
   * Edits of one topic by one author that follow each other in less than so many milliseconds are one step. Default: 1,000.
   */
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
  /** The client whose it is, by the public id that it had when it first came; 0 for the server's own. */
  readonly client: number;
  readonly label: string | undefined;
  /** The lowest object that all of it was done at or below, as it is now; none if that is gone. */
  readonly object: SObject | undefined;
  /** When it was last added to, in milliseconds of the history's clock. */
  readonly at: number;
  /** Whether it is undone, and may be redone. */
  readonly isUndone: boolean;
}

/** What it takes to undo an item, beside what it writes. */
const STEPS_PER_ITEM = 500;

/** What it takes to ask whether an item may be undone. */
const STEPS_PER_QUESTION = 20;

/** See the head of this file. */
export class History {
  readonly #settings: Required<HistoryOptions>;
  readonly #tree: HistoryTree | undefined;
  readonly #places: HistoryPlaces;
  readonly #work = new UndoWork();
  /** The oldest first. */
  readonly #entries = new Set<Entry>();
  /** Those that are undone. */
  readonly #undone = new Set<Entry>();
  /** The newest of each author. */
  readonly #newest = new Map<number, Entry>();
  #bytes = 0;
  /** How many times something was done or undone. */
  #times = 0;
  /** Whether the `transact` of this history is running. */
  #isRecording = false;
  /** Whether what the open transaction does is left out. */
  #isCleared = false;

  /**
   * `treeFor`: gives the tree that it is the history of; none for topics that stand alone. Those must be changed by
   * `transact` of the one history only: of what happens beside it nobody tells it. Throws `invalid_value` for a limit that is
   * no number from 0.
   */
  constructor(options: HistoryOptions = {}, treeFor?: (work: UndoWork) => HistoryTree) {
    for (const name of ["maxTransactions", "maxBytes", "mergeMs"] as const) {
      const value = options[name];
      if (value === undefined || (typeof value === "number" && value >= 0)) continue;
      throw new ObjectSyncError("invalid_value", `history.${name} must be a number from 0, got ${value}`);
    }
    this.#settings = { ...DEFAULTS, ...options };
    this.#tree = treeFor?.(this.#work);
    this.#places = new HistoryPlaces(this.#tree, (topic, op) => this.#write(topic, op));
  }

  /** The steps as they are now, the oldest first. */
  get entries(): readonly HistoryEntry[] {
    return Array.from(this.#entries, ({ client, label, ancestor, at, isUndone }) => {
      return { client, label, object: ancestor && this.#tree?.get(ancestor.id), at, isUndone };
    });
  }

  /** Forgets all steps, and what the open transaction does. */
  clear(): void {
    this.#entries.clear();
    this.#undone.clear();
    this.#newest.clear();
    this.#bytes = 0;
    this.#places.clear();
    if (!isTransacting()) return;
    this.#isCleared = true;
    afterTransaction(() => {
      this.#isCleared = false;
    });
  }

  /**
   * Of a history without a tree: what `fn` does to topics that stand alone is one step of it. All or none, as `transact` has
   * it; inside of another one it belongs to that. Throws what `fn` throws.
   */
  transact<T>(fn: () => T, { label }: TransactionOptions = {}): T {
    if (this.#isRecording) return transactAs({}, fn);
    const mark = openChanges().length;
    this.#isRecording = true;
    try {
      return transactAs({}, () => {
        const result = fn();
        const changes = openChanges()
          .slice(mark)
          .filter(({ keeper }) => !keeper);
        afterCommit(() => {
          if (!this.#isCleared) this.#take(changes, 0, label);
        });
        return result;
      });
    } finally {
      this.#isRecording = false;
    }
  }

  /** Takes what a transaction of the tree has done. */
  note(changes: readonly Change[], { author, label, direction }: Circumstances): void {
    if (this.#isCleared || (direction ?? "local") !== "local") return;
    const isRecorded = author !== undefined || label !== undefined || this.#settings.record === "all";
    if (!isRecorded && this.#entries.size === 0) return;
    // What comes back otherwise than by an undo is not what it was.
    for (const change of changes) {
      if (change instanceof Creation && change.isReturn) this.#places.forget(change.object);
    }
    if (isRecorded) return this.#take(changes, author?.owner ?? author?.client ?? 0, label);
    for (const change of changes) if (change instanceof TopicChange) this.#places.noteOther(change);
    this.#limit();
  }

  /** Takes the newest step of a scope back. Throws `in_transaction`, and what the `init` of an object that comes back throws. */
  undo(scope: UndoScope = {}): UndoResult {
    return this.#revertLast(
      this.#in(scope).filter(({ isUndone }) => !isUndone),
      "undo",
      scope,
    );
  }

  /** Puts back the step that was undone last, if nothing new has come in its scope since. Throws as `undo` does. */
  redo(scope: UndoScope = {}): UndoResult {
    let newest = 0;
    let last: Entry | undefined;
    for (const entry of this.#in(scope)) {
      newest = Math.max(newest, entry.doneAs);
      if (entry.isUndone && entry.undoneAs > (last?.undoneAs ?? 0)) last = entry;
    }
    return this.#revertLast(last && last.undoneAs > newest ? [last] : [], "redo", scope);
  }

  /** Undoes or redoes the last one of which anything may be. */
  #revertLast(candidates: readonly Entry[], direction: Direction, scope: UndoScope): UndoResult {
    if (isTransacting()) throw new ObjectSyncError("in_transaction", `${direction} is a transaction of its own`);
    const { mayUndo } = scope;
    const isOpen = (item: HistoryItem): boolean => {
      if (!item.isDirect || !mayUndo) return true;
      this.#work.spend(STEPS_PER_QUESTION);
      return mayUndo(item.target, direction);
    };
    const isAnyOpen = ({ items }: Entry): boolean => !mayUndo || items.some((item) => item.isDirect && isOpen(item));
    const last = candidates.at(-1);
    if (!last) return notUndone("not_found");
    let entry: Entry | undefined;
    try {
      entry = this.#work.run(scope, () => candidates.findLast(isAnyOpen));
      if (!entry) return notUndone("forbidden", last.items.length, last.label);
      return this.#revert(entry, direction, isOpen, scope);
    } catch (error) {
      // Nothing is said of a step of which it is not known yet whether it is open to who asks.
      if (error instanceof TooMuchWork) return notUndone("too_large", entry?.items.length, entry?.label);
      throw error;
    }
  }

  /** Undoes or redoes what is open of an entry. */
  #revert(entry: Entry, direction: Direction, isOpen: (item: HistoryItem) => boolean, scope: UndoScope): UndoResult {
    const isUndo = direction === "undo";
    const items = isUndo ? entry.items.toReversed() : entry.items;
    const before = items.map(({ isUndone }) => isUndone);
    const lost = new Set<HistoryItem>();
    let done = 0;
    const revertItems = (): void => {
      for (const item of items) {
        if (item.isUndone === isUndo || !isOpen(item)) continue;
        this.#work.spend(STEPS_PER_ITEM + (item.effort ?? 0));
        if (item[direction]()) {
          item.isUndone = isUndo;
          done++;
        } else if (!isUndo && item.isUndone) lost.add(item);
      }
    };
    try {
      transactAs({ direction, askedBy: scope.askedBy }, () => {
        this.#work.run(scope, revertItems);
        // Before the commit: what waits for that may go on undoing.
        this.#mark(entry, isUndo);
      });
    } catch (error) {
      for (const [index, item] of items.entries()) item.isUndone = before[index] as boolean;
      // It would throw again, and nobody could go back beyond it.
      if (!(error instanceof TooMuchWork)) this.#drop([entry]);
      throw error;
    }
    const total = items.length;
    // What runs after the commit may have cleared the history.
    if (this.#entries.has(entry)) {
      this.#change(entry, () => {
        // What could not be redone stays undone for good, or the next redo would do more than it.
        entry.lose(lost);
        entry.weigh();
      });
      this.#limit();
    }
    const reason = done > 0 ? undefined : "conflict";
    return { undone: done > 0, skipped: total - done, reason, label: entry.label };
  }

  #mark(entry: Entry, isUndone: boolean): void {
    entry.isClosed = true;
    entry.isUndone = isUndone;
    entry.undoneAs = isUndone ? ++this.#times : 0;
    // An observer may have cleared the history.
    if (isUndone && this.#entries.has(entry)) this.#undone.add(entry);
    else this.#undone.delete(entry);
  }

  /** The entries of a scope, the oldest first. */
  #in({ below, client }: UndoScope): readonly Entry[] {
    const entries = [...this.#entries];
    if (!below && client === undefined) return entries;
    return entries.filter(
      (entry) => (client === undefined || entry.client === client) && (!below || this.#isBelow(entry, below)),
    );
  }

  /** Whether all that an entry changed is at an object or below it, as the tree is now. */
  #isBelow({ ancestor }: Entry, below: SObject): boolean {
    const present = ancestor && this.#tree && presentAt(this.#tree, ancestor);
    return present !== undefined && below.contains(present);
  }

  #take(all: readonly Change[], client: number, label: string | undefined): void {
    const { maxTransactions, clock } = this.#settings;
    if (maxTransactions === 0) return;
    const step = stepChanges(all);
    if (step.changes.length === 0) return;
    const now = clock.now();
    const open = this.#openEntry(client, label, step.topic, now);
    const entry = open ?? new Entry(client, label, step, (change) => this.#itemOf(change));
    this.#entries.add(entry);
    this.#newest.set(client, entry);
    entry.at = now;
    entry.doneAs = ++this.#times;
    this.#change(entry, () => {
      for (const change of step.changes) entry.add(change);
    });
    this.#endRedo(entry);
    this.#change(entry, () => entry.loseIdle());
    this.#limit();
  }

  /** The author's newest entry, if what follows it quickly belongs to it. */
  #openEntry(client: number, label: string | undefined, topic: unknown, now: number): Entry | undefined {
    const entry = topic === undefined ? undefined : this.#newest.get(client);
    return entry && now - entry.at < this.#settings.mergeMs && entry.takes(topic, label) ? entry : undefined;
  }

  #itemOf(change: TreeChange): HistoryItem {
    if (change instanceof TopicChange) return this.#places.itemOf(change);
    const tree = this.#tree as HistoryTree;
    if (change instanceof Movement) return new MovementItem(tree, change);
    if (change instanceof AttributeChange) return new AttributeItem(tree, change);
    return new PresenceItem(tree, change, change instanceof Creation);
  }

  /** Has an entry hold something else. One that holds nothing is dropped. */
  #change(entry: Entry, act: () => void): void {
    const { bytes } = entry;
    act();
    this.#bytes += entry.bytes - bytes;
    if (entry.items.length === 0) this.#drop([entry]);
  }

  /** Drops what nobody can redo any more, as its author has done something new there. */
  #endRedo({ client, ancestor }: Entry): void {
    if (this.#undone.size === 0) return;
    // Once, and not for each: there may be many, and far down.
    const around = new Set<number | undefined>([undefined]);
    for (let each = ancestor; each; each = each.parent ?? undefined) around.add(each.id);
    this.#drop([...this.#undone].filter((each) => each.client === client && around.has(each.ancestor?.id)));
  }

  #limit(): void {
    const { maxTransactions, maxBytes } = this.#settings;
    for (const oldest of this.#entries) {
      if (this.#entries.size <= maxTransactions && this.#bytes + this.#places.bytes <= maxBytes) return;
      this.#drop([oldest]);
    }
  }

  #drop(dropped: readonly Entry[]): void {
    for (const entry of dropped) {
      if (!this.#entries.delete(entry)) continue;
      this.#undone.delete(entry);
      if (this.#newest.get(entry.client) === entry) this.#newest.delete(entry.client);
      entry.release();
      this.#bytes -= entry.bytes;
    }
  }

  /** Carries an op of an undo out; returns what takes it back. Throws where the topic does not take it. */
  #write(topic: AnyTopic, unchecked: Op): Op | undefined {
    const { kind } = topic;
    const state = topicInternals.state(topic);
    this.#work.spend(2 * kind.effort(state, unchecked));
    const op = kind.prepare(state, unchecked);
    if (!op) return undefined;
    const inverse = kind.invert(state, op);
    this.#work.spendForWrite(topic, op, inverse);
    if (this.#tree) this.#tree.write(topic, op, inverse);
    else executePrepared(topic, op, inverse, undefined);
    return inverse;
  }
}
