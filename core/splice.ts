// Splices: what texts, bytes and lists have in common.
//
// A splice deletes so many units from a position on, and inserts a run of units at the front of what it deletes. Think
// of what is deleted as of empty slots that stay where they were: then each insertion of two concurrent splices has its
// place between two slots of the value that both were made for, whatever the other one deletes. Only where both insert
// between the same two slots there is a choice, and the later one goes in front. So the value that the two come to is
// fixed before either is transformed, and each way there has to lead to it (TP1).
//
// Transforming ops against each other is Ellis and Gibbs, 1989; that the order must not matter is called TP1 since
// Ressel, Nitsche-Ruhland and Gunzenhäuser, 1996. Deletions that split are what many published functions lack.
//
// Not here: puts and moves (list-transform.ts), and lists of ops (transform.ts).

import { ObjectSyncError } from "./error.ts";
import { type Op, SET, type Side, type UncheckedOp } from "./kind.ts";
import { integerIn } from "./range.ts";

/** The code of `splice(position, deleteCount, inserted)` in each kind that has it. */
export const SPLICE = 1;

/** A text, bytes or items. */
export interface Run {
  readonly length: number;
  slice(start: number, end?: number): Run;
}

type Splice<Some> = readonly [code: typeof SPLICE, position: number, deleteCount: number, inserted: Some];

/**
 * A splice whose arguments are of the form that they must have, for a value of any length; `adopt` is for what it inserts.
 * Throws `ObjectSyncError`, for a `set` too: it says nothing of what it takes the place of.
 */
export function checkSplice([code, ...operands]: UncheckedOp, adopt: (inserted: unknown) => Run): Op {
  if (code === SET) throw new ObjectSyncError("wrong_type", "expected an op that names positions, got a `set`");
  const start = integerIn(0, Number.MAX_SAFE_INTEGER, operands[0], "a position");
  const count = integerIn(0, Number.MAX_SAFE_INTEGER, operands[1], "a number of units to delete");
  return splice(start, count, adopt(operands[2]));
}

/** What a splice becomes where another one has happened; see `Kind.transform`. `empty` is the run without a unit. */
export function transformSplice(op: Op, over: Op, side: Side, empty: Run): readonly Op[] {
  const [, start, count, inserted] = op as unknown as Splice<Run>;
  const [, overStart, overCount, { length: shift }] = over as unknown as Splice<Run>;
  const [end, overEnd] = [start + count, overStart + overCount];
  // Of what it deletes, what lies before the other one, and what lies behind and is still there.
  const before = Math.max(0, Math.min(end, overStart) - start);
  const behind = Math.max(0, end - Math.max(start, overEnd));
  if (start > overStart || (start === overStart && side === "earlier")) {
    return splices([overStart + shift + Math.max(0, start - overEnd), behind, inserted]);
  }
  if (shift === 0 || behind === 0) return splices([start, before + behind, inserted]);
  // What the other one inserted survives, in between.
  return splices([start, before, inserted], [start + inserted.length + shift, behind, empty]);
}

/** The splice that two come to, one after the other; nothing where the second begins behind, or ends before, the first. */
export function mergeSplices<Some extends Run>(
  first: Op,
  second: Op,
  join: (runs: readonly Some[]) => Some,
): Op | undefined {
  const [, start, count, inserted] = first as unknown as Splice<Some>;
  const [, nextStart, nextCount, nextInserted] = second as unknown as Splice<Some>;
  const [end, nextEnd] = [start + inserted.length, nextStart + nextCount];
  if (nextStart > end || nextEnd < start) return undefined;
  const deleteCount = count + Math.max(0, start - nextStart) + Math.max(0, nextEnd - end);
  const head = inserted.slice(0, Math.max(0, nextStart - start)) as Some;
  const tail = inserted.slice(Math.max(0, nextEnd - start)) as Some;
  return splice(Math.min(start, nextStart), deleteCount, join([head, nextInserted, tail]));
}

/** Those that do anything. */
function splices(...all: readonly (readonly [position: number, deleteCount: number, inserted: Run])[]): readonly Op[] {
  return all
    .filter(([, deleteCount, inserted]) => deleteCount > 0 || inserted.length > 0)
    .map(([position, deleteCount, inserted]) => splice(position, deleteCount, inserted));
}

/** The op that splices. */
export function splice(position: number, deleteCount: number, inserted: Run): Op {
  return [SPLICE, position, deleteCount, inserted] as unknown as Op;
}
