// What the history of an authority's tree does to it, beside what anybody may do: it brings back what was destroyed, and
// puts objects and attributes where they were. Where something else has taken the room meanwhile, it says no.

import type { AddedAttribute } from "./added-attributes.ts";
import type { AuthorityTree } from "./authority.ts";
import { ObjectSyncError } from "./error.ts";
import type { HistoryTree } from "./history-items.ts";
import type { ObjectClass, SObject } from "./object.ts";
import { objectInternals } from "./object-internals.ts";
import { crowdAt, freeOrderKey } from "./order-keys.ts";
import { hasRoomBelow, heightOf, type Place } from "./place.ts";
import { putBack } from "./returning.ts";
import { revive, successorOf } from "./revive.ts";
import { forCrossing, scopeBelow } from "./scope.ts";
import { weightOfValues } from "./structure-items.ts";
import { type AnyTopic, executePrepared, topicInternals } from "./topic.ts";
import { perform } from "./transaction.ts";
import { forSubtree } from "./tree.ts";
import { AttributeChange } from "./tree-changes.ts";
import type { TypeRegistry } from "./types.ts";
import { STEPS_PER_BYTE_UNDONE, type UndoWork } from "./undo-work.ts";
import { weightOfState } from "./weight.ts";

/** What an object takes that by an undo comes, goes, or comes to another parent. */
const STEPS_PER_OBJECT_UNDONE = 500;

/** The tree as its history has it. What is much work is done only where `work` allows it. */
export function historyTree(tree: AuthorityTree, types: TypeRegistry, work: UndoWork): HistoryTree {
  const spendForAll = (object: SObject, bytesOf: (each: SObject) => number): void => {
    if (!work.isCounted) return;
    forSubtree(object, (each) => work.spend(STEPS_PER_OBJECT_UNDONE + STEPS_PER_BYTE_UNDONE * bytesOf(each)));
  };
  const spendForPlace = (place: Place, object?: SObject): void => {
    if (work.isCounted) work.spend(STEPS_PER_OBJECT_UNDONE * crowdAt(place, object));
  };
  return {
    get: (id) => tree.get(id),
    topicOf: (object, slot) => tree.topicOf(object, slot),
    write(topic, op, inverse) {
      if (tree.topicOf(topic.object as SObject, topicInternals.slot(topic)) !== topic) {
        throw new ObjectSyncError("destroyed");
      }
      executePrepared(topic, op, inverse, tree);
    },
    destroy(object) {
      spendForAll(object, () => 0);
      tree.destroy(object);
    },
    revive(object, place) {
      spendForAll(object, weightOfValues);
      if (!canRevive(tree, types, object, place.parent)) return false;
      spendForPlace(place);
      const top = revive(object, tree);
      const orderKey = freeOrderKey(tree, place);
      putBack(tree, top, { parent: place.parent, orderKey }, Number.POSITIVE_INFINITY);
      return true;
    },
    moveTo(object, place) {
      const isSame = object.parent === place.parent;
      if (!isSame) {
        spendForAll(object, () => 0);
        if (work.isCounted && object.parent && scopeBelow(object.parent) !== scopeBelow(place.parent)) {
          forCrossing(object, (each) => work.spend(STEPS_PER_BYTE_UNDONE * weightOfValues(each)));
        }
        if (object.contains(place.parent) || !hasRoomBelow(place.parent, heightOf(object))) return false;
      }
      spendForPlace(place, object);
      tree.moveAs(object, place);
      return true;
    },
    setAttribute(object, slot, added, isThere) {
      if (work.isCounted && added.topic) work.spend(STEPS_PER_BYTE_UNDONE * weightOfState(added.topic));
      return setAttribute(tree, object, slot, added, isThere);
    },
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
