import { eventInternals } from "./event-topic.ts";
import { makeTopic } from "./kinds.ts";
import { SObject } from "./object.ts";
import { objectInternals } from "./object-internals.ts";
import type { Returning } from "./returning.ts";
import type { Attribute } from "./shape.ts";
import { type AnyTopic, Topic, topicInternals } from "./topic.ts";
import type { Tree } from "./tree.ts";
import { attachTopics } from "./types.ts";

/**
 * New instances of an object that was destroyed and of all below it, without a place in the tree: with the ids, keys and
 * values that they had, and fields that hold their children and added attributes.
 */
export function revive(old: SObject, tree: Tree): Returning {
  const shape = objectInternals.shape(old);
  const object = new (old.constructor as new () => SObject)();
  objectInternals.bind(object, tree, old.id, shape, old.key);
  attachTopics(object, shape);
  const twins = new Map<unknown, unknown>();
  for (let slot = 1; slot <= shape.attributes.length; slot++) {
    copyState(tree.topicOf(old, slot) as AnyTopic, tree.topicOf(object, slot) as AnyTopic);
  }
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
  const [from, to] = [old, object] as unknown as Record<string, unknown>[];
  for (const [name, value] of Object.entries(from ?? {})) {
    // What the constructor has put there stays.
    if (to && (value instanceof SObject || value instanceof Topic) && twins.has(value)) to[name] ??= twins.get(value);
  }
  return { object, orderKey: objectInternals.orderKey(old), children };
}

/** A topic that can take the place of an added attribute's in another instance: with its options and its value. */
export function successorOf(old: AnyTopic, { kind, write, isLatest, isOptimistic }: Attribute): AnyTopic {
  const history = topicInternals.isRecorded(old);
  const topic = makeTopic(kind, { write, latest: isLatest, optimistic: isOptimistic, history });
  copyState(old, topic);
  eventInternals.succeed(topic, old);
  return topic;
}

function copyState(from: AnyTopic, to: AnyTopic): void {
  const { kind } = from;
  if (!kind.isEvent) topicInternals.replaceState(to, kind.fromWire(kind.toWire(topicInternals.state(from))));
}
