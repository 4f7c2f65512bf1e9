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
}

/** Throws `bad_message` for what is no stream of ops, `forbidden` for what no client may ask, and what `missing` gives. */
export function readRequests(ops: OpStream, catalogue: Catalogue): readonly Request[] {
  const requests: Request[] = [];
  const made = new Map<number, string>();
  const reader: StreamReader = {
    kind(id, slot) {
      const typeName = made.get(id);
      const kind = typeName === undefined ? catalogue.kindOf(id, slot) : catalogue.kindIn(typeName, slot);
      if (!kind) throw catalogue.missing(id);
      return kind;
    },
    topic: (id, slot, op) => void requests.push({ type: "write", id, slot, op }),
    make(id, typeName, parentId, orderKey, key, args) {
      made.set(id, typeName);
      requests.push({ type: "make", id, typeName, parentId, orderKey, key, args });
    },
    destroy: (id) => void requests.push({ type: "destroy", id }),
    move: (id, parentId, orderKey) => void requests.push({ type: "move", id, parentId, orderKey }),
    shape: refuse,
    create: refuse,
    addAttribute: refuse,
    removeAttribute: refuse,
    leave: refuse,
  };
  readStream(ops, reader);
  return requests;
}

/** What clients cannot do. */
function refuse(): never {
  throw new ObjectSyncError("forbidden");
}
