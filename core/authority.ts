// AuthorityTree: the tree as its one writer has it.
//
// Every change is checked, made at once inside the open transaction, and can be taken back. What a transaction did comes
// out in one place, `onCommit`.
//
// What is marked as internal is for the server and for the changes of the tree itself.
//
// Not here: saved data (saves.ts), and what an undo brings back (history-tree.ts).

import { ATTRIBUTE_NAME, TAGS, TAGS_OPTIONS } from "./added-attributes.ts";
import { describeValue, ObjectSyncError } from "./error.ts";
import type { Globals } from "./globals.ts";
import { History, type HistoryOptions } from "./history.ts";
import { historyTree } from "./history-tree.ts";
import { runDestroyHook, runDestroyHooks, runParentHook, startNew } from "./hooks.ts";
import type { UncheckedOp } from "./kind.ts";
import { type AddOptions, type ObjectClass, SObject, type TypeReference } from "./object.ts";
import { type IdBlock, ObjectIds } from "./object-ids.ts";
import { objectInternals } from "./object-internals.ts";
import { freeOrderKey, orderKeyAt, orderKeyBefore } from "./order-keys.ts";
import { assertIn, assertRoomBelow, heightOf, type Place } from "./place.ts";
import type { OnError } from "./report.ts";
import type { Migration, SavedTree } from "./saved-tree.ts";
import { Saves } from "./saves.ts";
import { SetTopic } from "./set-topic.ts";
import { attributeIn, type Shape } from "./shape.ts";
import { type AnyTopic, execute, Topic, topicInternals } from "./topic.ts";
import {
  type Author,
  assertWritable,
  type Change,
  type Circumstances,
  derive,
  perform,
  runObservers,
  transact,
  whenCommitted,
} from "./transaction.ts";
import { ROOT_ID, Tree, type TreeEvents } from "./tree.ts";
import {
  AttributeChange,
  Creation,
  Destruction,
  Movement,
  type StructureKeeper,
  type TreeChange,
} from "./tree-changes.ts";
import { assertNoLateTopics, describeTopic, makeInstance, type ObjectType, type TypeRegistry } from "./types.ts";
import type { UndoResult } from "./undo-result.ts";
import { checkKey } from "./value.ts";

/** Takes what one transaction did to a tree. */
export type OnCommit = (changes: readonly TreeChange[], author: Author | undefined) => void;

/** How an authority's tree is made. */
export interface AuthorityOptions {
  /** Is told of errors in listeners and hooks. Default: they become uncaught errors of the program. */
  readonly onError?: OnError;
  readonly globals?: Globals;
  /** What makes saved data of version 1 that of version 2, and so on. Default: none. */
  readonly migrations?: readonly Migration[];
  readonly history?: HistoryOptions;
}

/** See the head of this file. */
export class AuthorityTree extends Tree implements StructureKeeper {
  readonly #types: TypeRegistry;
  readonly #inspected = new WeakSet<ObjectType>();
  readonly #ids = new ObjectIds();
  readonly #saves: Saves;
  /** What can be undone. */
  readonly history: History;
  /** Called when the whole tree is another one. @internal */
  onReset: (() => void) | undefined;
  /** Called after each transaction that changed the tree. @internal */
  onCommit: OnCommit | undefined;

  /** Makes the tree with its root. What the root's `build` and `init` throw comes out here. */
  constructor(types: TypeRegistry, rootType: TypeReference, options: AuthorityOptions = {}) {
    super(options.onError, options.globals);
    this.#types = types;
    this.#saves = new Saves(this, types, this.#ids, options.migrations ?? []);
    this.history = new History(options.history, (work) => historyTree(this, types, work));
    const type = types.get(rootType);
    transact(() => {
      const root = makeInstance(type, this, ROOT_ID, undefined);
      this.link(root, null, 0);
      this.#start(root, type, undefined);
    });
    // What a tree begins with nobody can undo.
    this.history.clear();
  }

  write(topic: AnyTopic, op: UncheckedOp): void {
    const object = topic.object as SObject;
    const slot = topicInternals.slot(topic);
    const isAdded = slot > objectInternals.shape(object).attributes.length;
    if (isAdded && objectInternals.added(object)?.get(slot)?.topic !== topic) {
      throw new ObjectSyncError("destroyed", `the attribute of ${object.type} ${object.id} was removed`);
    }
    execute(topic, op, this);
  }

  topicOf(object: SObject, slot: number): AnyTopic | undefined {
    const field = attributeIn(objectInternals.shape(object), slot);
    if (field) return (object as SObject & Record<string, AnyTopic>)[field.name];
    return objectInternals.added(object)?.get(slot)?.topic;
  }

  addAttribute(object: SObject, name: string, topic: AnyTopic): void {
    assertWritable();
    if (typeof name !== "string" || !ATTRIBUTE_NAME.test(name)) {
      throw new ObjectSyncError("invalid_name", `expected a name as a field has it, got ${describeValue(name)}`);
    }
    if (object.hasAttribute(name) || name in SObject.prototype) {
      throw new ObjectSyncError("invalid_name", `${object.type} ${object.id} has a \`${name}\` already`);
    }
    this.#attach(object, name, topic);
  }

  removeAttribute(object: SObject, slot: number): void {
    assertWritable();
    const added = objectInternals.added(object)?.get(slot);
    if (added) perform(new AttributeChange(this, object, slot, added, false));
  }

  addTag(object: SObject, name: string): void {
    assertWritable();
    if (!object.hasAttribute(TAGS)) this.#attach(object, TAGS, new SetTopic<string>([], TAGS_OPTIONS));
    object.attribute<SetTopic<string>>(TAGS, SetTopic).add(checkKey(name));
  }

  removeTag(object: SObject, name: string): void {
    assertWritable();
    if (object.hasTag(name)) object.attribute<SetTopic<string>>(TAGS, SetTopic).delete(name);
  }

  #attach(object: SObject, name: string, topic: AnyTopic): void {
    if (!(topic instanceof Topic))
      throw new ObjectSyncError("wrong_type", `expected a topic, got ${describeValue(topic)}`);
    if (topic.object) throw new ObjectSyncError("invalid_value", `the topic for ${name} belongs to an object already`);
    const slot = objectInternals.makeAdded(object).nextSlot();
    topicInternals.attach(topic, object, slot);
    perform(new AttributeChange(this, object, slot, { attribute: describeTopic(name, topic), topic }, true));
  }

  group(fn: () => void): void {
    transact(fn);
  }

  create(parent: SObject, reference: TypeReference, args: unknown, { key, index }: AddOptions): SObject {
    assertWritable();
    const place = { parent, orderKey: () => orderKeyAt(this, parent, index) };
    return this.#create(this.#types.get(reference), args, key, place, () => this.#ids.next());
  }

  /** `create` with an id that was leased, at the place of an order key. For what a client asks. @internal */
  createAs(id: number, reference: TypeReference, args: unknown, key: string | undefined, place: Place): SObject {
    const { parent } = place;
    const free = { parent, orderKey: () => freeOrderKey(this, place) };
    return this.#create(this.#types.get(reference), args, key, free, () => id);
  }

  #create(
    type: ObjectType,
    args: unknown,
    key: string | undefined,
    { parent, orderKey }: { readonly parent: SObject; readonly orderKey: () => number },
    nextId: () => number,
  ): SObject {
    const name = key === undefined ? undefined : checkKey(key);
    assertRoomBelow(parent, 1);
    if (name !== undefined && this.get(name)) throw new ObjectSyncError("duplicate_key", `the key ${key} is in use`);
    return transact(() => {
      const at = orderKey();
      const object = makeInstance(type, this, nextId(), name);
      const creation = new Creation(this, object, parent, at);
      perform(creation);
      derive(() => this.#start(object, type, args));
      creation.hasStarted = true;
      return object;
    });
  }

  destroy(object: SObject): void {
    assertWritable();
    if (!object.parent) throw new ObjectSyncError("root", "the root cannot be destroyed");
    const destruction = new Destruction(this, object, object.parent);
    perform(destruction);
    whenCommitted(() => runDestroyHooks(object));
  }

  move(object: SObject, parent: SObject, index: number | undefined): void {
    this.#assertMovable(object, parent);
    transact(() => {
      const at = objectInternals.siblings(parent).indexFor(index, object.parent === parent ? object : undefined);
      if (at !== undefined) this.#relocate(object, parent, orderKeyBefore(this, parent, at));
    });
  }

  /** `move` to the place of an order key. For what a client asks. @internal */
  moveAs(object: SObject, place: Place): void {
    const { parent } = place;
    this.#assertMovable(object, parent);
    transact(() => {
      const key = freeOrderKey(this, place, object);
      if (object.parent !== parent || objectInternals.orderKey(object) !== key) this.#relocate(object, parent, key);
    });
  }

  /** See `ObjectIds`. @internal */
  lease(count: number): IdBlock {
    return this.#ids.lease(count);
  }

  /** Takes ids back that nobody has used. @internal */
  release(block: IdBlock): void {
    this.#ids.release(block);
  }

  /** What is known of a registered type, by its name. @internal */
  shapeNamed(name: string): Shape | undefined {
    return this.#types.has(name) ? this.#types.get(name).shape : undefined;
  }

  /** The class of a registered type, by its name. Throws `unknown_type`. @internal */
  classNamed(name: string): ObjectClass {
    return this.#types.get(name).objectClass;
  }

  /**
   * All of the tree, or an object with all below it, as plain JSON: for files, and for `load`, `restore` and `clone`. Throws
   * `destroyed`, `wrong_tree`.
   */
  save(object: SObject = this.root): SavedTree {
    return this.#saves.save(object);
  }

  /**
   * Becomes what was saved: another root with all below it, with the same ids. All objects of before are destroyed, and
   * clients get the new tree. Listeners hear `reset`. Throws `invalid_save`, and what an `init` throws; nothing has happened
   * then. Not inside of a transaction: throws `in_transaction`.
   */
  load(saved: unknown): void {
    this.#saves.load(saved);
  }

  /**
   * Puts saved objects back below `parent`, with the ids that they had: at `index`, by default at the end. References out of
   * them stay, also to what has gone, as it may come back too. Throws `invalid_save`, also where an id or key is in use, and
   * what an `init` throws.
   */
  restore<T extends SObject = SObject>(saved: unknown, parent: SObject, options: { readonly index?: number } = {}): T {
    return this.#saves.restore(saved, parent, options.index) as T;
  }

  /**
   * Adds a copy of an object, or of saved ones, below `parent`: at `index`, by default at the end. It gets ids of its own;
   * references inside it lead to the copy, others stay, unless the object is of another tree. Keys stay with the original.
   * Throws as `restore` does.
   */
  clone<T extends SObject>(source: T, parent: SObject, options?: { readonly index?: number }): T;
  clone<T extends SObject = SObject>(source: SavedTree, parent: SObject, options?: { readonly index?: number }): T;
  clone(source: SObject | SavedTree, parent: SObject, options: { readonly index?: number } = {}): SObject {
    return this.#saves.clone(source, parent, options.index);
  }

  /**
   * Destroys everything, the root too: nothing can be added any more. For who made the tree; not inside of a transaction.
   * @internal
   */
  end(): void {
    const { root } = this;
    this.onCommit = undefined;
    this.onReset = undefined;
    this.unlink(root);
    runDestroyHooks(root);
  }

  /** @internal */
  commit(changes: readonly Change[], circumstances: Circumstances): void {
    this.history.note(changes, circumstances);
    this.onCommit?.(changes as readonly TreeChange[], circumstances.author);
  }

  /** Takes back what was done last at an object or below it, by anybody. Throws `in_transaction`, `destroyed`. */
  undo(object: SObject = this.root): UndoResult {
    assertIn(this, object);
    return this.history.undo({ below: object });
  }

  /** Puts back what was undone last there. Throws `in_transaction`, `destroyed`. */
  redo(object: SObject = this.root): UndoResult {
    assertIn(this, object);
    return this.history.redo({ below: object });
  }

  /** For what changes the tree's shape. @internal */
  readonly structure = {
    link: (object: SObject, parent: SObject | null, orderKey: number): void => this.link(object, parent, orderKey),
    unlink: (object: SObject): void => this.unlink(object),
    relink: (object: SObject, parent: SObject, orderKey: number): void => this.relink(object, parent, orderKey),
    notify: <Name extends keyof TreeEvents>(name: Name, event: TreeEvents[Name]): void =>
      runObservers(() => this.notify(name, event)),
    reparented: runParentHook,
    ended: runDestroyHook,
  };

  #start(object: SObject, type: ObjectType, args: unknown): void {
    startNew(object, args);
    // A mistake in a class shows in its first instance; looking at every one would cost as much as making it.
    if (this.#inspected.has(type)) return;
    assertNoLateTopics(object);
    this.#inspected.add(type);
  }

  #assertMovable(object: SObject, parent: SObject): void {
    assertWritable();
    if (!object.parent) throw new ObjectSyncError("root", "the root cannot be moved");
    if (parent.tree !== this) throw new ObjectSyncError("wrong_tree", "an object cannot be moved to another tree");
    if (parent.isDestroyed) throw new ObjectSyncError("destroyed", `${parent.type} ${parent.id} is destroyed`);
    if (object.contains(parent)) throw new ObjectSyncError("cycle", "an object cannot be moved below itself");
    if (object.parent !== parent) assertRoomBelow(parent, heightOf(object));
  }

  #relocate(object: SObject, parent: SObject, orderKey: number): void {
    perform(new Movement(this, object, parent, orderKey));
  }
}
