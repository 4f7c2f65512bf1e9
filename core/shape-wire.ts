// Types as the wire has them: an array for a shape, and in it one for each attribute.

import { CLOSED, type ShapeAccess, type WriteAccess } from "./access.ts";
import type { Wire } from "./codec.ts";
import { describeValue } from "./error.ts";
import { kindNamed } from "./kinds.ts";
import { array, bad, boolean, integer, string, stringOrNull } from "./parse.ts";
import type { Attribute, Shape } from "./shape.ts";

// Two bits for who may write, then one bit for each of the other options. A third level, "asked", comes with sessions.
const WRITE_FLAGS: Readonly<Record<WriteAccess, number>> = { nobody: 0, everyone: 1 };
const WRITE_LEVELS = ["nobody", "everyone"] as const satisfies readonly WriteAccess[];
const WRITE_MASK = 3;
const LATEST_FLAG = 4;
const PESSIMISTIC_FLAG = 8;

// Two bits for each of these, from the lowest on.
const ACCESS_NAMES = ["remove", "move", "undo"] as const satisfies readonly (keyof ShapeAccess)[];
const ACCESS_BITS = 2;

/** `[name, kind, value, flags]`: an attribute, with the value that it has when nothing else is said. */
export function writeAttribute({ name, kind, write, isLatest, isOptimistic }: Attribute, state: unknown): Wire {
  const flags = WRITE_FLAGS[write] | (isLatest ? LATEST_FLAG : 0) | (isOptimistic ? 0 : PESSIMISTIC_FLAG);
  return [name, kind.name, kind.toWire(state), flags];
}

/** Throws `bad_message`. */
export function readAttribute(wire: Wire): Attribute {
  const [name, kindName, initial, flags] = array(wire);
  const kind = kindNamed(string(kindName));
  const bits = integer(flags);
  const write = WRITE_LEVELS[bits & WRITE_MASK];
  if (!kind || !write) throw bad(`an attribute of an unknown kind: ${describeValue(kindName)}`);
  return {
    name: string(name),
    kind,
    initial: kind.fromWire(initial),
    write,
    isLatest: (bits & LATEST_FLAG) !== 0,
    isOptimistic: (bits & PESSIMISTIC_FLAG) === 0,
  };
}

/** `[name, frontendType, isLazy, attributes, access, addable]`. What is at the end may be missing: nothing is open then. */
export function writeShape({ name, frontendType, isLazy, access, attributes }: Shape): Wire {
  const shape: Wire[] = [name, frontendType, isLazy, attributes.map((each) => writeAttribute(each, each.initial))];
  const bits = ACCESS_NAMES.reduce((sum, what, index) => sum | (WRITE_FLAGS[access[what]] << (index * ACCESS_BITS)), 0);
  if (bits !== 0 || access.add.length > 0) shape.push(bits, access.add.slice());
  return shape;
}

/** Throws `bad_message`. */
export function readShape([name, frontendType, isLazy, attributes, access, addable]: readonly Wire[]): Shape {
  const names = new Set<string>();
  return {
    name: string(name),
    frontendType: stringOrNull(frontendType),
    isLazy: boolean(isLazy),
    access: access === undefined ? CLOSED : readAccess(integer(access), array(addable).map(string)),
    attributes: array(attributes).map((entry): Attribute => {
      const attribute = readAttribute(entry);
      if (names.has(attribute.name)) throw bad(`two attributes ${attribute.name}`);
      names.add(attribute.name);
      return attribute;
    }),
  };
}

function readAccess(bits: number, add: readonly string[]): ShapeAccess {
  const level = (index: number): WriteAccess => {
    const found = WRITE_LEVELS[(bits >> (index * ACCESS_BITS)) & WRITE_MASK];
    if (!found) throw bad("an unknown level of access");
    return found;
  };
  const [remove, move, undo] = ACCESS_NAMES.map((_, index) => level(index)) as [WriteAccess, WriteAccess, WriteAccess];
  return { add, remove, move, undo };
}
