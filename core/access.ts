// What clients may do with the objects of a class, beside writing those of its topics that say so.

import type { SObject } from "./object.ts";
import { objectInternals } from "./object-internals.ts";

/** What is open to clients, as a class says it: `static access: Access = { add: ["Note"], remove: "everyone" }`. */
export interface Access {
  /** The names of the types of which clients may add objects below an instance. Default: none. */
  readonly add?: readonly string[];
  /** Whether clients may destroy an instance, or take it away from its parent. Default: `"nobody"`. */
  readonly remove?: WriteAccess;
  /**
   * Whether clients may give an instance another place among its siblings. To move it to another parent it must be open to
   * `remove`, too, and the parent to `add` its type. Default: `"nobody"`.
   */
  readonly move?: WriteAccess;
  /** Whether clients may undo and redo whatever was done to an instance and below it, by anybody. Default: `"nobody"`. */
  readonly undo?: WriteAccess;
}

/** Which clients may do something. */
export type WriteAccess = "nobody" | "everyone";

/** What is open to clients, complete. */
export type ShapeAccess = Required<Access>;

/** Nothing is open. */
export const CLOSED: ShapeAccess = Object.freeze({
  add: Object.freeze([]),
  remove: "nobody",
  move: "nobody",
  undo: "nobody",
});

/** What is open to clients at an object. */
export function accessOf(object: SObject): ShapeAccess {
  return objectInternals.shape(object).access;
}

/** Whether clients may add an object of a type below another one. */
export function canAdd(parent: SObject, type: string): boolean {
  return accessOf(parent).add.includes(type);
}

/** Whether clients may destroy an object. */
export function canRemove(object: SObject): boolean {
  return accessOf(object).remove === "everyone";
}

/** Whether clients may give an object another place, of one parent or from one to another: see `Access.move`. */
export function canMove(object: SObject, from: SObject | null, to: SObject): boolean {
  if (accessOf(object).move !== "everyone") return false;
  // One that came back is another instance.
  return from?.id === to.id || (canRemove(object) && canAdd(to, object.type));
}
