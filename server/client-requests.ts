// What a client asks for in one transaction, read from its stream of ops before any of it is carried out.

import type { Wire } from "../core/codec.ts";
import { ObjectSyncError } from "../core/error.ts";
import type { AnyKind, UncheckedOp } from "../core/kind.ts";
import { ObjectCode, type OpStream, readStream, type StreamReader } from "../core/stream.ts";

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
  /** How many objects the rest asks for at the most. */
  readonly unreadMakes: number;
}

/**
 * Reads a stream as far as that is possible: up to what no client may ask, to what is `missing`, and to what `count` throws.
 * Throws `bad_message` for what is no stream of ops.
 */
export function readRequests(ops: OpStream, catalogue: Catalogue): Reading {
  const reader = new RequestReader(catalogue);
  const { requests } = reader;
  try {
    readStream(ops, reader);
  } catch (error) {
    if (!(error instanceof ObjectSyncError) || error.code === "bad_message") throw error;
    return { requests, refusal: error, restOf: reader.restOf(ops), unreadMakes: reader.unreadMakes(ops) };
  }
  return { requests, refusal: undefined, restOf: undefined, unreadMakes: 0 };
}

class RequestReader implements StreamReader {
  readonly requests: Request[] = [];
  readonly #catalogue: Catalogue;
  /** The types of objects that have been asked for. */
  #made: Map<number, string> | undefined;
  /** The object that was gone to last, and how many times another was. */
  #last = 0;
  #gotos = 0;

  constructor(catalogue: Catalogue) {
    this.#catalogue = catalogue;
  }

  /** The object that all of what could not be read is about; nothing if that is not known. */
  restOf(ops: OpStream): number | undefined {
    // Without a negative number there is no going to another object. One too many may be an argument, or not.
    const negatives = ops.filter((each) => typeof each === "number" && each < 0).length;
    return negatives > this.#gotos ? undefined : this.#last;
  }

  /** How many objects are asked for in what could not be read, at the most. */
  unreadMakes(ops: OpStream): number {
    // Each is this tag and the name of a type. Arguments of other ops may look the same.
    const seeming = ops.filter((each, index) => each === ObjectCode.make && typeof ops[index + 1] === "string").length;
    return seeming - this.requests.filter(({ type }) => type === "make").length;
  }

  kind(id: number, slot: number): AnyKind {
    this.#goTo(id);
    const typeName = this.#made?.get(id);
    const catalogue = this.#catalogue;
    const kind = typeName === undefined ? catalogue.kindOf(id, slot) : catalogue.kindIn(typeName, slot);
    if (!kind) throw catalogue.missing(id);
    return kind;
  }

  topic(id: number, slot: number, op: UncheckedOp): void {
    this.#add({ type: "write", id, slot, op });
  }

  make(
    id: number,
    typeName: string,
    parentId: number,
    orderKey: number,
    key: string | null,
    args: readonly Wire[],
  ): void {
    this.#made ??= new Map();
    this.#made.set(id, typeName);
    this.#add({ type: "make", id, typeName, parentId, orderKey, key, args });
  }

  destroy(id: number): void {
    this.#add({ type: "destroy", id });
  }

  move(id: number, parentId: number, orderKey: number): void {
    this.#add({ type: "move", id, parentId, orderKey });
  }

  // What clients cannot do.

  shape(): never {
    throw new ObjectSyncError("forbidden");
  }

  create(id: number): never {
    return this.#refuse(id);
  }

  addAttribute(id: number): never {
    return this.#refuse(id);
  }

  removeAttribute(id: number): never {
    return this.#refuse(id);
  }

  leave(id: number): never {
    return this.#refuse(id);
  }

  #refuse(id: number): never {
    this.#goTo(id);
    throw new ObjectSyncError("forbidden");
  }

  #add(request: Request): void {
    this.#goTo(request.id);
    this.#catalogue.count();
    this.requests.push(request);
  }

  #goTo(id: number): void {
    if (id !== this.#last) this.#gotos++;
    this.#last = id;
  }
}
