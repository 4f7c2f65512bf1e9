// Concurrent ops of lists: splices, puts and moves.
//
// An op names items, and gaps between them. An item keeps its identity wherever it goes: what somebody does to it follows
// it. So an op asks the other one where its items and its gaps have come to lie, and nobody looks at a list.
//
// - An item that one deletes is gone, whatever the other does to it. Of two puts of one item, and of two moves of one, the
//   later counts.
// - A move takes its item out of its slot, which is empty then, as that of a deleted item is (splice.ts), and inserts it
//   into a gap, as a splice would: there it survives between items that the other deletes, and where both insert into one
//   gap the later is in front.

import type { Op, Side, UncheckedOp } from "./kind.ts";
import { integerIn } from "./range.ts";
import { checkSplice, mergeSplices, SPLICE, transformSplice } from "./splice.ts";
import type { Json } from "./value.ts";

/** The codes of `put(index, item)` and `move(from, to)` in the kinds of lists. */
export const PUT = 2;
export const MOVE = 3;

type Items = readonly Json[];

const NO_ITEM: Items = Object.freeze([]);
const AN_ITEM: Items = Object.freeze([null]);

/** `Kind.check` of lists, for items of one sort. */
export function checkListOp(op: UncheckedOp, adoptItems: (items: unknown) => Items): Op {
  const [code, ...operands] = op;
  if (code !== PUT && code !== MOVE) return checkSplice(op, adoptItems);
  const index = integerIn(0, Number.MAX_SAFE_INTEGER, operands[0], "an index");
  if (code === PUT) return [PUT, index, adoptItems([operands[1]])[0] as Json];
  return [MOVE, index, integerIn(0, Number.MAX_SAFE_INTEGER, operands[1], "an index to move to")];
}

/** `Kind.transform` of lists. */
export function transformListOp(op: Op, over: Op, side: Side): readonly Op[] {
  const [code, index] = op as readonly [code: number, index: number];
  if (isIdle(op)) return [];
  if (isIdle(over)) return [op];
  if (code === SPLICE) {
    if (over[0] === SPLICE) return transformSplice(op, over, side, NO_ITEM);
    return over[0] === MOVE ? spliceOverMove(op, over, side) : [op];
  }
  const item = itemAfter(index, over);
  if (item === undefined) return [];
  if (side === "earlier" && code === over[0] && index === over[1]) return [];
  if (code === PUT) return item === index ? [op] : [[PUT, item, op[2] as Json]];
  // The gap that the item goes into counts the item itself, which `to` does not: that is its index when it has arrived.
  const to = op[2] as number;
  const gap = gapAfter(to > index ? to + 1 : to, over, side);
  const arrived = gap > item ? gap - 1 : gap;
  return arrived === item ? [] : [[MOVE, item, arrived]];
}

/** `Kind.merge` of lists. */
export function mergeListOps(first: Op, second: Op): Op | undefined {
  const [code, index, operand] = first as readonly [code: number, index: number, operand: number];
  const [nextCode, nextIndex, nextOperand] = second as readonly [code: number, index: number, operand: number];
  switch (code) {
    case SPLICE: {
      if (nextCode === SPLICE) return mergeSplices(first, second, joined);
      const isInserted = index <= nextIndex && nextIndex < index + (first[3] as Items).length;
      if (nextCode !== PUT || !isInserted) return undefined;
      return mergeSplices(first, [SPLICE, nextIndex, 1, [second[2] as Json]], joined);
    }
    case PUT: {
      const isPut = nextCode === PUT && nextIndex === index;
      const isDeleted = nextCode === SPLICE && nextIndex <= index && index < nextIndex + nextOperand;
      return isPut || isDeleted ? second : undefined;
    }
    default:
      return nextCode === MOVE && nextIndex === operand ? [MOVE, index, nextOperand] : undefined;
  }
}

/** What a splice becomes where an item has moved. */
function spliceOverMove(op: Op, over: Op, side: Side): readonly Op[] {
  const [, start, count, inserted] = op as readonly [code: number, start: number, count: number, inserted: Items];
  const [, from, to] = over as readonly [code: number, from: number, to: number];
  if (from < start || from >= start + count) {
    // The slot that it left is none of those that are deleted; where it is now, it is as if it had been inserted.
    const left = start - (from < start ? 1 : 0);
    return transformSplice([SPLICE, left, count, inserted], [SPLICE, to, 0, AN_ITEM], side, NO_ITEM);
  }
  // It is to be deleted, and is so wherever it is: beside or among the others, or by itself.
  if (to >= start && to < start + count) return [op];
  const rest: Op = [SPLICE, start, count - 1, inserted];
  const isNothing = count === 1 && inserted.length === 0;
  return isNothing ? [[SPLICE, to, 1, NO_ITEM]] : [[SPLICE, to, 1, NO_ITEM], rest];
}

/** Where an item has come to lie; `undefined` if it is gone. */
function itemAfter(index: number, over: Op): number | undefined {
  const [code, start, second] = over as readonly [code: number, start: number, second: number];
  if (code === MOVE && index === start) return second;
  if (code === SPLICE && index >= start && index < start + second) return undefined;
  // What comes into the gap in front of an item moves it.
  return gapAfter(index, over, "earlier");
}

/** Where a gap has come to lie: the number of items before it, for an op that will insert there. */
function gapAfter(gap: number, over: Op, side: Side): number {
  const [code, start, second] = over as readonly [code: number, start: number, second: number];
  if (code === PUT) return gap;
  // The gaps on both sides of an item that leaves become one. It goes into neither: that would be no move.
  const [left, into] = code === MOVE ? [gap > start ? gap - 1 : gap, second] : [gap, start];
  if (left < into || (left === into && side === "later")) return left;
  return code === MOVE ? left + 1 : start + (over[3] as Items).length + Math.max(0, gap - start - second);
}

/** Whether it is a move to where the item is: no other op moves nothing. */
function isIdle([code, from, to]: Op): boolean {
  return code === MOVE && from === to;
}

function joined(runs: readonly Items[]): Items {
  return Object.freeze(runs.flat());
}
