import { ObjectSyncError } from "./error.ts";

/** What changes a Set, replaced. */
const REFUSALS: PropertyDescriptorMap = { add: { value: refuse }, delete: { value: refuse }, clear: { value: refuse } };

/**
 * A Set that stays as it is made: what changes a Set throws `immutable`. No subclass, so that it is printed as a Set, and
 * equal to one for whoever compares classes too.
 */
export function immutableSet<T>(items: Iterable<T>): ReadonlySet<T> {
  return Object.freeze(Object.defineProperties(new Set(items), REFUSALS));
}

function refuse(): never {
  throw new ObjectSyncError("immutable", "a set that a topic handed out cannot be changed: change the topic");
}
