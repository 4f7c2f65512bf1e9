// The stream of ops: what a transaction, a snapshot and a client's write look like as one flat array of plain data.
//
//   ops = (goto? tag argument*)*
//
// A negative integer goes to an object: -1 - zigzag(id - last id), the last id being 0 at the start. A tag is
// slot * 8 + code; slot 0 is the object itself, with the codes of `ObjectCode`, the other slots are its attributes, with
// the codes of their kinds. How many arguments follow is the op's arity.
//
// A snapshot is the stream that creates every object, so joins, changes and writes go through this one file.

import { Creation, type TreeChange } from "./authority.ts";
import type { Wire } from "./codec.ts";
import { describeValue } from "./error.ts";
import { type AnyKind, MAX_OP_CODES, type Op, type UncheckedOp } from "./kind.ts";
import { kindNamed } from "./kinds.ts";
import type { SObject } from "./object.ts";
import { objectInternals } from "./object-internals.ts";
import { array, arrayOrNull, bad, integer, number, string, stringOrNull } from "./parse.ts";
import type { Attribute, Shape } from "./shape.ts";
import { TopicChange, topicInternals, type WriteAccess } from "./topic.ts";
import type { Tree } from "./tree.ts";

/** The codes of slot 0. 3 to 6 are kept for tags and for attributes that come and go. */
export const ObjectCode = { create: 0, destroy: 1, move: 2, shape: 7 } as const;

/** A flat array of ops. */
export type OpStream = readonly Wire[];

/** Numbers the shapes that a scope has announced, in the order in which it did. */
export class ShapeTable {
  readonly #shapes: Shape[] = [];
  readonly #indexes = new Map<Shape, number>();

  /** The index of a shape, and whether it is new. */
  add(shape: Shape): { readonly index: number; readonly isNew: boolean } {
    const known = this.#indexes.get(shape);
    if (known !== undefined) return { index: known, isNew: false };
    const index = this.#shapes.push(shape) - 1;
    this.#indexes.set(shape, index);
    return { index, isNew: true };
  }

  get all(): readonly Shape[] {
    return this.#shapes;
  }
}

/** Writes ops one behind the other. */
export class StreamWriter {
  readonly #ops: Wire[] = [];
  readonly #shapes: ShapeTable;
  #object = 0;
  #parent = 0;

  constructor(shapes: ShapeTable) {
    this.#shapes = shapes;
  }

  get ops(): OpStream {
    return this.#ops;
  }

  /** Every shape announced so far: how a snapshot begins. */
  announceAll(): void {
    this.#shapes.all.forEach((shape, index) => this.#announce(shape, index));
  }

  /** An object with the values that it has now. */
  create(object: SObject, parentId: number, orderKey: number): void {
    const shape = objectInternals.shape(object);
    const { index, isNew } = this.#shapes.add(shape);
    if (isNew) this.#announce(shape, index);
    this.#goto(object.id);
    this.#ops.push(
      ObjectCode.create,
      index,
      parentId - this.#parent,
      orderKey,
      object.key ?? null,
      values(object, shape),
    );
    this.#parent = parentId;
  }

  destroy(id: number): void {
    this.#goto(id);
    this.#ops.push(ObjectCode.destroy);
  }

  move(id: number, parentId: number, orderKey: number): void {
    this.#goto(id);
    this.#ops.push(ObjectCode.move, parentId, orderKey);
  }

  topic(id: number, slot: number, [code, ...operands]: Op): void {
    this.#goto(id);
    this.#ops.push(slot * MAX_OP_CODES + code, ...operands);
  }

  #goto(id: number): void {
    const distance = id - this.#object;
    if (distance !== 0) this.#ops.push(distance > 0 ? -1 - 2 * distance : 2 * distance);
    this.#object = id;
  }

  #announce(shape: Shape, index: number): void {
    this.#ops.push(ObjectCode.shape, index, [shape.name, shape.frontendType, shape.attributes.map(writeAttribute)]);
  }
}

/** All of a tree, each object after its parent. */
export function writeSnapshot(tree: Tree, shapes: ShapeTable): OpStream {
  const writer = new StreamWriter(shapes);
  writer.announceAll();
  const write = (object: SObject): void => {
    writer.create(object, object.parent?.id ?? 0, objectInternals.orderKey(object));
    for (const child of object.children) write(child);
  };
  write(tree.root);
  return writer.ops;
}

/**
 * What a transaction did. A new object is written with the values it has at the end, so changes of its topics are not.
 * `derived` are the positions, counted in ops, of those that rules made.
 */
export function writeChanges(
  changes: readonly TreeChange[],
  shapes: ShapeTable,
): { readonly ops: OpStream; readonly derived: readonly number[] } {
  const writer = new StreamWriter(shapes);
  const created = new Set<SObject>();
  const derived: number[] = [];
  let count = 0;
  for (const change of changes) {
    if (change instanceof TopicChange) {
      const object = change.topic.object as SObject;
      if (created.has(object)) continue;
      writer.topic(object.id, topicInternals.slot(change.topic), change.op);
    } else {
      change.writeTo(writer);
      if (change instanceof Creation) created.add(change.object);
    }
    if (change.isDerived) derived.push(count);
    count++;
  }
  return { ops: writer.ops, derived };
}

/** Takes ops as they are read. */
export interface StreamReader {
  /** The kind of an attribute; throws if it does not exist. */
  kind(id: number, slot: number): AnyKind;
  topic(id: number, slot: number, op: UncheckedOp): void;
  shape(index: number, shape: Shape): void;
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
      case ObjectCode.shape:
        reader.shape(integer(next()), readShape(array(next())));
        break;
      default:
        throw bad(`no op ${code} of an object`);
    }
  }
}

// Two bits for who may write, then one bit for each of the other options. A third level, "asked", comes with sessions.
const WRITE_FLAGS: Readonly<Record<WriteAccess, number>> = { nobody: 0, everyone: 1 };
const WRITE_LEVELS = ["nobody", "everyone"] as const satisfies readonly WriteAccess[];
const WRITE_MASK = 3;
const LATEST_FLAG = 4;

function writeAttribute({ name, kind, initial, write, isLatest }: Attribute): Wire {
  return [name, kind.name, kind.toWire(initial), WRITE_FLAGS[write] | (isLatest ? LATEST_FLAG : 0)];
}

function readAttribute(wire: Wire): Attribute {
  const [name, kindName, initial, flags] = array(wire);
  const kind = kindNamed(string(kindName));
  const bits = integer(flags);
  const write = WRITE_LEVELS[bits & WRITE_MASK];
  if (!kind || !write) throw bad(`an attribute of an unknown kind: ${describeValue(kindName)}`);
  return { name: string(name), kind, initial: kind.fromWire(initial), write, isLatest: (bits & LATEST_FLAG) !== 0 };
}

function readShape([name, frontendType, attributes]: readonly Wire[]): Shape {
  const names = new Set<string>();
  return {
    name: string(name),
    frontendType: stringOrNull(frontendType),
    attributes: array(attributes).map((entry): Attribute => {
      const attribute = readAttribute(entry);
      if (names.has(attribute.name)) throw bad(`two attributes ${attribute.name}`);
      names.add(attribute.name);
      return attribute;
    }),
  };
}

/** The values by slot, those of the shape left out. */
function values(object: SObject, { attributes }: Shape): Values {
  let differing: Wire[] | null = null;
  for (let index = 0; index < attributes.length; index++) {
    const { name, kind, initial } = attributes[index] as Attribute;
    const state = topicInternals.state((object as unknown as Record<string, never>)[name] as never);
    if (state === initial || kind.equals(state, initial)) continue;
    differing ??= [];
    while (differing.length < index) differing.push(null);
    differing.push(kind.toWire(state));
  }
  return differing;
}
