// Which order key an object gets among the children of a parent. Where no number is left between two neighbours, siblings
// are spread first, as movements of the open transaction. The numbers themselves: siblings.ts.

import type { SObject } from "./object.ts";
import { objectInternals } from "./object-internals.ts";
import type { Place } from "./place.ts";
import { derive, perform } from "./transaction.ts";
import { Movement, type StructureKeeper } from "./tree-changes.ts";

/** The key for something new at `index`, by default at the end. Throws `out_of_range`. */
export function orderKeyAt(tree: StructureKeeper, parent: SObject, index: number | undefined): number {
  return orderKeyBefore(tree, parent, objectInternals.siblings(parent).indexFor(index, undefined) as number);
}

/** The key that a place has which is known to be there. */
export function orderKeyBefore(tree: StructureKeeper, parent: SObject, index: number): number {
  const siblings = objectInternals.siblings(parent);
  let orderKey = siblings.keyBefore(index);
  if (orderKey === undefined) {
    spread(tree, parent, index);
    orderKey = siblings.keyBefore(index) as number;
  }
  return orderKey;
}

/** How many siblings `freeOrderKey` moves. Costs next to nothing: it can be asked before they are. */
export function crowdAt({ parent, orderKey }: Place, object?: SObject): number {
  const siblings = objectInternals.siblings(parent);
  if (siblings.keyNear(orderKey, object) !== undefined) return 0;
  return siblings.crowdAt(siblings.indexAfter(orderKey));
}

/** A key that no sibling of `object` has: the given one, or one just behind it. */
export function freeOrderKey(tree: StructureKeeper, { parent, orderKey }: Place, object?: SObject): number {
  const siblings = objectInternals.siblings(parent);
  const key = siblings.keyNear(orderKey, object);
  if (key !== undefined) return key;
  const index = siblings.indexAfter(orderKey);
  derive(() => spread(tree, parent, index));
  // By index: the one that had the key has another now, and so may the object itself.
  return siblings.keyBefore(siblings.at(index) === object ? index + 1 : index) as number;
}

function spread(tree: StructureKeeper, parent: SObject, index: number): void {
  for (const [child, key] of objectInternals.siblings(parent).spread(index)) {
    perform(new Movement(tree, child, parent, key));
  }
}
