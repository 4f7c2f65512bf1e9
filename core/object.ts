// SObject: a node of a tree. Subclass it and give it topics as fields.
//
// An object holds its place (tree, id, parent, order key, children) and nothing else; what is asked of it goes to its
// tree, which on the server carries it out and on a mirror asks the server. Its private fields are reachable for trees
// only, through `object-internals.ts`, so that a subclass may name its own fields as it likes.

import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { Access } from "./access.ts";
import { AddedAttributes, TAGS } from "./added-attributes.ts";
import type { AuthorityTree } from "./authority.ts";
import { ObjectSyncError } from "./error.ts";
import { objectInternals, provideObjectInternals } from "./object-internals.ts";
import type { OnError, Reporter } from "./report.ts";
import type { SetTopic } from "./set-topic.ts";
import { type Attribute, attributeIn, type Shape } from "./shape.ts";
import { Siblings } from "./siblings.ts";
import type { AnyTopic } from "./topic.ts";
import { isTracking } from "./track.ts";
import type { Tree } from "./tree.ts";
import type { UndoResult } from "./undo-result.ts";

/** A class of objects, as `register`, `add` and `find` take it. */
export type ObjectClass<T extends SObject = SObject> = (new () => T) & {
  readonly frontendType: string | null;
  readonly lazy: boolean;
  readonly access: Access;
  readonly args: StandardSchemaV1 | undefined;
};

/** A type of objects: its class, or its registered name. */
export type TypeReference<T extends SObject = SObject> = ObjectClass<T> | string;

/** What `build` of a type takes. */
export type BuildArgs<T extends SObject> = Parameters<T["build"]>[0];

/** What `add` takes after the type: the arguments of `build`, required when it needs them, then options. */
export type AddParameters<T extends SObject> =
  undefined extends BuildArgs<T>
    ? [args?: BuildArgs<T>, options?: AddOptions]
    : [args: BuildArgs<T>, options?: AddOptions];

/** Where a new object goes and how it is called. */
export interface AddOptions {
  /** A name for `tree.get`, unique in the tree. Default: none. */
  readonly key?: string;
  /** The place among the children, from 0 to their number. Default: the end. */
  readonly index?: number;
}

/** How an object came to be, for its `init`. */
export interface InitContext {
  /** Whether it was added just now, and `build` has run; else it came back from saved data. */
  readonly isNew: boolean;
}

/** What `search` looks for. */
export interface SearchOptions<T extends SObject = SObject> {
  /** Whether an object belongs into the result. Default: every one does. */
  readonly accept?: (object: SObject) => boolean;
  /** Whether to leave out what is below an object. The object itself may still be in the result. */
  readonly stop?: (object: SObject) => boolean;
  /** Only objects of this type. */
  readonly type?: TypeReference<T>;
}

const NO_CHILDREN: readonly SObject[] = Object.freeze([]);

/** See the head of this file. */
export class SObject {
  /** The element that a page spawns for an instance, `os-` plus this; `null` for none. Inherited. */
  static readonly frontendType: string | null = null;

  /**
   * Whether clients see what is below an instance only while they have it open, by `client.open`. The instance itself
   * they see with its parent. Inherited; not for roots.
   */
  static readonly lazy: boolean = false;

  /** What clients may do with an instance. Inherited. Default: nothing. */
  static readonly access: Access = {};

  /**
   * What `build` takes from clients, as a schema of any library that follows Standard Schema. Clients can add instances
   * of a class whose `build` has a parameter only if it has one. Inherited. Default: none.
   */
  static readonly args: StandardSchemaV1 | undefined = undefined;

  #tree: Tree | undefined;
  #shape: Shape | undefined;
  #id = 0;
  #isAlive = false;
  #parent: SObject | null = null;
  #orderKey = 0;
  #key: string | undefined;
  #children: Siblings | undefined;
  #added: AddedAttributes | undefined;

  /** Called once, when the object is new: children go here. `args` are those given to `add`. */
  // biome-ignore lint/suspicious/noExplicitAny: a subclass names the arguments that it needs
  build(..._args: any[]): void {}

  /**
   * Called always, after `build` for a new object: rules go here. An object that came back has its values, children and
   * fields again, and cannot be written here.
   */
  init(_context: InitContext): void {}

  /**
   * Called within the transaction when it has another parent, also when that is taken back: look, but do not write. Not for
   * a move among the same siblings.
   */
  onParentChanged(_from: SObject, _to: SObject): void {}

  /** Called when the first client opens a lazy object; what is added now it is sent with the rest. */
  onOpen(): void {}

  /** Called when no client has a lazy object open any more. */
  onClose(): void {}

  /** Called once for each object whose `init` ran, when it has gone for good: after the transaction that destroyed it. */
  onDestroy(): void {}

  /** A positive integer, unique in the tree, and given again only to what is restored; the root's is 1. 0 before it is added. */
  get id(): number {
    return this.#id;
  }

  /** The registered name of its type. */
  get type(): string {
    return this.#bound(this.#shape).name;
  }

  /** Which element a page spawns for it; `null` for none. */
  get frontendType(): string | null {
    return this.#bound(this.#shape).frontendType;
  }

  /** Whether what is below it is a branch of its own, which clients open. */
  get isLazy(): boolean {
    return this.#parent !== null && this.#bound(this.#shape).isLazy;
  }

  /** The name it was added with, for `tree.get`. */
  get key(): string | undefined {
    return this.#key;
  }

  /** The tree it was added to, also after it was destroyed. Throws in a constructor or field initialiser. */
  get tree(): AuthorityTree {
    // Classes are written for the server. On a mirror it is another tree, but there programs see `Mirrored` objects.
    return this.#bound(this.#tree) as AuthorityTree;
  }

  /** `null` for the root. */
  get parent(): SObject | null {
    return this.#parent;
  }

  /** The children in order: an immutable array, the same one until they change. */
  get children(): readonly SObject[] {
    return this.#children || isTracking() ? this.#siblings().all : NO_CHILDREN;
  }

  /** Whether it was destroyed, by itself or with an ancestor. Its values can still be read. */
  get isDestroyed(): boolean {
    return this.#tree !== undefined && !this.#isAlive;
  }

  /**
   * Adds a new object below this one, in one transaction: constructs it, runs `build`, then `init`. If any of it throws,
   * nothing has happened. Throws `unknown_type`, `duplicate_key`, `out_of_range`, `destroyed`.
   */
  add<T extends SObject = SObject>(type: string, ...rest: AddParameters<T>): T;
  add<T extends SObject>(type: ObjectClass<T>, ...rest: AddParameters<T>): T;
  add(type: TypeReference, args?: unknown, options: AddOptions = {}): SObject {
    return treeForWriting(this).create(this, type, args, options);
  }

  /** Removes it and all below it. Throws `destroyed` the second time, `root` for the root. */
  destroy(): void {
    treeForWriting(this).destroy(this);
  }

  /**
   * Moves it, with all below it, to a place among the children of `parent`, counted without itself; the default is the
   * end. Throws `cycle`, `root`, `out_of_range`, `wrong_tree`, `destroyed`.
   */
  moveTo(parent: SObject, options: { readonly index?: number } = {}): void {
    treeForWriting(this).move(this, parent, options.index);
  }

  /**
   * Takes back the last step at it or below it, whoever made it, of those that the tree's history has. Rules do not run.
   * Throws `in_transaction`, `destroyed`.
   */
  undo(): UndoResult {
    return treeForWriting(this).undo(this) as UndoResult;
  }

  /** Puts back what was undone there last, unless something new was done there since. Throws `in_transaction`, `destroyed`. */
  redo(): UndoResult {
    return treeForWriting(this).redo(this) as UndoResult;
  }

  /**
   * The topic of the attribute with a name: a field's, or one that was added. Throws `not_found`, and `wrong_type` if the
   * topic is not of this class.
   */
  attribute<T extends AnyTopic>(name: string, topicClass: abstract new (...args: never[]) => T): T {
    const slot = this.#slotOf(name);
    if (slot === undefined) throw new ObjectSyncError("not_found", `${this.#name()} has no attribute ${name}`);
    const topic = this.tree.topicOf(this, slot);
    if (topic instanceof topicClass) return topic;
    throw new ObjectSyncError(
      "wrong_type",
      `${this.#name()}.${name} is a ${topic?.kind.name}, not a ${topicClass.name}`,
    );
  }

  /** Whether there is an attribute with this name: a field's, or one that was added. */
  hasAttribute(name: string): boolean {
    return this.#slotOf(name) !== undefined;
  }

  /**
   * Gives this one object another attribute, and returns its topic: `object.addAttribute("size", new NumberTopic(3))`.
   * Throws `invalid_name` for a name that is in use, `destroyed`.
   */
  addAttribute<T extends AnyTopic>(name: string, topic: T): T {
    treeForWriting(this).addAttribute(this, name, topic);
    return topic;
  }

  /** Takes an attribute away that was added. Its topic can be read and no longer written. Throws `not_found`. */
  removeAttribute(name: string): void {
    const slot = this.#added?.slotOf(name);
    if (slot === undefined) throw new ObjectSyncError("not_found", `${this.#name()} has no added attribute ${name}`);
    treeForWriting(this).removeAttribute(this, slot);
  }

  /** Marks the object, for all to see. Nothing happens if it has the tag. */
  addTag(name: string): void {
    treeForWriting(this).addTag(this, name);
  }

  /** Takes a tag away; nothing happens if the object does not have it. */
  removeTag(name: string): void {
    treeForWriting(this).removeTag(this, name);
  }

  hasTag(name: string): boolean {
    return this.#tags()?.has(name) ?? false;
  }

  /** The tags that it has, in no particular order. */
  get tagNames(): readonly string[] {
    return [...(this.#tags() ?? [])];
  }

  /** The child with this id. Throws `not_found`. */
  child(id: number): SObject {
    const child = this.#bound(this.#tree).get(id);
    if (child?.parent !== this) throw new ObjectSyncError("not_found", `${this.#name()} has no child with id ${id}`);
    return child;
  }

  /** The first child of a type. Throws `not_found`. */
  childOfType<T extends SObject = SObject>(type: TypeReference<T>): T {
    return this.#found(this.children.find(isOfType(type)), type, "child");
  }

  /** All children of a type, in order. */
  childrenOfType<T extends SObject = SObject>(type: TypeReference<T>): T[] {
    return this.children.filter(isOfType(type));
  }

  /** The first object of a type below this one, depth-first. Throws `not_found`. */
  find<T extends SObject = SObject>(type: TypeReference<T>): T {
    return this.#found(findBelow(this, isOfType(type)), type, "object below it");
  }

  /** Objects from this one down, each before its children. */
  search<T extends SObject = SObject>({ accept, stop, type }: SearchOptions<T> = {}): T[] {
    const found: T[] = [];
    const isWanted = type === undefined ? (_object: SObject): _object is T => true : isOfType<T>(type);
    const visit = (object: SObject): void => {
      if (isWanted(object) && (!accept || accept(object))) found.push(object);
      if (!stop?.(object)) object.children.forEach(visit);
    };
    visit(this);
    return found;
  }

  /** Whether `other` is this object or somewhere below it. */
  contains(other: SObject): boolean {
    for (let object: SObject | null = other; object; object = object.parent) if (object === this) return true;
    return false;
  }

  /** @internal */
  reporting(): { readonly where: string; readonly onError: OnError | undefined } {
    return { where: this.#name(), onError: this.#tree?.onError };
  }

  #siblings(): Siblings {
    this.#children ??= new Siblings(this);
    return this.#children;
  }

  /** Made only when there is something to add, or somebody waits for that. */
  #addedAttributes(): AddedAttributes {
    this.#added ??= new AddedAttributes(this, this.#bound(this.#shape).attributes.length);
    return this.#added;
  }

  #slotOf(name: string): number | undefined {
    const index = this.#bound(this.#shape).attributes.findIndex((attribute) => attribute.name === name);
    if (index >= 0) return index + 1;
    return this.#added || isTracking() ? this.#addedAttributes().slotOf(name) : undefined;
  }

  #tags(): SetTopic<string> | undefined {
    const slot = this.#slotOf(TAGS);
    return slot === undefined ? undefined : (this.tree.topicOf(this, slot) as SetTopic<string>);
  }

  #bound<T>(field: T | undefined): T {
    if (field !== undefined) return field;
    throw new ObjectSyncError("not_attached");
  }

  #name(): string {
    return `${this.#shape?.name ?? "SObject"} ${this.#id}`;
  }

  #found<T>(object: T | undefined, type: TypeReference, what: string): T {
    if (object !== undefined) return object;
    throw new ObjectSyncError("not_found", `${this.#name()} has no ${what} of type ${typeName(type)}`);
  }

  static {
    provideObjectInternals({
      shape: (object) => object.#bound(object.#shape),
      orderKey: (object) => object.#orderKey,
      siblings: (object) => object.#siblings(),
      added: (object) => object.#added,
      makeAdded: (object) => object.#addedAttributes(),
      bind(object, tree, id, shape, key) {
        object.#tree = tree;
        object.#id = id;
        object.#shape = shape;
        object.#key = key;
      },
      setAlive(object, isAlive) {
        object.#isAlive = isAlive;
      },
      place(object, parent, orderKey) {
        object.#parent = parent;
        object.#orderKey = orderKey;
      },
    });
  }
}

/** The tree of an object that something is to be done to. Throws `destroyed`. */
export function treeForWriting(object: SObject): Tree {
  const { tree } = object;
  if (object.isDestroyed) throw new ObjectSyncError("destroyed", `${object.type} ${object.id} is destroyed`);
  return tree;
}

/** The attribute in a slot of an object: one of its type's, or one that was added to it alone. */
export function attributeOf(object: SObject, slot: number): Attribute | undefined {
  return attributeIn(objectInternals.shape(object), slot) ?? objectInternals.added(object)?.get(slot)?.attribute;
}

/** How an attribute is called in an error, and who is told of errors in its listeners. */
export function describeAttribute(object: SObject, slot: number): ReturnType<Reporter["reporting"]> {
  const { where, onError } = object.reporting();
  const name = attributeOf(object, slot)?.name;
  return { where: `${where}.${name}`, onError };
}

/** The name of a type, for messages. */
export function typeName(type: TypeReference): string {
  return typeof type === "string" ? type : type.name;
}

function isOfType<T extends SObject>(type: TypeReference<T>): (object: SObject) => object is T {
  return typeof type === "string"
    ? (object): object is T => object.type === type
    : (object): object is T => object instanceof type;
}

function findBelow<T extends SObject>(parent: SObject, test: (object: SObject) => object is T): T | undefined {
  for (const child of parent.children) {
    if (test(child)) return child;
    const found = findBelow(child, test);
    if (found) return found;
  }
  return undefined;
}
