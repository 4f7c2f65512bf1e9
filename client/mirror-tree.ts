// MirrorTree: the client's copy of a tree.
//
// Frames are applied here, each as a whole: listeners hear of it when all of it is in place. An object holds its values in
// an array by slot; the topic of an attribute is made when somebody first asks for it, and takes the value's place in the
// array. What the program wants changed goes to the `Writer`; the mirror itself changes by frames only.

import type { Wire } from "../core/codec.ts";
import { ObjectSyncError } from "../core/error.ts";
import { type AnyKind, type Op, type Origin, SET, type UncheckedOp } from "../core/kind.ts";
import { makeTopic } from "../core/kinds.ts";
import type { Listener } from "../core/listeners.ts";
import { SObject, type TypeReference, typeName } from "../core/object.ts";
import { objectInternals } from "../core/object-internals.ts";
import { array, bad } from "../core/parse.ts";
import type { OnError } from "../core/report.ts";
import { type Attribute, attributeIn, type Shape } from "../core/shape.ts";
import { type OpStream, readStream, type StreamReader, type Values } from "../core/stream.ts";
import { type AnyTopic, Topic, topicInternals } from "../core/topic.ts";
import { ROOT_ID, Tree } from "../core/tree.ts";

/** Takes what the program wants changed. */
export interface Writer {
  /** An op on an attribute of an object. */
  write(object: SObject, slot: number, op: UncheckedOp): void;
  /** What `fn` writes happens together. */
  group(fn: () => void): void;
}

/** See the head of this file. */
export class MirrorTree extends Tree {
  readonly #writer: Writer;
  readonly #onChange: ((object: SObject, slot: number) => void) | undefined;
  readonly #shapes: Shape[] = [];
  readonly #classes = new Map<Shape, new () => MirrorObject>();
  /** What listeners are to be told when the frame is complete. */
  #news: (() => void)[] = [];
  /** Whether listeners are told of each object: not while all of them are new. */
  #isTelling = true;
  #origin: Origin = "remote";

  /** `onChange` is called for each op on an attribute as it is applied, before the frame is complete. */
  constructor(writer: Writer, onError: OnError | undefined, onChange?: (object: SObject, slot: number) => void) {
    super(onError);
    this.#writer = writer;
    this.#onChange = onChange;
  }

  /**
   * Applies ops, and keeps the arrays in them. Listeners hear of it at `announce`. Throws when the ops do not fit this
   * tree: it is broken then.
   */
  apply(ops: OpStream, origin: Origin = "remote"): void {
    this.#origin = origin;
    readStream(ops, this.#reader);
  }

  /** Forgets everything and makes the tree that a snapshot says, and what came `since`. */
  reset(ops: OpStream, ...since: readonly OpStream[]): void {
    const old = this.get(ROOT_ID);
    if (old) this.unlink(old);
    this.#shapes.length = 0;
    this.#classes.clear();
    this.#isTelling = false;
    for (const stream of [ops, ...since]) this.apply(stream);
    this.#isTelling = true;
    if (!this.get(ROOT_ID)) throw bad("a snapshot without a root");
    this.#news = [() => this.notify("reset", { root: this.root })];
  }

  /**
   * Becomes what a snapshot of the same epoch says, object by object: what is still there stays, with its topics and
   * listeners, and only the differences are told, with origin `restore`.
   */
  reconcile(ops: OpStream): void {
    this.#origin = "restore";
    const isMissing = new Set(this.objects());
    const reader: StreamReader = {
      ...this.#reader,
      create: (id, shapeIndex, parentId, orderKey, key, values) => {
        const object = this.get(id);
        if (!object) return this.#create(id, shapeIndex, parentId, orderKey, key, values);
        isMissing.delete(object);
        const isElsewhere = object.parent?.id !== parentId || objectInternals.orderKey(object) !== orderKey;
        if (isElsewhere && id !== ROOT_ID) this.#move(id, parentId, orderKey);
        this.#restoreValues(object, values);
      },
    };
    readStream(ops, reader);
    // What is left and hangs on something that stays; what hangs below it goes with it.
    for (const object of isMissing) {
      if (!object.isDestroyed && object.parent && !isMissing.has(object.parent)) this.#destroy(object.id);
    }
  }

  /** Tells the listeners what has changed since the last time. */
  announce(): void {
    const news = this.#news;
    this.#news = [];
    for (const tell of news) tell();
  }

  /** The state of an attribute as the server last said. */
  confirmed(object: SObject, slot: number): unknown {
    return mirrorInternals.state(object as MirrorObject, slot);
  }

  write(topic: AnyTopic, op: UncheckedOp): void {
    const object = topic.object as SObject;
    const slot = topicInternals.slot(topic);
    const { name, write } = attributeIn(objectInternals.shape(object), slot) as Attribute;
    if (write === "nobody") {
      throw new ObjectSyncError(
        "forbidden",
        `${object.type}.${name} is not open to clients: give it { write: "everyone" }`,
      );
    }
    this.#writer.write(object, slot, op);
  }

  group(fn: () => void): void {
    this.#writer.group(fn);
  }

  create(_parent: SObject, type: TypeReference): SObject {
    throw new ObjectSyncError("forbidden", `a client cannot add a ${typeName(type)}`);
  }

  destroy(object: SObject): void {
    throw new ObjectSyncError("forbidden", `a client cannot destroy ${object.type} ${object.id}`);
  }

  move(object: SObject): void {
    throw new ObjectSyncError("forbidden", `a client cannot move ${object.type} ${object.id}`);
  }

  readonly #reader: StreamReader = {
    kind: (id, slot) => this.#attribute(this.#get(id), slot).kind,
    topic: (id, slot, op) => this.#change(this.#get(id), slot, op),
    shape: (index, shape) => {
      this.#shapes[index] ??= shape;
    },
    create: (id, shapeIndex, parentId, orderKey, key, values) =>
      this.#create(id, shapeIndex, parentId, orderKey, key, values),
    destroy: (id) => this.#destroy(id),
    move: (id, parentId, orderKey) => this.#move(id, parentId, orderKey),
  };

  #create(
    id: number,
    shapeIndex: number,
    parentId: number,
    orderKey: number,
    key: string | null,
    values: Values,
  ): void {
    const shape = this.#shapes[shapeIndex];
    if (!shape) throw bad(`shape ${shapeIndex} was not announced`);
    if (this.get(id)) throw bad(`object ${id} exists already`);
    const object = new (this.#classOf(shape))();
    objectInternals.bind(object, this, id, shape, key ?? undefined);
    if (values) mirrorInternals.fill(object, values);
    const parent = id === ROOT_ID ? null : this.#get(parentId);
    this.link(object, parent, orderKey);
    const origin = this.#origin;
    if (parent && this.#isTelling) this.#news.push(() => this.notify("add", { object, parent, origin }));
  }

  #destroy(id: number): void {
    const object = this.#get(id);
    const { parent } = object;
    if (!parent) throw bad("the root cannot be destroyed");
    const origin = this.#origin;
    this.unlink(object);
    this.#news.push(() => this.notify("remove", { object, parent, origin }));
  }

  #move(id: number, parentId: number, orderKey: number): void {
    const object = this.#get(id);
    const from = object.parent;
    const to = this.#get(parentId);
    if (!from || object.contains(to)) throw bad(`object ${id} cannot be moved below ${parentId}`);
    const origin = this.#origin;
    this.relink(object, to, orderKey);
    this.#news.push(() => this.notify("move", { object, from, to, origin }));
  }

  #change(object: SObject, slot: number, unchecked: UncheckedOp): void {
    const { kind } = this.#attribute(object, slot);
    const op = kind.prepare(this.confirmed(object, slot), unchecked);
    if (!op) return;
    this.#onChange?.(object, slot);
    const topic = mirrorInternals.apply(object as MirrorObject, slot, kind, op, this.#origin);
    if (topic) this.#news.push(topic);
  }

  #restoreValues(object: SObject, values: Values): void {
    const { attributes } = objectInternals.shape(object);
    for (const [index, { kind, initial }] of attributes.entries()) {
      const value = values?.[index] ?? null;
      if (mirrorInternals.replace(object as MirrorObject, index + 1, value)) this.#onChange?.(object, index + 1);
      else this.#change(object, index + 1, [SET, value ?? kind.toWire(initial)]);
    }
  }

  #get(id: number): SObject {
    const object = this.get(id);
    if (!object) throw bad(`there is no object ${id}`);
    return object;
  }

  #attribute(object: SObject, slot: number): Attribute {
    const attribute = attributeIn(objectInternals.shape(object), slot);
    if (!attribute) throw bad(`${object.type} has no attribute in slot ${slot}`);
    return attribute;
  }

  #classOf(shape: Shape): new () => MirrorObject {
    let mirrorClass = this.#classes.get(shape);
    if (!mirrorClass) {
      mirrorClass = makeClass(shape);
      this.#classes.set(shape, mirrorClass);
    }
    return mirrorClass;
  }
}

/** What the tree may do with a mirror object. */
interface MirrorInternals {
  /** Gives a new object its values: the array becomes the object's own. */
  fill(object: MirrorObject, values: NonNullable<Values>): void;
  state(object: MirrorObject, slot: number): unknown;
  topic(object: MirrorObject, slot: number): AnyTopic;
  /** Replaces a container that is no topic yet, and that nobody can listen to; tells whether it was one. */
  replace(object: MirrorObject, slot: number, wire: Wire): boolean;
  /** Applies a prepared op; returns what tells the listeners of it, if there are any. */
  apply(object: MirrorObject, slot: number, kind: AnyKind, op: Op, origin: Origin): (() => void) | undefined;
}

let mirrorInternals: MirrorInternals;

/** An object of a mirror; the getters for its attributes are on a prototype made for its shape. */
class MirrorObject extends SObject {
  /** By slot less one: a value in its wire form, the topic that has taken it over, or nothing for the shape's. */
  #values: unknown[] | undefined;

  #attribute(slot: number): Attribute {
    return attributeIn(objectInternals.shape(this), slot) as Attribute;
  }

  #set(slot: number, value: unknown): void {
    this.#values ??= [];
    // No holes: an array with holes is slower.
    while (this.#values.length < slot - 1) this.#values.push(null);
    this.#values[slot - 1] = value;
  }

  #topic(slot: number): AnyTopic {
    const value = this.#values?.[slot - 1];
    if (value instanceof Topic) return value;
    const { kind, initial } = this.#attribute(slot);
    const topic = makeTopic(kind);
    topicInternals.attach(topic, this, slot);
    topicInternals.replaceState(topic, kind.fromWire(value ?? kind.toWire(initial)));
    this.#set(slot, topic);
    return topic;
  }

  static {
    mirrorInternals = {
      fill(object, values) {
        const { attributes } = objectInternals.shape(object);
        if (values.length > attributes.length) throw bad(`${object.type} has no ${values.length} attributes`);
        for (let index = 0; index < values.length; index++) {
          const value = values[index];
          if (value === null) continue;
          const { kind } = attributes[index] as Attribute;
          // A container is looked into when it becomes a topic.
          if (kind.isScalar) kind.fromWire(value);
          else array(value);
        }
        object.#values = values as unknown[];
      },
      state(object, slot) {
        const value = object.#values?.[slot - 1];
        if (value === undefined || value === null) return object.#attribute(slot).initial;
        return object.#attribute(slot).kind.isScalar && !(value instanceof Topic)
          ? value
          : topicInternals.state(object.#topic(slot));
      },
      topic: (object, slot) => object.#topic(slot),
      replace(object, slot, wire) {
        const value = object.#values?.[slot - 1];
        if (object.#attribute(slot).kind.isScalar || value instanceof Topic) return false;
        if (wire !== null || value) object.#set(slot, wire === null ? null : array(wire));
        return true;
      },
      apply(object, slot, kind, op, origin) {
        const value = object.#values?.[slot - 1];
        if (kind.isScalar && !(value instanceof Topic)) {
          object.#set(slot, kind.apply(value ?? object.#attribute(slot).initial, op));
          return undefined;
        }
        const topic = object.#topic(slot);
        const event = topicInternals.apply(topic, op, origin);
        return event && (() => topicInternals.notify(topic, event));
      },
    };
  }
}

function makeClass(shape: Shape): new () => MirrorObject {
  const mirrorClass = class extends MirrorObject {};
  for (const [index, { name }] of shape.attributes.entries()) {
    if (name in SObject.prototype) throw bad(`${shape.name}.${name} is the name of something else`);
    Object.defineProperty(mirrorClass.prototype, name, {
      enumerable: true,
      get(this: MirrorObject): AnyTopic {
        return mirrorInternals.topic(this, index + 1);
      },
    });
  }
  return mirrorClass;
}

/** What happens to the objects of a mirror, told when the frame is in place. */
export interface MirroredTreeEvents {
  /** An object came. Parents come before their children. */
  readonly add: { readonly object: Mirrored; readonly parent: Mirrored; readonly origin: Origin };
  /** An object went, with all below it: one event for the topmost. */
  readonly remove: { readonly object: Mirrored; readonly parent: Mirrored; readonly origin: Origin };
  /** An object has another place, under the same parent or another. */
  readonly move: { readonly object: Mirrored; readonly from: Mirrored; readonly to: Mirrored; readonly origin: Origin };
  /** The whole tree is another one: all objects of the old are destroyed. */
  readonly reset: { readonly root: Mirrored };
}

/** The copy of a server's tree, as a program sees it. */
export interface MirroredTree {
  /** The object that all others are below. */
  readonly root: Mirrored;
  /** How many objects there are, the root included. */
  readonly size: number;
  /** How many listeners the tree itself has. */
  readonly listenerCount: number;
  /** Is told of errors in listeners and hooks. */
  readonly onError: OnError | undefined;
  /** The object with this id, or with this key. */
  get<T extends SObject = SObject>(idOrKey: number | string): Mirrored<T> | undefined;
  /** All objects, in no particular order. */
  objects(): IterableIterator<Mirrored>;
  /** Calls `listener` when objects come, go or move. Returns what removes it. */
  on<Name extends keyof MirroredTreeEvents>(event: Name, listener: Listener<MirroredTreeEvents[Name]>): () => void;
}

/** What every object of a mirror has. Types are named: a client has no classes. */
export interface MirroredBase extends Pick<SObject, "id" | "type" | "frontendType" | "key" | "isDestroyed"> {
  /** The mirror that it belongs to. */
  readonly tree: MirroredTree;
  /** `null` for the root. */
  readonly parent: Mirrored | null;
  /** The children in order: an immutable array, the same one until they change. */
  readonly children: readonly Mirrored[];
  /** The child with this id. Throws `not_found`. */
  child(id: number): Mirrored;
  /** The first child of a type. Throws `not_found`. */
  childOfType<T extends SObject = SObject>(type: string): Mirrored<T>;
  /** All children of a type, in order. */
  childrenOfType<T extends SObject = SObject>(type: string): Mirrored<T>[];
  /** The first object of a type below this one, depth-first. Throws `not_found`. */
  find<T extends SObject = SObject>(type: string): Mirrored<T>;
  /** Objects from this one down, each before its children. */
  search<T extends SObject = SObject>(options?: MirroredSearch): Mirrored<T>[];
  /** Whether `other` is this object or somewhere below it. */
  contains(other: Mirrored): boolean;
}

/** What `search` looks for, in a mirror. */
export interface MirroredSearch {
  readonly accept?: (object: Mirrored) => boolean;
  readonly stop?: (object: Mirrored) => boolean;
  readonly type?: string;
}

/** An object of class `T` as a client sees it: its place in the tree and its topics, without the server's own methods. */
export type Mirrored<T extends SObject = SObject> = MirroredBase & {
  readonly [Name in keyof T as T[Name] extends AnyTopic ? Name : never]: T[Name];
};
