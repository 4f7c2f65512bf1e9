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
import { type ErrorCode, ObjectSyncError } from "./error.ts";
import { type StepChanges, stepChanges } from "./history-changes.ts";
import type { HistoryItem, HistoryTarget, HistoryTree } from "./history-items.ts";
import { HistoryPlaces } from "./history-places.ts";
import type { Op } from "./kind.ts";
import type { SObject } from "./object.ts";
import { AttributeItem, MovementItem, PresenceItem, weightOfState, weightOfValues } from "./structure-items.ts";
import { type AnyTopic, executePrepared, TopicChange, topicInternals } from "./topic.ts";
import { PositionItem, placeKey, TopicItem } from "./topic-items.ts";
import {
  afterCommit,
  afterTransaction,
  type Change,
  type Circumstances,
  isTransacting,
  openChanges,
  type TransactionOptions,
  transactAs,
} from "./transaction.ts";
import { forSubtree } from "./tree.ts";
import { AttributeChange, Creation, Movement, type TreeChange } from "./tree-changes.ts";
import { weightOf } from "./weight.ts";

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
  /** When it was last added to, in milliseconds of the history's clock. */
  readonly at: number;
  /** Whether it is undone, and may be redone. */
  readonly isUndone: boolean;
}

/** What came of an undo or redo. */
export interface UndoResult {
  /** Whether anything was taken back, or put back. */
  readonly undone: boolean;
  /**
   * How many changes of the step stayed as they are: others came over them since, they were not open to who asked, or they
   * were too many for the history to keep.
   */
  readonly skipped: number;
  /**
   * Why nothing was done: `not_found` where there is no such step, `conflict` or `forbidden` where all was skipped, `too_large`
   * where it was more work than who asked may ask for now.
   */
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
  /**
   * Whether a change may be undone or redone. Asked for those that were asked for; what rules derived goes with them. Steps of
   * which nothing may be undone are passed over. Default: all may.
   */
  readonly mayUndo?: (target: HistoryTarget, direction: "undo" | "redo") => boolean;
  /** Whether a topic has room for what an undo writes. Default: it has. */
  readonly hasRoom?: (topic: AnyTopic, op: Op, inverse: Op) => boolean;
  /** Takes so many steps before they are done, as `Kind.effort` counts them; whether they may be. Default: any may. */
  readonly spend?: (steps: number) => boolean;
}

/** What it takes to undo an item, beside what it writes. */
const STEPS_PER_ITEM = 500;

/** What a byte takes that is written, or overwritten: it is sent to all. */
const STEPS_PER_BYTE = 2;

/** What an object takes that comes, goes, or comes to another parent. */
const STEPS_PER_OBJECT = 500;

/** An undo asks for more work than it may. */
class TooMuchWork extends Error {}

/** An entry that holds more bytes than these takes in no more. */
const MAX_MERGED_BYTES = 64 * 1024;

class Entry implements HistoryEntry {
  readonly client: number;
  readonly label: string | undefined;
  items: HistoryItem[] = [];
  /** Those of texts and lists that go on, by their places: what the transaction's own code did, and what was derived. */
  readonly texts = { direct: new Map<unknown, PositionItem>(), derived: new Map<unknown, PositionItem>() };
  /** All that it changed is at this object or below it. */
  readonly ancestor: SObject | undefined;
  /** The place of the one topic that it changed. */
  readonly topic: unknown;
  /** What its items count for. */
  bytes = 0;
  /** Whether what follows quickly may be added to it. */
  isOpen = true;
  isUndone = false;
  at: number;
  /** Which one it was, of all times when something was done or undone: when it was last added to, and when it was undone. */
  doneAs = 0;
  undoneAs = 0;

  constructor(client: number, label: string | undefined, { ancestor, topic }: StepChanges, at: number) {
    this.client = client;
    this.label = label;
    this.ancestor = ancestor;
    this.topic = topic;
    this.at = at;
  }
}

type Direction = "undo" | "redo";

/** See the head of this file. */
export class History {
  readonly #settings: Required<HistoryOptions>;
  readonly #tree: HistoryTree | undefined;
  readonly #places: HistoryPlaces;
  #entries: Entry[] = [];
  #bytes = 0;
  /** How many times something was done or undone. */
  #times = 0;
  /** Whether the `transact` of this history is running. */
  #isRecording = false;
  /** Whether what the open transaction does is left out. */
  #isCleared = false;
  /** Of the undo that is running. */
  #scope: UndoScope = {};

  /**
   * `tree`: what it is the history of; none for topics that stand alone. Those must be changed by `transact` of the one
   * history only: of what happens beside it nobody tells it.
   */
  constructor(options: HistoryOptions = {}, tree?: HistoryTree) {
    for (const name of ["maxTransactions", "maxBytes", "mergeMs"] as const) {
      const value = options[name];
      if (value === undefined || (typeof value === "number" && value >= 0)) continue;
      throw new ObjectSyncError("invalid_value", `history.${name} must be a number from 0, got ${value}`);
    }
    this.#settings = { ...DEFAULTS, ...options };
    this.#tree = tree && this.#chargedFor(tree);
    this.#places = new HistoryPlaces(tree, (topic, op) => this.#write(topic, op));
  }

  /** The steps as they are now, the oldest first. */
  get entries(): readonly HistoryEntry[] {
    return this.#entries.map(({ client, label, at, isUndone }) => ({ client, label, at, isUndone }));
  }

  /** Forgets all steps, and what the open transaction does. */
  clear(): void {
    this.#entries = [];
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
    if (!isRecorded && this.#entries.length === 0) return;
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
    return this.#travel(
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
    return this.#travel(last && last.undoneAs > newest ? [last] : [], "redo", scope);
  }

  /** Undoes or redoes the last one of which anything may be. */
  #travel(candidates: readonly Entry[], direction: Direction, scope: UndoScope): UndoResult {
    if (isTransacting()) throw new ObjectSyncError("in_transaction", `${direction} is a transaction of its own`);
    const { mayUndo } = scope;
    const isOpen = (item: HistoryItem): boolean => !item.isDirect || !mayUndo || mayUndo(item.target, direction);
    const isAnyOpen = ({ items }: Entry): boolean => !mayUndo || items.some((item) => item.isDirect && isOpen(item));
    const entry = candidates.findLast(isAnyOpen);
    if (entry) return this.#turn(entry, direction, isOpen, scope);
    const refused = candidates.at(-1);
    if (!refused) return { undone: false, skipped: 0, reason: "not_found", label: undefined };
    return { undone: false, skipped: refused.items.length, reason: "forbidden", label: refused.label };
  }

  #turn(entry: Entry, direction: Direction, isOpen: (item: HistoryItem) => boolean, scope: UndoScope): UndoResult {
    const isUndo = direction === "undo";
    const items = isUndo ? entry.items.toReversed() : [...entry.items];
    const before = items.map(({ isUndone }) => isUndone);
    const lost: HistoryItem[] = [];
    let done = 0;
    try {
      transactAs({ direction, askedBy: scope.askedBy }, () => {
        this.#scope = scope;
        for (const item of items) {
          if (item.isUndone === isUndo || !isOpen(item)) continue;
          this.#spend(STEPS_PER_ITEM + (item.effort ?? 0));
          if (item[direction]()) {
            item.isUndone = isUndo;
            done++;
          } else if (!isUndo && item.isUndone) lost.push(item);
        }
        this.#scope = {};
        // Before the commit: what waits for that may go on undoing.
        entry.isUndone = isUndo;
        entry.undoneAs = isUndo ? ++this.#times : 0;
      });
    } catch (error) {
      this.#scope = {};
      for (const [index, item] of items.entries()) item.isUndone = before[index] as boolean;
      if (error instanceof TooMuchWork) {
        return { undone: false, skipped: items.length, reason: "too_large", label: entry.label };
      }
      // It would throw again, and nobody could go back beyond it.
      this.#drop((each) => each === entry);
      throw error;
    }
    entry.isOpen = false;
    // What runs after the commit may have cleared the history.
    if (this.#entries.includes(entry)) {
      this.#lose(entry, lost);
      this.#weigh(entry);
      this.#limit();
    }
    const reason = done > 0 ? undefined : "conflict";
    return { undone: done > 0, skipped: items.length - done, reason, label: entry.label };
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

  #take(all: readonly Change[], client: number, label: string | undefined): void {
    const step = stepChanges(all);
    if (step.changes.length === 0) return;
    const now = this.#settings.clock.now();
    const entry = this.#openEntry(client, label, step.topic, now) ?? new Entry(client, label, step, now);
    if (entry.doneAs === 0) this.#entries.push(entry);
    entry.at = now;
    entry.doneAs = ++this.#times;
    for (const change of step.changes) this.#add(entry, change);
    this.#endRedo(entry);
    // What was typed was deleted again.
    this.#lose(
      entry,
      entry.items.filter((item) => item instanceof TopicItem && item.isIdle),
    );
    this.#limit();
  }

  /** The author's newest entry, if what follows it quickly belongs to it. */
  #openEntry(client: number, label: string | undefined, topic: unknown, now: number): Entry | undefined {
    if (topic === undefined) return undefined;
    for (const entry of this.#entries.toReversed()) {
      if (now - entry.at >= this.#settings.mergeMs) return undefined;
      if (entry.client !== client) continue;
      const isSame = entry.topic === topic && entry.label === label;
      const isSettled = entry.items.some((item) => item instanceof PositionItem && item.isSettled);
      return isSame && entry.isOpen && !isSettled && entry.bytes < MAX_MERGED_BYTES ? entry : undefined;
    }
    return undefined;
  }

  #add(entry: Entry, change: TreeChange): void {
    const texts = change.isDerived ? entry.texts.derived : entry.texts.direct;
    const earlier = this.#toExtend(entry, change, texts);
    if (earlier && change instanceof TopicChange) {
      const { bytes } = earlier;
      if (earlier.extend(change.op, change.inverse)) return this.#grow(entry, earlier.bytes - bytes);
    }
    const item = this.#itemOf(change);
    entry.items.push(item);
    this.#grow(entry, item.bytes);
    if (item instanceof PositionItem) texts.set(item.place.key, item);
    else if (!(change instanceof TopicChange) || change.topic.kind.isEvent) {
      // Texts keep to their order among what others may look at.
      entry.texts.direct.clear();
      entry.texts.derived.clear();
    }
  }

  /** The item of an entry that may take a change in. */
  #toExtend(entry: Entry, change: TreeChange, texts: Map<unknown, PositionItem>): TopicItem | undefined {
    if (!(change instanceof TopicChange)) return undefined;
    const key = placeKey(change.topic);
    if (change.topic.kind.isPositional) return texts.get(key);
    const last = entry.items.at(-1);
    const isSame = last instanceof TopicItem && last.isDirect === !change.isDerived && last.place.key === key;
    return isSame ? last : undefined;
  }

  #grow(entry: Entry, bytes: number): void {
    entry.bytes += bytes;
    this.#bytes += bytes;
  }

  /** Counts anew what an entry holds: what has gone is held by it, what has come back is not. */
  #weigh(entry: Entry): void {
    const bytes = entry.items.reduce((sum, item) => sum + item.bytes, 0);
    this.#grow(entry, bytes - entry.bytes);
  }

  /** Takes items out of an entry: what could not be redone stays undone for good, or the next redo would do more than it. */
  #lose(entry: Entry, items: readonly HistoryItem[]): void {
    if (items.length === 0) return;
    const lost = new Set(items);
    entry.items = entry.items.filter((item) => !lost.has(item));
    for (const item of items) {
      if (item instanceof PositionItem) {
        const texts = item.isDirect ? entry.texts.direct : entry.texts.derived;
        if (texts.get(item.place.key) === item) texts.delete(item.place.key);
      }
      this.#grow(entry, -item.bytes);
      item.release();
    }
    if (entry.items.length === 0) this.#drop((each) => each === entry);
  }

  #itemOf(change: TreeChange): HistoryItem {
    if (change instanceof TopicChange) return this.#places.itemOf(change);
    const tree = this.#tree as HistoryTree;
    if (change instanceof Movement) return new MovementItem(tree, change);
    if (change instanceof AttributeChange) return new AttributeItem(tree, change);
    return new PresenceItem(tree, change, change instanceof Creation);
  }

  /** Drops what nobody can redo any more, as its author has done something new there. */
  #endRedo({ client, ancestor }: Entry): void {
    this.#drop((each) => each.isUndone && each.client === client && isWithin(ancestor, each.ancestor));
  }

  #limit(): void {
    const { maxTransactions, maxBytes } = this.#settings;
    while (
      this.#entries.length > maxTransactions ||
      (this.#bytes + this.#places.bytes > maxBytes && this.#entries.length > 0)
    ) {
      const [oldest] = this.#entries;
      this.#drop((each) => each === oldest);
    }
  }

  #drop(isDropped: (entry: Entry) => boolean): void {
    if (!this.#entries.some(isDropped)) return;
    const dropped = this.#entries.filter(isDropped);
    this.#entries = this.#entries.filter((entry) => !dropped.includes(entry));
    for (const { items, bytes } of dropped) {
      for (const item of items) item.release();
      this.#bytes -= bytes;
    }
  }

  /** Carries an op of an undo out; returns what takes it back. Throws where the topic does not take it. */
  #write(topic: AnyTopic, unchecked: Op): Op | undefined {
    const { kind } = topic;
    const state = topicInternals.state(topic);
    this.#spend(2 * kind.effort(state, unchecked));
    const op = kind.prepare(state, unchecked);
    if (!op) return undefined;
    const inverse = kind.invert(state, op);
    this.#spend(STEPS_PER_BYTE * (weightOf(op) + weightOf(inverse)));
    const { hasRoom } = this.#scope;
    if (hasRoom && !hasRoom(topic, op, inverse)) throw new ObjectSyncError("too_large");
    if (this.#tree) this.#tree.write(topic, op, inverse);
    else executePrepared(topic, op, inverse, undefined);
    return inverse;
  }

  /** The tree, of which what is much work is done only where it may be. */
  #chargedFor(tree: HistoryTree): HistoryTree {
    const spendForAll = (object: SObject, stepsFor: (each: SObject) => number): void => {
      if (this.#scope.spend) forSubtree(object, (each) => this.#spend(STEPS_PER_OBJECT + stepsFor(each)));
    };
    return {
      get: (id) => tree.get(id),
      topicOf: (object, slot) => tree.topicOf(object, slot),
      write: (topic, op, inverse) => tree.write(topic, op, inverse),
      destroy(object) {
        spendForAll(object, () => 0);
        tree.destroy(object);
      },
      revive(object, place) {
        spendForAll(object, (each) => STEPS_PER_BYTE * weightOfValues(each));
        return tree.revive(object, place);
      },
      moveTo(object, place) {
        if (object.parent !== place.parent) spendForAll(object, () => 0);
        return tree.moveTo(object, place);
      },
      setAttribute: (object, slot, added, isThere) => {
        if (this.#scope.spend && added.topic) this.#spend(STEPS_PER_BYTE * weightOfState(added.topic));
        return tree.setAttribute(object, slot, added, isThere);
      },
    };
  }

  #spend(steps: number): void {
    if (this.#scope.spend && !this.#scope.spend(steps)) throw new TooMuchWork();
  }
}

/** Whether an object is another one or below it, whichever instances they are. All is within none. */
function isWithin(object: SObject | undefined, ancestor: SObject | undefined): boolean {
  if (!ancestor) return true;
  for (let each = object; each; each = each.parent ?? undefined) if (each.id === ancestor.id) return true;
  return false;
}
