// The stream of ops: what a transaction, a snapshot and a client's write look like as one flat array of plain data.
//
//   ops = (goto? tag argument*)*
//
// A negative integer goes to an object: -1 - zigzag(id - last id), the last id being 0 at the start. A tag is
// slot * 8 + code; slot 0 is the object itself, with the codes of `ObjectCode`, the other slots are its attributes, with
// the codes of their kinds. How many arguments follow is the op's arity.
//
// A snapshot is the stream that creates every object, so joins, changes and writes have one form. Not here: how objects
// and their types are written (object-writer.ts, shape-wire.ts).

import type { Wire } from "./codec.ts";
import { type AnyKind, MAX_OP_CODES, type Op, type UncheckedOp } from "./kind.ts";
import { array, arrayOrNull, bad, integer, number, string, stringOrNull } from "./parse.ts";
import type { Attribute, Shape } from "./shape.ts";
import { readAttribute, readShape } from "./shape-wire.ts";

/** The codes of slot 0. */
export const ObjectCode = {
  create: 0,
  destroy: 1,
  move: 2,
  addAttribute: 3,
  removeAttribute: 4,
  leave: 5,
  make: 6,
  shape: 7,
} as const;

/** A flat array of ops. */
export type OpStream = readonly Wire[];

/** Writes ops one behind the other. */
export class StreamWriter {
  readonly #ops: Wire[] = [];
  #object = 0;

  get ops(): OpStream {
    return this.#ops;
  }

  topic(id: number, slot: number, [code, ...operands]: Op): void {
    this.write(id, slot * MAX_OP_CODES + code, ...operands);
  }

  /** An op on an object: its tag and its arguments. */
  protected write(id: number, tag: number, ...operands: readonly Wire[]): void {
    const distance = id - this.#object;
    if (distance !== 0) this.#ops.push(distance > 0 ? -1 - 2 * distance : 2 * distance);
    this.#object = id;
    this.#ops.push(tag, ...operands);
  }

  /** An op that is about no object. */
  protected writeAlone(tag: number, ...operands: readonly Wire[]): void {
    this.#ops.push(tag, ...operands);
  }
}

/** Takes ops as they are read. */
export interface StreamReader {
  /** The kind of an attribute; throws if it does not exist. */
  kind(id: number, slot: number): AnyKind;
  topic(id: number, slot: number, op: UncheckedOp): void;
  shape(index: number, shape: Shape): void;
  addAttribute(id: number, slot: number, attribute: Attribute): void;
  removeAttribute(id: number, slot: number): void;
  /** The object is no longer in the scope that the stream belongs to, though it may be in another. */
  leave(id: number): void;
  /** A client asks for a new object. `args` holds what its `build` is to be given, or nothing. */
  make(id: number, type: string, parentId: number, orderKey: number, key: string | null, args: readonly Wire[]): void;
  create(id: number, shapeIndex: number, parentId: number, orderKey: number, key: string | null, values: Values): void;
  destroy(id: number): void;
  move(id: number, parentId: number, orderKey: number): void;
}

/**
 * Values in their wire form, by slot less one. What is `null`, or missing at the end, or all if there is no array, is as
 * the shape says.
 */
export type Values = readonly Wire[] | null;

/**
 * Reads a stream of ops. Their arguments are checked as far as this file knows them; those of topic ops are the kinds'
 * business. Throws `bad_message`, and what the reader throws.
 */
export function readStream(ops: OpStream, reader: StreamReader): void {
  let position = 0;
  let id = 0;
  let parent = 0;
  const next = (): Wire => {
    if (position >= ops.length) throw bad("the ops end too early");
    return ops[position++] as Wire;
  };
  while (position < ops.length) {
    let tag = integer(next());
    if (tag < 0) {
      const zigzag = -1 - tag;
      id += zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
      tag = integer(next());
      if (tag < 0) throw bad("two objects in a row to go to");
    }
    const code = tag % MAX_OP_CODES;
    const slot = (tag - code) / MAX_OP_CODES;
    if (slot > 0) {
      const form = reader.kind(id, slot).ops[code];
      if (!form) throw bad(`the kind in slot ${slot} has no op ${code}`);
      if (position + form.arity > ops.length) throw bad("the ops end too early");
      reader.topic(id, slot, [code, ...ops.slice(position, position + form.arity)]);
      position += form.arity;
      continue;
    }
    switch (code) {
      case ObjectCode.create: {
        const shapeIndex = integer(next());
        parent += integer(next());
        reader.create(id, shapeIndex, parent, number(next()), stringOrNull(next()), arrayOrNull(next()));
        break;
      }
      case ObjectCode.destroy:
        reader.destroy(id);
        break;
      case ObjectCode.move:
        reader.move(id, integer(next()), number(next()));
        break;
      case ObjectCode.addAttribute:
        reader.addAttribute(id, integer(next()), readAttribute(next()));
        break;
      case ObjectCode.removeAttribute:
        reader.removeAttribute(id, integer(next()));
        break;
      case ObjectCode.leave:
        reader.leave(id);
        break;
      case ObjectCode.make:
        reader.make(id, string(next()), integer(next()), number(next()), stringOrNull(next()), array(next()));
        break;
      case ObjectCode.shape:
        reader.shape(integer(next()), readShape(array(next())));
        break;
      default:
        throw bad(`no op ${code} of an object`);
    }
  }
}
