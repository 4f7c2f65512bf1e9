// Tree: a root and all below it, by id and by key.
//
// This is what the server's tree and a mirror have in common: where objects are, and who hears that they came, went or
// moved. Who may change it, and when, is the subclass's: `AuthorityTree` carries changes out at once, a mirror asks.

import { ObjectSyncError } from "./error.ts";
import type { Globals } from "./globals.ts";
import type { Origin, UncheckedOp } from "./kind.ts";
import { type Listener, Listeners } from "./listeners.ts";
import type { AddOptions, SObject, TypeReference } from "./object.ts";
import { objectInternals } from "./object-internals.ts";
import type { OnError, Reporter } from "./report.ts";
import type { AnyTopic } from "./topic.ts";
import type { Source } from "./track.ts";

/** The id of every root. */
export const ROOT_ID = 1;

/** What happens to a tree's objects. On the server it is told within the transaction, on a mirror after the frame. */
export interface TreeEvents {
  /** An object came. Parents come before their children. */
  readonly add: { readonly object: SObject; readonly parent: SObject; readonly origin: Origin };
  /** An object went, with all below it: one event for the topmost. */
  readonly remove: { readonly object: SObject; readonly parent: SObject; readonly origin: Origin };
  /** The whole tree is another one: all objects of the old are destroyed. On the server, after `load`. */
  readonly reset: { readonly root: SObject };
  /** An object has another place, under the same parent or another. */
  readonly move: { readonly object: SObject; readonly from: SObject; readonly to: SObject; readonly origin: Origin };
  /** An object has an attribute more, or one less, than its type. */
  readonly attribute: {
    readonly object: SObject;
    readonly name: string;
    /** Whether it came, and did not go. */
    readonly isAddition: boolean;
    readonly origin: Origin;
  };
}

/** See the head of this file. */
export abstract class Tree {
  readonly #objects = new Map<number, SObject>();
  readonly #keys = new Map<string, SObject>();
  readonly #listeners = new Listeners(this);
  /** Those who wait for the objects of certain ids to come or go. */
  readonly #awaited = new Map<number, Listeners>();
  #revision = 0;

  /** Is told of errors in listeners and hooks. */
  readonly onError: OnError | undefined;
  readonly #globals: Globals | undefined;

  protected constructor(onError: OnError | undefined, globals?: Globals) {
    this.onError = onError;
    this.#globals = globals;
  }

  /** The object that all others are below. Throws `not_found` where there is none yet, or no more. */
  get root(): SObject {
    const root = this.#objects.get(ROOT_ID);
    if (!root) throw new ObjectSyncError("not_found", "the tree has no root: it was removed, or has none yet");
    return root;
  }

  /** What the server's program keeps for all objects of all its trees. Throws `not_found` on a mirror, which has none. */
  get globals(): Globals {
    if (this.#globals) return this.#globals;
    throw new ObjectSyncError("not_found", "only the trees of a server have globals");
  }

  /** How many objects there are, the root included. */
  get size(): number {
    return this.#objects.size;
  }

  /** The object with this id, or with this key. */
  get(idOrKey: number | string): SObject | undefined {
    return typeof idOrKey === "number" ? this.#objects.get(idOrKey) : this.#keys.get(idOrKey);
  }

  /** All objects, in no particular order. */
  objects(): IterableIterator<SObject> {
    return this.#objects.values();
  }

  /** Calls `listener` when objects come, go or move. Returns what removes it. */
  on<Name extends keyof TreeEvents>(event: Name, listener: Listener<TreeEvents[Name]>): () => void {
    return this.#listeners.on(event, listener);
  }

  /** Grows when an object comes or goes: whoever looked objects up by id before may find others now. */
  get revision(): number {
    return this.#revision;
  }

  /** What to listen to for the coming and going of the object with an id. For references. */
  presence(id: number): Source {
    return new Presence(this.#awaited, id, this);
  }

  /** How many listeners the tree itself has. */
  get listenerCount(): number {
    return this.#listeners.count;
  }

  /** Asks for an op on a topic of this tree. For topics. */
  abstract write(topic: AnyTopic, op: UncheckedOp): void;
  /** Asks that what `fn` writes happens together. For topics. */
  abstract group(fn: () => void): void;
  /** The topic in a slot of an object; nothing where there is no attribute. */
  abstract topicOf(object: SObject, slot: number): AnyTopic | undefined;
  /** Asks for another attribute. For `SObject.addAttribute`. */
  abstract addAttribute(object: SObject, name: string, topic: AnyTopic): void;
  /** Asks for the end of one. For `SObject.removeAttribute`. */
  abstract removeAttribute(object: SObject, slot: number): void;
  abstract addTag(object: SObject, name: string): void;
  abstract removeTag(object: SObject, name: string): void;
  /** Asks for a new object. For `SObject.add`. */
  abstract create(parent: SObject, type: TypeReference, args: unknown, options: AddOptions): SObject;
  /** Asks for the end of an object. For `SObject.destroy`. */
  abstract destroy(object: SObject): void;
  /** Asks to undo what was done last at an object or below it. For `SObject.undo`. */
  abstract undo(object: SObject): unknown;
  abstract redo(object: SObject): unknown;
  /** Asks for another place. For `SObject.moveTo`. */
  abstract move(object: SObject, parent: SObject, index: number | undefined): void;

  /** @internal */
  reporting(): ReturnType<Reporter["reporting"]> {
    return { where: "the tree", onError: this.onError };
  }

  /** Puts an object that is bound to this tree, with whatever is below it, into its place. */
  protected link(object: SObject, parent: SObject | null, orderKey: number): void {
    objectInternals.place(object, parent, orderKey);
    if (parent) objectInternals.siblings(parent).insert(object);
    this.#revision++;
    this.#enter(object);
  }

  /** Takes an object, with all below it, out of the tree. */
  protected unlink(object: SObject): void {
    if (object.parent) objectInternals.siblings(object.parent).remove(object);
    // All go: a map that loses one after the other is made anew several times on the way.
    else this.#objects.clear();
    this.#revision++;
    forSubtree(object, (each) => {
      this.#objects.delete(each.id);
      // A mirror may have its successor already.
      if (each.key !== undefined && this.#keys.get(each.key) === each) this.#keys.delete(each.key);
      objectInternals.setAlive(each, false);
    });
  }

  #enter(object: SObject): void {
    this.#objects.set(object.id, object);
    if (object.key !== undefined) this.#keys.set(object.key, object);
    objectInternals.setAlive(object, true);
    for (const child of object.children) this.#enter(child);
  }

  /** Gives an object of the tree another place in it. */
  protected relink(object: SObject, parent: SObject, orderKey: number): void {
    const siblings = objectInternals.siblings(parent);
    if (object.parent === parent && siblings.keepsPlace(object, orderKey)) {
      objectInternals.place(object, parent, orderKey);
      return;
    }
    if (object.parent) objectInternals.siblings(object.parent).remove(object);
    objectInternals.place(object, parent, orderKey);
    siblings.insert(object);
  }

  /** Tells the listeners of the tree and of the parents' children. */
  protected notify<Name extends keyof TreeEvents>(name: Name, event: TreeEvents[Name]): void {
    if ("from" in event) {
      objectInternals.siblings(event.from).notify();
      if (event.to !== event.from) objectInternals.siblings(event.to).notify();
    } else if ("parent" in event) {
      objectInternals.siblings(event.parent).notify();
      // Of several that come, each is told; of several that go, the topmost.
      if (name === "add") this.#awaited.get(event.object.id)?.emit("change", undefined);
      else if (this.#awaited.size > 0)
        forSubtree(event.object, ({ id }) => this.#awaited.get(id)?.emit("change", undefined));
    } else if ("isAddition" in event) {
      objectInternals.added(event.object)?.notify();
    } else {
      for (const listeners of [...this.#awaited.values()]) listeners.emit("change", undefined);
    }
    this.#listeners.emit(name, event);
  }
}

/** The coming and going of the object with one id. Listeners are kept with the tree, and only while there are any. */
class Presence implements Source {
  readonly #awaited: Map<number, Listeners>;
  readonly #id: number;
  readonly #reporter: Reporter;

  constructor(awaited: Map<number, Listeners>, id: number, reporter: Reporter) {
    this.#awaited = awaited;
    this.#id = id;
    this.#reporter = reporter;
  }

  on(_event: "change", listener: () => void): () => void {
    let listeners = this.#awaited.get(this.#id);
    if (!listeners) {
      listeners = new Listeners(this.#reporter);
      this.#awaited.set(this.#id, listeners);
    }
    const unlisten = listeners.on("change", listener);
    return () => {
      unlisten();
      if (listeners.count === 0 && this.#awaited.get(this.#id) === listeners) this.#awaited.delete(this.#id);
    };
  }
}

/** Calls `visit` for an object and all below it, each before its children. */
export function forSubtree(object: SObject, visit: (object: SObject) => void): void {
  visit(object);
  for (const child of object.children) forSubtree(child, visit);
}
