// What a client asks for in one transaction, read from its stream of ops before any of it is carried out.

import type { Wire } from "../core/codec.ts";
import { ObjectSyncError } from "../core/error.ts";
import type { AnyKind, UncheckedOp } from "../core/kind.ts";
import { type OpStream, readStream, type StreamReader } from "../core/stream.ts";

/** One thing that a client asks for. Nothing in it has been checked but its form. */
export type Request =
  | { readonly type: "write"; readonly id: number; readonly slot: number; readonly op: UncheckedOp }
  | {
      readonly type: "make";
      readonly id: number;
      readonly typeName: string;
      readonly parentId: number;
      readonly orderKey: number;
      readonly key: string | null;
      readonly args: readonly Wire[];
    }
  | { readonly type: "destroy"; readonly id: number }
  | { readonly type: "move"; readonly id: number; readonly parentId: number; readonly orderKey: number };

/** What has to be known to read a stream. */
export interface Catalogue {
  /** The kind of an attribute of an object that there is. */
  kindOf(id: number, slot: number): AnyKind | undefined;
  /** The kind of an attribute of objects of a type. */
  kindIn(typeName: string, slot: number): AnyKind | undefined;
  /** Why there is no such attribute. */
  missing(id: number): ObjectSyncError;
  /** One more request has been read. May throw. */
  count(): void;
}

/** What could be read. */
export interface Reading {
  readonly requests: readonly Request[];
  /** Why the rest could not be, if there is one. */
  readonly refusal: ObjectSyncError | undefined;
  /** The object that the rest is about; nothing where that is not known. */
  readonly restOf: number | undefined;
}

/**
 * Reads a stream as far as that is possible: up to what no client may ask, to what is `missing`, and to what `count` throws.
 * Throws `bad_message` for what is no stream of ops.
 */
export function readRequests(ops: OpStream, catalogue: Catalogue): Reading {
  const requests: Request[] = [];
  const made = new Map<number, string>();
  let [last, gotos] = [0, 0];
  const goTo = (id: number): void => {
    if (id !== last) gotos++;
    last = id;
  };
  const add = (request: Request): void => {
    goTo(request.id);
    catalogue.count();
    requests.push(request);
  };
  // What clients cannot do.
  const refuse = (id = last): never => {
    goTo(id);
    throw new ObjectSyncError("forbidden");
  };
  const reader: StreamReader = {
    kind(id, slot) {
      goTo(id);
      const typeName = made.get(id);
      const kind = typeName === undefined ? catalogue.kindOf(id, slot) : catalogue.kindIn(typeName, slot);
      if (!kind) throw catalogue.missing(id);
      return kind;
    },
    topic: (id, slot, op) => add({ type: "write", id, slot, op }),
    make(id, typeName, parentId, orderKey, key, args) {
      made.set(id, typeName);
      add({ type: "make", id, typeName, parentId, orderKey, key, args });
    },
    destroy: (id) => add({ type: "destroy", id }),
    move: (id, parentId, orderKey) => add({ type: "move", id, parentId, orderKey }),
    shape: () => refuse(),
    create: (id) => refuse(id),
    addAttribute: (id) => refuse(id),
    removeAttribute: (id) => refuse(id),
    leave: (id) => refuse(id),
  };
  try {
    readStream(ops, reader);
  } catch (error) {
    if (!(error instanceof ObjectSyncError) || error.code === "bad_message") throw error;
    // Without a negative number there is no going to another object. One too many may be an argument, or not.
    const negatives = ops.filter((each) => typeof each === "number" && each < 0).length;
    return { requests, refusal: error, restOf: negatives > gotos ? undefined : last };
  }
  return { requests, refusal: undefined, restOf: undefined };
}
