// Ops of clients as they are on the wire, for tests that say what no client of this package says.

import type { Wire } from "../core/codec.ts";
import { MAX_OP_CODES } from "../core/kind.ts";
import { ObjectCode } from "../core/stream.ts";

/** One op. Slot 0 is the object itself. */
export type RawOp = readonly [id: number, slot: number, code: number, ...args: readonly Wire[]];

/** The ops of one transaction. */
export function rawOps(ops: readonly RawOp[]): Wire[] {
  const stream: Wire[] = [];
  let last = 0;
  for (const [id, slot, code, ...args] of ops) {
    const distance = id - last;
    if (distance !== 0) stream.push(distance > 0 ? -1 - 2 * distance : 2 * distance);
    last = id;
    stream.push(slot * MAX_OP_CODES + code, ...args);
  }
  return stream;
}

/** An object is asked for. */
export function makeOp(
  id: number,
  type: string,
  parent: number,
  { orderKey = 0, key = null, args = [] }: { orderKey?: number; key?: string | null; args?: readonly Wire[] } = {},
): RawOp {
  return [id, 0, ObjectCode.make, type, parent, orderKey, key, args];
}

/** An object is to go. */
export function destroyOp(id: number): RawOp {
  return [id, 0, ObjectCode.destroy];
}

/** An object is to have another place. */
export function moveOp(id: number, parent: number, orderKey: number): RawOp {
  return [id, 0, ObjectCode.move, parent, orderKey];
}
