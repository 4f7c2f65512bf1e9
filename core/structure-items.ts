// What was done to the shape of a tree, as items of a history.

import type { AddedAttribute } from "./added-attributes.ts";
import type { HistoryItem, HistoryTarget, HistoryTree } from "./history-items.ts";
import type { SObject } from "./object.ts";
import { objectInternals, slotsOf } from "./object-internals.ts";
import { type Place, placeOf } from "./place.ts";
import type { AnyTopic } from "./topic.ts";
import { whenCommitted } from "./transaction.ts";
import { forSubtree } from "./tree.ts";
import type { AttributeChange, Creation, Destruction, Movement } from "./tree-changes.ts";
import { weightOfState } from "./weight.ts";

/** What an object takes in memory beside its values, or a change of where it is. */
const OBJECT_BYTES = 1_000;

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
  /** An object that is there is not the history's. */
  bytes: number;
  readonly #isCreation: boolean;
  /** As it was when it went last. */
  #object: SObject;
  #place: Place;
  /** Where its step has put it, first or last: others of the step may move it between these. */
  readonly #parents: ReadonlySet<number>;
  /** How many objects went, with it. */
  #size = 0;

  constructor(tree: HistoryTree, change: Creation | Destruction, isCreation: boolean) {
    super(tree, !change.isDerived);
    this.#isCreation = isCreation;
    this.#object = change.object;
    this.#place = { parent: change.parent, orderKey: change.orderKey };
    this.#parents = new Set([change.parent.id, change.object.parent?.id ?? change.parent.id]);
    this.bytes = OBJECT_BYTES;
    if (!isCreation) this.#weigh();
  }

  get target(): HistoryTarget {
    const type = this.#isCreation ? "create" : "destroy";
    return { type, object: this.#object, parent: this.#place.parent, size: this.#size };
  }

  undo(): boolean {
    return this.#isCreation ? this.#remove() : this.#revive();
  }

  redo(): boolean {
    return this.#isCreation ? this.#revive() : this.#remove();
  }

  #remove(): boolean {
    const object = this.tree.get(this.#object.id);
    // Who has moved it elsewhere since wants it there.
    if (!object?.parent || !this.#parents.has(object.parent.id)) return false;
    const place = placeOf(object);
    whenCommitted(() => {
      this.#object = object;
      this.#place = place;
      this.#weigh();
    });
    this.tree.destroy(object);
    return true;
  }

  #revive(): boolean {
    const { id } = this.#object;
    const place = this.present(this.#place);
    if (!place || this.tree.get(id) || !this.tree.revive(this.#object, place)) return false;
    const object = this.tree.get(id) as SObject;
    whenCommitted(() => {
      this.#object = object;
      this.bytes = OBJECT_BYTES;
    });
    return true;
  }

  #weigh(): void {
    this.#size = 0;
    this.bytes = 0;
    forSubtree(this.#object, (each) => {
      this.#size++;
      this.bytes += OBJECT_BYTES + (each.key?.length ?? 0) + weightOfValues(each);
    });
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
    return this.#move(this.#to, this.#from, (arrived) => {
      this.#from = arrived;
    });
  }

  redo(): boolean {
    return this.#move(this.#from, this.#to, (arrived) => {
      this.#to = arrived;
    });
  }

  /** `note` is told where it has come to lie: somebody else may have the very place. */
  #move(from: Place, to: Place, note: (arrived: Place) => void): boolean {
    const object = this.tree.get(this.#object.id);
    const place = this.present(to);
    if (!object || !place || object.parent?.id !== from.parent.id) return false;
    if (objectInternals.orderKey(object) !== from.orderKey || !this.tree.moveTo(object, place)) return false;
    const arrived = placeOf(object);
    whenCommitted(() => note(arrived));
    return true;
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

/** About the bytes of an object's values. */
export function weightOfValues(object: SObject): number {
  let bytes = 0;
  for (const slot of slotsOf(object)) bytes += weightOfState(object.tree.topicOf(object, slot) as AnyTopic);
  return bytes;
}
