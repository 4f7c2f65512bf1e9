// MirrorTree: the client's copy of a tree, as far as it is open.
//
// A frame brings one section for each scope. First what happened in each is applied; then what is as it is at the frame's
// end: the newest values, and objects that came from another scope or left for one. Since the scopes do not know of each
// other, an object may leave here before it enters there, or after: so what left, or is missing in a snapshot, goes only
// at the end of the frame, and only if it is still where it was. Then listeners hear of it all.
//
// What the program wants changed goes to the `Writer`; the mirror itself changes by frames only, and by closing a scope.

import { ObjectSyncError } from "../core/error.ts";
import { type Origin, SET, type UncheckedOp } from "../core/kind.ts";
import { attributeOf, type SObject, type TypeReference, typeName } from "../core/object.ts";
import { objectInternals } from "../core/object-internals.ts";
import { bad } from "../core/parse.ts";
import type { OnError } from "../core/report.ts";
import { forScope, ROOT_SCOPE, scopeOf } from "../core/scope.ts";
import { type Attribute, isSameAttribute, isSameShape, type Shape } from "../core/shape.ts";
import { type OpStream, readStream, type StreamReader, type Values } from "../core/stream.ts";
import { type AnyTopic, topicInternals } from "../core/topic.ts";
import { ROOT_ID, Tree } from "../core/tree.ts";
import { type MirrorObject, makeMirrorClass, mirrorInternals } from "./mirror-object.ts";

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
  /** The shapes that each scope has announced, by index. */
  readonly #shapes = new Map<number, Shape[]>();
  readonly #classes = new Map<Shape, new () => MirrorObject>();
  /** What left a scope in this frame, or was missing in its snapshot, and is not known to have entered another. */
  readonly #left = new Set<SObject>();
  /** What is known to be where it is: a section of this frame has said so. */
  readonly #entered = new Set<SObject>();
  /** Added attributes, by slot, of which a restored object has not been said again that it has them. */
  readonly #unsaid = new Map<SObject, Set<number>>();
  /** Newest values, by slot, that a restored object has not been sent again: they are as its type says. */
  readonly #unsent = new Map<SObject, Set<number>>();
  /** What listeners are to be told when the frame is complete. */
  #news: (() => void)[] = [];
  /** Whether listeners are told of each object: not while all of them are new. */
  #isTelling = true;
  #origin: Origin = "remote";
  /** The scope whose ops are being read. */
  #scope = ROOT_SCOPE;

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
  apply(ops: OpStream, origin: Origin = "remote", scope = ROOT_SCOPE): void {
    this.#read(this.#reader, ops, origin, scope);
  }

  /** Applies what a section says of the frame's end: what is created there may be known already. */
  applyEnd(ops: OpStream, origin: Origin, scope: number): void {
    this.#read(this.#restorer, ops, origin, scope);
  }

  /** Forgets everything and makes the tree that a snapshot says, and what came `since`. */
  reset(ops: OpStream, ...since: readonly OpStream[]): void {
    const old = this.get(ROOT_ID);
    if (old) this.unlink(old);
    this.#shapes.clear();
    this.#classes.clear();
    this.abandon();
    this.#isTelling = false;
    for (const stream of [ops, ...since]) this.apply(stream);
    this.#isTelling = true;
    if (!this.get(ROOT_ID)) throw bad("a snapshot without a root");
    this.#news = [() => this.notify("reset", { root: this.root })];
  }

  /**
   * Has a scope become what a snapshot of the same epoch says, object by object: what is still there stays, with its
   * topics and listeners, and only the differences are told.
   */
  reconcile(ops: OpStream, origin: Origin = "restore", scope = ROOT_SCOPE): void {
    const host = this.get(scope);
    if (!host) throw bad(`there is no object ${scope} to open`);
    const isMissing = new Set<SObject>();
    forScope(host, (object) => isMissing.add(object));
    const reader: StreamReader = {
      ...this.#restorer,
      create: (id, ...place) => {
        const object = this.get(id);
        if (object) isMissing.delete(object);
        this.#put(id, ...place);
      },
    };
    this.#read(reader, ops, origin, scope);
    for (const object of isMissing) this.#doubt(object);
  }

  /** Ends a frame, or a part of one that stands for itself: what left and came nowhere else goes. */
  settle(): void {
    const left = [...this.#left];
    this.#left.clear();
    this.#entered.clear();
    for (const object of left) if (!object.isDestroyed) this.#remove(object);
    for (const [object, slots] of this.#unsaid) {
      for (const slot of slots) if (!object.isDestroyed) this.#removeAttribute(object, slot);
    }
    this.#unsaid.clear();
    for (const [object, slots] of this.#unsent) {
      for (const slot of slots) {
        const attribute = object.isDestroyed ? undefined : attributeOf(object, slot);
        if (attribute) this.#change(object, slot, [SET, attribute.kind.toWire(attribute.initial)]);
      }
    }
    this.#unsent.clear();
  }

  /** Forgets what is known of the frame: it will not be completed. */
  abandon(): void {
    for (const marks of [this.#left, this.#entered, this.#unsaid, this.#unsent]) marks.clear();
    this.#news = [];
    this.#isTelling = true;
  }

  /** Forgets what is in a scope. Listeners hear of it at `announce`. */
  clear(scope: number): void {
    this.#origin = "local";
    for (const child of this.get(scope)?.children ?? []) this.#remove(child);
    this.#shapes.delete(scope);
  }

  /** Tells the listeners what has changed since the last time. */
  announce(): void {
    this.settle();
    const news = this.#news;
    this.#news = [];
    for (const tell of news) tell();
  }

  /** The state of an attribute as the server last said. */
  confirmed(object: SObject, slot: number): unknown {
    return mirrorInternals.state(object as MirrorObject, slot);
  }

  topicOf(object: SObject, slot: number): AnyTopic | undefined {
    if (!attributeOf(object, slot)) return undefined;
    return mirrorInternals.topic(object as MirrorObject, slot);
  }

  write(topic: AnyTopic, op: UncheckedOp): void {
    const object = topic.object as SObject;
    const slot = topicInternals.slot(topic);
    const attribute = attributeOf(object, slot);
    if (!attribute || this.topicOf(object, slot) !== topic) {
      throw new ObjectSyncError("destroyed", `the attribute of ${object.type} ${object.id} was removed`);
    }
    if (attribute.write === "nobody") {
      throw new ObjectSyncError(
        "forbidden",
        `${object.type}.${attribute.name} is not open to clients: give it { write: "everyone" }`,
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
    throw forbidden("destroy", object);
  }

  move(object: SObject): void {
    throw forbidden("move", object);
  }

  addAttribute(object: SObject): void {
    throw forbidden("add an attribute to", object);
  }

  removeAttribute(object: SObject): void {
    throw forbidden("remove an attribute of", object);
  }

  addTag(object: SObject): void {
    throw forbidden("tag", object);
  }

  removeTag(object: SObject): void {
    throw forbidden("untag", object);
  }

  #read(reader: StreamReader, ops: OpStream, origin: Origin, scope: number): void {
    this.#origin = origin;
    this.#scope = scope;
    readStream(ops, reader);
  }

  readonly #reader: StreamReader = {
    kind: (id, slot) => this.#attribute(this.#get(id), slot).kind,
    topic: (id, slot, op) => this.#change(this.#get(id), slot, op),
    shape: (index, shape) => {
      let shapes = this.#shapes.get(this.#scope);
      if (!shapes) {
        shapes = [];
        this.#shapes.set(this.#scope, shapes);
      }
      const known = shapes[index];
      // Said anew it is the same, unless the scope is another one, as its host came back.
      if (!known || !isSameShape(known, shape)) shapes[index] = shape;
    },
    create: (id, ...place) => {
      if (this.get(id)) throw bad(`object ${id} exists already`);
      this.#create(id, ...place);
    },
    destroy: (id) => this.#remove(this.#get(id)),
    move: (id, parentId, orderKey) => this.#move(this.#get(id), parentId, orderKey),
    addAttribute: (id, slot, attribute) => this.#addAttribute(this.#get(id), slot, attribute),
    removeAttribute: (id, slot) => this.#removeAttribute(this.#get(id), slot),
    leave: (id) => {
      const object = this.get(id);
      if (id === ROOT_ID) throw bad("the root cannot leave");
      if (object) this.#doubt(object);
    },
  };

  /** For what may be there already. */
  readonly #restorer: StreamReader = {
    ...this.#reader,
    create: (...object) => this.#put(...object),
    destroy: (id) => {
      const object = this.get(id);
      if (object) this.#remove(object);
    },
    addAttribute: (...attribute) => this.#putAttribute(...attribute),
  };

  #create(
    id: number,
    shapeIndex: number,
    parentId: number,
    orderKey: number,
    key: string | null,
    values: Values,
  ): SObject {
    const shape = this.#shape(shapeIndex);
    const object = new (this.#classOf(shape))();
    objectInternals.bind(object, this, id, shape, key ?? undefined);
    if (values) mirrorInternals.fill(object, values);
    const parent = id === ROOT_ID ? null : this.#get(parentId);
    this.link(object, parent, orderKey);
    const origin = this.#origin;
    if (parent && this.#isTelling) this.#news.push(() => this.notify("add", { object, parent, origin }));
    return object;
  }

  /** Makes an object, or has the one that is there become what is said of it. */
  readonly #put: StreamReader["create"] = (id, shapeIndex, parentId, orderKey, key, values) => {
    const object = this.get(id);
    const isOfType = object && isSameShape(objectInternals.shape(object), this.#shape(shapeIndex));
    if (!object || !isOfType || object.key !== (key ?? undefined)) {
      // It may have been another one under the same id.
      if (object) this.#remove(object);
      this.#entered.add(this.#create(id, shapeIndex, parentId, orderKey, key, values));
      return;
    }
    this.#entered.add(object);
    this.#left.delete(object);
    // What is below it comes with it only if that is said too.
    if (scopeOf(object) !== this.#scope && !object.isLazy) forScope(object, (each) => this.#doubt(each));
    const isElsewhere = object.parent?.id !== parentId || objectInternals.orderKey(object) !== orderKey;
    if (isElsewhere && id !== ROOT_ID) this.#move(object, parentId, orderKey);
    this.#restoreValues(object, values);
    const added = objectInternals.added(object)?.all;
    if (added?.size) this.#unsaid.set(object, new Set(added.keys()));
  };

  /** Gives an object an attribute, or has the one that is there become what is said of it. */
  readonly #putAttribute: StreamReader["addAttribute"] = (id, slot, attribute) => {
    const object = this.#get(id);
    const unsaid = this.#unsaid.get(object);
    const known = unsaid?.has(slot) ? attributeOf(object, slot) : undefined;
    if (!known || !isSameAttribute(known, attribute)) {
      for (const other of [slot, objectInternals.added(object)?.slotOf(attribute.name)]) {
        if (other !== undefined && unsaid?.delete(other)) this.#removeAttribute(object, other);
      }
      return this.#addAttribute(object, slot, attribute);
    }
    unsaid?.delete(slot);
    const { kind, initial, isLatest } = attribute;
    if (isLatest) this.#awaitLatest(object, slot);
    else if (!kind.isEvent) this.#change(object, slot, [SET, kind.toWire(initial)]);
  };

  /** An object goes at the end of the frame unless it is said where it is. */
  #doubt(object: SObject): void {
    // It may have entered another scope before it left this one.
    if (!this.#entered.has(object)) this.#left.add(object);
  }

  #remove(object: SObject): void {
    const { parent } = object;
    if (!parent) throw bad("the root cannot be destroyed");
    const origin = this.#origin;
    this.unlink(object);
    this.#news.push(() => this.notify("remove", { object, parent, origin }));
  }

  #move(object: SObject, parentId: number, orderKey: number): void {
    const from = object.parent;
    const to = this.#get(parentId);
    if (!from || object.contains(to)) throw bad(`object ${object.id} cannot be moved below ${parentId}`);
    const origin = this.#origin;
    this.relink(object, to, orderKey);
    this.#news.push(() => this.notify("move", { object, from, to, origin }));
  }

  #addAttribute(object: SObject, slot: number, attribute: Attribute): void {
    const added = objectInternals.makeAdded(object);
    if (attributeOf(object, slot) || object.hasAttribute(attribute.name)) {
      throw bad(`${object.type} ${object.id} has an attribute ${attribute.name} already`);
    }
    added.add(slot, { attribute, topic: undefined });
    this.#tellAttribute(object, attribute.name, true);
  }

  #removeAttribute(object: SObject, slot: number): void {
    const added = objectInternals.added(object);
    const { name } = added?.get(slot)?.attribute ?? {};
    if (!added || name === undefined) throw bad(`${object.type} ${object.id} has no added attribute in slot ${slot}`);
    added.remove(slot);
    mirrorInternals.clear(object as MirrorObject, slot);
    this.#tellAttribute(object, name, false);
  }

  #tellAttribute(object: SObject, name: string, isAddition: boolean): void {
    const origin = this.#origin;
    if (this.#isTelling) this.#news.push(() => this.notify("attribute", { object, name, isAddition, origin }));
  }

  #awaitLatest(object: SObject, slot: number): void {
    const slots = this.#unsent.get(object);
    if (slots) slots.add(slot);
    else this.#unsent.set(object, new Set([slot]));
  }

  #change(object: SObject, slot: number, unchecked: UncheckedOp): void {
    const { kind, isLatest } = this.#attribute(object, slot);
    if (isLatest) this.#unsent.get(object)?.delete(slot);
    const op = kind.prepare(this.confirmed(object, slot), unchecked);
    if (!op) return;
    this.#onChange?.(object, slot);
    const tell = mirrorInternals.apply(object as MirrorObject, slot, kind, op, this.#origin);
    if (tell && this.#isTelling) this.#news.push(tell);
  }

  #restoreValues(object: SObject, values: Values): void {
    const { attributes } = objectInternals.shape(object);
    for (const [index, { kind, initial, isLatest }] of attributes.entries()) {
      if (isLatest) this.#awaitLatest(object, index + 1);
      if (isLatest || kind.isEvent) continue;
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

  #shape(index: number): Shape {
    const shape = this.#shapes.get(this.#scope)?.[index];
    if (!shape) throw bad(`shape ${index} was not announced`);
    return shape;
  }

  #attribute(object: SObject, slot: number): Attribute {
    const attribute = attributeOf(object, slot);
    if (!attribute) throw bad(`${object.type} has no attribute in slot ${slot}`);
    return attribute;
  }

  #classOf(shape: Shape): new () => MirrorObject {
    let mirrorClass = this.#classes.get(shape);
    if (!mirrorClass) {
      mirrorClass = makeMirrorClass(shape);
      this.#classes.set(shape, mirrorClass);
    }
    return mirrorClass;
  }
}

function forbidden(what: string, object: SObject): ObjectSyncError {
  return new ObjectSyncError("forbidden", `a client cannot ${what} ${object.type} ${object.id}`);
}
