// AuthorityTree: the tree as its one writer has it.
//
// Every change is checked, made at once inside the open transaction, and can be taken back. What a transaction did comes
// out in one place, `onCommit`.

import { assertSynchronous, ObjectSyncError } from "./error.ts";
import type { UncheckedOp } from "./kind.ts";
import type { AddOptions, SObject, TypeReference } from "./object.ts";
import { objectInternals } from "./object-internals.ts";
import { type OnError, report } from "./report.ts";
import type { StreamWriter } from "./stream.ts";
import { type AnyTopic, execute, type TopicChange } from "./topic.ts";
import {
  type Author,
  afterCommit,
  afterTransaction,
  assertWritable,
  type Change,
  isDerived,
  type Keeper,
  perform,
  runObservers,
  transact,
} from "./transaction.ts";
import { forSubtree, ROOT_ID, Tree, type TreeEvents } from "./tree.ts";
import { assertNoLateTopics, attachTopics, type ObjectType, type TypeRegistry } from "./types.ts";
import { checkKey } from "./value.ts";

/** A change of an authority's tree. */
export type TreeChange = TopicChange | Creation | Destruction | Movement;

/** Takes what one transaction did to a tree. */
export type OnCommit = (changes: readonly TreeChange[], author: Author | undefined) => void;

/** How many levels a tree may have: pages, and whoever walks down a tree, have a stack of limited size. */
export const MAX_TREE_DEPTH = 500;

/** See the head of this file. */
export class AuthorityTree extends Tree implements Keeper {
  readonly #types: TypeRegistry;
  readonly #inspected = new WeakSet<ObjectType>();
  #lastId = ROOT_ID;
  /** Called after each transaction that changed the tree. */
  onCommit: OnCommit | undefined;

  /** Makes the tree with its root. What the root's `build` and `init` throw comes out here. */
  constructor(types: TypeRegistry, rootType: TypeReference, onError?: OnError) {
    super(onError);
    this.#types = types;
    const type = types.get(rootType);
    transact(() => {
      const root = this.#construct(type, ROOT_ID, undefined);
      this.link(root, null, 0);
      this.#start(root, type, undefined);
    });
  }

  write(topic: AnyTopic, op: UncheckedOp): void {
    execute(topic, op, this);
  }

  group(fn: () => void): void {
    transact(fn);
  }

  create(parent: SObject, reference: TypeReference, args: unknown, { key, index }: AddOptions): SObject {
    assertWritable();
    const type = this.#types.get(reference);
    const name = key === undefined ? undefined : checkKey(key);
    this.#assertRoomBelow(parent, 1);
    if (name !== undefined && this.get(name)) throw new ObjectSyncError("duplicate_key", `the key ${key} is in use`);
    return transact(() => {
      const orderKey = this.#orderKey(parent, index);
      const object = this.#construct(type, ++this.#lastId, name);
      const creation = new Creation(this, object, parent, orderKey);
      perform(creation);
      this.#start(object, type, args);
      creation.hasStarted = true;
      return object;
    });
  }

  destroy(object: SObject): void {
    assertWritable();
    if (!object.parent) throw new ObjectSyncError("root", "the root cannot be destroyed");
    const destruction = new Destruction(this, object, object.parent);
    perform(destruction);
    afterCommit(() => runDestroyHooks(object));
  }

  move(object: SObject, parent: SObject, index: number | undefined): void {
    assertWritable();
    if (!object.parent) throw new ObjectSyncError("root", "the root cannot be moved");
    if (parent.tree !== this) throw new ObjectSyncError("wrong_tree", "an object cannot be moved to another tree");
    if (parent.isDestroyed) throw new ObjectSyncError("destroyed", `${parent.type} ${parent.id} is destroyed`);
    if (object.contains(parent)) throw new ObjectSyncError("cycle", "an object cannot be moved below itself");
    if (object.parent !== parent) this.#assertRoomBelow(parent, heightOf(object));
    transact(() => {
      const current = object.parent === parent ? this.#indexOf(object) : undefined;
      // Counted without the object itself, so that `index` is where it is afterwards.
      const isAfterItself = current !== undefined && index !== undefined && index >= current;
      const last = objectInternals.siblings(parent).length - (current === undefined ? 0 : 1);
      if (index !== undefined) assertIndex(index, last);
      if (current !== undefined && current === (index ?? last)) return;
      this.#relocate(object, parent, this.#orderKey(parent, isAfterItself ? index + 1 : index));
    });
  }

  commit(changes: readonly Change[], author: Author | undefined): void {
    this.onCommit?.(changes as readonly TreeChange[], author);
  }

  /** For the changes of this tree. */
  readonly structure = {
    link: (object: SObject, parent: SObject, orderKey: number): void => this.link(object, parent, orderKey),
    unlink: (object: SObject): void => this.unlink(object),
    relink: (object: SObject, parent: SObject, orderKey: number): void => this.relink(object, parent, orderKey),
    notify: <Name extends keyof TreeEvents>(name: Name, event: TreeEvents[Name]): void =>
      runObservers(() => this.notify(name, event)),
  };

  #construct(type: ObjectType, id: number, key: string | undefined): SObject {
    const object = new type.objectClass();
    objectInternals.bind(object, this, id, type.shape, key);
    attachTopics(object, type.shape);
    return object;
  }

  #start(object: SObject, type: ObjectType, args: unknown): void {
    assertSynchronous(object.build(args));
    if (object.isDestroyed) neverStarted.add(object);
    else assertSynchronous(object.init());
    // A mistake in a class shows in its first instance; looking at every one would cost as much as making it.
    if (this.#inspected.has(type)) return;
    assertNoLateTopics(object);
    this.#inspected.add(type);
  }

  /** Throws `too_deep` if a subtree of so many levels would reach too far down. */
  #assertRoomBelow(parent: SObject, height: number): void {
    let depth = height;
    for (let object: SObject | null = parent; object; object = object.parent) depth++;
    if (depth <= MAX_TREE_DEPTH) return;
    throw new ObjectSyncError("too_deep", `a tree has at most ${MAX_TREE_DEPTH} levels: does a build add itself?`);
  }

  #indexOf(object: SObject): number {
    return objectInternals.siblings(object.parent as SObject).indexOf(object);
  }

  #relocate(object: SObject, parent: SObject, orderKey: number): void {
    perform(new Movement(this, object, parent, orderKey));
  }

  /** The key that a place has; where no number is left for it, its neighbours are spread first. */
  #orderKey(parent: SObject, index: number | undefined): number {
    const siblings = objectInternals.siblings(parent);
    if (index === undefined) return siblings.keyAtEnd();
    assertIndex(index, siblings.length);
    let orderKey = siblings.keyBefore(index);
    if (orderKey === undefined) {
      for (const [child, key] of siblings.spread(index)) this.#relocate(child, parent, key);
      orderKey = siblings.keyBefore(index) as number;
    }
    return orderKey;
  }
}

/** A change of the tree's shape. It has no rules. */
abstract class StructureChange implements Change {
  readonly keeper: AuthorityTree;
  readonly object: SObject;
  /** Whether a rule made it, and not the transaction's own code. */
  readonly isDerived = isDerived();
  readonly hasRules = false;

  constructor(tree: AuthorityTree, object: SObject) {
    this.keeper = tree;
    this.object = object;
  }

  abstract apply(): void;
  abstract revert(): void;
  abstract writeTo(writer: StreamWriter): void;

  wake(): void {}
}

/** A new object. */
export class Creation extends StructureChange {
  readonly parent: SObject;
  readonly orderKey: number;
  /** Whether the object's `init` has run. */
  hasStarted = false;

  constructor(tree: AuthorityTree, object: SObject, parent: SObject, orderKey: number) {
    super(tree, object);
    this.parent = parent;
    this.orderKey = orderKey;
  }

  apply(): void {
    const { object, parent, orderKey } = this;
    this.keeper.structure.link(object, parent, orderKey);
    this.keeper.structure.notify("add", { object, parent, origin: "local" });
  }

  revert(): void {
    const { object, parent } = this;
    this.keeper.structure.unlink(object);
    this.keeper.structure.notify("remove", { object, parent, origin: "rollback" });
    if (this.hasStarted) afterTransaction(() => runDestroyHook(object));
  }

  writeTo(writer: StreamWriter): void {
    writer.create(this.object, this.parent.id, this.orderKey);
  }
}

/** The end of an object and of all below it. */
export class Destruction extends StructureChange {
  readonly parent: SObject;
  readonly orderKey: number;

  constructor(tree: AuthorityTree, object: SObject, parent: SObject) {
    super(tree, object);
    this.parent = parent;
    this.orderKey = objectInternals.orderKey(object);
  }

  apply(): void {
    const { object, parent } = this;
    this.keeper.structure.unlink(object);
    this.keeper.structure.notify("remove", { object, parent, origin: "local" });
  }

  revert(): void {
    const { object, parent, orderKey } = this;
    this.keeper.structure.link(object, parent, orderKey);
    forSubtree(object, (each) => {
      this.keeper.structure.notify("add", { object: each, parent: each.parent as SObject, origin: "rollback" });
    });
  }

  writeTo(writer: StreamWriter): void {
    writer.destroy(this.object.id);
  }
}

/** A place in the tree. */
export interface Place {
  readonly parent: SObject;
  readonly orderKey: number;
}

/** Another place for an object. */
export class Movement extends StructureChange {
  readonly from: Place;
  readonly to: Place;

  constructor(tree: AuthorityTree, object: SObject, parent: SObject, orderKey: number) {
    super(tree, object);
    this.from = { parent: object.parent as SObject, orderKey: objectInternals.orderKey(object) };
    this.to = { parent, orderKey };
  }

  apply(): void {
    this.#place(this.from, this.to, "local");
  }

  revert(): void {
    this.#place(this.to, this.from, "rollback");
  }

  writeTo(writer: StreamWriter): void {
    writer.move(this.object.id, this.to.parent.id, this.to.orderKey);
  }

  #place(from: Place, to: Place, origin: "local" | "rollback"): void {
    const { object } = this;
    this.keeper.structure.relink(object, to.parent, to.orderKey);
    this.keeper.structure.notify("move", { object, from: from.parent, to: to.parent, origin });
  }
}

/** How many levels there are from an object down, itself included. */
function heightOf(object: SObject): number {
  let height = 0;
  for (const child of object.children) height = Math.max(height, heightOf(child));
  return height + 1;
}

function assertIndex(index: number, last: number): void {
  if (Number.isInteger(index) && index >= 0 && index <= last) return;
  throw new ObjectSyncError("out_of_range", `expected an index from 0 to ${last}, got ${index}`);
}

function runDestroyHooks(object: SObject): void {
  for (const child of object.children) runDestroyHooks(child);
  runDestroyHook(object);
}

/** Objects that were destroyed in their own `build`. */
const neverStarted = new WeakSet<SObject>();

function runDestroyHook(object: SObject): void {
  if (neverStarted.has(object)) return;
  try {
    object.onDestroy();
  } catch (error) {
    report(object.tree.onError, error, `onDestroy of ${object.type} ${object.id}`);
  }
}
