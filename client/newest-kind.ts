// The algebra of what is pending on an attribute of which only the newest value counts: a register of the whole, whatever
// its kind. The state is the whole in its wire form.

import type { Wire } from "../core/codec.ts";
import { type AnyKind, type Kind, SET } from "../core/kind.ts";
import { transformRegister } from "../core/register.ts";

/** See the head of this file. */
export function newestKind(kind: AnyKind): Kind<Wire> {
  const newest: Kind<Wire> = {
    name: kind.name,
    ops: kind.ops,
    isPositional: false,
    isScalar: true,
    prepare: (state, [, whole]) => (newest.equals(state, whole as Wire) ? undefined : [SET, whole as Wire]),
    effort: () => 0,
    apply: (_state, [, whole]) => whole as Wire,
    invert: (state) => [SET, state],
    transform: (op, over, side) => transformRegister(newest, op, over, side),
    merge: (_first, second) => second,
    toWire: (state) => state,
    fromWire: (whole) => kind.toWire(kind.fromWire(whole)),
    equals: (a, b) => kind.equals(kind.fromWire(a), kind.fromWire(b)),
  };
  return newest;
}
