// Types as the wire has them: an array for a shape, and in it one for each attribute.

import type { Wire } from "./codec.ts";
import { describeValue } from "./error.ts";
import { kindNamed } from "./kinds.ts";
import { array, bad, boolean, integer, string, stringOrNull } from "./parse.ts";
import type { Attribute, Shape } from "./shape.ts";
import type { WriteAccess } from "./topic.ts";

// Two bits for who may write, then one bit for each of the other options. A third level, "asked", comes with sessions.
const WRITE_FLAGS: Readonly<Record<WriteAccess, number>> = { nobody: 0, everyone: 1 };
const WRITE_LEVELS = ["nobody", "everyone"] as const satisfies readonly WriteAccess[];
const WRITE_MASK = 3;
const LATEST_FLAG = 4;

/** `[name, kind, value, flags]`: an attribute, with the value that it has when nothing else is said. */
export function writeAttribute({ name, kind, write, isLatest }: Attribute, state: unknown): Wire {
  return [name, kind.name, kind.toWire(state), WRITE_FLAGS[write] | (isLatest ? LATEST_FLAG : 0)];
}

/** Throws `bad_message`. */
export function readAttribute(wire: Wire): Attribute {
  const [name, kindName, initial, flags] = array(wire);
  const kind = kindNamed(string(kindName));
  const bits = integer(flags);
  const write = WRITE_LEVELS[bits & WRITE_MASK];
  if (!kind || !write) throw bad(`an attribute of an unknown kind: ${describeValue(kindName)}`);
  return { name: string(name), kind, initial: kind.fromWire(initial), write, isLatest: (bits & LATEST_FLAG) !== 0 };
}

/** `[name, frontendType, isLazy, attributes]`. */
export function writeShape({ name, frontendType, isLazy, attributes }: Shape): Wire {
  return [name, frontendType, isLazy, attributes.map((attribute) => writeAttribute(attribute, attribute.initial))];
}

/** Throws `bad_message`. */
export function readShape([name, frontendType, isLazy, attributes]: readonly Wire[]): Shape {
  const names = new Set<string>();
  return {
    name: string(name),
    frontendType: stringOrNull(frontendType),
    isLazy: boolean(isLazy),
    attributes: array(attributes).map((entry): Attribute => {
      const attribute = readAttribute(entry);
      if (names.has(attribute.name)) throw bad(`two attributes ${attribute.name}`);
      names.add(attribute.name);
      return attribute;
    }),
  };
}
