// What a client may undo: the steps that it made itself, as far as it may do now what takes them back; and where a class
// says so, whatever was done at its instances. Of what it does not see it may undo nothing, and is told of nothing.

import { accessOf, canAdd, canMove, canRemove } from "../core/access.ts";
import type { HistoryTarget } from "../core/history-items.ts";
import type { SObject } from "../core/object.ts";
import { presentAt } from "../core/place.ts";
import { report } from "../core/report.ts";
import { topicInternals } from "../core/topic.ts";
import type { Direction } from "../core/transaction.ts";
import { notUndone, type UndoResult } from "../core/undo-result.ts";
import type { UndoScope } from "../core/undo-work.ts";
import type { Publisher } from "./publisher.ts";
import type { Recipient } from "./scope.ts";

/** Who asks for an undo. */
export interface Asker {
  readonly publisher: Publisher;
  readonly recipient: Recipient;
  /** The public id of the client. */
  readonly client: number;
  /** The one that it had when it first came: its steps have that. */
  readonly owner: number;
  /** Objects that the tree may have before clients can bring back no more. */
  readonly maxObjects: number;
  /** Takes so many of the client's steps, if it has them; tells whether it had: see `Limits.maxStepsPerSecond`. */
  spend(steps: number): boolean;
}

/** Undoes or redoes for a client: its own last step where `objectId` is 0, else the last one at that object or below it. */
export function undoFor(asker: Asker, objectId: number, isRedo: boolean): UndoResult {
  const { publisher, recipient, client, owner } = asker;
  const { tree, quota } = publisher;
  // What has gone may have been far down, and many steps may have been done there.
  const seen = new Map<SObject, boolean>();
  let revision = tree.revision;
  const seesBelow = (parent: SObject): boolean => {
    if (tree.revision !== revision) seen.clear();
    revision = tree.revision;
    let isSeen = seen.get(parent);
    if (isSeen === undefined) {
      const present = presentAt(tree, parent);
      isSeen = present !== undefined && publisher.seesBelow(recipient, present);
      seen.set(parent, isSeen);
    }
    return isSeen;
  };
  const sees = (object: SObject): boolean => {
    const present = tree.get(object.id);
    return present ? publisher.sees(recipient, present) : seesBelow(object);
  };
  const seesTarget = (target: HistoryTarget): boolean => {
    switch (target.type) {
      case "topic":
      case "attribute":
        return target.object !== undefined && sees(target.object);
      case "move":
        return sees(target.object) && seesBelow(target.from) && seesBelow(target.to);
      default:
        // It may have been moved since.
        return tree.get(target.object.id) ? sees(target.object) : seesBelow(target.parent);
    }
  };
  const shared: UndoScope = {
    askedBy: client,
    hasRoom: (topic, op, inverse) => quota.hasRoom(topic, op, inverse),
    spend: (steps) => asker.spend(steps),
  };
  const carryOut = (scope: UndoScope): UndoResult => {
    try {
      return isRedo ? tree.history.redo(scope) : tree.history.undo(scope);
    } catch (error) {
      report(tree.onError, error, `an undo of client ${client}`);
      return notUndone("failed");
    }
  };
  const hasRoom = (target: HistoryTarget, direction: Direction): boolean =>
    !isRevival(target, direction) || tree.size + target.size <= asker.maxObjects;
  if (objectId === 0) {
    const mayUndo: UndoScope["mayUndo"] = (target, direction) =>
      seesTarget(target) && isOpen(target, direction) && hasRoom(target, direction);
    return carryOut({ ...shared, client: owner, mayUndo });
  }
  const below = tree.get(objectId);
  if (!below || !sees(below)) return notUndone("not_found");
  if (accessOf(below).undo !== "everyone") return notUndone("forbidden");
  const mayUndo: UndoScope["mayUndo"] = (target, direction) => seesTarget(target) && hasRoom(target, direction);
  const result = carryOut({ ...shared, below, mayUndo });
  return result.reason === "forbidden" ? notUndone("not_found") : result;
}

/** Whether clients may do what takes a change back, or puts it back. */
function isOpen(target: HistoryTarget, direction: Direction): boolean {
  switch (target.type) {
    case "topic":
      return target.topic === undefined || topicInternals.writeAccess(target.topic) === "everyone";
    case "attribute":
      return false;
    case "move": {
      const { object, from, to } = target;
      return direction === "undo" ? canMove(object, to, from) : canMove(object, from, to);
    }
    default: {
      const { object, parent } = target;
      return isRevival(target, direction) ? canAdd(parent, object.type) : canRemove(object);
    }
  }
}

/** Whether an object would come back. */
function isRevival(
  target: HistoryTarget,
  direction: Direction,
): target is HistoryTarget & { readonly type: "create" | "destroy" } {
  return target.type === (direction === "undo" ? "destroy" : "create");
}
