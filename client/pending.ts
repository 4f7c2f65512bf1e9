// What the program wants changed and the server has not answered yet: edits, gathered in transactions.

import { type ErrorCode, ObjectSyncError } from "../core/error.ts";
import type { Op } from "../core/kind.ts";
import { attributeOf, type SObject } from "../core/object.ts";
import type { PendingOps } from "./rebase.ts";
import type { StructureEdit } from "./structure-edits.ts";

/** What became of a transaction: it was carried out, or refused with a reason. */
export type Outcome =
  | { readonly ok: true }
  | { readonly ok: false; readonly code: ErrorCode; readonly message: string };

/** One write of the program to an attribute. */
export interface TopicEdit extends PendingOps {
  readonly type: "topic";
  readonly object: SObject;
  readonly slot: number;
  /** Whether it is for the mirror alone: it is never sent, and stays on top of what is. */
  readonly isLocal: boolean;
  /** As it has to be carried out by now. */
  ops: readonly Op[];
  /** Why nothing of it is left, where that is not because others have done it: the server would not take it either. */
  refusal?: ObjectSyncError | undefined;
  transaction: PendingTransaction | undefined;
}

/** One thing that the program wants done. */
export type Edit = TopicEdit | StructureEdit;

/** Edits that happen together or not at all. */
export class PendingTransaction {
  readonly edits: Edit[] = [];
  /** Whether the program may wait for what becomes of it by itself: then it is not made one with others. */
  readonly isNamed: boolean;
  /** What it is called in the history. */
  readonly label: string | undefined;
  #outcome: Outcome | undefined;
  /** Made when somebody asks: of what is typed nobody does. */
  #settled: PromiseWithResolvers<Outcome> | undefined;

  constructor(isNamed: boolean, label?: string) {
    this.isNamed = isNamed;
    this.label = label;
  }

  /** Resolves when it is known what became of it. */
  get outcome(): Promise<Outcome> {
    this.#settled ??= Promise.withResolvers<Outcome>();
    if (this.#outcome) this.#settled.resolve(this.#outcome);
    return this.#settled.promise;
  }

  /** Why it cannot be carried out any more, if it cannot. */
  get refusal(): ObjectSyncError | undefined {
    for (const edit of this.edits) {
      if (edit.type !== "topic") continue;
      if (edit.refusal) return edit.refusal;
      const { object } = edit;
      // It went and came back: what has been done to it meanwhile is not known.
      if (object.isDestroyed && object.tree.get(object.id)) return new ObjectSyncError("stale");
    }
    return undefined;
  }

  settle(outcome: Outcome): void {
    this.#outcome ??= outcome;
    this.#settled?.resolve(outcome);
  }
}

/** Whether a transaction has to do with one of these objects, or with what is below them. */
export function needsAny({ edits }: PendingTransaction, objects: ReadonlySet<SObject>): boolean {
  const isBelow = (object: SObject | null | undefined): boolean => {
    for (let each = object; each; each = each.parent) if (objects.has(each)) return true;
    return false;
  };
  return edits.some((edit) => isBelow(edit.object) || (edit.type === "structure" && isBelow(edit.parent)));
}

/** Whether some of what it writes is in no stream. */
export function writesLatest({ edits }: PendingTransaction): boolean {
  return edits.some((edit) => edit.type === "topic" && attributeOf(edit.object, edit.slot)?.isLatest);
}

/** The edit of one that writes one attribute once. */
export function soleEdit({ edits }: PendingTransaction): TopicEdit | undefined {
  const [edit, ...more] = edits;
  return edit?.type === "topic" && more.length === 0 ? edit : undefined;
}
