import type { AddedAttributes } from "./added-attributes.ts";
import type { SObject } from "./object.ts";
import type { Shape } from "./shape.ts";
import type { Siblings } from "./siblings.ts";
import type { Tree } from "./tree.ts";

/** What trees may do with an object that its users may not. */
export interface ObjectInternals {
  shape(object: SObject): Shape;
  orderKey(object: SObject): number;
  siblings(object: SObject): Siblings;
  /** The attributes beyond those of the type, if there are or were any. */
  added(object: SObject): AddedAttributes | undefined;
  makeAdded(object: SObject): AddedAttributes;
  bind(object: SObject, tree: Tree, id: number, shape: Shape, key: string | undefined): void;
  /** Sets whether the object belongs to its tree. */
  setAlive(object: SObject, isAlive: boolean): void;
  place(object: SObject, parent: SObject | null, orderKey: number): void;
}

/** See `ObjectInternals`. They come from the class itself, which alone can reach its private fields. */
export let objectInternals: ObjectInternals;

/** The slots of an object's attributes, also of those that it has beyond its type. */
export function slotsOf(object: SObject): readonly number[] {
  const own = objectInternals.shape(object).attributes.map((_, index) => index + 1);
  return [...own, ...(objectInternals.added(object)?.all.keys() ?? [])];
}

/** For `SObject` only. */
export function provideObjectInternals(internals: ObjectInternals): void {
  objectInternals = internals;
}
