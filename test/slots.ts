// What two concurrent ops of a list, or splices of a text, come to: said without any transform, to compare with.
//
// Each item has a slot, which stays where it was when the item goes. What is inserted lies between two slots, where both
// insert that of the later op first.

import type { Op } from "../core/kind.ts";
import { MOVE, PUT } from "../core/list-transform.ts";
import { SPLICE } from "../core/splice.ts";

/** The value after two ops that were both made for `start`, item by item. */
export function afterBoth(start: readonly unknown[], earlier: Op, later: Op): unknown[] {
  const items = [...start];
  const gone = new Set<number>();
  const moves = new Map<number, { readonly gap: number; readonly by: Op }>();
  for (const op of [earlier, later]) {
    const [code, index, second] = op as unknown as [number, number, number];
    if (code === PUT) items[index] = second;
    if (code === MOVE) moves.set(index, { gap: second > index ? second + 1 : second, by: op });
    if (code === SPLICE) for (let each = index; each < index + second; each++) gone.add(each);
  }
  const result: unknown[] = [];
  for (let slot = 0; slot <= start.length; slot++) {
    for (const op of [later, earlier]) {
      if (op[0] === SPLICE && op[1] === slot) result.push(...(op[3] as Iterable<unknown>));
      for (const [index, { gap, by }] of moves)
        if (by === op && gap === slot && !gone.has(index)) result.push(items[index]);
    }
    if (slot < start.length && !gone.has(slot) && !moves.has(slot)) result.push(items[slot]);
  }
  return result;
}

/** All splices of a value of so many items, which insert the first few of `inserted`, or none. */
export function everySplice<Run>(length: number, inserted: readonly Run[]): Op[] {
  const ops: Op[] = [];
  for (let start = 0; start <= length; start++) {
    for (let count = 0; count <= length - start; count++) {
      for (const run of inserted) ops.push([SPLICE, start, count, run] as unknown as Op);
    }
  }
  return ops;
}

/** All puts of an item and all moves in a list of so many. */
export function everyPutAndMove(length: number, item: string): Op[] {
  const ops: Op[] = [];
  for (let index = 0; index < length; index++) {
    ops.push([PUT, index, item]);
    for (let to = 0; to < length; to++) if (to !== index) ops.push([MOVE, index, to]);
  }
  return ops;
}
