// A mirror as its program sees it: the types only.
//
// What stands behind them are a `MirrorTree` and objects that extend `SObject`; but a client cannot do with them what a
// server can, and knows types by name only.

import type { Origin } from "../core/kind.ts";
import type { Listener } from "../core/listeners.ts";
import type { AddOptions, BuildArgs, SObject } from "../core/object.ts";
import type { RefDictTopic } from "../core/ref-dict-topic.ts";
import type { RefListTopic } from "../core/ref-list-topic.ts";
import type { RefSetTopic } from "../core/ref-set-topic.ts";
import type { RefTopic } from "../core/ref-topic.ts";
import type { OnError } from "../core/report.ts";
import type { AnyTopic } from "../core/topic.ts";
import type { UndoResult } from "../core/undo-result.ts";

/** What happens to the objects of a mirror, told when the frame is in place. */
export interface MirroredTreeEvents {
  /** An object came. Parents come before their children. */
  readonly add: { readonly object: Mirrored; readonly parent: Mirrored; readonly origin: Origin };
  /** An object went, with all below it: one event for the topmost. */
  readonly remove: { readonly object: Mirrored; readonly parent: Mirrored; readonly origin: Origin };
  /** An object has another place, under the same parent or another. */
  readonly move: { readonly object: Mirrored; readonly from: Mirrored; readonly to: Mirrored; readonly origin: Origin };
  /** An object has an attribute more, or one less, than its type. */
  readonly attribute: {
    readonly object: Mirrored;
    readonly name: string;
    /** Whether it came, and did not go. */
    readonly isAddition: boolean;
    readonly origin: Origin;
  };
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
export interface MirroredBase
  extends Pick<
    SObject,
    | "id"
    | "type"
    | "frontendType"
    | "isLazy"
    | "key"
    | "isDestroyed"
    | "attribute"
    | "hasAttribute"
    | "hasTag"
    | "tagNames"
  > {
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
  /**
   * Adds a new object below this one, where the server's classes let clients: `static access = { add: ["Note"] }`. It shows
   * at once, with the values of its type; what its `build` makes of it comes from the server. Throws `forbidden`,
   * `unknown_type`, `duplicate_key`, `out_of_range`, `no_ids`, `destroyed`.
   */
  add<T extends SObject = SObject>(type: string, args?: BuildArgs<T>, options?: AddOptions): Mirrored<T>;
  /** Removes it and all below it, where the server's class lets clients. Throws `forbidden`, `root`, `destroyed`. */
  destroy(): void;
  /**
   * Moves it to a place among the children of `parent`, counted without itself; the default is the end. Throws `forbidden`,
   * `cycle`, `root`, `out_of_range`, `destroyed`.
   */
  moveTo(parent: Mirrored, options?: { readonly index?: number }): void;
  /**
   * Takes back the last step at it or below it, whoever made it, where the server's class lets clients: `static access = {
   * undo: "everyone" }`. `client.undo` takes back one's own. Throws `in_transaction`, `destroyed`.
   */
  undo(): Promise<UndoResult>;
  /** Puts back what was undone there last, unless something new was done there since. Throws as `undo` does. */
  redo(): Promise<UndoResult>;
}

/** What `search` looks for, in a mirror. */
export interface MirroredSearch {
  readonly accept?: (object: Mirrored) => boolean;
  readonly stop?: (object: Mirrored) => boolean;
  readonly type?: string;
}

/** An object of class `T` as a client sees it: its place in the tree and its topics, without the server's own methods. */
export type Mirrored<T extends SObject = SObject> = MirroredBase & {
  readonly [Name in keyof T as T[Name] extends AnyTopic ? Name : never]: MirroredTopic<T[Name]>;
};

/** A topic as a client has it: one of references leads to mirrored objects. */
export type MirroredTopic<T> =
  T extends RefTopic<infer Target extends SObject>
    ? RefTopic<Mirrored<Target>>
    : T extends RefListTopic<infer Target extends SObject>
      ? RefListTopic<Mirrored<Target>>
      : T extends RefSetTopic<infer Target extends SObject>
        ? RefSetTopic<Mirrored<Target>>
        : T extends RefDictTopic<infer Target extends SObject>
          ? RefDictTopic<Mirrored<Target>>
          : T;
