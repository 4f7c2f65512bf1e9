// MirrorObject: an object of a mirror.
//
// It holds its values in an array by slot, in their wire form as they came; the topic of an attribute is made when
// somebody first asks for it, and takes the value's place in the array. The getters for the attributes are on a prototype
// made for the type's shape.

import type { Wire } from "../core/codec.ts";
import type { AnyKind, Op, Origin } from "../core/kind.ts";
import { makeTopic } from "../core/kinds.ts";
import { attributeOf, SObject } from "../core/object.ts";
import { objectInternals } from "../core/object-internals.ts";
import { array, bad } from "../core/parse.ts";
import type { Attribute, Shape } from "../core/shape.ts";
import type { Values } from "../core/stream.ts";
import { type AnyTopic, Topic, topicInternals } from "../core/topic.ts";
import type { TopicNews } from "./news.ts";

/** What the tree may do with a mirror object. */
interface MirrorInternals {
  /** Gives a new object its values: the array becomes the object's own. */
  fill(object: MirrorObject, values: NonNullable<Values>): void;
  state(object: MirrorObject, slot: number): unknown;
  topic(object: MirrorObject, slot: number): AnyTopic;
  /** An added attribute is gone. */
  clear(object: MirrorObject, slot: number): void;
  /** Replaces a container that is no topic yet, and that nobody can listen to; tells whether it was one. */
  replace(object: MirrorObject, slot: number, wire: Wire): boolean;
  /** Applies a prepared op; returns what is to be told to the listeners, if there are any. */
  apply(object: MirrorObject, slot: number, kind: AnyKind, op: Op, origin: Origin): TopicNews | undefined;
}

/** See `MirrorInternals`; assigned once, by the class below, which alone can reach its private fields. */
export let mirrorInternals: MirrorInternals;

/** An object of a mirror; the getters for its attributes are on a prototype made for its shape. */
export class MirrorObject extends SObject {
  /** By slot less one: a value in its wire form, the topic that has taken it over, or nothing for the shape's. */
  #values: unknown[] | undefined;
  /** The same of attributes beyond those of the type. Their slots may be any numbers. */
  #added: Map<number, unknown> | undefined;

  #attribute(slot: number): Attribute {
    return attributeOf(this, slot) as Attribute;
  }

  #isField(slot: number): boolean {
    return slot <= objectInternals.shape(this).attributes.length;
  }

  #get(slot: number): unknown {
    return this.#isField(slot) ? this.#values?.[slot - 1] : this.#added?.get(slot);
  }

  #set(slot: number, value: unknown): void {
    if (!this.#isField(slot)) {
      this.#added ??= new Map();
      this.#added.set(slot, value);
      return;
    }
    this.#values ??= [];
    // No holes: an array with holes is slower.
    while (this.#values.length < slot - 1) this.#values.push(null);
    this.#values[slot - 1] = value;
  }

  #topic(slot: number): AnyTopic {
    const value = this.#get(slot);
    if (value instanceof Topic) return value;
    const { kind, initial } = this.#attribute(slot);
    const topic = makeTopic(kind);
    topicInternals.attach(topic, this, slot);
    topicInternals.replaceState(topic, kind.fromWire(value ?? kind.toWire(initial)));
    this.#set(slot, topic);
    return topic;
  }

  static {
    mirrorInternals = {
      fill(object, values) {
        const { attributes } = objectInternals.shape(object);
        if (values.length > attributes.length) throw bad(`${object.type} has no ${values.length} attributes`);
        for (let index = 0; index < values.length; index++) {
          const value = values[index];
          if (value === null) continue;
          const { kind } = attributes[index] as Attribute;
          // A container is looked into when it becomes a topic.
          if (kind.isScalar) kind.fromWire(value);
          else array(value);
        }
        object.#values = values as unknown[];
      },
      state(object, slot) {
        const value = object.#get(slot);
        if (value === undefined || value === null) return object.#attribute(slot).initial;
        return object.#attribute(slot).kind.isScalar && !(value instanceof Topic)
          ? value
          : topicInternals.state(object.#topic(slot));
      },
      topic: (object, slot) => object.#topic(slot),
      clear(object, slot) {
        object.#added?.delete(slot);
      },
      replace(object, slot, wire) {
        const value = object.#get(slot);
        if (object.#attribute(slot).kind.isScalar || value instanceof Topic) return false;
        if (wire !== null || value) object.#set(slot, wire === null ? null : array(wire));
        return true;
      },
      apply(object, slot, kind, op, origin) {
        const value = object.#get(slot);
        if (kind.isScalar && !(value instanceof Topic)) {
          object.#set(slot, kind.apply(value ?? object.#attribute(slot).initial, op));
          return undefined;
        }
        const topic = object.#topic(slot);
        const old = topicInternals.state(topic);
        const inverse = topic.listenerCount > 0 ? kind.invert(old, op) : undefined;
        const event = topicInternals.apply(topic, op, origin, inverse);
        return event && inverse && { topic, op, inverse, old, origin, event };
      },
    };
  }
}

/** The class of the objects of a shape. */
export function makeMirrorClass(shape: Shape): new () => MirrorObject {
  const mirrorClass = class extends MirrorObject {};
  for (const [index, { name }] of shape.attributes.entries()) {
    if (name in SObject.prototype) throw bad(`${shape.name}.${name} is the name of something else`);
    Object.defineProperty(mirrorClass.prototype, name, {
      enumerable: true,
      get(this: MirrorObject): AnyTopic {
        return mirrorInternals.topic(this, index + 1);
      },
    });
  }
  return mirrorClass;
}
