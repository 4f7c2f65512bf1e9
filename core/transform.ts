// What becomes of two lists of ops of one topic that were made for the same state, each without the other. Servers and
// clients both ask here, and nowhere else.

import type { AnyKind, Op } from "./kind.ts";

/** Two lists of ops, each as it has to be where the other has happened. */
export interface Crossing {
  readonly earlier: readonly Op[];
  readonly later: readonly Op[];
}

/** Of the steps that `Kind.effort` counts, about those that it takes to transform two ops over each other. */
const STEPS_PER_PAIR = 50;

/**
 * Two lists of ops that were made for the same state, each transformed over the other: the state after `earlier` and then
 * the returned `later` is that after `later` and then the returned `earlier`. Each list is in sequence, of ops that are
 * prepared, or checked.
 *
 * It takes about as many steps as one list is long times the other; deletions that split take more. `spend` hears of them,
 * as they come, and may throw.
 */
export function cross(
  kind: AnyKind,
  earlier: readonly Op[],
  later: readonly Op[],
  spend?: (steps: number) => void,
): Crossing {
  if (earlier.length === 0 || later.length === 0) return { earlier, later };
  // Both lists lead away from one state. Go back over `earlier`, its last op first, and then ahead over `later`: wherever
  // an op to go back over is followed by one to go ahead, the two change places, each transformed over the other. When none
  // is, the way leads ahead over the new `later` and then back over the new `earlier`. As an op may become several or none,
  // what lies before the place that is looked at is on one stack, and what lies behind it on another.
  const ahead: Op[] = [];
  const back = earlier.toReversed();
  const rest: { readonly op: Op; readonly isLater: boolean }[] = [];
  for (const op of later.toReversed()) rest.push({ op, isLater: true });
  for (let next = rest.pop(); next; next = rest.pop()) {
    const { op, isLater } = next;
    const over = isLater ? back.pop() : undefined;
    if (over === undefined) {
      (isLater ? ahead : back).push(op);
      continue;
    }
    spend?.(STEPS_PER_PAIR);
    for (const each of kind.transform(over, op, "earlier")) rest.push({ op: each, isLater: false });
    for (const each of kind.transform(op, over, "later").toReversed()) rest.push({ op: each, isLater: true });
  }
  return { earlier: back.reverse(), later: ahead };
}
