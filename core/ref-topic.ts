// Single references: a register with the id of an object, and the topic around it.
//
// - 0 stands for none: so the state is a number, its own wire form, and never nil.
// - An event holds both ids. What it leads from is looked up when it happens, as it may go later in a mirror's frame; what
//   it leads to when somebody asks, as it may come later. The other topics of references do the same.
//
// Not here: how ids become objects, and when (references.ts).

import { type Kind, type Op, type Origin, SET, type UncheckedOp } from "./kind.ts";
import type { SObject } from "./object.ts";
import { adoptId, idFor, initialId, lookUp, NO_ID, type Referable } from "./references.ts";
import { transformRegister } from "./register.ts";
import { Topic, type TopicEvent, type TopicEvents, type TopicOptions } from "./topic.ts";

/** The algebra of single references: a register with the id of an object, 0 for none. */
export const refKind: Kind<number> = {
  name: "ref",
  ops: [{ name: "set", arity: 1 }],
  isPositional: false,
  isScalar: true,
  prepare(state: number, [, operand]: UncheckedOp): Op | undefined {
    const id = adoptIdOrNone(operand);
    return id === state ? undefined : [SET, id];
  },
  effort: () => 0,
  apply: (_state, [, id]) => id as number,
  invert: (state) => [SET, state],
  transform: (op, over, side) => transformRegister(refKind, op, over, side),
  merge: (_first, second) => second,
  toWire: (state) => state,
  fromWire: adoptIdOrNone,
  equals: (a, b) => a === b,
  references: {
    in: ([, id]) => (id === NO_ID ? [] : [id as number]),
    map: (id, idOf) => idOf(id as number) ?? NO_ID,
  },
};

/** A reference leads to another object. One that is not there is `null`; its id is told nevertheless. */
export interface RefChange<T> extends TopicEvent {
  readonly type: "set";
  readonly old: T | null;
  readonly value: T | null;
  readonly oldId: number;
  readonly id: number;
}

/** The events of a reference. */
export interface RefEvents<T> extends TopicEvents {
  readonly change: RefChange<T>;
}

/**
 * A reference to an object of the same tree, or to none. The object may go: the reference keeps its id, is `null`, and
 * leads to the object again when that comes back.
 */
export class RefTopic<T extends Referable = SObject> extends Topic<T | null, number, RefEvents<T>> {
  /** `initial` is an object of the tree that the topic will belong to, or its id. */
  constructor(initial: T | number | null = null, options?: TopicOptions) {
    super(initial === null ? NO_ID : initialId(initial), options);
  }

  get kind(): typeof refKind {
    return refKind;
  }

  /** The id of the object, whether it is there or not; 0 for none. */
  get id(): number {
    return this.read();
  }

  /** Leads it to an object, or to none. Throws `not_attached`, `destroyed`, `wrong_tree`. */
  set(object: T | null): void {
    this.write([SET, object === null ? NO_ID : idFor(this.object, object)]);
  }

  /** Leads it to whatever object has an id, now or later; 0 for none. */
  setId(id: number): void {
    this.write([SET, id]);
  }

  protected view(state: number): T | null {
    return lookUp(this.object, state);
  }

  protected describe(_op: Op, _inverse: Op, oldId: number, origin: Origin): RefChange<T> {
    const { object: owner, state: id } = this;
    return {
      type: "set",
      origin,
      old: lookUp<T>(owner, oldId),
      // When somebody asks: in a mirror the object may come later in the frame.
      get value() {
        return lookUp<T>(owner, id);
      },
      oldId,
      id,
    };
  }
}

function adoptIdOrNone(id: unknown): number {
  return id === NO_ID ? NO_ID : adoptId(id);
}
