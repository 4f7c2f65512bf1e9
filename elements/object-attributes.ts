import type { MirroredBase } from "../client/mirrored.ts";
import type { WriteAccess } from "../core/access.ts";
import type { SObject } from "../core/object.ts";
import { objectInternals } from "../core/object-internals.ts";
import type { AnyTopic } from "../core/topic.ts";

/** An object of a mirror, as the library or as its users see it. */
type AnyObject = SObject | MirroredBase;

/**
 * The topic that an object has under a name, or `undefined`. What a view shows is found by name, so that any class with a
 * fitting attribute can use the view; one of another kind counts as none.
 */
export function topicOf<T extends AnyTopic>(
  object: AnyObject,
  name: string,
  kind: abstract new (...args: never[]) => T,
): T | undefined {
  if (!hasAttribute(object, name)) return undefined;
  const topic = (object as unknown as Record<string, unknown>)[name];
  return topic instanceof kind ? topic : undefined;
}

/** Whether an object has a synced attribute of this name, of whatever kind. */
export function hasAttribute(object: AnyObject, name: string): boolean {
  return attribute(object, name) !== undefined;
}

/** Which clients may write an attribute. */
export function writeAccess(object: AnyObject, name: string): WriteAccess {
  return attribute(object, name)?.write ?? "nobody";
}

function attribute(object: AnyObject, name: string) {
  return objectInternals.shape(object as SObject).attributes.find((each) => each.name === name);
}
