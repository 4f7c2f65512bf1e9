// Registers: what single values, dicts and sets have in common. Each key is a register of its own, and a `set` is one of
// all of them: the later op wins, and of the earlier one stays what the later one says nothing of.
//
// Not here: numbers, which add up, and values, whose registers lie within each other (value-transform.ts).

import { type Kind, type Op, SET, type Side } from "./kind.ts";

/** `Kind.transform` where each op but `set` is for the one key that is its first argument. */
export function transformRegister<State>(kind: Kind<State>, op: Op, over: Op, side: Side): readonly Op[] {
  if (side === "later") return [op];
  if (over[0] === SET) return [];
  if (op[0] === SET) return [[SET, kind.toWire(kind.apply(kind.fromWire(op[1]), over))]];
  return op[1] === over[1] ? [] : [op];
}

/**
 * `Kind.merge` where the later of two concurrent ops wins: what comes to be of the first under the second is either nothing,
 * and the second is enough, or has taken the second in, or says something else.
 */
export function mergeRegisters(transform: Kind["transform"], first: Op, second: Op): Op | undefined {
  const [rest] = transform(first, second, "earlier");
  if (rest === undefined) return second;
  return rest === first ? undefined : rest;
}
