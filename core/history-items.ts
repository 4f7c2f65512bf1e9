// The items of a history: what a change did, in a form that can be undone and redone later, when other things have happened
// and objects may have gone and come back. So an item knows objects by id.
//
// To undo loses to what came later: each item looks whether what it did is still there, and says no where it is not. What
// was not undone is not redone either.
//
// Not here: what an item must know of others at its place (history-places.ts), and how texts and lists go back
// (op-history.ts).

import type { AddedAttribute } from "./added-attributes.ts";
import { ObjectSyncError } from "./error.ts";
import { eventInternals } from "./event-topic.ts";
import type { AnyKind, Op } from "./kind.ts";
import type { SObject } from "./object.ts";
import { objectInternals } from "./object-internals.ts";
import type { CarryOut, OpHistory, OpStep } from "./op-history.ts";
import { type Place, placeOf } from "./place.ts";
import { type AnyTopic, type TopicChange, topicInternals } from "./topic.ts";
import { transact } from "./transaction.ts";
import { forSubtree } from "./tree.ts";
import type { AttributeChange, Creation, Destruction, Movement } from "./tree-changes.ts";
import { type Data, equals } from "./value.ts";
import { weightOf } from "./weight.ts";

/** What a history does to the tree that it is of. */
export interface HistoryTree {
  get(id: number): SObject | undefined;
  topicOf(object: SObject, slot: number): AnyTopic | undefined;
  /** Writes an op, where the topic can have it. */
  write(topic: AnyTopic, op: Op): void;
  /** Brings an object back that was destroyed, with all below it, in new instances. Tells whether it could. */
  revive(object: SObject, place: Place): boolean;
  destroy(object: SObject): void;
  /** Tells whether it could. */
  moveTo(object: SObject, place: Place): boolean;
  /** Gives an object an attribute back, or takes it away. */
  setAttribute(object: SObject, slot: number, added: AddedAttribute, isThere: boolean): boolean;
}

/** One change of a history, or several of one topic. */
export interface HistoryItem {
  /** Whether the transaction's own code, or its author, asked for it; else a rule or a build derived it. */
  readonly isDirect: boolean;
  /** About the bytes that it holds itself. */
  readonly bytes: number;
  /** What it was done to; what is asked to authorize it. */
  readonly target: HistoryTarget;
  /** Whether it is taken back. Whoever takes it back, or puts it back, says so. */
  isUndone: boolean;
  /** Tells whether anything could be taken back. */
  undo(): boolean;
  redo(): boolean;
  /** It will not be asked any more. */
  release(): void;
}

/** What an item is about, for who decides whether somebody may undo it. Objects may be gone, or other instances by now. */
export type HistoryTarget =
  | { readonly type: "topic"; readonly topic: AnyTopic | undefined; readonly object: SObject | undefined }
  | { readonly type: "create" | "destroy"; readonly object: SObject; readonly parent: SObject }
  | { readonly type: "move"; readonly object: SObject; readonly from: SObject; readonly to: SObject }
  | { readonly type: "attribute"; readonly object: SObject };

/** Where a topic is: in an object of the tree, whichever instance that is by then, or by itself. */
export class TopicPlace {
  readonly #tree: HistoryTree | undefined;
  readonly #topic: AnyTopic;
  /** The same for all that are at one place. */
  readonly key: unknown;

  constructor(tree: HistoryTree | undefined, topic: AnyTopic) {
    this.#tree = tree;
    this.#topic = topic;
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
    const topic = present && this.#tree?.topicOf(present, topicInternals.slot(this.#topic));
    return topic?.kind === this.#topic.kind ? topic : undefined;
  }
}

/** What stands for the place of a topic: the same for all that are there, one after the other. */
export function placeKey(topic: AnyTopic): unknown {
  const { object } = topic;
  return object ? `${object.id}.${topicInternals.slot(topic)}` : topic;
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

/** What an item of a topic is made with. */
export interface TopicItemParts {
  readonly place: TopicPlace;
  readonly write: HistoryTree["write"];
  readonly change: TopicChange;
}

/** Something that was done to a topic. */
export abstract class TopicItem implements HistoryItem {
  readonly isDirect: boolean;
  readonly place: TopicPlace;
  protected readonly write: HistoryTree["write"];

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

/** Ops on a text or list: what others did stays. */
export class PositionItem extends TopicItem {
  /** Its history counts for it. */
  readonly bytes = 0;
  readonly #history: OpHistory;
  readonly #step: OpStep = { isUndone: false };

  constructor(parts: TopicItemParts, history: OpHistory) {
    super(parts);
    this.#history = history;
    history.note(parts.change.op, parts.change.inverse, this.#step);
  }

  get isUndone(): boolean {
    return this.#step.isUndone;
  }

  set isUndone(isUndone: boolean) {
    this.#step.isUndone = isUndone;
  }

  override extend(op: Op, inverse: Op): boolean {
    this.#history.note(op, inverse, this.#step);
    return true;
  }

  override get isIdle(): boolean {
    return !this.#history.isTraced(this.#step);
  }

  undo(): boolean {
    return this.#turn();
  }

  redo(): boolean {
    return this.#turn();
  }

  override release(): void {
    this.#history.release(this.#step);
  }

  #turn(): boolean {
    const { topic } = this.place;
    if (!topic) return false;
    const carryOut: CarryOut = (unchecked) => {
      const state = topicInternals.state(topic);
      const op = topic.kind.prepare(state, unchecked);
      const inverse = op && topic.kind.invert(state, op);
      if (op) this.write(topic, op);
      return inverse;
    };
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
  isUndone = false;
  #op: Op;
  #inverse: Op;

  constructor(parts: TopicItemParts) {
    super(parts);
    this.#op = parts.change.op;
    this.#inverse = parts.change.inverse;
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

/** An addition to a number: it is taken back unless the number was set since. */
export class CounterItem extends TopicItem {
  readonly bytes = 200;
  isUndone = false;
  /** What has set the number since, if that can be undone; `null` if it cannot. */
  setBy: RegisterItem | null | undefined;
  #op: Op;
  /** What leads to the very number from before, if nothing was added since. */
  #inverse: Op;
  #undo: Undo | undefined;
  readonly #onRelease: (item: CounterItem) => void;

  constructor(parts: TopicItemParts, onRelease: (item: CounterItem) => void) {
    super(parts);
    this.#op = parts.change.op;
    this.#inverse = parts.change.inverse;
    this.#onRelease = onRelease;
  }

  /** Whether what it added is of no account, as the number was set since. */
  get isOverwritten(): boolean {
    return this.setBy !== undefined && !this.setBy?.isUndone;
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
    this.#onRelease(this);
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

abstract class StructureItem implements HistoryItem {
  readonly isDirect: boolean;
  isUndone = false;
  protected readonly tree: HistoryTree;

  constructor(tree: HistoryTree, isDirect: boolean) {
    this.tree = tree;
    this.isDirect = isDirect;
  }

  abstract readonly bytes: number;
  abstract readonly target: HistoryTarget;
  abstract undo(): boolean;
  abstract redo(): boolean;
  release(): void {}

  /** The same place, with the instance that the parent is by now. */
  protected present({ parent, orderKey }: Place): Place | undefined {
    const there = this.tree.get(parent.id);
    return there && { parent: there, orderKey };
  }
}

/** An object that came or went. */
export class PresenceItem extends StructureItem {
  readonly bytes: number;
  readonly #isCreation: boolean;
  /** As it was when it went last. */
  #object: SObject;
  #place: Place;

  constructor(tree: HistoryTree, change: Creation | Destruction, isCreation: boolean) {
    super(tree, !change.isDerived);
    this.#isCreation = isCreation;
    this.#object = change.object;
    this.#place = { parent: change.parent, orderKey: change.orderKey };
    this.bytes = isCreation ? OBJECT_BYTES : weightOfAll(change.object);
  }

  get target(): HistoryTarget {
    return { type: this.#isCreation ? "create" : "destroy", object: this.#object, parent: this.#place.parent };
  }

  undo(): boolean {
    return this.#isCreation ? this.#remove() : this.#revive();
  }

  redo(): boolean {
    return this.#isCreation ? this.#revive() : this.#remove();
  }

  #remove(): boolean {
    const object = this.tree.get(this.#object.id);
    if (!object?.parent) return false;
    this.#object = object;
    this.#place = placeOf(object);
    this.tree.destroy(object);
    return true;
  }

  #revive(): boolean {
    const place = this.present(this.#place);
    return place !== undefined && !this.tree.get(this.#object.id) && this.tree.revive(this.#object, place);
  }
}

/** An object that got another place: it is put back where it still is at the place that it got. */
export class MovementItem extends StructureItem {
  readonly bytes = OBJECT_BYTES;
  readonly #object: SObject;
  #from: Place;
  #to: Place;

  constructor(tree: HistoryTree, { object, from, to, isDerived }: Movement) {
    super(tree, !isDerived);
    this.#object = object;
    this.#from = from;
    this.#to = to;
  }

  get target(): HistoryTarget {
    return { type: "move", object: this.#object, from: this.#from.parent, to: this.#to.parent };
  }

  undo(): boolean {
    const arrived = this.#move(this.#to, this.#from);
    this.#from = arrived ?? this.#from;
    return arrived !== undefined;
  }

  redo(): boolean {
    const arrived = this.#move(this.#from, this.#to);
    this.#to = arrived ?? this.#to;
    return arrived !== undefined;
  }

  /** Returns where it has come to lie: somebody else may have the very place. */
  #move(from: Place, to: Place): Place | undefined {
    const object = this.tree.get(this.#object.id);
    const place = this.present(to);
    if (!object || !place || object.parent?.id !== from.parent.id) return undefined;
    const isThere = objectInternals.orderKey(object) === from.orderKey && this.tree.moveTo(object, place);
    return isThere ? placeOf(object) : undefined;
  }
}

/** An attribute that came or went. */
export class AttributeItem extends StructureItem {
  readonly bytes: number;
  readonly #object: SObject;
  readonly #slot: number;
  readonly #isAddition: boolean;
  /** As it was when it went last. */
  #added: AddedAttribute;

  constructor(tree: HistoryTree, { object, slot, added, isAddition, isDerived }: AttributeChange) {
    super(tree, !isDerived);
    this.#object = object;
    this.#slot = slot;
    this.#added = added;
    this.#isAddition = isAddition;
    this.bytes = OBJECT_BYTES + (added.topic ? weightOfState(added.topic) : 0);
  }

  get target(): HistoryTarget {
    return { type: "attribute", object: this.#object };
  }

  undo(): boolean {
    return this.#set(!this.#isAddition);
  }

  redo(): boolean {
    return this.#set(this.#isAddition);
  }

  #set(isThere: boolean): boolean {
    const object = this.tree.get(this.#object.id);
    if (!object) return false;
    if (!isThere) this.#added = objectInternals.added(object)?.get(this.#slot) ?? this.#added;
    return this.tree.setAttribute(object, this.#slot, this.#added, isThere);
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

/** What an object takes in memory beside its values, or a change of where it is. */
const OBJECT_BYTES = 1_000;

function sizeOf(op: Op): number {
  return OP_BYTES + weightOf(op);
}

/** About the bytes of an object with all below it. */
function weightOfAll(object: SObject): number {
  let bytes = 0;
  forSubtree(object, (each) => {
    bytes += OBJECT_BYTES;
    for (const slot of slotsOf(each)) bytes += weightOfState(each.tree.topicOf(each, slot) as AnyTopic);
  });
  return bytes;
}

function weightOfState(topic: AnyTopic): number {
  return weightOf(topic.kind.toWire(topicInternals.state(topic)));
}

/** The slots of an object's attributes, also of those that it has beyond its type. */
export function slotsOf(object: SObject): readonly number[] {
  const own = objectInternals.shape(object).attributes.map((_, index) => index + 1);
  return [...own, ...(objectInternals.added(object)?.all.keys() ?? [])];
}
