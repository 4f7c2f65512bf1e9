// Writing objects and types into a stream of ops: what only the authority of a tree does.

import type { AddedAttribute } from "./added-attributes.ts";
import type { Wire } from "./codec.ts";
import type { SObject } from "./object.ts";
import { objectInternals } from "./object-internals.ts";
import { forScope, ROOT_SCOPE } from "./scope.ts";
import type { Attribute, Shape } from "./shape.ts";
import { writeAttribute, writeShape } from "./shape-wire.ts";
import { ObjectCode, type OpStream, StreamWriter, type Values } from "./stream.ts";
import { type AnyTopic, TopicChange, topicInternals } from "./topic.ts";
import type { Tree } from "./tree.ts";
import { AttributeChange, Creation, type TreeChange } from "./tree-changes.ts";

/** Numbers the shapes that a scope has announced, in the order in which it did. */
export class ShapeTable {
  readonly #shapes: Shape[] = [];
  readonly #indexes = new Map<Shape, number>();
  readonly #shapeNamed: (name: string) => Shape | undefined;

  /** `shapeNamed` finds those of types that clients may add, which have to be announced, too. Default: none. */
  constructor(shapeNamed: (name: string) => Shape | undefined = () => undefined) {
    this.#shapeNamed = shapeNamed;
  }

  /** The index of a shape, and whether it is new. */
  add(shape: Shape): { readonly index: number; readonly isNew: boolean } {
    const known = this.#indexes.get(shape);
    if (known !== undefined) return { index: known, isNew: false };
    const index = this.#shapes.push(shape) - 1;
    this.#indexes.set(shape, index);
    return { index, isNew: true };
  }

  /** The shapes of the types that clients may add below an instance, as far as they are registered. */
  addable({ access }: Shape): readonly Shape[] {
    return access.add.map(this.#shapeNamed).filter((shape) => shape !== undefined);
  }

  get all(): readonly Shape[] {
    return this.#shapes;
  }
}

/** See the head of this file. */
export class ObjectWriter extends StreamWriter {
  readonly #shapes: ShapeTable;
  #parent = 0;

  constructor(shapes: ShapeTable) {
    super();
    this.#shapes = shapes;
  }

  /** Every shape announced so far: how a snapshot begins. */
  announceAll(): void {
    this.#shapes.all.forEach((shape, index) => this.#announce(shape, index));
  }

  /** An object with the values that it has now. Those of which only the newest counts are sent by themselves. */
  create(object: SObject, parentId: number, orderKey: number): void {
    const shape = objectInternals.shape(object);
    const index = this.#shapeIndex(shape);
    const { id, key = null } = object;
    this.write(id, ObjectCode.create);
    // As arguments of `write` they would be copied twice: a third of what a snapshot takes.
    (this.ops as Wire[]).push(index, parentId - this.#parent, orderKey, key, values(object, shape));
    this.#parent = parentId;
    const added = objectInternals.added(object);
    if (added) for (const [slot, attribute] of added.all) this.addAttribute(object, slot, attribute);
  }

  destroy(id: number): void {
    this.write(id, ObjectCode.destroy);
  }

  move(id: number, parentId: number, orderKey: number): void {
    this.write(id, ObjectCode.move, parentId, orderKey);
  }

  /** An attribute with the value that it has now. */
  addAttribute({ id }: SObject, slot: number, { attribute, topic }: AddedAttribute): void {
    const state = attribute.isLatest ? attribute.initial : topicInternals.state(topic as AnyTopic);
    this.write(id, ObjectCode.addAttribute, slot, writeAttribute(attribute, state));
  }

  removeAttribute(id: number, slot: number): void {
    this.write(id, ObjectCode.removeAttribute, slot);
  }

  leave(id: number): void {
    this.write(id, ObjectCode.leave);
  }

  /** An object, and what is below it in the same scope, each after its parent. */
  subtree(object: SObject): void {
    this.#createAsItIs(object);
    if (!object.isLazy) forScope(object, (each) => this.#createAsItIs(each));
  }

  #createAsItIs(object: SObject): void {
    this.create(object, object.parent?.id ?? 0, objectInternals.orderKey(object));
  }

  /** The index of a shape, which is announced if it is new, with those that clients may add below. */
  #shapeIndex(shape: Shape): number {
    const { index, isNew } = this.#shapes.add(shape);
    if (isNew) {
      this.#announce(shape, index);
      for (const addable of this.#shapes.addable(shape)) this.#shapeIndex(addable);
    }
    return index;
  }

  #announce(shape: Shape, index: number): void {
    this.writeAlone(ObjectCode.shape, index, writeShape(shape));
  }
}

/** All of a scope, each object after its parent. */
export function writeSnapshot(tree: Tree, shapes: ShapeTable, scope = ROOT_SCOPE): OpStream {
  const writer = new ObjectWriter(shapes);
  writer.announceAll();
  const host = tree.get(scope) as SObject;
  if (scope === ROOT_SCOPE) writer.subtree(host);
  else for (const child of host.children) writer.subtree(child);
  return writer.ops;
}

/** What a transaction did in one scope, as ops. */
export interface WrittenChanges {
  readonly ops: OpStream;
  /** The positions, counted in ops, of those that rules made. */
  readonly derived: readonly number[];
}

/**
 * Writes the changes of one transaction, when it has committed. What is new is written with the values it has at the end,
 * so changes of its topics are not.
 */
export class ChangeWriter {
  readonly #writer: ObjectWriter;
  /** Made when something is: most transactions make nothing. */
  #new: Set<SObject | AnyTopic> | undefined;
  readonly #derived: number[] = [];
  #count = 0;

  constructor(shapes: ShapeTable) {
    this.#writer = new ObjectWriter(shapes);
  }

  add(change: TreeChange): void {
    if (change instanceof TopicChange) {
      const { topic, op } = change;
      const object = topic.object as SObject;
      if (topicInternals.isLatest(topic) || this.#new?.has(object) || this.#new?.has(topic)) return;
      this.#writer.topic(object.id, topicInternals.slot(topic), op);
    } else if (change instanceof AttributeChange && this.#new?.has(change.object)) {
      return;
    } else {
      change.writeTo(this.#writer);
      if (change instanceof Creation) this.#note(change.object);
      if (change instanceof AttributeChange && change.isAddition) this.#note(change.added.topic as AnyTopic);
    }
    if (change.isDerived) this.#derived.push(this.#count);
    this.#count++;
  }

  #note(made: SObject | AnyTopic): void {
    this.#new ??= new Set();
    this.#new.add(made);
  }

  end(): WrittenChanges {
    return { ops: this.#writer.ops, derived: this.#derived };
  }
}

/** What a transaction did, where a tree is one scope. */
export function writeChanges(changes: readonly TreeChange[], shapes: ShapeTable): WrittenChanges {
  const writer = new ChangeWriter(shapes);
  for (const change of changes) writer.add(change);
  return writer.end();
}

/** The values by slot, those of the shape left out. */
function values(object: SObject, { attributes }: Shape): Values {
  let differing: Wire[] | null = null;
  for (let index = 0; index < attributes.length; index++) {
    const { name, kind, initial, isLatest } = attributes[index] as Attribute;
    if (isLatest) continue;
    const state = topicInternals.state((object as SObject & Record<string, AnyTopic>)[name] as AnyTopic);
    if (state === initial || kind.equals(state, initial)) continue;
    differing ??= [];
    while (differing.length < index) differing.push(null);
    differing.push(kind.toWire(state));
  }
  return differing;
}
