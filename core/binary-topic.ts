// Bytes: their algebra, and the topic around it.
//
// - The state is an array that nobody changes: an op makes another. So it is its own wire form, and ops may hold it.
// - Arrays of bytes cannot be frozen. What comes in is copied, once, by `prepare` or the constructor; what goes out to a
//   program is a copy each time, made only when it is asked for.
// - There is one op that is applied, taken back and sent: the splice. `prepare` makes one of every `set`, and its
//   positions lie within the bytes that it was prepared for. `apply` and `invert` look at nothing again.
//
// Not here: what becomes of a splice that was made for older bytes (splice.ts).

import { describeValue, ObjectSyncError } from "./error.ts";
import { type Kind, type Op, type Origin, SET, type UncheckedOp } from "./kind.ts";
import { integerIn } from "./range.ts";
import { checkSplice, mergeSplices, SPLICE, transformSplice } from "./splice.ts";
import { Topic, type TopicEvent, type TopicEvents, type TopicOptions } from "./topic.ts";

/** How many bytes a value may have: two of them can still be put together, on every engine. */
export const MAX_BINARY_LENGTH = 2 ** 28;

const EMPTY = new Uint8Array(0);

/**
 * The algebra of bytes: `splice(position, deleteCount, bytes)`. A `set` is carried out as the one splice between what begins
 * and ends alike.
 */
export const binaryKind: Kind<Uint8Array> = {
  name: "binary",
  ops: [
    { name: "set", arity: 1 },
    { name: "splice", arity: 3 },
  ],
  isPositional: true,
  isScalar: true,
  prepare(state: Uint8Array, [code, ...operands]: UncheckedOp): Op | undefined {
    if (code === SET) return difference(state, checkBytes(operands[0]));
    const start = integerIn(0, state.length, operands[0], "a position");
    const count = integerIn(0, state.length - start, operands[1], "a number of bytes to delete");
    const bytes = checkBytes(operands[2]);
    checkLength(state.length - count + bytes.length);
    return equals(state.subarray(start, start + count), bytes) ? undefined : [SPLICE, start, count, copyOf(bytes)];
  },
  // A set looks at each byte, a splice moves them all: measured, that comes to much the same.
  effort(state: Uint8Array, [code, whole, , part]: UncheckedOp): number {
    const bytes = code === SET ? whole : part;
    return (state.length + (bytes instanceof Uint8Array ? bytes.length : 0)) / 8;
  },
  apply(state: Uint8Array, op: Op): Uint8Array {
    const [, position, count, inserted] = op as Splice;
    if (count === state.length) return inserted;
    const result = new Uint8Array(state.length - count + inserted.length);
    result.set(state.subarray(0, position));
    result.set(inserted, position);
    result.set(state.subarray(position + count), position + inserted.length);
    return result;
  },
  invert(state: Uint8Array, op: Op): Op {
    const [, position, count, inserted] = op as Splice;
    const deleted = count === state.length ? state : copyOf(state.subarray(position, position + count));
    return [SPLICE, position, inserted.length, deleted];
  },
  check: (op) => checkSplice(op, (bytes) => copyOf(checkBytes(bytes))),
  transform: (op, over, side) => transformSplice(op, over, side, EMPTY),
  merge: (first, second) => mergeSplices(first, second, joined),
  toWire: (state) => state,
  // Not copied: whoever reads a message or a file has no other use for the array.
  fromWire(data: unknown): Uint8Array {
    const bytes = checkBytes(data);
    checkLength(bytes.length);
    return bytes;
  },
  equals,
};

type Splice = readonly [code: number, position: number, deleteCount: number, inserted: Uint8Array];

/** Bytes at a position were replaced. `deleted` and `inserted` are copies, made each time they are read. */
export interface BinaryChange extends TopicEvent {
  readonly type: "splice";
  readonly position: number;
  readonly deleted: Uint8Array<ArrayBuffer>;
  readonly inserted: Uint8Array<ArrayBuffer>;
}

/** Bytes came or went at a position. `bytes` is a copy, made each time it is read. */
export interface BinaryPart extends TopicEvent {
  readonly position: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** The events of a binary topic. */
export interface BinaryEvents extends TopicEvents {
  readonly change: BinaryChange;
  readonly insert: BinaryPart;
  readonly delete: BinaryPart;
}

/**
 * Bytes: a picture, a recording, a file; empty by default. What it is given it copies, and what it hands out is the
 * receiver's own.
 */
export class BinaryTopic extends Topic<Uint8Array<ArrayBuffer>, Uint8Array, BinaryEvents> {
  constructor(initial: Uint8Array | ArrayBuffer = EMPTY, options?: TopicOptions) {
    super(initial === EMPTY ? EMPTY : copyOf(binaryKind.fromWire(viewOf(initial))), options);
  }

  get kind(): typeof binaryKind {
    return binaryKind;
  }

  /** A copy of all bytes, another one at each read: `length`, `at` and `slice` look at them for less. */
  override get value(): Uint8Array<ArrayBuffer> {
    return super.value;
  }

  get length(): number {
    return this.read().length;
  }

  /** The byte at a position; a negative one counts from the end. `undefined` outside. */
  at(position: number): number | undefined {
    return this.read().at(position);
  }

  /** A copy of the bytes from `start` to before `end`, as of `Uint8Array.slice`. */
  slice(start?: number, end?: number): Uint8Array<ArrayBuffer> {
    return copyOf(this.read().subarray(start, end));
  }

  /** Replaces the whole; what begins and ends alike stays untouched and is not sent. */
  set(value: Uint8Array | ArrayBuffer): void {
    this.write([SET, viewOf(value)]);
  }

  /** Inserts bytes before `position`. Throws `out_of_range`. */
  insert(position: number, bytes: Uint8Array | ArrayBuffer): void {
    this.splice(position, 0, bytes);
  }

  /** Deletes so many bytes from `position` on. Throws `out_of_range`. */
  delete(position: number, count: number): void {
    this.splice(position, count, EMPTY);
  }

  /** Deletes `deleteCount` bytes from `position` on and inserts `bytes` there. Throws `out_of_range`. */
  splice(position: number, deleteCount: number, bytes: Uint8Array | ArrayBuffer): void {
    this.write([SPLICE, position, deleteCount, viewOf(bytes)]);
  }

  protected view(state: Uint8Array): Uint8Array<ArrayBuffer> {
    return copyOf(state);
  }

  protected describe(op: Op, inverse: Op, _old: Uint8Array, origin: Origin): BinaryChange {
    const [, position, , inserted] = op as Splice;
    const [, , , deleted] = inverse as Splice;
    return {
      type: "splice",
      origin,
      position,
      get deleted() {
        return copyOf(deleted);
      },
      get inserted() {
        return copyOf(inserted);
      },
    };
  }

  protected override *details(change: BinaryChange): Iterable<readonly ["insert" | "delete", BinaryPart]> {
    const { origin, position, deleted, inserted } = change;
    if (deleted.length > 0) yield ["delete", partOf(origin, position, deleted)];
    if (inserted.length > 0) yield ["insert", partOf(origin, position, inserted)];
  }
}

function partOf(origin: Origin, position: number, bytes: Uint8Array): BinaryPart {
  return {
    origin,
    position,
    get bytes() {
      return copyOf(bytes);
    },
  };
}

/** The splice that makes `to` of `from`: what lies between the common head and the common tail. */
function difference(from: Uint8Array, to: Uint8Array): Op | undefined {
  checkLength(to.length);
  const shorter = Math.min(from.length, to.length);
  let head = 0;
  while (head < shorter && from[head] === to[head]) head++;
  if (head === from.length && head === to.length) return undefined;
  let tail = 0;
  const most = shorter - head;
  while (tail < most && from[from.length - 1 - tail] === to[to.length - 1 - tail]) tail++;
  return [SPLICE, head, from.length - tail - head, copyOf(to.subarray(head, to.length - tail))];
}

function equals(a: Uint8Array, b: Uint8Array): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let position = 0; position < a.length; position++) if (a[position] !== b[position]) return false;
  return true;
}

/** A plain array, whatever `bytes` is: the `slice` of a Node buffer, for one, would share its memory. */
function copyOf(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}

function joined(runs: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(runs.reduce((length, run) => length + run.length, 0));
  let position = 0;
  for (const run of runs) {
    whole.set(run, position);
    position += run.length;
  }
  return whole;
}

function viewOf(bytes: Uint8Array | ArrayBuffer): Uint8Array {
  return bytes instanceof ArrayBuffer ? new Uint8Array(bytes) : bytes;
}

function checkBytes(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw new ObjectSyncError("wrong_type", `expected bytes, a Uint8Array, got ${describeValue(value)}`);
}

function checkLength(length: number): void {
  if (length <= MAX_BINARY_LENGTH) return;
  throw new ObjectSyncError("too_large", `a binary topic holds at most ${MAX_BINARY_LENGTH} bytes, not ${length}`);
}
