// What the program wants done to the tree's shape: objects made, destroyed and moved. Each edit can be shown in the
// mirror, taken back, and written for the server.
//
// Where an edit does not make sense any more, as its object or parent is gone or the move would make a cycle, it is not
// shown; whether it is carried out is for the server to say.

import type { Wire } from "../core/codec.ts";
import type { SObject } from "../core/object.ts";
import { type Place, placeOf } from "../core/place.ts";
import { ObjectCode, StreamWriter } from "../core/stream.ts";
import type { PendingTransaction } from "./pending.ts";

/** What an edit may do to the mirror. */
export interface Structure {
  link(object: SObject, parent: SObject, orderKey: number): void;
  unlink(object: SObject): void;
  relink(object: SObject, parent: SObject, orderKey: number): void;
}

/** Writes edits for the server. */
export class EditWriter extends StreamWriter {
  make(object: SObject, { parent, orderKey }: Place, args: readonly Wire[]): void {
    this.write(object.id, ObjectCode.make, object.type, parent.id, orderKey, object.key ?? null, args);
  }

  destroy(object: SObject): void {
    this.write(object.id, ObjectCode.destroy);
  }

  move(object: SObject, { parent, orderKey }: Place): void {
    this.write(object.id, ObjectCode.move, parent.id, orderKey);
  }
}

/** Who gets to see an edit. */
export interface Visibility {
  /** Whether the mirror shows it before it is confirmed. */
  readonly isOptimistic: boolean;
  /** Whether it is for the mirror alone: it is never sent, and stays on top of what is. */
  readonly isLocal: boolean;
}

abstract class PendingEdit {
  readonly type = "structure";
  readonly object: SObject;
  transaction: PendingTransaction | undefined;
  readonly #visibility: Visibility;
  #isShown = false;

  constructor(object: SObject, visibility: Visibility) {
    this.object = object;
    this.#visibility = visibility;
  }

  get isLocal(): boolean {
    return this.#visibility.isLocal;
  }

  /** Whether the mirror shows it. */
  get isShown(): boolean {
    return this.#isShown;
  }

  show(structure: Structure): void {
    this.#isShown = this.#visibility.isOptimistic && this.isPossible;
    if (this.#isShown) this.apply(structure);
  }

  hide(structure: Structure): void {
    if (this.#isShown) this.revert(structure);
    this.#isShown = false;
  }

  abstract writeTo(writer: EditWriter): void;
  /** Whether it makes sense in the tree as it is. */
  abstract readonly isPossible: boolean;
  /** Another object that it needs. */
  abstract readonly parent: SObject | undefined;
  protected abstract apply(structure: Structure): void;
  protected abstract revert(structure: Structure): void;
}

/** A new object. */
export class CreateEdit extends PendingEdit {
  readonly #place: Place;
  readonly #args: readonly Wire[];

  constructor(object: SObject, place: Place, args: readonly Wire[], visibility: Visibility) {
    super(object, visibility);
    this.#place = place;
    this.#args = args;
  }

  get parent(): SObject {
    return this.#place.parent;
  }

  get isPossible(): boolean {
    const { id, key, tree } = this.object;
    // The server may have made it already: what becomes of the edit is still to be said.
    return !this.parent.isDestroyed && !tree.get(id) && (key === undefined || !tree.get(key));
  }

  writeTo(writer: EditWriter): void {
    writer.make(this.object, this.#place, this.#args);
  }

  protected apply(structure: Structure): void {
    structure.link(this.object, this.parent, this.#place.orderKey);
  }

  protected revert(structure: Structure): void {
    structure.unlink(this.object);
  }
}

/** The end of an object and of all below it. */
export class DestroyEdit extends PendingEdit {
  readonly parent = undefined;
  #place: Place | undefined;

  get isPossible(): boolean {
    return !this.object.isDestroyed;
  }

  writeTo(writer: EditWriter): void {
    writer.destroy(this.object);
  }

  protected apply(structure: Structure): void {
    this.#place = placeOf(this.object);
    structure.unlink(this.object);
  }

  protected revert(structure: Structure): void {
    const { parent, orderKey } = this.#place as Place;
    structure.link(this.object, parent, orderKey);
  }
}

/** Another place for an object. */
export class MoveEdit extends PendingEdit {
  readonly #to: Place;
  #from: Place | undefined;

  /** Where the object is taken from, if the edit is shown. */
  get from(): SObject | undefined {
    return this.#from?.parent;
  }

  constructor(object: SObject, to: Place, visibility: Visibility) {
    super(object, visibility);
    this.#to = to;
  }

  get parent(): SObject {
    return this.#to.parent;
  }

  get isPossible(): boolean {
    return !this.object.isDestroyed && !this.parent.isDestroyed && !this.object.contains(this.parent);
  }

  writeTo(writer: EditWriter): void {
    writer.move(this.object, this.#to);
  }

  protected apply(structure: Structure): void {
    this.#from = placeOf(this.object);
    structure.relink(this.object, this.parent, this.#to.orderKey);
  }

  protected revert(structure: Structure): void {
    const { parent, orderKey } = this.#from as Place;
    structure.relink(this.object, parent, orderKey);
  }
}

/** An edit of the tree's shape. */
export type StructureEdit = CreateEdit | DestroyEdit | MoveEdit;
