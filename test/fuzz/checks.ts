// What has to be so of any tree, at any time.

import { attributeOf, type SObject } from "../../core/object.ts";
import { objectInternals } from "../../core/object-internals.ts";
import type { AnyTopic } from "../../core/topic.ts";
import type { Tree } from "../../core/tree.ts";
import { nameOf, slotsOf } from "./edits.ts";

/** Whether parents and children of a tree, and what is found by id, fit each other. */
export function assertSound(tree: Tree, who: string): void {
  if (tree.size === 0) return;
  let size = 0;
  const fail = (object: SObject, what: string): never => {
    throw new Error(`${nameOf(object)} ${what}, at ${who}`);
  };
  const visit = (object: SObject): void => {
    size++;
    if (tree.get(object.id) !== object || object.isDestroyed) fail(object, "is and is not there");
    let before = Number.NEGATIVE_INFINITY;
    for (const child of object.children) {
      if (child.parent !== object) fail(child, "has another parent");
      const orderKey = objectInternals.orderKey(child);
      if (before > orderKey) fail(child, "is not in its place");
      before = orderKey;
      visit(child);
    }
  };
  visit(tree.root);
  if (size !== tree.size) throw new Error(`there are objects without a place, at ${who}`);
}

/** How many listen to each topic and to the children of each object. */
export function listenersOf(tree: Tree): (readonly [name: string, count: number])[] {
  return [...tree.objects()].flatMap((object) => [
    [`${nameOf(object)}.children`, objectInternals.siblings(object).listenerCount] as const,
    ...slotsOf(object).map((slot) => {
      const topic = tree.topicOf(object, slot) as AnyTopic;
      return [`${nameOf(object)}.${attributeOf(object, slot)?.name}`, topic.listenerCount] as const;
    }),
  ]);
}

/** Throws an `Error` unless something is so. */
export function assert(isTrue: unknown, message: string): asserts isTrue {
  if (!isTrue) throw new Error(message);
}
