import type { SObject } from "./object.ts";
import { objectInternals } from "./object-internals.ts";

/** The scope of the root. What is below a lazy object is a scope of its own, with the object's id for its number. */
export const ROOT_SCOPE = 1;

/** The scope of what is directly below an object: its own if it is lazy, else the one that it is in itself. */
export function scopeBelow(object: SObject): number {
  for (let host: SObject | null = object; host?.parent; host = host.parent) {
    if (objectInternals.shape(host).isLazy) return host.id;
  }
  return ROOT_SCOPE;
}

/** The scope that an object is in: that of the nearest lazy object above it, else that of the root. */
export function scopeOf(object: SObject): number {
  return object.parent ? scopeBelow(object.parent) : ROOT_SCOPE;
}

/** Calls `visit` for an object and all that comes to another scope with it: what is below a lazy object stays in its own. */
export function forCrossing(object: SObject, visit: (object: SObject) => void): void {
  visit(object);
  if (!objectInternals.shape(object).isLazy) forScope(object, visit);
}

/** Calls `visit` for the objects of a scope below one of its objects, or below its host; each before its children. */
export function forScope(object: SObject, visit: (object: SObject) => void): void {
  for (const child of object.children) {
    visit(child);
    if (!objectInternals.shape(child).isLazy) forScope(child, visit);
  }
}
