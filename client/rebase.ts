// Rebasing: what becomes of a client's own ops on one attribute when others come before them.
//
// The view is always the confirmed value with the pending ops on top, the oldest first. Three things happen below the
// pending ones: somebody else's ops are confirmed, and one of our own is confirmed or taken back. Each changes the value
// that the later ones were made for; so they are transformed, and what has to be done to the view comes out as well. The
// server does the same with the batch that it gets (server/bridge.ts), by the same functions of the kinds.
//
// Everything here is pure: values and ops go in, ops come out.

import { ObjectSyncError } from "../core/error.ts";
import type { AnyKind, Op, UncheckedOp } from "../core/kind.ts";
import { cross } from "../core/transform.ts";
import { type Data, equals } from "../core/value.ts";

/** The ops of one edit, as they are to be carried out where all that is before them has been. */
export interface PendingOps {
  readonly ops: readonly Op[];
  /** Whether the view has them; else the value that later ops were made for is without them. */
  readonly isShown: boolean;
}

/** What comes of pending ops and of the view when something happens below them. */
export interface Rebased {
  /** The ops of each pending edit. */
  readonly pending: readonly (readonly Op[])[];
  /** What is to be done to the view. */
  readonly shown: readonly Op[];
}

/** Pending edits after `incoming`, which was made for the value that the first of them was made for. */
export function rebase(kind: AnyKind, pending: readonly PendingOps[], incoming: readonly Op[]): Rebased {
  const rebased: (readonly Op[])[] = [];
  let shown = incoming;
  for (const { ops, isShown } of pending) {
    const { earlier, later } = cross(kind, shown, ops);
    rebased.push(later);
    if (isShown) shown = earlier;
  }
  return { pending: rebased, shown };
}

/** Pending edits without the one at `index`, which is taken back. `confirmed`: the value below them all. */
export function withdraw<State>(
  kind: AnyKind,
  confirmed: State,
  pending: readonly PendingOps[],
  index: number,
): Rebased {
  const { ops, isShown } = pending[index] as PendingOps;
  const before = pending.slice(0, index);
  const after = pending.slice(index + 1);
  let state = valueWith(kind, confirmed, before);
  const inverse: Op[] = [];
  if (isShown) {
    for (const each of ops) {
      const op = fitting(kind, state, each);
      if (!op) continue;
      inverse.unshift(kind.invert(state, op));
      state = kind.apply(state, op) as State;
    }
  }
  const rebased = rebase(kind, after, inverse);
  return { pending: [...before.map((each) => each.ops), ...rebased.pending], shown: rebased.shown };
}

/** Whether two ops, as they are prepared, or as they came over the wire, are the same. */
export function isSameOp(a: UncheckedOp, b: UncheckedOp): boolean {
  return equals(a as readonly Data[], b as readonly Data[]);
}

/** The value that a view shows: a state of its own, with the pending ops on top of the confirmed one. */
export function valueWith<State>(kind: AnyKind, confirmed: State, pending: readonly PendingOps[]): State {
  let state: State = kind.isScalar ? confirmed : kind.fromWire(kind.toWire(confirmed));
  for (const { ops, isShown } of pending) {
    if (!isShown) continue;
    for (const each of ops) {
      const op = fitting(kind, state, each);
      if (op) state = kind.apply(state, op) as State;
    }
  }
  return state;
}

/**
 * A pending op as it can be carried out; nothing if it changes nothing, as what several have become may, or if it cannot be
 * carried out any more: a sum may have come to be out of range.
 */
function fitting(kind: AnyKind, state: unknown, op: Op): Op | undefined {
  if (kind.isEvent) return op;
  try {
    return kind.prepare(state, op);
  } catch (error) {
    if (error instanceof ObjectSyncError) return undefined;
    throw error;
  }
}
