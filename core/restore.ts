// Restoring: making objects of saved data, once all of the data has been looked into (saved-reader.ts). So a mistake anywhere
// in it leaves nothing behind.
//
// Not here: putting what was made into a tree, and calling its hooks (saves.ts, returning.ts).

import { makeTopic } from "./kinds.ts";
import type { SObject } from "./object.ts";
import { objectInternals } from "./object-internals.ts";
import type { Returning } from "./returning.ts";
import { type AddedPlan, type Plan, type RestoreRules, SavedReader } from "./saved-reader.ts";
import { type AnyTopic, topicInternals } from "./topic.ts";
import type { Tree } from "./tree.ts";
import { describeTopic, makeInstance } from "./types.ts";

export type { RestoreRules };

/**
 * Makes the objects of saved data, without a place in the tree: each with its values, and fields that hold children. Throws
 * `invalid_save`; nothing has happened then.
 */
export function makeObjects(saved: unknown, tree: Tree, rules: RestoreRules): RestoredTree {
  const reader = new SavedReader(rules);
  const { plan, lastId } = reader.read(saved);
  return { top: build(plan, tree, reader.ids, 0), lastId };
}

/** What was made of saved data. */
export interface RestoredTree {
  readonly top: Returning;
  /** The largest id that had ever been given. */
  readonly lastId: number;
}

const NO_CHILDREN: readonly Returning[] = Object.freeze([]);

function build(plan: Plan, tree: Tree, ids: ReadonlyMap<number, number>, orderKey: number): Returning {
  const { type, id, key, states, added, fields } = plan;
  const object = makeInstance(type, tree, id, key, states);
  const topics = added.length > 0 ? addTopics(object, added) : undefined;
  const below = plan.children;
  const children = below.length > 0 ? below.map((child, position) => build(child, tree, ids, position)) : NO_CHILDREN;
  for (const [name, target] of fields) {
    const child = typeof target === "number" ? children.find((each) => each.object.id === ids.get(target)) : undefined;
    const holder = object as SObject & Record<string, unknown>;
    // What the constructor has put there stays.
    holder[name] ??= typeof target === "string" ? topics?.get(target) : child?.object;
  }
  return { object, orderKey, children };
}

function addTopics(object: SObject, added: readonly AddedPlan[]): ReadonlyMap<string, AnyTopic> {
  const extra = objectInternals.makeAdded(object);
  const topics = new Map<string, AnyTopic>();
  for (const { name, kind, options, states } of added) {
    const topic = makeTopic(kind, options);
    if (states[0] !== undefined) topicInternals.replaceState(topic, states[0]);
    const slot = extra.nextSlot();
    topicInternals.attach(topic, object, slot);
    extra.add(slot, { attribute: describeTopic(name, topic), topic });
    topics.set(name, topic);
  }
  return topics;
}
