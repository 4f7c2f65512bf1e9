// UndoWork: the undo that is running: which steps are meant, what may be undone of them, and how much work that may be.

import { ObjectSyncError } from "./error.ts";
import type { HistoryTarget } from "./history-items.ts";
import type { Op } from "./kind.ts";
import type { SObject } from "./object.ts";
import type { AnyTopic } from "./topic.ts";
import type { Direction } from "./transaction.ts";
import { weightOf } from "./weight.ts";

/** Which steps are meant, and which of their changes are open to who asks. */
export interface UndoScope {
  /** Only what happened at an object or below it. Default: the whole tree. */
  readonly below?: SObject;
  /** Only what a client has done. Default: all. */
  readonly client?: number;
  /** The public id of the client that asks: what `currentClient()` is in observers. Default: the server's own code does. */
  readonly askedBy?: number;
  /**
   * Whether a change may be undone or redone. Asked for those that were asked for; what rules derived goes with them. Steps of
   * which nothing may be undone are passed over. Default: all may.
   */
  readonly mayUndo?: (target: HistoryTarget, direction: Direction) => boolean;
  /** Whether a topic has room for what an undo writes. Default: it has. */
  readonly hasRoom?: (topic: AnyTopic, op: Op, inverse: Op) => boolean;
  /** Takes so many steps before they are done, as `Kind.effort` counts them; whether they may be. Default: any may. */
  readonly spend?: (steps: number) => boolean;
}

/** What a byte takes that an undo writes, or overwrites: it is sent to all. */
export const STEPS_PER_BYTE_UNDONE = 2;

/** An undo asks for more work than it may. */
export class TooMuchWork extends Error {}

/** See the head of this file. */
export class UndoWork {
  #scope: UndoScope = {};

  /** Runs an undo, or a part of one. Throws what `fn` throws. */
  run<T>(scope: UndoScope, fn: () => T): T {
    this.#scope = scope;
    try {
      return fn();
    } finally {
      this.#scope = {};
    }
  }

  /** Whether anybody counts: else it need not be known how much work something is. */
  get isCounted(): boolean {
    return this.#scope.spend !== undefined;
  }

  /** Something is about to be done that takes so many steps. Throws `TooMuchWork`. */
  spend(steps: number): void {
    if (this.#scope.spend && !this.#scope.spend(steps)) throw new TooMuchWork();
  }

  /** An op is about to be written. Throws `TooMuchWork`, and `too_large` where the topic has no room for it. */
  spendForWrite(topic: AnyTopic, op: Op, inverse: Op): void {
    if (this.isCounted) this.spend(STEPS_PER_BYTE_UNDONE * (weightOf(op) + weightOf(inverse)));
    const { hasRoom } = this.#scope;
    if (hasRoom && !hasRoom(topic, op, inverse)) throw new ObjectSyncError("too_large");
  }
}
