// Which changes of a transaction a step of the history holds, and what they are about.

import { TAGS } from "./added-attributes.ts";
import { eventInternals } from "./event-topic.ts";
import type { SObject } from "./object.ts";
import { isWithin } from "./place.ts";
import { TopicChange, topicInternals } from "./topic.ts";
import { placeKey } from "./topic-items.ts";
import type { Change } from "./transaction.ts";
import { forSubtree } from "./tree.ts";
import { AttributeChange, Creation, Destruction, Movement, type TreeChange } from "./tree-changes.ts";

/** What there is to undo in a transaction. */
export interface StepChanges {
  /** In order. */
  readonly changes: readonly TreeChange[];
  /** The lowest object that all which was changed is at or below; none where only topics were changed that stand alone. */
  readonly ancestor: SObject | undefined;
  /** What stands for the place of the one topic that was changed; nothing where it was more than that. */
  readonly topic: unknown;
}

const NONE: ReadonlySet<SObject> = new Set();

/** What there is to undo of all that a transaction has done. */
export function stepChanges(all: readonly Change[]): StepChanges {
  const undoable = all.filter(isUndoable);
  const creations = undoable.filter((change) => change instanceof Creation);
  const made = creations.length > 0 ? new Set(creations.map(({ object }) => object)) : NONE;
  const changes = made.size > 0 ? withoutDetails(undoable, made) : undoable;
  return { changes, ancestor: commonAncestor(undoable, made), topic: soleTopic(changes) };
}

/** Whether a change can be undone at all. */
function isUndoable(change: Change): change is TreeChange {
  if (change instanceof TopicChange) {
    const { topic } = change;
    return topicInternals.isRecorded(topic) && (!topic.kind.isEvent || eventInternals.isReversible(topic));
  }
  // Tags are in no history, nor is what holds them.
  if (change instanceof AttributeChange) return change.added.attribute.name !== TAGS;
  return change instanceof Creation || change instanceof Destruction || change instanceof Movement;
}

/** What was made comes and goes with all that it holds: what happened in it is left out. An event is in nothing. */
function withoutDetails(changes: readonly TreeChange[], made: ReadonlySet<SObject>): readonly TreeChange[] {
  const keys = new Set<string>();
  for (const { key } of made) if (key !== undefined) keys.add(key);
  const isEntangled = changes.some(
    (change) => (isShape(change) && mixes(change, made)) || (keys.size > 0 && freesOneOf(keys, change, made)),
  );
  return changes.filter((change) => {
    if (change instanceof TopicChange) return change.topic.kind.isEvent || !made.has(change.topic.object as SObject);
    if (!made.has(change.object)) return true;
    if (change instanceof AttributeChange) return false;
    // Where others were put into it, or taken out of it, or left it their keys, all has to go back the way that it came.
    return isEntangled || (change instanceof Creation && isOutermost(change.object, made, changes));
  });
}

type ShapeChange = Creation | Destruction | Movement;

function isShape(change: TreeChange): change is ShapeChange {
  return !(change instanceof TopicChange || change instanceof AttributeChange);
}

/** Whether something that was there before came into what was made, or went out of it. */
function mixes(change: ShapeChange, made: ReadonlySet<SObject>): boolean {
  return !made.has(change.object) && placesOf(change).some((parent) => made.has(parent));
}

/** Whether something that was there before went, and with it one of these keys. */
function freesOneOf(keys: ReadonlySet<string>, change: TreeChange, made: ReadonlySet<SObject>): boolean {
  if (!(change instanceof Destruction) || made.has(change.object)) return false;
  let isFreed = false;
  forSubtree(change.object, ({ key }) => {
    isFreed ||= key !== undefined && keys.has(key);
  });
  return isFreed;
}

/** Whether an object that was made did not come into another one that was, and has not gone by itself. */
function isOutermost(object: SObject, made: ReadonlySet<SObject>, changes: readonly TreeChange[]): boolean {
  if (object.parent && made.has(object.parent)) return false;
  return !object.isDestroyed || !changes.some((change) => change instanceof Destruction && change.object === object);
}

/** The objects that a change of the shape put something below, or took it from. */
function placesOf(change: ShapeChange): readonly SObject[] {
  return change instanceof Movement ? [change.from.parent, change.to.parent] : [change.parent];
}

function soleTopic(changes: readonly TreeChange[]): unknown {
  let found: unknown;
  for (const change of changes) {
    if (!(change instanceof TopicChange) || change.topic.kind.isEvent) return undefined;
    const key = placeKey(change.topic);
    if (found !== undefined && found !== key) return undefined;
    found = key;
  }
  return found;
}

/** What was made is where it was put. */
function commonAncestor(changes: readonly TreeChange[], made: ReadonlySet<SObject>): SObject | undefined {
  let ancestor: SObject | undefined;
  for (const change of changes) {
    for (const object of touched(change)) {
      if (object === ancestor || made.has(object)) continue;
      ancestor ??= object;
      // The root is above all.
      while (ancestor.parent && !isWithin(object, ancestor)) ancestor = ancestor.parent;
    }
  }
  return ancestor;
}

function touched(change: TreeChange): readonly SObject[] {
  if (change instanceof TopicChange) return change.topic.object ? [change.topic.object] : [];
  return change instanceof AttributeChange ? [change.object] : placesOf(change);
}
