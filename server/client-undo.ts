// What a client may undo: the steps that it made itself, as far as it may do now what takes them back; and where a class
// says so, whatever was done at its instances. Of what it does not see it may undo nothing, and is told of nothing.

import { accessOf } from "../core/access.ts";
import type { UndoResult, UndoScope } from "../core/history.ts";
import type { HistoryTarget } from "../core/history-items.ts";
import { notUndone } from "../core/not-undone.ts";
import type { SObject } from "../core/object.ts";
import { report } from "../core/report.ts";
import { topicInternals } from "../core/topic.ts";
import { forSubtree, ROOT_ID } from "../core/tree.ts";
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
  const seesBelow = (parent: SObject): boolean => {
    // What has gone counts for where it was.
    let present: SObject | null = parent;
    while (present && !tree.get(present.id)) present = present.parent;
    return publisher.seesBelow(recipient, tree.get(present?.id ?? ROOT_ID) ?? tree.root);
  };
  const sees = (object: SObject): boolean => {
    const present = tree.get(object.id);
    if (!present) return seesBelow(object);
    const scope = publisher.scopeOf(present);
    return scope !== undefined && recipient.scopes.has(scope);
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
  const hasRoomFor = (object: SObject): boolean => {
    let room = asker.maxObjects - tree.size;
    forSubtree(object, () => room--);
    return room >= 0;
  };
  if (objectId === 0) {
    const mayUndo: UndoScope["mayUndo"] = (target, direction) =>
      seesTarget(target) && isOpen(target, direction, hasRoomFor);
    return carryOut({ ...shared, client: owner, mayUndo });
  }
  const below = tree.get(objectId);
  if (!below || !sees(below)) return notUndone("not_found");
  if (accessOf(below).undo !== "everyone") return notUndone("forbidden");
  const mayUndo: UndoScope["mayUndo"] = (target, direction) =>
    seesTarget(target) && (!isRevival(target, direction) || hasRoomFor(target.object));
  const result = carryOut({ ...shared, below, mayUndo });
  return result.reason === "forbidden" ? notUndone("not_found") : result;
}

/** Whether clients may do what takes a change back, or puts it back. */
function isOpen(target: HistoryTarget, direction: Direction, hasRoomFor: (object: SObject) => boolean): boolean {
  const isUndo = direction === "undo";
  switch (target.type) {
    case "topic":
      return target.topic === undefined || topicInternals.writeAccess(target.topic) === "everyone";
    case "attribute":
      return false;
    case "move": {
      const { object, from, to } = target;
      const { move, remove } = accessOf(object);
      const parent = isUndo ? from : to;
      const isSame = from.id === to.id;
      return move === "everyone" && (isSame || (remove === "everyone" && accessOf(parent).add.includes(object.type)));
    }
    default: {
      const { object, parent } = target;
      if (!isRevival(target, direction)) return accessOf(object).remove === "everyone";
      return accessOf(parent).add.includes(object.type) && hasRoomFor(object);
    }
  }
}

type Direction = "undo" | "redo";

/** Whether an object would come back. */
function isRevival(
  target: HistoryTarget,
  direction: Direction,
): target is HistoryTarget & { readonly type: "create" | "destroy" } {
  return target.type === (direction === "undo" ? "destroy" : "create");
}
