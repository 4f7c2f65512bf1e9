// The items of a history: what one change did, in a form that can be undone and redone later, when other things have
// happened and objects may have gone and come back. So an item knows objects by id.
//
// To undo loses to what came later: each item looks whether what it did is still there, and says no where it is not.

import type { AddedAttribute } from "./added-attributes.ts";
import { encode } from "./codec.ts";
import { eventInternals } from "./event-topic.ts";
import type { AnyKind, Op } from "./kind.ts";
import type { SObject } from "./object.ts";
import { objectInternals } from "./object-internals.ts";
import type { CarryOut, OpHistory, OpItem } from "./op-history.ts";
import { type AnyTopic, topicInternals } from "./topic.ts";
import type { Creation, Destruction, Movement, Place } from "./tree-changes.ts";

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

/** One change of a history. */
export interface HistoryItem {
  /** Whether the transaction's own code, or its author, asked for it; else a rule or a build derived it. */
  readonly isDirect: boolean;
  /** About the bytes that it holds. */
  readonly bytes: number;
  /** What it was done to; what is asked to authorize it. */
  readonly target: HistoryTarget;
  /** Tells whether it could be taken back. */
  undo(): boolean;
  redo(): boolean;
  /** It will not be asked any more. */
  release(): void;
}

/** What an item is about, for who decides whether somebody may undo it. */
export type HistoryTarget =
  | { readonly type: "topic"; readonly topic: AnyTopic | undefined }
  | { readonly type: "create" | "destroy" | "move"; readonly object: SObject; readonly parent: SObject }
  | { readonly type: "attribute" };

/** Where a topic is: in an object of the tree, whichever instance that is by then, or by itself. */
export class TopicPlace {
  readonly #tree: HistoryTree | undefined;
  readonly #topic: AnyTopic;

  constructor(tree: HistoryTree | undefined, topic: AnyTopic) {
    this.#tree = tree;
    this.#topic = topic;
  }

  /** The same for all that are at one place. */
  get key(): unknown {
    const { object } = this.#topic;
    return object ? `${object.id}.${topicInternals.slot(this.#topic)}` : this.#topic;
  }

  get kind(): AnyKind {
    return this.#topic.kind;
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

abstract class TopicItem implements HistoryItem {
  readonly isDirect: boolean;
  protected readonly place: TopicPlace;
  protected readonly write: HistoryTree["write"];

  constructor(place: TopicPlace, write: HistoryTree["write"], isDirect: boolean) {
    this.place = place;
    this.write = write;
    this.isDirect = isDirect;
  }

  get target(): HistoryTarget {
    return { type: "topic", topic: this.place.topic };
  }

  abstract readonly bytes: number;
  abstract undo(): boolean;
  abstract redo(): boolean;
  release(): void {}
}

/** An op on a text or list: what came later is transformed over, and stays. */
export class PositionItem extends TopicItem {
  readonly #history: OpHistory;
  readonly #item: OpItem;

  constructor(place: TopicPlace, write: HistoryTree["write"], isDirect: boolean, history: OpHistory, item: OpItem) {
    super(place, write, isDirect);
    this.#history = history;
    this.#item = item;
  }

  get bytes(): number {
    return sizeOf(this.#item.ops) + sizeOf(this.#item.inverse);
  }

  /** Takes another op of the same step in, if both can be one. */
  extend(op: Op, inverse: Op): boolean {
    return this.#history.extend(this.#item, op, inverse);
  }

  undo(): boolean {
    return this.#history.undo(this.#item, this.#carryOut());
  }

  redo(): boolean {
    return this.#history.redo(this.#item, this.#carryOut());
  }

  override release(): void {
    this.#history.release(this.#item);
  }

  #carryOut(): CarryOut {
    const { topic } = this.place;
    return (op) => {
      if (!topic) return undefined;
      const inverse = topic.kind.invert(topicInternals.state(topic), op);
      this.write(topic, op);
      return inverse;
    };
  }
}

/** An op on a register: it is taken back where what it wrote is still there. */
export class RegisterItem extends TopicItem {
  #op: Op;
  #inverse: Op;

  constructor(place: TopicPlace, write: HistoryTree["write"], isDirect: boolean, op: Op, inverse: Op) {
    super(place, write, isDirect);
    this.#op = op;
    this.#inverse = inverse;
  }

  get bytes(): number {
    return sizeOf([this.#op, this.#inverse]);
  }

  extend(op: Op, inverse: Op): boolean {
    const merged = this.place.kind.merge(this.#op, op);
    const back = this.place.kind.merge(inverse, this.#inverse);
    if (!merged || !back) return false;
    this.#op = merged;
    this.#inverse = back;
    return true;
  }

  undo(): boolean {
    return this.#replace(this.#op, this.#inverse);
  }

  redo(): boolean {
    return this.#replace(this.#inverse, this.#op);
  }

  #replace(present: Op, next: Op): boolean {
    const { topic } = this.place;
    if (!topic || !holds(topic, present)) return false;
    this.write(topic, next);
    return true;
  }
}

/** An addition to a number: it is taken back unless the number was set since. */
export class CounterItem extends TopicItem {
  #op: Op;
  #inverse: Op;
  #isOverwritten = false;

  constructor(place: TopicPlace, write: HistoryTree["write"], isDirect: boolean, op: Op, inverse: Op) {
    super(place, write, isDirect);
    this.#op = op;
    this.#inverse = inverse;
  }

  readonly bytes = 100;

  /** Another op on the number has been carried out. Tells whether this one is of no account any more. */
  over(later: Op): boolean {
    this.#isOverwritten ||= this.place.kind.transform(this.#op, later, "earlier").length === 0;
    return this.#isOverwritten;
  }

  undo(): boolean {
    return this.#add(this.#inverse);
  }

  redo(): boolean {
    return this.#add(this.#op);
  }

  #add(op: Op): boolean {
    const { topic } = this.place;
    if (!topic || this.#isOverwritten) return false;
    this.write(topic, op);
    return true;
  }
}

/** An event that has an inverse. */
export class EmitItem extends TopicItem {
  readonly bytes: number;
  readonly #op: Op;
  /** Nothing in the topic tells. */
  #isUndone = false;

  constructor(place: TopicPlace, write: HistoryTree["write"], isDirect: boolean, op: Op) {
    super(place, write, isDirect);
    this.#op = op;
    this.bytes = OP_BYTES + encode([...op, eventInternals.infoOf(op)]).length;
  }

  undo(): boolean {
    const { topic } = this.place;
    if (this.#isUndone || !topic || !eventInternals.isReversible(topic)) return false;
    eventInternals.takeBack(topic, this.#op);
    this.#isUndone = true;
    return true;
  }

  redo(): boolean {
    const { topic } = this.place;
    if (!this.#isUndone || !topic) return false;
    this.write(topic, this.#op);
    this.#isUndone = false;
    return true;
  }
}

abstract class StructureItem implements HistoryItem {
  readonly isDirect: boolean;
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

  constructor(tree: HistoryTree, change: Creation | Destruction, isCreation: boolean, bytes: number) {
    super(tree, !change.isDerived);
    this.#isCreation = isCreation;
    this.#object = change.object;
    this.#place = { parent: change.parent, orderKey: change.orderKey };
    this.bytes = bytes;
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
  readonly bytes = 200;
  readonly #object: SObject;
  readonly #from: Place;
  readonly #to: Place;

  constructor(tree: HistoryTree, { object, from, to, isDerived }: Movement) {
    super(tree, !isDerived);
    this.#object = object;
    this.#from = from;
    this.#to = to;
  }

  get target(): HistoryTarget {
    return { type: "move", object: this.#object, parent: this.#from.parent };
  }

  undo(): boolean {
    return this.#move(this.#to, this.#from);
  }

  redo(): boolean {
    return this.#move(this.#from, this.#to);
  }

  #move(from: Place, to: Place): boolean {
    const object = this.tree.get(this.#object.id);
    const place = this.present(to);
    if (!object || !place || object.parent?.id !== from.parent.id) return false;
    return objectInternals.orderKey(object) === from.orderKey && this.tree.moveTo(object, place);
  }
}

/** An attribute that came or went. */
export class AttributeItem extends StructureItem {
  readonly bytes = 500;
  readonly target = { type: "attribute" } as const;
  readonly #object: SObject;
  readonly #slot: number;
  readonly #added: AddedAttribute;
  readonly #isAddition: boolean;

  constructor(
    tree: HistoryTree,
    {
      object,
      slot,
      added,
      isAddition,
      isDerived,
    }: {
      readonly object: SObject;
      readonly slot: number;
      readonly added: AddedAttribute;
      readonly isAddition: boolean;
      readonly isDerived: boolean;
    },
  ) {
    super(tree, !isDerived);
    this.#object = object;
    this.#slot = slot;
    this.#added = added;
    this.#isAddition = isAddition;
  }

  undo(): boolean {
    return this.#set(!this.#isAddition);
  }

  redo(): boolean {
    return this.#set(this.#isAddition);
  }

  #set(isThere: boolean): boolean {
    const object = this.tree.get(this.#object.id);
    return object !== undefined && this.tree.setAttribute(object, this.#slot, this.#added, isThere);
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

function placeOf(object: SObject): Place {
  return { parent: object.parent as SObject, orderKey: objectInternals.orderKey(object) };
}

/** What an op takes in memory beside its data, in bytes. */
const OP_BYTES = 100;

/** About the bytes that ops hold. */
export function sizeOf(ops: readonly Op[]): number {
  let bytes = 0;
  for (const op of ops) {
    bytes += OP_BYTES;
    for (const operand of op) {
      if (typeof operand === "string") bytes += 2 * operand.length;
      else if (operand instanceof Uint8Array) bytes += operand.length;
      else if (Array.isArray(operand)) bytes += 50 * operand.length;
    }
  }
  return bytes;
}
