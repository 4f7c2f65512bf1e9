// AuthorityTree: the tree as its one writer has it.
//
// Every change is checked, made at once inside the open transaction, and can be taken back. What a transaction did comes
// out in one place, `onCommit`.

import { type AddedAttribute, ATTRIBUTE_NAME, TAGS } from "./added-attributes.ts";
import { assertSynchronous, describeValue, ObjectSyncError } from "./error.ts";
import type { Globals } from "./globals.ts";
import { History, type HistoryOptions, type UndoResult } from "./history.ts";
import type { HistoryTree } from "./history-items.ts";
import type { UncheckedOp } from "./kind.ts";
import { makeTopic } from "./kinds.ts";
import { type AddOptions, type ObjectClass, SObject, type TypeReference } from "./object.ts";
import { objectInternals } from "./object-internals.ts";
import { type OnError, report } from "./report.ts";
import { makeObjects, type RestoredObject, type RestoredTree, type RestoreRules } from "./restore.ts";
import { type Revived, revive, successorOf } from "./revive.ts";
import { saveObject } from "./save.ts";
import { type Migration, SAVED_FORMAT, type SavedTree } from "./saved-tree.ts";
import { SetTopic } from "./set-topic.ts";
import { attributeIn, type Shape } from "./shape.ts";
import { type AnyTopic, execute, Topic, topicInternals } from "./topic.ts";
import {
  type Author,
  assertWritable,
  type Change,
  type Circumstances,
  derive,
  isTransacting,
  perform,
  runObservers,
  transact,
  whenCommitted,
} from "./transaction.ts";
import { forSubtree, ROOT_ID, Tree, type TreeEvents } from "./tree.ts";
import {
  AttributeChange,
  Creation,
  Destruction,
  Movement,
  type Place,
  type StructureKeeper,
  type TreeChange,
} from "./tree-changes.ts";
import { assertNoLateTopics, attachTopics, describeTopic, type ObjectType, type TypeRegistry } from "./types.ts";
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

const UNRECORDED = { history: false } as const;

/** Ids that follow each other. */
export interface IdBlock {
  readonly first: number;
  readonly count: number;
}

/** How many levels a tree may have: pages, and whoever walks down a tree, have a stack of limited size. */
export const MAX_TREE_DEPTH = 500;

/** See the head of this file. */
export class AuthorityTree extends Tree implements StructureKeeper {
  readonly #types: TypeRegistry;
  readonly #inspected = new WeakSet<ObjectType>();
  readonly #migrations: readonly Migration[];
  /** What can be undone. */
  readonly history: History;
  #lastId = ROOT_ID;
  /** Ids that were leased and not used. */
  readonly #leftovers: IdBlock[] = [];
  /** Called when the whole tree is another one. */
  onReset: (() => void) | undefined;
  /** Called after each transaction that changed the tree. */
  onCommit: OnCommit | undefined;

  /** Makes the tree with its root. What the root's `build` and `init` throw comes out here. */
  constructor(types: TypeRegistry, rootType: TypeReference, options: AuthorityOptions = {}) {
    super(options.onError, options.globals);
    this.#types = types;
    this.#migrations = options.migrations ?? [];
    this.history = new History(options.history, this.#past);
    const type = types.get(rootType);
    transact(() => {
      const root = this.#construct(type, ROOT_ID, undefined);
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
    if (!object.hasAttribute(TAGS)) this.#attach(object, TAGS, new SetTopic<string>([], UNRECORDED));
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
    const place = { parent, orderKey: () => this.#orderKey(parent, index) };
    return this.#create(this.#types.get(reference), args, key, place, () => ++this.#lastId);
  }

  /** `create` with an id that was leased, at the place of an order key. For what a client asks. */
  createAs(
    id: number,
    reference: TypeReference,
    args: unknown,
    key: string | undefined,
    { parent, orderKey }: Place,
  ): SObject {
    const place = { parent, orderKey: () => this.#freeKey(parent, orderKey) };
    return this.#create(this.#types.get(reference), args, key, place, () => id);
  }

  #create(
    type: ObjectType,
    args: unknown,
    key: string | undefined,
    { parent, orderKey }: { readonly parent: SObject; readonly orderKey: () => number },
    nextId: () => number,
  ): SObject {
    const name = key === undefined ? undefined : checkKey(key);
    this.#assertRoomBelow(parent, 1);
    if (name !== undefined && this.get(name)) throw new ObjectSyncError("duplicate_key", `the key ${key} is in use`);
    return transact(() => {
      const at = orderKey();
      const object = this.#construct(type, nextId(), name);
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
      if (at !== undefined) this.#relocate(object, parent, this.#orderKeyBefore(parent, at));
    });
  }

  /** `move` to the place of an order key. For what a client asks. */
  moveAs(object: SObject, { parent, orderKey }: Place): void {
    this.#assertMovable(object, parent);
    transact(() => {
      const key = this.#freeKey(parent, orderKey, object);
      if (object.parent !== parent || objectInternals.orderKey(object) !== key) this.#relocate(object, parent, key);
    });
  }

  /** Sets ids aside for somebody who makes objects elsewhere: nobody else gets them. At most so many, and at least half. */
  lease(count: number): IdBlock {
    for (let rest = this.#leftovers.pop(); rest; rest = this.#leftovers.pop()) {
      // There are enough numbers: what is left of a block with less in it is nobody's.
      if (rest.count < count / 2) continue;
      this.release({ first: rest.first + count, count: rest.count - count });
      return { first: rest.first, count: Math.min(rest.count, count) };
    }
    const first = this.#lastId + 1;
    this.#lastId += count;
    return { first, count };
  }

  /** Takes ids back that nobody has used. */
  release(block: IdBlock): void {
    if (block.count > 0) this.#leftovers.push(block);
  }

  /** What is known of a registered type, by its name. */
  shapeNamed(name: string): Shape | undefined {
    return this.#types.has(name) ? this.#types.get(name).shape : undefined;
  }

  /** The class of a registered type, by its name. Throws `unknown_type`. */
  classNamed(name: string): ObjectClass {
    return this.#types.get(name).objectClass;
  }

  /**
   * All of the tree, or an object with all below it, as plain JSON: for files, and for `load`, `restore` and `clone`. Throws
   * `destroyed`, `wrong_tree`.
   */
  save(object: SObject = this.root): SavedTree {
    this.#assertHere(object);
    return this.#saved(object);
  }

  /**
   * Becomes what was saved: another root with all below it, with the same ids. All objects of before are destroyed, and
   * clients get the new tree. Listeners hear `reset`. Throws `invalid_save`, and what an `init` throws; nothing has happened
   * then. Not inside of a transaction: throws `in_transaction`.
   */
  load(saved: unknown): void {
    assertWritable();
    if (isTransacting()) throw new ObjectSyncError("in_transaction", "a whole tree cannot be loaded in a transaction");
    let isRoot = true;
    const idFor = (id: number): number => {
      if (isRoot && id !== ROOT_ID) throw new ObjectSyncError("root", `the id of a root is ${ROOT_ID}`);
      isRoot = false;
      return id;
    };
    const { top, lastId } = this.#make(saved, { maxDepth: MAX_TREE_DEPTH, idFor, keyFor: (key) => key });
    const [old, next] = [this.root, top.object];
    if (next.constructor !== old.constructor) {
      throw new ObjectSyncError("invalid_save", `root.type: this tree's root is a ${old.type}, got ${next.type}`);
    }
    const started: SObject[] = [];
    this.unlink(old);
    try {
      this.link(next, null, 0);
      this.#linkBelow(top);
      this.#initAll(top, (object) => started.push(object));
    } catch (error) {
      this.unlink(next);
      this.link(old, null, 0);
      for (const object of started) runDestroyHook(object);
      throw error;
    }
    this.#lastId = lastId;
    this.#leftovers.length = 0;
    this.history.clear();
    for (const { id } of this.objects()) this.#lastId = Math.max(this.#lastId, id);
    this.onReset?.();
    this.structure.notify("reset", { root: next });
    runDestroyHooks(old);
  }

  /**
   * Puts saved objects back below `parent`, with the ids that they had: at `index`, by default at the end. References out of
   * them stay, also to what has gone, as it may come back too. Throws `invalid_save`, also where an id or key is in use, and
   * what an `init` throws.
   */
  restore<T extends SObject = SObject>(saved: unknown, parent: SObject, options: { readonly index?: number } = {}): T {
    const idFor = (id: number): number => {
      if (this.get(id)) throw new ObjectSyncError("duplicate_key", `there is an object ${id} already`);
      return id;
    };
    const keyFor = (key: string): string => {
      if (this.get(key)) throw new ObjectSyncError("duplicate_key", `the key ${key} is in use`);
      return key;
    };
    const last = this.#lastId;
    const outside = (id: number): number | undefined => (id <= last ? id : undefined);
    return this.#add(saved, parent, options.index, { idFor, keyFor, outside }, last) as T;
  }

  /**
   * Adds a copy of an object, or of saved ones, below `parent`: at `index`, by default at the end. It gets ids of its own;
   * references inside it lead to the copy, others stay, unless the object is of another tree. Keys stay with the original.
   * Throws as `restore` does.
   */
  clone<T extends SObject>(source: T, parent: SObject, options?: { readonly index?: number }): T;
  clone<T extends SObject = SObject>(source: SavedTree, parent: SObject, options?: { readonly index?: number }): T;
  clone(source: SObject | SavedTree, parent: SObject, options: { readonly index?: number } = {}): SObject {
    const isObject = source instanceof SObject;
    if (isObject) assertAlive(source);
    const isForeign = isObject && source.tree !== this;
    return this.#add(isObject ? this.#saved(source) : source, parent, options.index, {
      idFor: () => ++this.#lastId,
      keyFor: () => undefined,
      outside: (id) => (!isForeign && this.get(id) ? id : undefined),
      dropsDangling: true,
    });
  }

  /** Destroys everything, the root too: nothing can be added any more. For who made the tree; not inside of a transaction. */
  end(): void {
    const { root } = this;
    this.onCommit = undefined;
    this.onReset = undefined;
    this.unlink(root);
    runDestroyHooks(root);
  }

  commit(changes: readonly Change[], circumstances: Circumstances): void {
    this.history.note(changes, circumstances);
    this.onCommit?.(changes as readonly TreeChange[], circumstances.author);
  }

  /** Takes back what was done last at an object or below it, by anybody. Throws `in_transaction`, `destroyed`. */
  undo(object: SObject = this.root): UndoResult {
    this.#assertHere(object);
    return this.history.undo({ below: object });
  }

  /** Puts back what was undone last there. Throws `in_transaction`, `destroyed`. */
  redo(object: SObject = this.root): UndoResult {
    this.#assertHere(object);
    return this.history.redo({ below: object });
  }

  /** For the history of this tree. */
  get #past(): HistoryTree {
    return {
      get: (id) => this.get(id),
      topicOf: (object, slot) => this.topicOf(object, slot),
      write: (topic, op) => this.write(topic, op),
      destroy: (object) => this.destroy(object),
      revive: (object, place) => this.#revive(object, place),
      moveTo: (object, { parent, orderKey }) => {
        if (object.contains(parent) || !this.#hasRoomBelow(parent, heightOf(object))) return false;
        this.moveAs(object, { parent, orderKey });
        return true;
      },
      setAttribute: (object, slot, added, isThere) => this.#setAttribute(object, slot, added, isThere),
    };
  }

  /** For the changes of this tree. */
  readonly structure = {
    link: (object: SObject, parent: SObject, orderKey: number): void => this.link(object, parent, orderKey),
    unlink: (object: SObject): void => this.unlink(object),
    relink: (object: SObject, parent: SObject, orderKey: number): void => this.relink(object, parent, orderKey),
    notify: <Name extends keyof TreeEvents>(name: Name, event: TreeEvents[Name]): void =>
      runObservers(() => this.notify(name, event)),
    reparented: (object: SObject, from: SObject, to: SObject): void =>
      runObservers(() => {
        runHook(object, "onParentChanged", () => object.onParentChanged(from, to));
      }),
    ended: runDestroyHook,
  };

  #saved(object: SObject): SavedTree {
    return {
      format: SAVED_FORMAT,
      version: this.#migrations.length + 1,
      lastId: this.#lastId,
      root: saveObject(object),
    };
  }

  #make(
    saved: unknown,
    rules: Pick<RestoreRules, "maxDepth" | "idFor" | "keyFor"> & Partial<RestoreRules>,
  ): RestoredTree {
    return makeObjects(saved, this, {
      types: this.#types,
      migrations: this.#migrations,
      outside: () => undefined,
      dropsDangling: false,
      ...rules,
    });
  }

  /** Adds saved objects in one transaction. Up to `lastUsedId`, ids may have been those of others. */
  #add(
    saved: unknown,
    parent: SObject,
    index: number | undefined,
    rules: Pick<RestoreRules, "idFor" | "keyFor" | "outside"> & Partial<RestoreRules>,
    lastUsedId = 0,
  ): SObject {
    assertWritable();
    this.#assertHere(parent);
    const { top } = this.#make(saved, { maxDepth: MAX_TREE_DEPTH - depthOf(parent), ...rules });
    return transact(() => {
      const creations = new Map<SObject, Creation>();
      const create = ({ object, children }: RestoredObject, above: SObject, orderKey: number): void => {
        const creation = new Creation(this, object, above, orderKey, object.id <= lastUsedId);
        creations.set(object, creation);
        perform(creation);
        this.#lastId = Math.max(this.#lastId, object.id);
        for (const [position, child] of children.entries()) create(child, object, position);
      };
      create(top, parent, this.#orderKey(parent, index));
      keepInFields(parent, top.object);
      this.#initAll(top, (object) => {
        (creations.get(object) as Creation).hasStarted = true;
      });
      return top.object;
    });
  }

  /** Brings back what was destroyed, in new instances. */
  #revive(old: SObject, { parent, orderKey }: Place): boolean {
    let isPossible = this.#hasRoomBelow(parent, heightOf(old));
    forSubtree(old, (each) => {
      const isTaken = this.get(each.id) || (each.key !== undefined && this.get(each.key));
      if (isTaken || !this.#types.has(each.constructor as ObjectClass)) isPossible = false;
    });
    if (!isPossible) return false;
    const creations = new Map<SObject, Creation>();
    const create = (revived: Revived, above: SObject, key: number): void => {
      const creation = new Creation(this, revived.object, above, key, true);
      creations.set(revived.object, creation);
      perform(creation);
      for (const child of revived.children) create(child, revived.object, child.orderKey);
    };
    const top = revive(old, this);
    create(top, parent, this.#freeKey(parent, orderKey));
    keepInFields(parent, top.object);
    this.#initAll(top, (object) => {
      (creations.get(object) as Creation).hasStarted = true;
    });
    return true;
  }

  #setAttribute(object: SObject, slot: number, { attribute, topic: old }: AddedAttribute, isThere: boolean): boolean {
    const present = objectInternals.added(object)?.get(slot);
    if (!isThere) {
      if (!present) return false;
      perform(new AttributeChange(this, object, slot, present, false));
      return true;
    }
    if (present || object.hasAttribute(attribute.name)) return false;
    let topic = old as AnyTopic;
    // The object may be another instance by now.
    if (topic.object !== object) {
      topic = successorOf(topic, attribute);
      topicInternals.attach(topic, object, slot);
    }
    perform(new AttributeChange(this, object, slot, { attribute, topic }, true));
    return true;
  }

  #linkBelow({ object, children }: RestoredObject): void {
    for (const [position, child] of children.entries()) {
      this.link(child.object, object, position);
      this.#linkBelow(child);
    }
  }

  /** Starts objects that came back, children first. They cannot write: what they hold is what was saved. */
  #initAll(
    { object, children }: Pick<RestoredObject, "object" | "children">,
    onStarted: (object: SObject) => void,
  ): void {
    for (const child of children) this.#initAll(child, onStarted);
    runObservers(() => assertSynchronous(object.init({ isNew: false })));
    onStarted(object);
  }

  #construct(type: ObjectType, id: number, key: string | undefined): SObject {
    const object = new type.objectClass();
    objectInternals.bind(object, this, id, type.shape, key);
    attachTopics(object, type.shape);
    return object;
  }

  #start(object: SObject, type: ObjectType, args: unknown): void {
    assertSynchronous(object.build(args));
    if (object.isDestroyed) neverStarted.add(object);
    else assertSynchronous(object.init({ isNew: true }));
    // A mistake in a class shows in its first instance; looking at every one would cost as much as making it.
    if (this.#inspected.has(type)) return;
    assertNoLateTopics(object);
    this.#inspected.add(type);
  }

  #assertHere(object: SObject): void {
    if (object.tree !== this) throw new ObjectSyncError("wrong_tree", `${object.type} ${object.id} is of another tree`);
    assertAlive(object);
  }

  /** Throws `too_deep` if a subtree of so many levels would reach too far down. */
  #assertRoomBelow(parent: SObject, height: number): void {
    if (this.#hasRoomBelow(parent, height)) return;
    throw new ObjectSyncError("too_deep", `a tree has at most ${MAX_TREE_DEPTH} levels: does a build add itself?`);
  }

  #hasRoomBelow(parent: SObject, height: number): boolean {
    return depthOf(parent) + height <= MAX_TREE_DEPTH;
  }

  #assertMovable(object: SObject, parent: SObject): void {
    assertWritable();
    if (!object.parent) throw new ObjectSyncError("root", "the root cannot be moved");
    if (parent.tree !== this) throw new ObjectSyncError("wrong_tree", "an object cannot be moved to another tree");
    if (parent.isDestroyed) throw new ObjectSyncError("destroyed", `${parent.type} ${parent.id} is destroyed`);
    if (object.contains(parent)) throw new ObjectSyncError("cycle", "an object cannot be moved below itself");
    if (object.parent !== parent) this.#assertRoomBelow(parent, heightOf(object));
  }

  #relocate(object: SObject, parent: SObject, orderKey: number): void {
    perform(new Movement(this, object, parent, orderKey));
  }

  /** An order key that no sibling has: the given one, or one just behind it. */
  #freeKey(parent: SObject, orderKey: number, object?: SObject): number {
    const siblings = objectInternals.siblings(parent);
    const key = siblings.keyNear(orderKey, object);
    if (key !== undefined) return key;
    const index = siblings.indexAfter(orderKey);
    derive(() => this.#spread(parent, index));
    // By index: the one that had the key has another now, and so may the object itself.
    return siblings.keyBefore(siblings.at(index) === object ? index + 1 : index) as number;
  }

  #spread(parent: SObject, index: number): void {
    for (const [child, key] of objectInternals.siblings(parent).spread(index)) this.#relocate(child, parent, key);
  }

  #orderKey(parent: SObject, index: number | undefined): number {
    return this.#orderKeyBefore(parent, objectInternals.siblings(parent).indexFor(index, undefined) as number);
  }

  /** The key that a place has; where no number is left for it, its neighbours are spread first. */
  #orderKeyBefore(parent: SObject, index: number): number {
    const siblings = objectInternals.siblings(parent);
    let orderKey = siblings.keyBefore(index);
    if (orderKey === undefined) {
      this.#spread(parent, index);
      orderKey = siblings.keyBefore(index) as number;
    }
    return orderKey;
  }
}

function assertAlive(object: SObject): void {
  if (object.isDestroyed) throw new ObjectSyncError("destroyed", `${object.type} ${object.id} is destroyed`);
}

/** A field of the parent that held the object of before holds the one that came back. */
function keepInFields(parent: SObject, object: SObject): void {
  const fields = parent as SObject & Record<string, unknown>;
  for (const [name, value] of Object.entries(fields)) {
    if (value instanceof SObject && value.isDestroyed && value.id === object.id) fields[name] = object;
  }
}

/** How many levels there are down to an object, itself included. */
function depthOf(object: SObject): number {
  let depth = 0;
  for (let each: SObject | null = object; each; each = each.parent) depth++;
  return depth;
}

/** How many levels there are from an object down, itself included. */
function heightOf(object: SObject): number {
  let height = 0;
  for (const child of object.children) height = Math.max(height, heightOf(child));
  return height + 1;
}

function runDestroyHooks(object: SObject): void {
  for (const child of object.children) runDestroyHooks(child);
  runDestroyHook(object);
}

/** Objects that were destroyed in their own `build`. */
const neverStarted = new WeakSet<SObject>();

function runDestroyHook(object: SObject): void {
  if (!neverStarted.has(object)) runHook(object, "onDestroy", () => object.onDestroy());
}

/** Runs a hook that must not keep anything else from happening. */
function runHook(object: SObject, name: string, hook: () => void): void {
  try {
    hook();
  } catch (error) {
    report(object.tree.onError, error, `${name} of ${object.type} ${object.id}`);
  }
}
