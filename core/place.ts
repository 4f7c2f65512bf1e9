// Where an object is: in which tree, at which place among its siblings, and how far down.

import { ObjectSyncError } from "./error.ts";
import type { SObject } from "./object.ts";
import { objectInternals } from "./object-internals.ts";
import type { Tree } from "./tree.ts";

/** A place in a tree. */
export interface Place {
  readonly parent: SObject;
  readonly orderKey: number;
}

/** Where an object is that is not the root. */
export function placeOf(object: SObject): Place {
  return { parent: object.parent as SObject, orderKey: objectInternals.orderKey(object) };
}

/** Whether an object is another one or below it, whichever instances they are. What has gone is where it was. */
export function isWithin(object: SObject, ancestor: SObject): boolean {
  for (let each: SObject | null = object; each; each = each.parent) if (each.id === ancestor.id) return true;
  return false;
}

/**
 * The object that an instance is by now; of one that has gone, the nearest above it that is there. Nothing where none is, as
 * in another tree.
 */
export function presentAt(tree: Pick<Tree, "get">, object: SObject): SObject | undefined {
  for (let each: SObject | null = object; each; each = each.parent) {
    const present = tree.get(each.id);
    if (present) return present;
  }
  return undefined;
}

/** How many levels a tree may have: pages, and whoever walks down a tree, have a stack of limited size. */
export const MAX_TREE_DEPTH = 500;

/** How many levels there are down to an object, itself included. */
export function depthOf(object: SObject): number {
  let depth = 0;
  for (let each: SObject | null = object; each; each = each.parent) depth++;
  return depth;
}

/** How many levels there are from an object down, itself included. */
export function heightOf(object: SObject): number {
  let height = 0;
  for (const child of object.children) height = Math.max(height, heightOf(child));
  return height + 1;
}

/** Whether a subtree of so many levels would not reach too far down. */
export function hasRoomBelow(parent: SObject, height: number): boolean {
  return depthOf(parent) + height <= MAX_TREE_DEPTH;
}

/** Throws `too_deep` if a subtree of so many levels would reach too far down. */
export function assertRoomBelow(parent: SObject, height: number): void {
  if (hasRoomBelow(parent, height)) return;
  throw new ObjectSyncError("too_deep", `a tree has at most ${MAX_TREE_DEPTH} levels: does a build add itself?`);
}

/** Throws `wrong_tree`, `destroyed`. */
export function assertIn(tree: Tree, object: SObject): void {
  if (object.tree !== tree) throw new ObjectSyncError("wrong_tree", `${object.type} ${object.id} is of another tree`);
  assertAlive(object);
}

/** Throws `destroyed`. */
export function assertAlive(object: SObject): void {
  if (object.isDestroyed) throw new ObjectSyncError("destroyed", `${object.type} ${object.id} is destroyed`);
}
