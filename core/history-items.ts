// The items of a history: what a change did, in a form that can be undone and redone later, when other things have happened
// and objects may have gone and come back. So an item knows objects by id.
//
// To undo loses to what came later: each item looks whether what it did is still there, and says no where it is not. What
// was not undone is not redone either.
//
// Not here: the items of topics (topic-items.ts) and of the tree's shape (structure-items.ts).

import type { AddedAttribute } from "./added-attributes.ts";
import type { Op } from "./kind.ts";
import type { SObject } from "./object.ts";
import type { Place } from "./place.ts";
import type { AnyTopic } from "./topic.ts";

/** What a history does to the tree that it is of. */
export interface HistoryTree {
  get(id: number): SObject | undefined;
  topicOf(object: SObject, slot: number): AnyTopic | undefined;
  /** Writes an op that was prepared. Throws where the attribute is gone. */
  write(topic: AnyTopic, op: Op, inverse: Op): void;
  /** Brings an object back that was destroyed, with all below it, in new instances. Tells whether it could. */
  revive(object: SObject, place: Place): boolean;
  destroy(object: SObject): void;
  /** Tells whether it could. */
  moveTo(object: SObject, place: Place): boolean;
  /** Gives an object an attribute back, or takes it away. */
  setAttribute(object: SObject, slot: number, added: AddedAttribute, isThere: boolean): boolean;
}

/** One change of a history, or several of one topic. */
export interface HistoryItem {
  /** Whether the transaction's own code, or its author, asked for it; else a rule or a build derived it. */
  readonly isDirect: boolean;
  /** About the bytes that it holds itself. */
  readonly bytes: number;
  /** About how many steps it takes to find what there is to do, if that is more than a few: see `Kind.effort`. */
  readonly effort?: number;
  /** What it was done to; what is asked to authorize it. */
  readonly target: HistoryTarget;
  /** Whether it is taken back. Whoever takes it back, or puts it back, says so. */
  isUndone: boolean;
  /** Tells whether anything could be taken back. */
  undo(): boolean;
  redo(): boolean;
  /** It will not be asked any more. */
  release(): void;
}

/** What an item is about, for who decides whether somebody may undo it. Objects may be gone, or other instances by now. */
export type HistoryTarget =
  | { readonly type: "topic"; readonly topic: AnyTopic | undefined; readonly object: SObject | undefined }
  | {
      readonly type: "create" | "destroy";
      readonly object: SObject;
      readonly parent: SObject;
      /** How many objects went when it went last, with it; 0 if it never did. */
      readonly size: number;
    }
  | { readonly type: "move"; readonly object: SObject; readonly from: SObject; readonly to: SObject }
  | { readonly type: "attribute"; readonly object: SObject };
