// OpHistory: what was done to one text or list, as a list of which any part can be taken back and put back again.
//
// Each item holds what it did and what takes that back, seen from the state that the items before it lead to, as far as
// they are in effect. To take an item back is to carry its inverse through all that came after it: what comes out at the
// end is to be done now, and what came after is as if the item had never been. To put it back is the same with what it
// did. So nothing piles up, however often one goes back and forth; and what was undone hides nothing from what is undone
// later.
//
// Taken back or put back, an item counts as earlier than what came after it, and so loses where both cannot be had. This is
// the selective undo of Sun (2002) in the small: the list is rewritten, where that keeps undo groups beside it.

import type { AnyKind, Op } from "./kind.ts";
import { cross } from "./transform.ts";

/** What one change did. */
export interface OpItem {
  /** Seen from the state before it. */
  ops: readonly Op[];
  /** Seen from the state after it. */
  inverse: readonly Op[];
  /** Whether it is taken back. */
  isUndone: boolean;
  /** Whether it can be taken back; else it is there as others were made after it. */
  isRecorded: boolean;
}

/** See the head of this file. */
export class OpHistory {
  readonly #kind: AnyKind;
  #items: OpItem[] = [];

  constructor(kind: AnyKind) {
    this.#kind = kind;
  }

  /** Whether there is nothing to take back. */
  get isEmpty(): boolean {
    return this.#items.length === 0;
  }

  /** Takes what has just been done, and what takes it back. */
  add(op: Op, inverse: Op, isRecorded: boolean): OpItem {
    const last = this.#items.at(-1);
    if (last && !last.isRecorded && !isRecorded && this.#merge(last, op, inverse)) return last;
    const item = { ops: [op], inverse: [inverse], isUndone: false, isRecorded };
    this.#items.push(item);
    return item;
  }

  /** `add` to what an item did, if it is the last one and both can be one op. */
  extend(item: OpItem, op: Op, inverse: Op): boolean {
    return this.#items.at(-1) === item && !item.isUndone && this.#merge(item, op, inverse);
  }

  /** Takes an item back, or puts it back. Returns what has to be done to the present state. */
  toggle(item: OpItem): readonly Op[] {
    let moving = item.isUndone ? item.ops : item.inverse;
    item.isUndone = !item.isUndone;
    for (let index = this.#items.indexOf(item) + 1; index < this.#items.length; index++) {
      if (moving.length === 0) break;
      const later = this.#items[index] as OpItem;
      const { earlier, later: ops } = cross(this.#kind, moving, later.ops);
      later.inverse = cross(this.#kind, earlier, later.inverse).later;
      later.ops = ops;
      if (!later.isUndone) moving = earlier;
    }
    return moving;
  }

  /** An item will not be taken back, or put back, any more. */
  release(item: OpItem): void {
    item.isRecorded = false;
    // What nothing can be taken back below is of no use.
    const first = this.#items.findIndex(({ isRecorded }) => isRecorded);
    if (first !== 0) this.#items = first < 0 ? [] : this.#items.slice(first);
  }

  #merge(item: OpItem, op: Op, inverse: Op): boolean {
    const [before, ...more] = item.ops;
    const [after, ...others] = item.inverse;
    if (!before || !after || more.length > 0 || others.length > 0) return false;
    const merged = this.#kind.merge(before, op);
    const back = this.#kind.merge(inverse, after);
    if (!merged || !back) return false;
    item.ops = [merged];
    item.inverse = [back];
    return true;
  }
}
