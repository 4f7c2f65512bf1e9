// OpHistory: what was done to one text or list, as a list of which any part can be taken back and put back again.
//
// Each item holds what it did and what takes that back, seen from the state that the items before it lead to, as far as
// they are in effect. To take an item back is to carry its inverse through all that came after it: what comes out at the
// end is to be done now, and what came after is as if the item had never been. To put it back is the same with what it
// did. So nothing piles up, however often one goes back and forth; and what was undone hides nothing from what is undone
// later.
//
// Taken back, an item counts as earlier than what came after it, and so loses where both cannot be had. What is carried over a
// deletion forgets where in it it lay; so what came after is also kept as it was, and when nothing else in the list was
// taken back or put back meanwhile, putting back is exact.
//
// This is selective undo (Sun 2002) in the small: the list is rewritten, where that keeps groups of undos beside it.

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
  /** How to put it back exactly. */
  way?: WayBack | undefined;
}

/** What was so before an item was taken back. */
interface WayBack {
  /** What takes back what was done to take the item back. */
  readonly ops: readonly Op[];
  /** What came after the item, as it was. */
  readonly later: readonly Pick<OpItem, "ops" | "inverse">[];
  /** The turn of the list before, and that which began with it. */
  readonly before: number;
  readonly turn: number;
}

/** Carries an op out; returns what takes it back. */
export type CarryOut = (op: Op) => Op | undefined;

/** See the head of this file. */
export class OpHistory {
  readonly #kind: AnyKind;
  #items: OpItem[] = [];
  /** Another one whenever something is taken back; the one of before when just that is put back. */
  #turn = 0;
  #lastTurn = 0;

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

  /** Takes an item back. Tells whether anything was carried out. */
  undo(item: OpItem, carryOut: CarryOut): boolean {
    const index = this.#items.indexOf(item);
    const later = this.#items.slice(index + 1).map(({ ops, inverse }) => ({ ops, inverse }));
    const before = this.#turn;
    this.#turn = ++this.#lastTurn;
    item.isUndone = true;
    const back = perform(this.#carry(item.inverse, index + 1), carryOut);
    item.way = { ops: back, later, before, turn: this.#turn };
    return back.length > 0;
  }

  /** Puts an item back that was taken back. Tells whether anything was carried out. */
  redo(item: OpItem, carryOut: CarryOut): boolean {
    const index = this.#items.indexOf(item);
    const { way } = item;
    item.isUndone = false;
    item.way = undefined;
    if (way?.turn !== this.#turn) {
      this.#turn = ++this.#lastTurn;
      return perform(this.#carry(item.ops, index + 1), carryOut).length > 0;
    }
    // Only additions have come since. What was there before is as it was.
    const ops = this.#carry(way.ops, index + 1 + way.later.length);
    for (const [offset, was] of way.later.entries()) Object.assign(this.#items[index + 1 + offset] as OpItem, was);
    this.#turn = way.before;
    return perform(ops, carryOut).length > 0;
  }

  /** Ops that are to happen before the items from an index on: those become what they are after them; returns what is left to do. */
  #carry(ops: readonly Op[], from: number): readonly Op[] {
    let moving = ops;
    for (const item of this.#items.slice(from)) {
      if (moving.length === 0) break;
      const { earlier, later } = cross(this.#kind, moving, item.ops);
      item.inverse = cross(this.#kind, earlier, item.inverse).later;
      item.ops = later;
      if (!item.isUndone) moving = earlier;
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

/** Carries ops out, in order; returns what takes them back, in order. */
function perform(ops: readonly Op[], carryOut: CarryOut): readonly Op[] {
  const back: Op[] = [];
  for (const op of ops) {
    const inverse = carryOut(op);
    if (inverse) back.unshift(inverse);
  }
  return back;
}
