// MirrorTree: the client's copy of a tree, as far as it is open, with what the program wants changed on top.
//
// A frame brings one section for each scope. First what happened in each is applied; then what is as it is at the frame's
// end: the newest values, and objects that came from another scope or left for one. Since the scopes do not know of each
// other, an object may leave here before it enters there, or after: so what left, or is missing in a snapshot, goes only
// at the end of the frame, and only if it is still where it was. Then listeners hear of it all.
//
// What the program writes shows at once, as an overlay (overlay.ts) or as a pending edit of the shape (structure.ts); a
// frame is applied below. What is written goes to the `Recorder`, which sends it.

import type { Wire } from "../core/codec.ts";
import { ObjectSyncError } from "../core/error.ts";
import type { UndoResult } from "../core/history.ts";
import { type Origin, SET, type UncheckedOp } from "../core/kind.ts";
import { type AddOptions, attributeOf, type SObject, type TypeReference } from "../core/object.ts";
import { objectInternals } from "../core/object-internals.ts";
import { bad } from "../core/parse.ts";
import type { OnError } from "../core/report.ts";
import { forScope, ROOT_SCOPE, scopeOf } from "../core/scope.ts";
import { type Attribute, isSameAttribute, isSameShape } from "../core/shape.ts";
import { type OpStream, readStream, type StreamReader, type Values } from "../core/stream.ts";
import type { AnyTopic } from "../core/topic.ts";
import { runObservers } from "../core/transaction.ts";
import { forSubtree, ROOT_ID, Tree } from "../core/tree.ts";
import { Editor, type Recorder } from "./editor.ts";
import { type MirrorObject, mirrorInternals } from "./mirror-object.ts";
import { News } from "./news.ts";
import { OwnOps } from "./own-ops.ts";
import type { Edit, PendingTransaction, TopicEdit } from "./pending.ts";
import { PendingStructure } from "./pending-structure.ts";
import { PendingTopics } from "./pending-topics.ts";
import { ShapeBook } from "./shape-book.ts";
import { Updates } from "./updates.ts";

/** See the head of this file. */
export class MirrorTree extends Tree {
  /** What waits until all that is being applied is in place. */
  readonly updates = new Updates(() => this.onError);
  readonly #editor: Editor;
  readonly #topics = new PendingTopics({
    state: (object, slot) => mirrorInternals.state(object as MirrorObject, slot),
    show: (object, slot, kind, op, isNet) => {
      const news = mirrorInternals.apply(object as MirrorObject, slot, kind, op, this.#origin);
      if (news && this.#isTelling) this.#news.addChange(news, isNet);
    },
  });
  readonly #structure = new PendingStructure({
    link: (...place) => this.link(...place),
    unlink: (object) => this.unlink(object),
    relink: (...place) => this.relink(...place),
  });
  readonly #shapes = new ShapeBook();
  /** What left a scope in this frame, or was missing in its snapshot, and is not known to have entered another. */
  readonly #left = new Set<SObject>();
  /** What is known to be where it is: a section of this frame has said so. */
  readonly #entered = new Set<SObject>();
  /** Added attributes, by slot, of which a restored object has not been said again that it has them. */
  readonly #unsaid = new Map<SObject, Set<number>>();
  /** Newest values, by slot, that a restored object has not been sent again: they are as they begin, which is given here. */
  readonly #unsent = new Map<SObject, Map<number, Wire>>();
  /** What listeners are to be told when the frame is complete. */
  readonly #news = new News({
    notify: (name, event) => this.notify(name, event),
    // What the program has destroyed may come back, and whoever follows it must have missed nothing.
    isSilent: (object) => object.isDestroyed && !this.#structure.hasDestroyed(object),
  });
  /** Whether listeners are told of each object: not while all of them are new. */
  #isTelling = true;
  #origin: Origin = "remote";
  /** The scope whose ops are being read. */
  #scope = ROOT_SCOPE;
  /** Which of the ops that are being read are the program's own. */
  #own: OwnOps | undefined;

  constructor(recorder: Recorder, onError: OnError | undefined) {
    super(onError);
    this.#editor = new Editor(this, recorder, {
      shapes: this.#shapes,
      topics: this.#topics,
      structure: this.#structure,
      begin: () => {
        this.#origin = "local";
      },
      end: () => this.announce(),
    });
  }

  /**
   * Applies ops, and keeps the arrays in them. Listeners hear of it at `announce`. Throws when the ops do not fit this
   * tree: it is broken then.
   */
  apply(ops: OpStream, origin: Origin = "remote", scope = ROOT_SCOPE): void {
    this.#read(this.#reader, ops, origin, scope);
  }

  /** `apply` for a transaction of the program, as it has come back. Those of its ops at the places in `derived` are not its own. */
  applyOwn(ops: OpStream, transaction: PendingTransaction, derived: readonly number[], scope: number): void {
    this.#own = new OwnOps(transaction, derived);
    try {
      this.apply(ops, "remote", scope);
    } finally {
      this.#own = undefined;
    }
  }

  /**
   * All that frames say of a transaction has been applied: what did not come back is undone, except newest values, of which
   * only the answer tells. `isAnswered`: it has come.
   */
  finish(transaction: PendingTransaction, isAnswered: boolean): void {
    this.#origin = "rollback";
    this.#topics.finish(transaction, isAnswered);
    this.#structure.remove((edit) => edit.transaction === transaction);
  }

  /** Takes edits back that will not be carried out. Listeners hear of it at `announce`. */
  withdraw(edits: Iterable<Edit>): void {
    this.#origin = "rollback";
    const all = new Set(edits);
    this.#structure.remove((edit) => all.has(edit));
    this.#structure.show();
    this.#topics.withdraw(all);
  }

  /** Makes two edits of one attribute that follow each other one, if their ops can be one. */
  absorb(older: TopicEdit, newer: TopicEdit): boolean {
    return this.#topics.absorb(older, newer);
  }

  /** Applies what a section says of the frame's end: what is created there may be known already. */
  applyEnd(ops: OpStream, origin: Origin, scope: number): void {
    this.#read(this.#restorer, ops, origin, scope);
  }

  /** Forgets everything and makes the tree that a snapshot says, and what came `since`. */
  reset(ops: OpStream, ...since: readonly OpStream[]): void {
    const old = this.get(ROOT_ID);
    this.#isTelling = false;
    if (old) this.unlink(old);
    this.#shapes.clear();
    this.#structure.clear();
    this.#topics.clear();
    this.abandon();
    this.#isTelling = false;
    for (const stream of [ops, ...since]) this.apply(stream);
    this.#isTelling = true;
    if (!this.get(ROOT_ID)) throw bad("a snapshot without a root");
    this.#news.clear();
    this.#news.add(() => this.notify("reset", { root: this.root }));
  }

  /**
   * Has a scope become what a snapshot of the same epoch says, object by object: what is still there stays, with its
   * topics and listeners, and only the differences are told.
   */
  reconcile(ops: OpStream, origin: Origin = "restore", scope = ROOT_SCOPE): void {
    this.#structure.hide();
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
      for (const [slot, initial] of slots) {
        if (!object.isDestroyed && attributeOf(object, slot)) this.#change(object, slot, [SET, initial]);
      }
    }
    this.#unsent.clear();
  }

  /** Forgets what is known of the frame: it will not be completed. */
  abandon(): void {
    for (const marks of [this.#left, this.#entered, this.#unsaid, this.#unsent]) marks.clear();
    this.#news.clear();
    this.#isTelling = true;
  }

  /** Forgets what is in a scope. Listeners hear of it at `announce`. */
  clear(scope: number): void {
    this.#origin = "local";
    this.#structure.hide();
    for (const child of this.get(scope)?.children ?? []) this.#remove(child);
    this.#shapes.forget(scope);
  }

  /** Whether an object is not there any more, for the server neither. */
  isGone(object: SObject): boolean {
    if (!object.isDestroyed) return false;
    // The program may have destroyed it, or made it.
    this.#structure.hide();
    return object.isDestroyed && this.#structure.creationOf(object.id) !== object;
  }

  /** Tells the listeners what has changed since the last time. */
  announce(): void {
    this.settle();
    this.#structure.show();
    this.updates.run(() => runObservers(() => this.#news.tell()));
  }

  /** The state of an attribute as the server last said. */
  confirmed(object: SObject, slot: number): unknown {
    return this.#topics.confirmed(object, slot);
  }

  /** Whether everything is shown as it should be: what is confirmed, with what is pending on top. For tests. */
  isConsistent(): boolean {
    for (const [kind, shown, expected] of this.#topics.audit()) if (!kind.equals(shown, expected)) return false;
    return true;
  }

  topicOf(object: SObject, slot: number): AnyTopic | undefined {
    if (!attributeOf(object, slot)) return undefined;
    return mirrorInternals.topic(object as MirrorObject, slot);
  }

  write(topic: AnyTopic, op: UncheckedOp): void {
    this.#editor.write(topic, op);
  }

  group(fn: () => void): void {
    this.#editor.group(fn);
  }

  create(parent: SObject, type: TypeReference, args: unknown, options: AddOptions): SObject {
    return this.#editor.create(parent, type, args, options);
  }

  destroy(object: SObject): void {
    this.#editor.destroy(object);
  }

  move(object: SObject, parent: SObject, index: number | undefined): void {
    this.#editor.move(object, parent, index);
  }

  undo(object: SObject): Promise<UndoResult> {
    return this.#editor.undo(object, false);
  }

  redo(object: SObject): Promise<UndoResult> {
    return this.#editor.undo(object, true);
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
    topic: (id, slot, op) => this.#change(this.#get(id), slot, op, this.#own?.count()),
    shape: (index, shape) => this.#shapes.announce(this.#scope, index, shape),
    create: (id, ...place) => {
      this.#own?.countCreation(id);
      this.#structure.hide();
      if (this.get(id)) throw bad(`object ${id} exists already`);
      this.#create(id, ...place);
    },
    destroy: (id) => {
      this.#own?.count();
      this.#structure.hide();
      const object = this.#get(id);
      this.#keepBranches(object);
      this.#remove(object);
    },
    move: (id, parentId, orderKey) => {
      this.#own?.count();
      this.#structure.hide();
      this.#move(this.#get(id), parentId, orderKey);
    },
    addAttribute: (id, slot, attribute) => {
      this.#own?.countAddition(id);
      this.#addAttribute(this.#get(id), slot, attribute);
    },
    removeAttribute: (id, slot) => {
      this.#own?.count();
      this.#removeAttribute(this.#get(id), slot);
    },
    make: () => {
      throw bad("a request from a server");
    },
    leave: (id) => {
      this.#structure.hide();
      const object = this.get(id);
      if (id === ROOT_ID) throw bad("the root cannot leave");
      if (object) this.#doubt(object);
    },
  };

  /** For what may be there already. */
  readonly #restorer: StreamReader = {
    ...this.#reader,
    create: (...object) => {
      this.#structure.hide();
      this.#put(...object);
    },
    destroy: (id) => {
      this.#structure.hide();
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
    const shape = this.#shapes.get(this.#scope, shapeIndex);
    const parent = id === ROOT_ID ? null : this.#get(parentId);
    const own = this.#structure.creationOf(id);
    if (parent && own && isSameShape(objectInternals.shape(own), shape) && own.key === (key ?? undefined)) {
      return this.#adopt(own, parent, orderKey, values);
    }
    const object = new (this.#shapes.classOf(shape))();
    objectInternals.bind(object, this, id, shape, key ?? undefined);
    if (values) mirrorInternals.fill(object, values);
    this.link(object, parent, orderKey);
    return object;
  }

  /** An object that the program has made is confirmed: it is the same one, with what the server made of it. */
  #adopt(object: SObject, parent: SObject, orderKey: number, values: Values): SObject {
    this.link(object, parent, orderKey);
    // The values are as they are after the whole transaction.
    if (this.#own) this.#topics.accept(object, this.#own.transaction);
    this.#restoreValues(object, values);
    return object;
  }

  /** Makes an object, or has the one that is there become what is said of it. */
  readonly #put: StreamReader["create"] = (id, shapeIndex, parentId, orderKey, key, values) => {
    const object = this.get(id);
    const isOfType = object && isSameShape(objectInternals.shape(object), this.#shapes.get(this.#scope, shapeIndex));
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
    // It may begin otherwise than the one that was there before.
    if (isLatest) this.#awaitLatest(object, slot, kind.toWire(initial));
    else if (!kind.isEvent) this.#change(object, slot, [SET, kind.toWire(initial)]);
  };

  /** An object goes at the end of the frame unless it is said where it is. */
  #doubt(object: SObject): void {
    // It may have entered another scope before it left this one.
    if (!this.#entered.has(object)) this.#left.add(object);
  }

  /**
   * What is below a lazy object may have come out of it before that went, which is said at the end of the frame only: until
   * then it is kept, elsewhere.
   */
  #keepBranches(object: SObject): void {
    if (!object.isLazy) return object.children.forEach((child) => this.#keepBranches(child));
    for (const child of object.children) {
      this.relink(child, this.root, objectInternals.orderKey(child));
      this.#doubt(child);
      if (!child.isLazy) forScope(child, (below) => this.#doubt(below));
    }
  }

  #remove(object: SObject): void {
    if (!object.parent) throw bad("the root cannot be destroyed");
    this.unlink(object);
  }

  #move(object: SObject, parentId: number, orderKey: number): void {
    const to = this.#get(parentId);
    if (!object.parent || object.contains(to)) throw bad(`object ${object.id} cannot be moved below ${parentId}`);
    this.relink(object, to, orderKey);
  }

  protected override link(object: SObject, parent: SObject | null, orderKey: number): void {
    // While all objects are new nobody is told of each.
    if (this.#isTelling) forSubtree(object, (each) => this.#news.touch(each, false, this.#origin));
    super.link(object, parent, orderKey);
  }

  protected override unlink(object: SObject): void {
    if (this.#isTelling) forSubtree(object, (each) => this.#news.touch(each, true, this.#origin));
    super.unlink(object);
  }

  protected override relink(object: SObject, parent: SObject, orderKey: number): void {
    this.#news.touch(object, true, this.#origin);
    super.relink(object, parent, orderKey);
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
    this.#topics.delete(object, slot);
    mirrorInternals.clear(object as MirrorObject, slot);
    this.#tellAttribute(object, name, false);
  }

  #tellAttribute(object: SObject, name: string, isAddition: boolean): void {
    const origin = this.#origin;
    if (this.#isTelling) this.#news.add(() => this.notify("attribute", { object, name, isAddition, origin }));
  }

  #awaitLatest(object: SObject, slot: number, initial: Wire): void {
    const slots = this.#unsent.get(object);
    if (slots) slots.set(slot, initial);
    else this.#unsent.set(object, new Map([[slot, initial]]));
  }

  #change(object: SObject, slot: number, op: UncheckedOp, own?: PendingTransaction): void {
    const attribute = this.#attribute(object, slot);
    if (attribute.isLatest) this.#unsent.get(object)?.delete(slot);
    this.#topics.confirm(object, slot, attribute, op, own);
  }

  #restoreValues(object: SObject, values: Values): void {
    const { attributes } = objectInternals.shape(object);
    for (const [index, { kind, initial, isLatest }] of attributes.entries()) {
      if (isLatest) this.#awaitLatest(object, index + 1, kind.toWire(initial));
      if (isLatest || kind.isEvent) continue;
      const value = values?.[index] ?? null;
      const isReplaced =
        !this.#topics.has(object, index + 1) && mirrorInternals.replace(object as MirrorObject, index + 1, value);
      if (!isReplaced) this.#change(object, index + 1, [SET, value ?? kind.toWire(initial)]);
    }
  }

  #get(id: number): SObject {
    let object = this.get(id);
    // The program may have destroyed it, and the server may not.
    if (!object) {
      this.#structure.hide();
      object = this.get(id);
    }
    if (!object) throw bad(`there is no object ${id}`);
    return object;
  }

  #attribute(object: SObject, slot: number): Attribute {
    const attribute = attributeOf(object, slot);
    if (!attribute) throw bad(`${object.type} has no attribute in slot ${slot}`);
    return attribute;
  }
}

function forbidden(what: string, object: SObject): ObjectSyncError {
  return new ObjectSyncError("forbidden", `a client cannot ${what} ${object.type} ${object.id}: the server can`);
}
