// Types: what a server learns from its classes, once, when they are registered.
//
// A type's shape holds its name, its frontend type and its attributes, in the order of the fields: the place of a
// field, counted from 1, is its slot on the wire. A shape never changes, and all instances must be as it says: the one
// that is made is checked when its topics are attached, and again when it is built.
//
// Not here: mirrors. They have no classes, and make theirs of the shapes that come over the wire
// (client/mirror-tree.ts).

import { CLOSED, type ShapeAccess } from "./access.ts";
import { describeValue, ObjectSyncError } from "./error.ts";
import { type ObjectClass, SObject, type TypeReference, typeName } from "./object.ts";
import { objectInternals } from "./object-internals.ts";
import type { Attribute, Shape } from "./shape.ts";
import { type AnyTopic, Topic, topicInternals } from "./topic.ts";
import type { Tree } from "./tree.ts";

/** A registered type: its class and what was learned from it. */
export interface ObjectType {
  readonly objectClass: ObjectClass;
  readonly shape: Shape;
}

/** The types that objects of a server's trees can have. */
export class TypeRegistry {
  readonly #byName = new Map<string, ObjectType>();
  readonly #byClass = new Map<ObjectClass, ObjectType>();

  /**
   * Makes a class known under `name`, by default the class's own. Its attributes are the fields that hold a topic, learned
   * from one instance that is made, without `build` and `init`, and thrown away. Throws `duplicate_type`,
   * `invalid_name`, `wrong_type`.
   */
  register(objectClass: ObjectClass, givenName?: string): ObjectType {
    assertObjectClass(objectClass);
    const name = givenName ?? objectClass.name;
    if (name === "") throw new ObjectSyncError("invalid_name", "a class without a name needs `register(…, { name })`");
    const known = this.#byClass.get(objectClass);
    if (known) throw new ObjectSyncError("duplicate_type", `the type ${known.shape.name} is registered already`);
    if (this.#byName.has(name)) {
      throw new ObjectSyncError(
        "duplicate_type",
        `another class has the name ${name}: \`register(…, { name })\` gives one`,
      );
    }
    const shape = {
      name,
      frontendType: frontendTypeOf(objectClass),
      isLazy: objectClass.lazy,
      access: { ...CLOSED, ...objectClass.access } satisfies ShapeAccess,
      attributes: learnAttributes(objectClass, name),
    };
    const type = { objectClass, shape };
    this.#byName.set(name, type);
    this.#byClass.set(objectClass, type);
    return type;
  }

  /** Forgets a type. That there are no objects of it is for the caller to see to. Throws `unknown_type`. */
  unregister(type: TypeReference): void {
    const { objectClass, shape } = this.get(type);
    this.#byName.delete(shape.name);
    this.#byClass.delete(objectClass);
  }

  /** Whether a type is registered. */
  has(type: TypeReference): boolean {
    return typeof type === "string" ? this.#byName.has(type) : this.#byClass.has(type);
  }

  /** Throws `unknown_type`. */
  get(type: TypeReference): ObjectType {
    const found = typeof type === "string" ? this.#byName.get(type) : this.#byClass.get(type);
    if (found) return found;
    const name = typeName(type);
    throw new ObjectSyncError("unknown_type", `no type ${name}: \`server.register(${name})\` makes a class known`);
  }

  /** The names of all types, in the order of registration. */
  get names(): readonly string[] {
    return [...this.#byName.keys()];
  }
}

/**
 * An instance for a tree, without a place in it. Its topics have the states that are given, by slot less one, or those of a
 * new one. Throws `invalid_name`, `invalid_value`.
 */
export function makeInstance(
  { objectClass, shape }: ObjectType,
  tree: Tree,
  id: number,
  key: string | undefined,
  states?: readonly unknown[],
): SObject {
  const object = new objectClass();
  objectInternals.bind(object, tree, id, shape, key);
  attachTopics(object, shape, states);
  return object;
}

/** Makes an instance's topics the attributes that its shape says it has. */
function attachTopics(object: SObject, { attributes, name: type }: Shape, states?: readonly unknown[]): void {
  for (let index = 0; index < attributes.length; index++) {
    const { name, kind } = attributes[index] as Attribute;
    const topic = (object as unknown as Record<string, unknown>)[name];
    if (!(topic instanceof Topic) || topic.kind !== kind) {
      throw new ObjectSyncError("invalid_name", `${type}.${name} is a ${kind.name} topic in some instances only`);
    }
    if (topic.object) throw new ObjectSyncError("invalid_value", `${type}.${name} belongs to another object already`);
    topicInternals.attach(topic, object, index + 1);
    const state = states?.[index];
    if (state !== undefined) topicInternals.replaceState(topic, state);
  }
}

/** Throws `invalid_name` for a topic that was assigned after the field initialisers: it would be nobody's. */
export function assertNoLateTopics(object: SObject): void {
  const { name: type } = objectInternals.shape(object);
  for (const [name, value] of Object.entries(object)) {
    if (!(value instanceof Topic) || value.object === object) continue;
    throw new ObjectSyncError(
      "invalid_name",
      `${type}.${name} must be a class field that is never assigned: it was assigned later`,
    );
  }
}

function learnAttributes(objectClass: ObjectClass, type: string): readonly Attribute[] {
  const attributes: Attribute[] = [];
  for (const [name, topic] of Object.entries(new objectClass())) {
    if (!(topic instanceof Topic)) continue;
    if (name in SObject.prototype) {
      throw new ObjectSyncError("invalid_name", `${type}.${name}: every object has a \`${name}\` already`);
    }
    attributes.push(describeTopic(name, topic));
  }
  return Object.freeze(attributes);
}

/** What is to be known of an attribute with this topic. Throws `invalid_value` for options that do not go together. */
export function describeTopic(name: string, topic: AnyTopic): Attribute {
  const { kind } = topic;
  const isLatest = topicInternals.isLatest(topic);
  if (isLatest && kind.isEvent) {
    throw new ObjectSyncError("invalid_value", `${name}: an event has no newest value, so it cannot be \`latest\``);
  }
  // The topic may change its state in place.
  const initial = kind.isScalar ? topicInternals.state(topic) : kind.fromWire(kind.toWire(topicInternals.state(topic)));
  const write = topicInternals.writeAccess(topic);
  return { name, kind, initial, write, isLatest, isOptimistic: topicInternals.isOptimistic(topic) };
}

function assertObjectClass(given: unknown): void {
  if (typeof given === "function" && (given === SObject || given.prototype instanceof SObject)) return;
  const got = (typeof given === "function" && given.name) || describeValue(given);
  throw new ObjectSyncError("wrong_type", `expected a class that extends SObject, got ${got}`);
}

function frontendTypeOf({ frontendType, name }: ObjectClass): string | null {
  if (frontendType === null || /^[a-z][a-z0-9-]*$/.test(frontendType)) return frontendType;
  throw new ObjectSyncError(
    "invalid_name",
    `${name}.frontendType: lower case, digits and hyphens, got ${frontendType}`,
  );
}
