// Reconciler: has what is in a mirror already become what the server says, with its topics and listeners.
//
// That happens where a section says what is, not what happened: in a snapshot of the epoch that the mirror is of, and at the
// end of a frame. And where an object comes that the program has made itself.
//
// Since the scopes do not know of each other, an object may leave here before it enters there, or after. So what left, or is
// missing in a snapshot, is in doubt: it goes only when the frame is complete (`settle`), and only if no section has said
// where it is. Likewise attributes that were not said again, and newest values that were not sent again.

import type { Wire } from "../core/codec.ts";
import { SET } from "../core/kind.ts";
import { attributeOf, type SObject } from "../core/object.ts";
import { objectInternals } from "../core/object-internals.ts";
import { bad } from "../core/parse.ts";
import { forScope, scopeOf } from "../core/scope.ts";
import { type Attribute, isSameAttribute, isSameShape, type Shape } from "../core/shape.ts";
import type { StreamReader, Values } from "../core/stream.ts";
import { ROOT_ID } from "../core/tree.ts";
import type { MirrorChanges, MirrorParts } from "./mirror-changes.ts";
import { type MirrorObject, mirrorInternals } from "./mirror-object.ts";
import type { PendingTransaction } from "./pending.ts";

/** How an object is said to be. */
type Said = Parameters<StreamReader["create"]>;

/** Transactions of the program that were carried out, the oldest first. */
type Included = Iterable<PendingTransaction>;

/** What is read otherwise than what happens. */
type Restorer = Pick<StreamReader, "create" | "destroy" | "addAttribute">;

/** See the head of this file. */
export class Reconciler {
  readonly #parts: MirrorParts;
  readonly #changes: MirrorChanges;
  /** What left a scope in this frame, or was missing in its snapshot, and is not known to have entered another. */
  readonly #left = new Set<SObject>();
  /** What is known to be where it is: a section of this frame has said so. */
  readonly #entered = new Set<SObject>();
  /** Added attributes, by slot, of which a restored object has not been said again that it has them. */
  readonly #unsaid = new Map<SObject, Set<number>>();
  /** Newest values, by slot, that a restored object has not been sent again: they are as they begin, which is given here. */
  readonly #unsent = new Map<SObject, Map<number, Wire>>();

  constructor(parts: MirrorParts, changes: MirrorChanges) {
    this.#parts = parts;
    this.#changes = changes;
  }

  /** Has a scope become what a snapshot says that `read` reads. `included`: what the program has done to it that is in it. */
  reconcile(scope: number, included: Included, read: (restorer: Restorer) => void): void {
    this.#parts.structure.hide();
    const host = this.#parts.tree.get(scope);
    if (!host) throw bad(`there is no object ${scope} to open`);
    const missing = new Set<SObject>();
    forScope(host, (object) => missing.add(object));
    read(this.restorer(scope, included, missing));
    for (const object of missing) this.doubt(object);
  }

  /** For what may be there already. What is, it takes out of `missing`. */
  restorer(scope: number, included: Included, missing?: Set<SObject>): Restorer {
    const { tree, structure } = this.#parts;
    return {
      create: (...said) => {
        structure.hide();
        const object = tree.get(said[0]);
        if (object) missing?.delete(object);
        this.#put(object, scope, said, included);
      },
      destroy: (id) => {
        structure.hide();
        const object = tree.get(id);
        if (object) this.#changes.remove(object);
      },
      addAttribute: (id, slot, attribute) => this.#putAttribute(this.#changes.get(id), slot, attribute),
    };
  }

  /** Makes an object, unless the program has made it: then it is that one, with what the server made of it. */
  create(scope: number, [id, shapeIndex, ...place]: Said, included: Included): SObject {
    const { shapes, structure } = this.#parts;
    const shape = shapes.get(scope, shapeIndex);
    const [parentId, orderKey, key, values] = place;
    const own = structure.creationOf(id);
    if (!isAlike(own, shape, key)) return this.#changes.create(id, shape, ...place);
    this.#changes.link(own, parentId, orderKey);
    this.#restoreValues(own, values, included);
    return own;
  }

  /** An object goes at the end of the frame unless it is said where it is. */
  doubt(object: SObject): void {
    // It may have entered another scope before it left this one.
    if (!this.#entered.has(object)) this.#left.add(object);
  }

  /**
   * What is below a lazy object may have come out of it before that went, which is said at the end of the frame only: until
   * then it is kept, elsewhere.
   */
  keepBranches(object: SObject): void {
    if (!object.isLazy) return object.children.forEach((child) => this.keepBranches(child));
    for (const child of object.children) {
      this.#changes.move(child, ROOT_ID, objectInternals.orderKey(child));
      this.doubt(child);
      if (!child.isLazy) forScope(child, (below) => this.doubt(below));
    }
  }

  /** A value has been sent. */
  noteSent(object: SObject, slot: number): void {
    this.#unsent.get(object)?.delete(slot);
  }

  /** Ends a frame, or a part of one that stands for itself: what left and came nowhere else goes. */
  settle(): void {
    if (this.#left.size + this.#entered.size + this.#unsaid.size + this.#unsent.size === 0) return;
    const changes = this.#changes;
    const left = [...this.#left];
    this.#left.clear();
    this.#entered.clear();
    for (const object of left) if (!object.isDestroyed) changes.remove(object);
    for (const [object, slots] of this.#unsaid) {
      for (const slot of slots) if (!object.isDestroyed) changes.removeAttribute(object, slot);
    }
    this.#unsaid.clear();
    for (const [object, slots] of this.#unsent) {
      for (const [slot, initial] of slots) {
        if (!object.isDestroyed && attributeOf(object, slot)) changes.change(object, slot, [SET, initial]);
      }
    }
    this.#unsent.clear();
  }

  /** Forgets what is known of the frame: it will not be completed. */
  abandon(): void {
    for (const marks of [this.#left, this.#entered, this.#unsaid, this.#unsent]) marks.clear();
  }

  /** Makes an object, or has the one that is there become what is said of it. */
  #put(object: SObject | undefined, scope: number, said: Said, included: Included): void {
    const [id, shapeIndex, parentId, orderKey, key, values] = said;
    if (!isAlike(object, this.#parts.shapes.get(scope, shapeIndex), key)) {
      // It may have been another one under the same id.
      if (object) this.#changes.remove(object);
      this.#entered.add(this.create(scope, said, included));
      return;
    }
    this.#entered.add(object);
    this.#left.delete(object);
    // What is below it comes with it only if that is said too.
    if (scopeOf(object) !== scope && !object.isLazy) forScope(object, (each) => this.doubt(each));
    const isElsewhere = object.parent?.id !== parentId || objectInternals.orderKey(object) !== orderKey;
    if (isElsewhere && id !== ROOT_ID) this.#changes.move(object, parentId, orderKey);
    this.#restoreValues(object, values, included);
    const added = objectInternals.added(object)?.all;
    if (added?.size) this.#unsaid.set(object, new Set(added.keys()));
  }

  /** Gives an object an attribute, or has the one that is there become what is said of it. */
  #putAttribute(object: SObject, slot: number, attribute: Attribute): void {
    const unsaid = this.#unsaid.get(object);
    const known = unsaid?.has(slot) ? attributeOf(object, slot) : undefined;
    if (!known || !isSameAttribute(known, attribute)) {
      for (const other of [slot, objectInternals.added(object)?.slotOf(attribute.name)]) {
        if (other !== undefined && unsaid?.delete(other)) this.#changes.removeAttribute(object, other);
      }
      return this.#changes.addAttribute(object, slot, attribute);
    }
    unsaid?.delete(slot);
    const { kind, initial, isLatest } = attribute;
    // It may begin otherwise than the one that was there before.
    if (isLatest) this.#awaitLatest(object, slot, attribute);
    else if (!kind.isEvent) this.#changes.change(object, slot, [SET, kind.toWire(initial)]);
  }

  /** Gives an object the values that it is said to have, after all that is `included`. */
  #restoreValues(object: SObject, values: Values, included: Included): void {
    // What comes after that was made for the values with it: else they would hold it twice until it is taken back.
    for (const transaction of included) this.#parts.topics.accept(object, transaction);
    for (const [index, attribute] of objectInternals.shape(object).attributes.entries()) {
      const { kind, initial, isLatest } = attribute;
      const slot = index + 1;
      if (isLatest) this.#awaitLatest(object, slot, attribute);
      if (isLatest || kind.isEvent) continue;
      const value = values?.[index] ?? null;
      const isReplaced =
        !this.#parts.topics.has(object, slot) && mirrorInternals.replace(object as MirrorObject, slot, value);
      if (!isReplaced) this.#changes.change(object, slot, [SET, value ?? kind.toWire(initial)]);
    }
  }

  #awaitLatest(object: SObject, slot: number, { kind, initial }: Attribute): void {
    let slots = this.#unsent.get(object);
    if (!slots) {
      slots = new Map();
      this.#unsent.set(object, slots);
    }
    slots.set(slot, kind.toWire(initial));
  }
}

/** Whether an object may become one of this shape and key. */
function isAlike(object: SObject | undefined, shape: Shape, key: string | null): object is SObject {
  return object !== undefined && isSameShape(objectInternals.shape(object), shape) && object.key === (key ?? undefined);
}
