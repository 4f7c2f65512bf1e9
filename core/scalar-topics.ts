// Topics whose state is one immutable scalar: numbers and booleans.
//
// The three kinds of numbers have one algebra and differ in which numbers they take. What is prepared is in range, so
// `apply` and `invert` look at nothing again. -0 becomes 0 where it enters, and no sum is one: so `===` tells equal values.
//
// Not here: texts, whose edits name positions (string-topic.ts).

import { describeValue, ObjectSyncError } from "./error.ts";
import { type Kind, type Op, type Origin, SET, type Side, type UncheckedOp } from "./kind.ts";
import { mergeRegisters, transformRegister } from "./register.ts";
import { Topic, type TopicEvent, type TopicEvents, type TopicOptions } from "./topic.ts";
import { finite } from "./value.ts";

/** A scalar has another value. */
export interface ScalarChange<T> extends TopicEvent {
  readonly type: "set";
  readonly old: T;
  readonly value: T;
}

/** The events of a scalar topic. */
export interface ScalarEvents<T> extends TopicEvents {
  readonly change: ScalarChange<T>;
}

abstract class ScalarTopic<T extends number | boolean> extends Topic<T, T, ScalarEvents<T>> {
  /** Replaces the value. An equal value is no change. */
  set(value: T): void {
    this.write([SET, value]);
  }

  protected view(state: T): T {
    return state;
  }

  protected describe(_op: Op, _inverse: Op, old: T, origin: Origin): ScalarChange<T> {
    return { type: "set", origin, old, value: this.state };
  }
}

const ADD = 1;

/**
 * The algebra of one sort of numbers: `set` is a register, `add` adds up. `check` returns a number that it accepts, with `-0`
 * as 0, and throws; `checkSum` does the same for what an addition comes to, and `holds` tells whether it would.
 */
function makeNumberKind(
  name: string,
  check: (value: unknown) => number,
  checkSum: (value: number) => number,
  holds: (value: number) => boolean,
): Kind<number> {
  const transform = (op: Op, [overCode, overNumber]: Op, side: Side): readonly Op[] => {
    const [code, number] = op;
    if (code === overCode) return code === ADD || side === "later" ? [op] : [];
    const sum = (number as number) + (overNumber as number);
    // An addition that would lead out of range from what is set is none: `prepare` would refuse it.
    if (code === ADD) return side === "later" && holds(sum) ? [op] : [];
    return side === "earlier" && holds(sum) ? [[SET, sum]] : [op];
  };
  return {
    name,
    ops: [
      { name: "set", arity: 1 },
      { name: "add", arity: 1 },
    ],
    isPositional: false,
    isScalar: true,
    prepare(state: number, [code, operand]: UncheckedOp): Op | undefined {
      const number = check(operand);
      if (code === SET) return number === state ? undefined : [SET, number];
      return checkSum(state + number) === state ? undefined : [ADD, number];
    },
    effort: () => 0,
    apply(state: number, [code, operand]: Op): number {
      return code === SET ? (operand as number) : state + (operand as number);
    },
    invert(state: number, [code, operand]: Op): Op {
      // Floating point: 0.1 + 0.2 - 0.2 is not 0.1. Taking back must give the very value.
      const isExact = code === ADD && state + (operand as number) - (operand as number) === state;
      return isExact ? [ADD, -(operand as number)] : [SET, state];
    },
    transform,
    merge(first: Op, second: Op): Op | undefined {
      if (first[0] === SET || second[0] === SET) return mergeRegisters(transform, first, second);
      // Of fractions, what is added at once may be rounded otherwise than what is added one after the other.
      const amount = (first[1] as number) + (second[1] as number);
      return holds === Number.isSafeInteger && holds(amount) ? [ADD, amount] : undefined;
    },
    negate: ([code, amount]) => (code === ADD ? [ADD, -(amount as number)] : undefined),
    toWire: (state) => state,
    fromWire: check,
    equals: (a, b) => a === b,
  };
}

/** The algebra of numbers. */
export const numberKind: Kind<number> = /* @__PURE__ */ makeNumberKind("number", finite, finite, Number.isFinite);

/** The algebra of floats: that of numbers, under a name of its own. */
export const floatKind: Kind<number> = /* @__PURE__ */ makeNumberKind("float", finite, finite, Number.isFinite);

/** The algebra of integers. All that they come to is exact, so an addition is always taken back by an addition. */
export const intKind: Kind<number> = /* @__PURE__ */ makeNumberKind("int", safeInteger, safeSum, Number.isSafeInteger);

abstract class NumericTopic extends ScalarTopic<number> {
  /** Adds `amount`. Additions of several people at once add up. */
  add(amount: number): void {
    this.write([ADD, amount]);
  }
}

/** A finite number; 0 by default. */
export class NumberTopic extends NumericTopic {
  constructor(initial = 0, options?: TopicOptions) {
    super(numberKind.fromWire(initial), options);
  }

  get kind(): typeof numberKind {
    return numberKind;
  }
}

/** A finite number, integers among them; 0 by default. As a `NumberTopic`, and says that fractions are meant. */
export class FloatTopic extends NumericTopic {
  constructor(initial = 0, options?: TopicOptions) {
    super(floatKind.fromWire(initial), options);
  }

  get kind(): typeof floatKind {
    return floatKind;
  }
}

/**
 * An integer from -(2^53 - 1) to 2^53 - 1; 0 by default. Throws `invalid_value` for other numbers, and `out_of_range` for an
 * addition that leads beyond.
 */
export class IntTopic extends NumericTopic {
  constructor(initial = 0, options?: TopicOptions) {
    super(intKind.fromWire(initial), options);
  }

  get kind(): typeof intKind {
    return intKind;
  }
}

const TOGGLE = 1;

/** The algebra of booleans: a register. A toggle is carried out as the `set` that it comes to. */
export const booleanKind: Kind<boolean> = {
  name: "boolean",
  ops: [
    { name: "set", arity: 1 },
    { name: "toggle", arity: 0 },
  ],
  isPositional: false,
  isScalar: true,
  prepare(state: boolean, [code, operand]: UncheckedOp): Op | undefined {
    const value = code === TOGGLE ? !state : checkBoolean(operand);
    return value === state ? undefined : [SET, value];
  },
  effort: () => 0,
  apply: (_state, [, value]) => value as boolean,
  invert: (state) => [SET, state],
  transform: (op, over, side) => transformRegister(booleanKind, op, over, side),
  merge: (_first, second) => second,
  toWire: (state) => state,
  fromWire: checkBoolean,
  equals: (a, b) => a === b,
};

/** True or false; false by default. */
export class BooleanTopic extends ScalarTopic<boolean> {
  constructor(initial = false, options?: TopicOptions) {
    super(booleanKind.fromWire(initial), options);
  }

  get kind(): typeof booleanKind {
    return booleanKind;
  }

  /** Makes true false and false true. */
  toggle(): void {
    this.write([TOGGLE]);
  }
}

function checkBoolean(value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw new ObjectSyncError("wrong_type", `expected true or false, got ${describeValue(value)}`);
}

function safeInteger(value: unknown): number {
  const number = finite(value);
  if (Number.isSafeInteger(number)) return number;
  throw new ObjectSyncError("invalid_value", `expected an integer from -(2^53 - 1) to 2^53 - 1, got ${number}`);
}

function safeSum(value: number): number {
  if (Number.isSafeInteger(value)) return value === 0 ? 0 : value;
  throw new ObjectSyncError("out_of_range", "the sum is outside of -(2^53 - 1) to 2^53 - 1");
}
