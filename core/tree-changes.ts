// What can be done to a tree's shape, as changes of a transaction: each can be made, and be taken back.
//
// They hold the live objects. That they may be made has been checked before, by the tree.

import type { AddedAttribute } from "./added-attributes.ts";
import type { Origin } from "./kind.ts";
import type { SObject } from "./object.ts";
import { objectInternals } from "./object-internals.ts";
import type { ObjectWriter } from "./object-writer.ts";
import { type Place, placeOf } from "./place.ts";
import type { TopicChange } from "./topic.ts";
import { afterTransaction, type Change, currentDirection, isDerived, type Keeper } from "./transaction.ts";
import { forSubtree, type TreeEvents } from "./tree.ts";

/** A change of an authority's tree. */
export type TreeChange = TopicChange | Creation | Destruction | Movement | AttributeChange;

/** What a tree lets its changes do to it. */
export interface StructureKeeper extends Keeper {
  /** @internal */
  readonly structure: {
    link(object: SObject, parent: SObject | null, orderKey: number): void;
    unlink(object: SObject): void;
    relink(object: SObject, parent: SObject, orderKey: number): void;
    notify<Name extends keyof TreeEvents>(name: Name, event: TreeEvents[Name]): void;
    /** An object has another parent. */
    reparented(object: SObject, from: SObject, to: SObject): void;
    /** An object that had started is gone for good. */
    ended(object: SObject): void;
  };
}

/** A change of the tree's shape. It has no rules. */
abstract class StructureChange implements Change {
  readonly keeper: StructureKeeper;
  readonly object: SObject;
  /** Whether a rule made it, and not the transaction's own code. */
  readonly isDerived = isDerived();
  readonly hasRules = false;

  constructor(tree: StructureKeeper, object: SObject) {
    this.keeper = tree;
    this.object = object;
  }

  abstract apply(): void;
  abstract revert(): void;
  abstract writeTo(writer: ObjectWriter): void;

  wake(): void {}
}

/** A new object. */
export class Creation extends StructureChange {
  readonly parent: SObject;
  readonly orderKey: number;
  /** Whether an object may have had this id before: a mirror may know it, and what goes for it may be on its way. */
  readonly isReturn: boolean;
  /** Whether the object's `init` has run. */
  hasStarted = false;

  constructor(tree: StructureKeeper, object: SObject, parent: SObject, orderKey: number, isReturn = false) {
    super(tree, object);
    this.parent = parent;
    this.orderKey = orderKey;
    this.isReturn = isReturn;
  }

  apply(): void {
    const { object, parent, orderKey } = this;
    this.keeper.structure.link(object, parent, orderKey);
    this.keeper.structure.notify("add", { object, parent, origin: currentDirection() });
  }

  revert(): void {
    const { object, parent } = this;
    this.keeper.structure.unlink(object);
    this.keeper.structure.notify("remove", { object, parent, origin: "rollback" });
    if (this.hasStarted) afterTransaction(() => this.keeper.structure.ended(object));
  }

  writeTo(writer: ObjectWriter): void {
    writer.create(this.object, this.parent.id, this.orderKey);
  }
}

/** Another attribute for one object, or the end of one. */
export class AttributeChange extends StructureChange {
  readonly slot: number;
  readonly added: AddedAttribute;
  /** Whether the attribute came, and not went. */
  readonly isAddition: boolean;

  constructor(tree: StructureKeeper, object: SObject, slot: number, added: AddedAttribute, isAddition: boolean) {
    super(tree, object);
    this.slot = slot;
    this.added = added;
    this.isAddition = isAddition;
  }

  apply(): void {
    this.#set(this.isAddition, currentDirection());
  }

  revert(): void {
    this.#set(!this.isAddition, "rollback");
  }

  writeTo(writer: ObjectWriter): void {
    if (this.isAddition) writer.addAttribute(this.object, this.slot, this.added);
    else writer.removeAttribute(this.object.id, this.slot);
  }

  #set(isThere: boolean, origin: Origin): void {
    const { object, slot, added } = this;
    const attributes = objectInternals.makeAdded(object);
    if (isThere) attributes.add(slot, added);
    else attributes.remove(slot);
    this.keeper.structure.notify("attribute", { object, name: added.attribute.name, isAddition: isThere, origin });
  }
}

/** The end of an object and of all below it. */
export class Destruction extends StructureChange {
  readonly parent: SObject;
  readonly orderKey: number;

  constructor(tree: StructureKeeper, object: SObject, parent: SObject) {
    super(tree, object);
    this.parent = parent;
    this.orderKey = objectInternals.orderKey(object);
  }

  apply(): void {
    const { object, parent } = this;
    this.keeper.structure.unlink(object);
    this.keeper.structure.notify("remove", { object, parent, origin: currentDirection() });
  }

  revert(): void {
    const { object, parent, orderKey } = this;
    this.keeper.structure.link(object, parent, orderKey);
    forSubtree(object, (each) => {
      this.keeper.structure.notify("add", { object: each, parent: each.parent as SObject, origin: "rollback" });
    });
  }

  writeTo(writer: ObjectWriter): void {
    writer.destroy(this.object.id);
  }
}

/** Another place for an object. */
export class Movement extends StructureChange {
  readonly from: Place;
  readonly to: Place;

  constructor(tree: StructureKeeper, object: SObject, parent: SObject, orderKey: number) {
    super(tree, object);
    this.from = placeOf(object);
    this.to = { parent, orderKey };
  }

  apply(): void {
    this.#place(this.from, this.to, currentDirection());
  }

  revert(): void {
    this.#place(this.to, this.from, "rollback");
  }

  writeTo(writer: ObjectWriter): void {
    writer.move(this.object.id, this.to.parent.id, this.to.orderKey);
  }

  #place(from: Place, to: Place, origin: Origin): void {
    const { object } = this;
    this.keeper.structure.relink(object, to.parent, to.orderKey);
    this.keeper.structure.notify("move", { object, from: from.parent, to: to.parent, origin });
    if (from.parent !== to.parent) this.keeper.structure.reparented(object, from.parent, to.parent);
  }
}
