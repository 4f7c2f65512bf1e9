// What was done to topics, as items of a history.
//
// Not here: what an item must know of others at its place (history-places.ts), and how texts and lists go back
// (op-history.ts).

import { ObjectSyncError } from "./error.ts";
import { eventInternals } from "./event-topic.ts";
import type { HistoryItem, HistoryTarget, HistoryTree } from "./history-items.ts";
import type { AnyKind, Op } from "./kind.ts";
import { attributeOf, type SObject } from "./object.ts";
import type { CarryOut, OpHistory, OpStep } from "./op-history.ts";
import { type AnyTopic, type TopicChange, topicInternals } from "./topic.ts";
import { transact } from "./transaction.ts";
import { type Data, equals } from "./value.ts";
import { weightOf } from "./weight.ts";

/** Where a topic is: in an object of the tree, whichever instance that is by then, or by itself. */
export class TopicPlace {
  readonly #tree: HistoryTree | undefined;
  readonly #topic: AnyTopic;
  /** What its attribute is called: in an object that was restored, another one may have its slot. */
  readonly #name: string | undefined;
  /** The same for all that are at one place. */
  readonly key: unknown;

  constructor(tree: HistoryTree | undefined, topic: AnyTopic) {
    this.#tree = tree;
    this.#topic = topic;
    this.#name = nameAt(topic.object, topicInternals.slot(topic));
    this.key = placeKey(topic);
  }

  get kind(): AnyKind {
    return this.#topic.kind;
  }

  get object(): SObject | undefined {
    return this.#topic.object;
  }

  /** The topic, if it is there. */
  get topic(): AnyTopic | undefined {
    const { object } = this.#topic;
    if (!object) return this.#topic;
    const present = this.#tree?.get(object.id);
    const slot = topicInternals.slot(this.#topic);
    const topic = present && this.#tree?.topicOf(present, slot);
    return topic?.kind === this.#topic.kind && nameAt(present, slot) === this.#name ? topic : undefined;
  }
}

function nameAt(object: SObject | undefined, slot: number): string | undefined {
  return object && attributeOf(object, slot)?.name;
}

/** What stands for the place of a topic: the same for all that are there, one after the other. */
export function placeKey(topic: AnyTopic): unknown {
  const { object } = topic;
  return object ? `${object.id}.${topicInternals.slot(topic)}` : topic;
}

/** Writes an op of an undo; returns what takes it back, nothing where it changes nothing. Throws where it cannot be. */
export type Write = (topic: AnyTopic, unchecked: Op) => Op | undefined;

/** What an item of a topic is made with. */
export interface TopicItemParts {
  readonly place: TopicPlace;
  readonly write: Write;
  readonly change: TopicChange;
}

/** Something that was done to a topic. */
export abstract class TopicItem implements HistoryItem {
  readonly isDirect: boolean;
  readonly place: TopicPlace;
  protected readonly write: Write;

  constructor({ place, write, change }: TopicItemParts) {
    this.place = place;
    this.write = write;
    this.isDirect = !change.isDerived;
  }

  get target(): HistoryTarget {
    return { type: "topic", topic: this.place.topic, object: this.place.object };
  }

  abstract readonly bytes: number;
  abstract isUndone: boolean;

  /** Takes what was done next at the same place in, if the two can be one. */
  extend(_op: Op, _inverse: Op): boolean {
    return false;
  }

  /** Whether nothing is left of all that was done. */
  get isIdle(): boolean {
    return false;
  }

  abstract undo(): boolean;
  abstract redo(): boolean;
  release(): void {}
}

/** What it takes to go along a place of an `OpHistory`. */
const STEPS_PER_PLACE = 10;

/** Ops on a text or list: what others did stays. */
export class PositionItem extends TopicItem {
  /** Beside what its history counts. */
  readonly bytes = 500;
  readonly #history: OpHistory;
  readonly #onRelease: () => void;
  readonly #step: OpStep = { isUndone: false };

  /** `onRelease`: the item will not ask its history for anything any more. */
  constructor(parts: TopicItemParts, history: OpHistory, onRelease: () => void) {
    super(parts);
    this.#history = history;
    this.#onRelease = onRelease;
    history.note(parts.change.op, parts.change.inverse, this.#step);
  }

  get isUndone(): boolean {
    return this.#step.isUndone;
  }

  set isUndone(isUndone: boolean) {
    this.#history.set(this.#step, isUndone);
  }

  get effort(): number {
    return STEPS_PER_PLACE * this.#history.length;
  }

  /** Whether it was too much: it is there, and cannot be taken back. */
  get isSettled(): boolean {
    return this.#history.isSettled(this.#step);
  }

  override extend(op: Op, inverse: Op): boolean {
    // Another value has come in the place of the one that it was done to.
    if (this.#history.isEnded) return false;
    // Of what is taken back in part only nobody has anything.
    this.#history.note(op, inverse, this.isSettled ? undefined : this.#step);
    return true;
  }

  override get isIdle(): boolean {
    return !this.isSettled && !this.#history.isTraced(this.#step);
  }

  undo(): boolean {
    return this.#turn();
  }

  redo(): boolean {
    return this.#turn();
  }

  override release(): void {
    this.#history.release(this.#step);
    this.#onRelease();
  }

  #turn(): boolean {
    const { topic } = this.place;
    if (!topic) return false;
    const carryOut: CarryOut = (op) => this.write(topic, op);
    let isChanged = false;
    return (
      attempt(() => {
        isChanged = this.#history.turn(this.#step, carryOut);
      }) && isChanged
    );
  }
}

/** An op on a register: it is taken back where what it wrote is still there. */
export class RegisterItem extends TopicItem {
  readonly #overwriting: Overwriting | undefined;
  #isUndone = false;
  #op: Op;
  #inverse: Op;

  /** `overwriting`: of a number to which others have added. */
  constructor(parts: TopicItemParts, overwriting: Overwriting | undefined) {
    super(parts);
    this.#overwriting = overwriting;
    this.#op = parts.change.op;
    this.#inverse = parts.change.inverse;
  }

  get isUndone(): boolean {
    return this.#isUndone;
  }

  set isUndone(isUndone: boolean) {
    if (this.#isUndone === isUndone) return;
    this.#isUndone = isUndone;
    if (isUndone) this.#overwriting?.takeBack();
    else this.#overwriting?.putBack();
  }

  get bytes(): number {
    return sizeOf(this.#op) + sizeOf(this.#inverse);
  }

  override extend(op: Op, inverse: Op): boolean {
    // Else somebody has written in between.
    if (!equals(inverse as Data, this.#op as Data)) return false;
    const merged = this.place.kind.merge(this.#op, op);
    const back = this.place.kind.merge(inverse, this.#inverse);
    if (!merged || !back) return false;
    this.#op = merged;
    this.#inverse = back;
    return true;
  }

  override get isIdle(): boolean {
    return equals(this.#op as Data, this.#inverse as Data);
  }

  undo(): boolean {
    return this.#replace(this.#op, this.#inverse);
  }

  redo(): boolean {
    return this.#replace(this.#inverse, this.#op);
  }

  #replace(present: Op, next: Op): boolean {
    const { topic } = this.place;
    return topic !== undefined && holds(topic, present) && attempt(() => this.write(topic, next));
  }
}

/** What is known of a number beside what was added to it. Its times are those at which it was added to, or set. */
export interface Counter {
  /** When it was set last, of all that is in effect; 0 if never. */
  setAt: number;
  /** How many additions to it there are in the history. */
  items: number;
}

/** That a number was set by a step, which can be undone. */
export class Overwriting {
  readonly #counter: Counter;
  readonly #at: number;
  #before: number;

  constructor(counter: Counter, at: number) {
    this.#counter = counter;
    this.#at = at;
    this.#before = counter.setAt;
    counter.setAt = at;
  }

  takeBack(): void {
    // Else it was set again.
    if (this.#counter.setAt === this.#at) this.#counter.setAt = this.#before;
  }

  putBack(): void {
    if (this.#counter.setAt >= this.#at) return;
    this.#before = this.#counter.setAt;
    this.#counter.setAt = this.#at;
  }
}

/** An addition to a number: it is taken back unless the number was set since. */
export class CounterItem extends TopicItem {
  readonly bytes = 200;
  isUndone = false;
  readonly #counter: Counter;
  readonly #at: number;
  #op: Op;
  /** What leads to the very number from before, if nothing was added since. */
  #inverse: Op;
  #undo: Undo | undefined;
  readonly #onRelease: () => void;

  constructor(parts: TopicItemParts, counter: Counter, at: number, onRelease: () => void) {
    super(parts);
    this.#counter = counter;
    this.#at = at;
    this.#op = parts.change.op;
    this.#inverse = parts.change.inverse;
    this.#onRelease = onRelease;
  }

  /** Whether what it added is of no account, as the number was set since. */
  get isOverwritten(): boolean {
    return this.#counter.setAt > this.#at;
  }

  override extend(op: Op, inverse: Op): boolean {
    if (this.isOverwritten) return false;
    const merged = this.place.kind.merge(this.#op, op);
    const back = this.place.kind.merge(inverse, this.#inverse);
    if (!merged || !back || !this.place.kind.negate?.(merged)) return false;
    this.#op = merged;
    this.#inverse = back;
    return true;
  }

  override get isIdle(): boolean {
    return equals(this.#op as Data, this.#inverse as Data);
  }

  undo(): boolean {
    const undo = this.#carryOut(this.#inverse, this.#op, this.place.kind.negate?.(this.#op) as Op);
    if (undo) this.#undo = undo;
    return undo !== undefined;
  }

  redo(): boolean {
    const { op, inverse } = this.#undo as Undo;
    return this.#carryOut(inverse, op, this.#op) !== undefined;
  }

  override release(): void {
    this.#onRelease();
  }

  /** Carries `exact` out if that is what takes the op back that was `done`; where others have added since, what does. */
  #carryOut(exact: Op, done: Op, otherwise: Op): Undo | undefined {
    const { topic } = this.place;
    if (!topic || this.isOverwritten) return undefined;
    const { kind } = topic;
    const state = topicInternals.state(topic);
    const isExact = kind.equals(kind.apply(kind.apply(state, exact), done), state);
    const op = isExact ? exact : otherwise;
    const inverse = kind.invert(state, op);
    return attempt(() => this.write(topic, op)) ? { op, inverse } : undefined;
  }
}

/** What was done to undo an addition, and what takes that back. */
interface Undo {
  readonly op: Op;
  readonly inverse: Op;
}

/** An event that has an inverse. */
export class EmitItem extends TopicItem {
  readonly bytes: number;
  isUndone = false;
  readonly #op: Op;

  constructor(parts: TopicItemParts) {
    super(parts);
    const { op } = parts.change;
    this.#op = op;
    this.bytes = sizeOf(op) + weightOf(eventInternals.infoOf(op));
  }

  undo(): boolean {
    const { topic } = this.place;
    if (!topic || !eventInternals.isReversible(topic)) return false;
    eventInternals.takeBack(topic, this.#op);
    return true;
  }

  redo(): boolean {
    const { topic } = this.place;
    if (topic) this.write(topic, this.#op);
    return topic !== undefined;
  }
}

/** Runs a part of an undo, or nothing of it where a topic does not take what it writes. Tells which. */
function attempt(part: () => void): boolean {
  try {
    transact(part);
    return true;
  } catch (error) {
    if (error instanceof ObjectSyncError) return false;
    throw error;
  }
}

/** Whether what an op wrote is there: then it would change nothing. */
function holds(topic: AnyTopic, op: Op): boolean {
  try {
    return topic.kind.prepare(topicInternals.state(topic), op) === undefined;
  } catch {
    // There is no place for it any more.
    return false;
  }
}

/** What an op takes in memory beside its data, in bytes. */
const OP_BYTES = 100;

function sizeOf(op: Op): number {
  return OP_BYTES + weightOf(op);
}
