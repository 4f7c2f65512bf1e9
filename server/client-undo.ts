// What a client may undo: the steps that it made itself, as far as it may do now what takes them back; and where a class
// says so, whatever was done at its instances.

import type { ShapeAccess } from "../core/access.ts";
import type { UndoResult, UndoScope } from "../core/history.ts";
import type { HistoryTarget } from "../core/history-items.ts";
import type { SObject } from "../core/object.ts";
import { objectInternals } from "../core/object-internals.ts";
import { report } from "../core/report.ts";
import { topicInternals } from "../core/topic.ts";
import type { Publisher } from "./publisher.ts";
import type { Recipient } from "./scope.ts";

/** Undoes or redoes for a client: its own last step where `objectId` is 0, else the last one at that object or below it. */
export function undoFor(
  publisher: Publisher,
  recipient: Recipient,
  client: number,
  objectId: number,
  isRedo: boolean,
): UndoResult {
  const { tree } = publisher;
  const sees = (object: SObject): boolean => {
    const scope = publisher.scopeOf(object);
    return scope !== undefined && recipient.scopes.has(scope);
  };
  let scope: UndoScope;
  if (objectId === 0) {
    scope = {
      client,
      askedBy: client,
      mayUndo: (target, direction) => isSeen(target, sees) && isOpen(target, direction),
    };
  } else {
    const below = tree.get(objectId);
    if (!below || !sees(below)) return refused("not_found");
    if (accessOf(below).undo !== "everyone") return refused("forbidden");
    scope = { below, askedBy: client, mayUndo: (target) => isSeen(target, sees) };
  }
  try {
    return isRedo ? tree.history.redo(scope) : tree.history.undo(scope);
  } catch (error) {
    report(tree.onError, error, `an undo of client ${client}`);
    return refused("failed");
  }
}

/** Whether a client sees what an undo would change. */
function isSeen(target: HistoryTarget, sees: (object: SObject) => boolean): boolean {
  switch (target.type) {
    case "topic":
      return target.topic?.object === undefined || sees(target.topic.object);
    case "attribute":
      return true;
    default: {
      const parent = target.parent.tree.get(target.parent.id);
      return parent === undefined || sees(parent);
    }
  }
}

/** Whether clients may do what takes a change back, or puts it back. */
function isOpen(target: HistoryTarget, direction: "undo" | "redo"): boolean {
  switch (target.type) {
    case "topic":
      return target.topic === undefined || topicInternals.writeAccess(target.topic) === "everyone";
    case "attribute":
      return false;
    case "move":
      return accessOf(target.object).move === "everyone";
    default: {
      const { object, parent } = target;
      const isRemoval = (target.type === "create") === (direction === "undo");
      return isRemoval ? accessOf(object).remove === "everyone" : accessOf(parent).add.includes(object.type);
    }
  }
}

function accessOf(object: SObject): ShapeAccess {
  return objectInternals.shape(object).access;
}

function refused(reason: NonNullable<UndoResult["reason"]>): UndoResult {
  return { undone: false, skipped: 0, reason, label: undefined };
}
