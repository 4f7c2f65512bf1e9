import { eventInternals } from "./event-topic.ts";
import { makeTopic } from "./kinds.ts";
import { type ObjectClass, SObject } from "./object.ts";
import { objectInternals } from "./object-internals.ts";
import type { Returning } from "./returning.ts";
import type { Attribute } from "./shape.ts";
import { type AnyTopic, Topic, topicInternals } from "./topic.ts";
import type { Tree } from "./tree.ts";
import { makeInstance } from "./types.ts";

/**
 * New instances of an object that was destroyed and of all below it, without a place in the tree: with the ids, keys and
 * values that they had, and fields that hold their children and added attributes.
 */
export function revive(old: SObject, tree: Tree): Returning {
  const shape = objectInternals.shape(old);
  const states = shape.attributes.map((_, index) => copyOfState(tree.topicOf(old, index + 1) as AnyTopic));
  const type = { objectClass: old.constructor as ObjectClass, shape };
  const object = makeInstance(type, tree, old.id, old.key, states);
  const twins = new Map<unknown, unknown>();
  const added = objectInternals.added(old);
  if (added) objectInternals.makeAdded(object).succeed(added);
  for (const [slot, { attribute, topic }] of added?.all ?? []) {
    const twin = successorOf(topic as AnyTopic, attribute);
    topicInternals.attach(twin, object, slot);
    objectInternals.makeAdded(object).add(slot, { attribute, topic: twin });
    twins.set(topic, twin);
  }
  const children = old.children.map((child) => revive(child, tree));
  for (const [index, child] of old.children.entries()) twins.set(child, children[index]?.object);
  const fields = object as SObject & Record<string, unknown>;
  for (const [name, value] of Object.entries(old)) {
    // What the constructor has put there stays.
    if ((value instanceof SObject || value instanceof Topic) && twins.has(value)) fields[name] ??= twins.get(value);
  }
  return { object, orderKey: objectInternals.orderKey(old), children };
}

/** A topic that can take the place of an added attribute's in another instance: with its options and its value. */
export function successorOf(old: AnyTopic, { kind, write, isLatest, isOptimistic }: Attribute): AnyTopic {
  const history = topicInternals.isRecorded(old);
  const topic = makeTopic(kind, { write, latest: isLatest, optimistic: isOptimistic, history });
  const state = copyOfState(old);
  if (state !== undefined) topicInternals.replaceState(topic, state);
  eventInternals.succeed(topic, old);
  return topic;
}

/** Another one of the same value; nothing of an event. */
function copyOfState(topic: AnyTopic): unknown {
  const { kind } = topic;
  return kind.isEvent ? undefined : kind.fromWire(kind.toWire(topicInternals.state(topic)));
}
