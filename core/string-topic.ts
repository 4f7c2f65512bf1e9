// Texts: their algebra, and the topic around it.
//
// - There is one op that is applied, taken back and sent: the splice. `prepare` makes one of every `set`, and its
//   positions lie within the text that it was prepared for. `apply` and `invert` look at nothing again.
// - Every text that comes in is made well-formed, and no splice begins or ends inside a surrogate pair: so what is
//   there stays well-formed.
//
// Not here: what becomes of a splice that was made for an older text (splice.ts).

import { ObjectSyncError } from "./error.ts";
import { type Kind, type Op, type Origin, SET, type UncheckedOp } from "./kind.ts";
import { integerIn } from "./range.ts";
import { checkSplice, mergeSplices, SPLICE, transformSplice } from "./splice.ts";
import { Topic, type TopicEvent, type TopicEvents, type TopicOptions } from "./topic.ts";
import { wellFormed } from "./value.ts";

/** Units that a text may have: less than what engines can hold, so that two of them can still be put together. */
export const MAX_TEXT_LENGTH = 2 ** 28;

/**
 * The algebra of texts: `splice(position, deleteCount, text)`, in UTF-16 units. A `set` is carried out as the one splice
 * between what begins and ends alike. A boundary inside a surrogate pair moves outward, an insertion to its front.
 */
export const stringKind: Kind<string> = {
  name: "string",
  ops: [
    { name: "set", arity: 1 },
    { name: "splice", arity: 3 },
  ],
  isPositional: true,
  isScalar: true,
  prepare(state: string, [code, ...operands]: UncheckedOp): Op | undefined {
    if (code === SET) return difference(state, wellFormed(operands[0]));
    let start = integerIn(0, state.length, operands[0], "a position");
    let end = start + integerIn(0, state.length - start, operands[1], "a number of units to delete");
    const text = wellFormed(operands[2]);
    if (state.length - (end - start) + text.length > MAX_TEXT_LENGTH) {
      throw new ObjectSyncError("too_large", `a text has at most ${MAX_TEXT_LENGTH} units`);
    }
    const isInsertion = start === end;
    if (splitsPair(state, start)) start--;
    if (isInsertion) end = start;
    else if (splitsPair(state, end)) end++;
    return state.slice(start, end) === text ? undefined : [SPLICE, start, end - start, text];
  },
  // A splice of a text copies it, as the next one looks into it.
  effort: (state, [, , , text]) => (state.length + (typeof text === "string" ? text.length : 0)) / 16,
  apply(state: string, [, position, count, text]: Op): string {
    const end = (position as number) + (count as number);
    const inserted = text as string;
    const result = state.slice(0, position as number) + inserted + state.slice(end);
    // What it would keep alive otherwise: the longer text that it was cut from, or a chain of what was appended.
    const isMostlyGone = state.length + inserted.length > 2 * result.length;
    return isMostlyGone || (end === state.length && isChain(state.length, result.length)) ? alone(result) : result;
  },
  invert(state: string, [, position, count, text]: Op): Op {
    const start = position as number;
    // Whoever keeps it, to take the op back one day, is not to keep the whole text with it.
    return [SPLICE, start, (text as string).length, alone(state.slice(start, start + (count as number)))];
  },
  check: (op) => checkSplice(op, wellFormed),
  transform: (op, over, side) => transformSplice(op, over, side, ""),
  merge: (first, second) => mergeSplices(first, second, (texts) => texts.join("")),
  toWire: (state) => state,
  fromWire: wellFormed,
  equals: (a, b) => a === b,
};

/** Text at a position was replaced. */
export interface StringChange extends TopicEvent {
  readonly type: "splice";
  readonly position: number;
  readonly deleted: string;
  readonly inserted: string;
  readonly old: string;
  readonly value: string;
}

/** Text came or went at a position. */
export interface StringPart extends TopicEvent {
  readonly position: number;
  readonly text: string;
}

/** The events of a string topic. */
export interface StringEvents extends TopicEvents {
  readonly change: StringChange;
  readonly insert: StringPart;
  readonly delete: StringPart;
}

/** A text that several people can edit; empty by default. Positions and lengths count UTF-16 units. */
export class StringTopic extends Topic<string, string, StringEvents> {
  constructor(initial = "", options?: TopicOptions) {
    super(stringKind.fromWire(initial), options);
  }

  get kind(): typeof stringKind {
    return stringKind;
  }

  get length(): number {
    return this.read().length;
  }

  /** Replaces the whole; what begins and ends alike stays untouched. */
  set(value: string): void {
    this.write([SET, value]);
  }

  /** Inserts `text` before `position`. Throws `out_of_range`. */
  insert(position: number, text: string): void {
    this.write([SPLICE, position, 0, text]);
  }

  /**
   * Deletes so many units from `position` on, or the given text there. Throws `out_of_range`, and `mismatch` when another
   * text is there.
   */
  delete(position: number, countOrText: number | string): void {
    if (typeof countOrText === "number") return this.write([SPLICE, position, countOrText, ""]);
    const start = integerIn(0, this.state.length, position, "a position");
    if (!this.state.startsWith(wellFormed(countOrText), start)) {
      throw new ObjectSyncError("mismatch", `the text at ${position} is not ${JSON.stringify(countOrText)}`);
    }
    this.write([SPLICE, position, countOrText.length, ""]);
  }

  /** Deletes `deleteCount` units from `position` on and inserts `text` there. Throws `out_of_range`. */
  splice(position: number, deleteCount: number, text: string): void {
    this.write([SPLICE, position, deleteCount, text]);
  }

  protected view(state: string): string {
    return state;
  }

  protected describe(op: Op, inverse: Op, old: string, origin: Origin): StringChange {
    const [, position, , inserted] = op as [number, number, number, string];
    return {
      type: "splice",
      origin,
      position,
      deleted: inverse[3] as string,
      inserted,
      old,
      value: this.state,
    };
  }

  protected override *details(change: StringChange): Iterable<readonly ["insert" | "delete", StringPart]> {
    const { origin, position, deleted, inserted } = change;
    if (deleted) yield ["delete", { origin, position, text: deleted }];
    if (inserted) yield ["insert", { origin, position, text: inserted }];
  }
}

/** The splice that makes `to` of `from`: what lies between the common head and the common tail. */
export function difference(from: string, to: string): Op | undefined {
  if (from === to) return undefined;
  const shorter = Math.min(from.length, to.length);
  let head = 0;
  while (head < shorter && from.charCodeAt(head) === to.charCodeAt(head)) head++;
  if (splitsPair(from, head) || splitsPair(to, head)) head--;
  let tail = 0;
  const most = shorter - head;
  while (tail < most && from.charCodeAt(from.length - 1 - tail) === to.charCodeAt(to.length - 1 - tail)) tail++;
  if (splitsPair(from, from.length - tail) || splitsPair(to, to.length - tail)) tail--;
  return [SPLICE, head, from.length - tail - head, alone(to.slice(head, to.length - tail))];
}

/** Engines copy what is cut from a text if it is shorter. */
const MIN_SHARED_LENGTH = 13;

/**
 * The same text in memory of its own. Engines put off to copy: what is cut from a text holds on to all of that, and what
 * is put together is a chain of its parts until somebody looks into it.
 */
function alone(text: string): string {
  return text.length < MIN_SHARED_LENGTH ? text : ` ${text}`.slice(1);
}

/**
 * Whether a text that grew at its end, where no op looks into it, is to be copied. A part of a chain takes 32 bytes, so
 * there are at most as many as a hundredth of the text; and for each unit little is copied, however long the text gets.
 */
function isChain(length: number, grown: number): boolean {
  const step = Math.max(0, 25 - Math.clz32(grown));
  return length >>> step !== grown >>> step;
}

/** Whether a position lies inside a surrogate pair. */
export function splitsPair(text: string, position: number): boolean {
  return isSurrogate(text.charCodeAt(position), 0xdc00) && isSurrogate(text.charCodeAt(position - 1), 0xd800);
}

function isSurrogate(unit: number, first: number): boolean {
  return unit >= first && unit < first + 0x400;
}
