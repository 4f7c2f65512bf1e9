// Objects that come back, out of saved data (saves.ts) or from before they were destroyed (history-tree.ts): they were made
// with their ids and values, and get their place in the tree here. None is built again; all are started, children first.

import { startAgain } from "./hooks.ts";
import { SObject } from "./object.ts";
import type { Place } from "./place.ts";
import { perform } from "./transaction.ts";
import { Creation, type StructureKeeper } from "./tree-changes.ts";

/** An object that was made, and those that go below it. */
export interface Returning {
  readonly object: SObject;
  readonly orderKey: number;
  readonly children: readonly Returning[];
}

/**
 * Puts objects into a tree, as part of the open transaction: `top` at a place. Up to `lastUsedId`, ids may have been those
 * of others. Throws what an `init` throws.
 */
export function putBack(tree: StructureKeeper, top: Returning, { parent, orderKey }: Place, lastUsedId: number): void {
  const creations = new Map<SObject, Creation>();
  const create = ({ object, children }: Returning, above: SObject, key: number): void => {
    const creation = new Creation(tree, object, above, key, object.id <= lastUsedId);
    creations.set(object, creation);
    perform(creation);
    for (const child of children) create(child, object, child.orderKey);
  };
  create(top, parent, orderKey);
  keepInFields(parent, top.object);
  startAll(top, (object) => {
    (creations.get(object) as Creation).hasStarted = true;
  });
}

/** Starts an object that is in its tree, and all below it. Throws what an `init` throws. */
export function startAll({ object, children }: Returning, onStarted: (object: SObject) => void): void {
  for (const child of children) startAll(child, onStarted);
  startAgain(object);
  onStarted(object);
}

/** A field of the parent that held the object of before holds the one that came back. */
function keepInFields(parent: SObject, object: SObject): void {
  const fields = parent as SObject & Record<string, unknown>;
  for (const [name, value] of Object.entries(fields)) {
    if (value instanceof SObject && value.isDestroyed && value.id === object.id) fields[name] = object;
  }
}
