// MirrorChanges: what ops of the server do to a mirror, one at a time.
//
// They change what is confirmed: values below what is pending on them, and the shape of the tree as the server has it, so
// that pending edits of the shape have to be hidden before. A change that does not fit what is there throws
// `bad_message`: the mirror is broken then.
//
// Not here: what there is to do where an object is there already (reconciler.ts), and who hears of it (mirror-tree.ts).

import type { UncheckedOp } from "../core/kind.ts";
import { attributeOf, type SObject } from "../core/object.ts";
import { objectInternals } from "../core/object-internals.ts";
import { bad } from "../core/parse.ts";
import type { Attribute, Shape } from "../core/shape.ts";
import type { Values } from "../core/stream.ts";
import { ROOT_ID, type Tree } from "../core/tree.ts";
import { type MirrorObject, mirrorInternals } from "./mirror-object.ts";
import type { PendingTransaction } from "./pending.ts";
import type { PendingStructure } from "./pending-structure.ts";
import type { PendingTopics } from "./pending-topics.ts";
import type { ShapeBook } from "./shape-book.ts";
import type { Structure } from "./structure-edits.ts";

/** What a mirror consists of. */
export interface MirrorParts {
  readonly tree: Tree;
  readonly shapes: ShapeBook;
  readonly topics: PendingTopics;
  readonly structure: PendingStructure;
}

/** What only the mirror itself can do. */
export interface MirrorHooks extends Structure {
  link(object: SObject, parent: SObject | null, orderKey: number): void;
  /** An object has another attribute, or one less. */
  tellAttribute(object: SObject, name: string, isAddition: boolean): void;
}

/** See the head of this file. */
export class MirrorChanges {
  readonly #parts: MirrorParts;
  readonly #hooks: MirrorHooks;

  constructor(parts: MirrorParts, hooks: MirrorHooks) {
    this.#parts = parts;
    this.#hooks = hooks;
  }

  get(id: number): SObject {
    const { tree, structure } = this.#parts;
    let object = tree.get(id);
    // The program may have destroyed it, and the server may not.
    if (!object) {
      structure.hide();
      object = tree.get(id);
    }
    if (!object) throw bad(`there is no object ${id}`);
    return object;
  }

  attribute(object: SObject, slot: number): Attribute {
    const attribute = attributeOf(object, slot);
    if (!attribute) throw bad(`${object.type} has no attribute in slot ${slot}`);
    return attribute;
  }

  /** `values` becomes the object's own. */
  create(id: number, shape: Shape, parentId: number, orderKey: number, key: string | null, values: Values): SObject {
    const object = new (this.#parts.shapes.classOf(shape))();
    objectInternals.bind(object, this.#parts.tree, id, shape, key ?? undefined);
    if (values) mirrorInternals.fill(object, values);
    this.link(object, parentId, orderKey);
    return object;
  }

  /** Puts an object that is not in the tree in its place. */
  link(object: SObject, parentId: number, orderKey: number): void {
    this.#hooks.link(object, object.id === ROOT_ID ? null : this.get(parentId), orderKey);
  }

  remove(object: SObject): void {
    if (!object.parent) throw bad("the root cannot be destroyed");
    this.#hooks.unlink(object);
  }

  move(object: SObject, parentId: number, orderKey: number): void {
    const to = this.get(parentId);
    if (!object.parent || object.contains(to)) throw bad(`object ${object.id} cannot be moved below ${parentId}`);
    this.#hooks.relink(object, to, orderKey);
  }

  addAttribute(object: SObject, slot: number, attribute: Attribute): void {
    const added = objectInternals.makeAdded(object);
    if (attributeOf(object, slot) || object.hasAttribute(attribute.name)) {
      throw bad(`${object.type} ${object.id} has an attribute ${attribute.name} already`);
    }
    added.add(slot, { attribute, topic: undefined });
    this.#hooks.tellAttribute(object, attribute.name, true);
  }

  removeAttribute(object: SObject, slot: number): void {
    const added = objectInternals.added(object);
    const { name } = added?.get(slot)?.attribute ?? {};
    if (!added || name === undefined) throw bad(`${object.type} ${object.id} has no added attribute in slot ${slot}`);
    added.remove(slot);
    this.#parts.topics.delete(object, slot);
    mirrorInternals.clear(object as MirrorObject, slot);
    this.#hooks.tellAttribute(object, name, false);
  }

  /** `own`: the transaction of the program that the op belongs to, if it may be what that has written. */
  change(object: SObject, slot: number, op: UncheckedOp, own?: PendingTransaction): void {
    this.#parts.topics.confirm(object, slot, this.attribute(object, slot), op, own);
  }
}
