import type { SObject } from "../core/object.ts";
import { objectInternals } from "../core/object.ts";
import type { AnyTopic, WriteAccess } from "../core/topic.ts";

/**
 * The topic that an object has under a name, or `undefined`. What a view shows is found by name, so that any class with a
 * fitting attribute can use the view; one of another kind counts as none.
 */
export function topicOf<T extends AnyTopic>(
  object: SObject,
  name: string,
  kind: abstract new (...args: never[]) => T,
): T | undefined {
  if (!hasAttribute(object, name)) return undefined;
  const topic = (object as unknown as Record<string, unknown>)[name];
  return topic instanceof kind ? topic : undefined;
}

/** Whether an object has a synced attribute of this name, of whatever kind. */
export function hasAttribute(object: SObject, name: string): boolean {
  return attribute(object, name) !== undefined;
}

/** Which clients may write an attribute. */
export function writeAccess(object: SObject, name: string): WriteAccess {
  return attribute(object, name)?.write ?? "nobody";
}

function attribute(object: SObject, name: string) {
  return objectInternals.shape(object).attributes.find((each) => each.name === name);
}
