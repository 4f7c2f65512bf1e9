// MirrorTree: the client's copy of a tree, as far as it is open, with what the program wants changed on top.
//
// A frame brings one section for each scope. First what happened in each is applied (mirror-changes.ts); then what is as it
// is at the frame's end: the newest values, and objects that came from another scope or left for one (reconciler.ts). Then
// listeners hear of it all (news.ts).
//
// What the program writes shows at once (editor.ts), as an overlay (overlay.ts) or as a pending edit of the shape
// (pending-structure.ts); a frame is applied below. What is written goes to the `Recorder`, which sends it.

import type { Origin, UncheckedOp } from "../core/kind.ts";
import { type AddOptions, attributeOf, type SObject, type TypeReference } from "../core/object.ts";
import { bad } from "../core/parse.ts";
import type { OnError } from "../core/report.ts";
import { ROOT_SCOPE } from "../core/scope.ts";
import { type OpStream, readStream, type StreamReader } from "../core/stream.ts";
import type { AnyTopic } from "../core/topic.ts";
import { runObservers } from "../core/transaction.ts";
import { forSubtree, ROOT_ID, Tree } from "../core/tree.ts";
import type { UndoResult } from "../core/undo-result.ts";
import { Editor, forbidden, type Recorder } from "./editor.ts";
import { MirrorChanges, type MirrorHooks, type MirrorParts } from "./mirror-changes.ts";
import { type MirrorObject, mirrorInternals } from "./mirror-object.ts";
import { News } from "./news.ts";
import { OwnOps } from "./own-ops.ts";
import type { Edit, PendingTransaction, TopicEdit } from "./pending.ts";
import { PendingStructure } from "./pending-structure.ts";
import { PendingTopics } from "./pending-topics.ts";
import { Reconciler } from "./reconciler.ts";
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
  readonly #hooks: MirrorHooks = {
    link: (...place) => this.link(...place),
    unlink: (object) => this.unlink(object),
    relink: (...place) => this.relink(...place),
    tellAttribute: (object, name, isAddition) => {
      const origin = this.#origin;
      if (this.#isTelling) this.#news.add(() => this.notify("attribute", { object, name, isAddition, origin }));
    },
  };
  readonly #structure = new PendingStructure(this.#hooks);
  readonly #shapes = new ShapeBook();
  readonly #parts: MirrorParts = {
    tree: this,
    shapes: this.#shapes,
    topics: this.#topics,
    structure: this.#structure,
  };
  readonly #changes = new MirrorChanges(this.#parts, this.#hooks);
  readonly #reconciler = new Reconciler(this.#parts, this.#changes);
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
    this.#editor = new Editor(recorder, {
      ...this.#parts,
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
    this.#read(ops, origin, scope);
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

  /** Applies what a section says of the frame's end: what is created there may be known already. `included`: see `reconcile`. */
  applyEnd(ops: OpStream, origin: Origin, scope: number, included: Iterable<PendingTransaction>): void {
    this.#read(ops, origin, scope, this.#reconciler.restorer(scope, included));
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
   * topics and listeners, and only the differences are told. `included`: transactions of the program that were carried out
   * before, the oldest first.
   */
  reconcile(
    ops: OpStream,
    origin: Origin = "restore",
    scope = ROOT_SCOPE,
    included: Iterable<PendingTransaction> = [],
  ): void {
    this.#reconciler.reconcile(scope, included, (restorer) => this.#read(ops, origin, scope, restorer));
  }

  /** Ends a frame, or a part of one that stands for itself: what left and came nowhere else goes. */
  settle(): void {
    this.#reconciler.settle();
  }

  /** Forgets what is known of the frame: it will not be completed. */
  abandon(): void {
    this.#reconciler.abandon();
    this.#news.clear();
    this.#isTelling = true;
  }

  /** Forgets what is in a scope. Listeners hear of it at `announce`. */
  clear(scope: number): void {
    this.#origin = "local";
    this.#structure.hide();
    for (const child of this.get(scope)?.children ?? []) this.#changes.remove(child);
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

  #read(ops: OpStream, origin: Origin, scope: number, otherwise?: Partial<StreamReader>): void {
    this.#origin = origin;
    this.#scope = scope;
    readStream(ops, otherwise ? { ...this.#reader, ...otherwise } : this.#reader);
  }

  readonly #reader: StreamReader = {
    kind: (id, slot) => this.#changes.attribute(this.#changes.get(id), slot).kind,
    topic: (id, slot, op) => {
      const object = this.#changes.get(id);
      this.#reconciler.noteSent(object, slot);
      this.#changes.change(object, slot, op, this.#own?.count());
    },
    shape: (index, shape) => this.#shapes.announce(this.#scope, index, shape),
    create: (...said) => {
      const [id] = said;
      this.#own?.countCreation(id);
      this.#structure.hide();
      if (this.get(id)) throw bad(`object ${id} exists already`);
      this.#reconciler.create(this.#scope, said, this.#own ? [this.#own.transaction] : []);
    },
    destroy: (id) => {
      this.#own?.count();
      this.#structure.hide();
      const object = this.#changes.get(id);
      this.#reconciler.keepBranches(object);
      this.#changes.remove(object);
    },
    move: (id, parentId, orderKey) => {
      this.#own?.count();
      this.#structure.hide();
      this.#changes.move(this.#changes.get(id), parentId, orderKey);
    },
    addAttribute: (id, slot, attribute) => {
      this.#own?.countAddition(id);
      this.#changes.addAttribute(this.#changes.get(id), slot, attribute);
    },
    removeAttribute: (id, slot) => {
      this.#own?.count();
      this.#changes.removeAttribute(this.#changes.get(id), slot);
    },
    make: () => {
      throw bad("a request from a server");
    },
    leave: (id) => {
      this.#structure.hide();
      const object = this.get(id);
      if (id === ROOT_ID) throw bad("the root cannot leave");
      if (object) this.#reconciler.doubt(object);
    },
  };

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
}
