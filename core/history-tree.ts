// What the history of an authority's tree does to it, beside what anybody may do: it brings back what was destroyed, and
// puts objects and attributes where they were. Where something else has taken the room meanwhile, it says no.

import type { AddedAttribute } from "./added-attributes.ts";
import type { AuthorityTree } from "./authority.ts";
import { ObjectSyncError } from "./error.ts";
import type { HistoryTree } from "./history-items.ts";
import type { ObjectClass, SObject } from "./object.ts";
import { objectInternals } from "./object-internals.ts";
import { freeOrderKey } from "./order-keys.ts";
import { hasRoomBelow, heightOf, type Place } from "./place.ts";
import { putBack } from "./returning.ts";
import { revive, successorOf } from "./revive.ts";
import { type AnyTopic, executePrepared, topicInternals } from "./topic.ts";
import { perform } from "./transaction.ts";
import { forSubtree } from "./tree.ts";
import { AttributeChange } from "./tree-changes.ts";
import type { TypeRegistry } from "./types.ts";

/** The tree as its history has it. */
export function historyTree(tree: AuthorityTree, types: TypeRegistry): HistoryTree {
  return {
    get: (id) => tree.get(id),
    topicOf: (object, slot) => tree.topicOf(object, slot),
    write(topic, op, inverse) {
      if (tree.topicOf(topic.object as SObject, topicInternals.slot(topic)) !== topic) {
        throw new ObjectSyncError("destroyed");
      }
      executePrepared(topic, op, inverse, tree);
    },
    destroy: (object) => tree.destroy(object),
    revive(object, place) {
      if (!canRevive(tree, types, object, place.parent)) return false;
      const top = revive(object, tree);
      const orderKey = freeOrderKey(tree, place);
      putBack(tree, top, { parent: place.parent, orderKey }, Number.POSITIVE_INFINITY);
      return true;
    },
    moveTo(object, place) {
      const isSame = object.parent === place.parent;
      if (!isSame && (object.contains(place.parent) || !hasRoomBelow(place.parent, heightOf(object)))) return false;
      tree.moveAs(object, place);
      return true;
    },
    setAttribute: (object, slot, added, isThere) => setAttribute(tree, object, slot, added, isThere),
  };
}

/** Whether there is room for what was destroyed, and its ids, keys and types are there for it. */
function canRevive(tree: AuthorityTree, types: TypeRegistry, old: SObject, parent: Place["parent"]): boolean {
  let isPossible = hasRoomBelow(parent, heightOf(old));
  forSubtree(old, (each) => {
    const isTaken = tree.get(each.id) || (each.key !== undefined && tree.get(each.key));
    if (isTaken || !types.has(each.constructor as ObjectClass)) isPossible = false;
  });
  return isPossible;
}

function setAttribute(
  tree: AuthorityTree,
  object: SObject,
  slot: number,
  { attribute, topic: old }: AddedAttribute,
  isThere: boolean,
): boolean {
  const present = objectInternals.added(object)?.get(slot);
  if (!isThere) {
    if (!present) return false;
    perform(new AttributeChange(tree, object, slot, present, false));
    return true;
  }
  if (present || object.hasAttribute(attribute.name)) return false;
  let topic = old as AnyTopic;
  // The object may be another instance by now.
  if (topic.object !== object) {
    topic = successorOf(topic, attribute);
    topicInternals.attach(topic, object, slot);
  }
  perform(new AttributeChange(tree, object, slot, { attribute, topic }, true));
  return true;
}
