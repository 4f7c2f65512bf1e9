import type { ErrorCode } from "./error.ts";

/** What came of an undo or redo. */
export interface UndoResult {
  /** Whether anything was taken back, or put back. */
  readonly undone: boolean;
  /**
   * How many changes of the step stayed as they are: others came over them since, they were not open to who asked, or they
   * were too many for the history to keep.
   */
  readonly skipped: number;
  /**
   * Why nothing was done: `not_found` where there is no such step, `conflict` or `forbidden` where all was skipped, `too_large`
   * where it was more work than who asked may ask for now. A client is also told `unconfirmed` where the connection was
   * lost meanwhile, `closed` where it is closed, and `failed` where the application's own code threw.
   */
  readonly reason: ErrorCode | undefined;
  /** What the step was called. */
  readonly label: string | undefined;
}

/** What an undo or redo comes to that nothing was done for. */
export function notUndone(reason: ErrorCode, skipped = 0, label?: string): UndoResult {
  return { undone: false, skipped, reason, label };
}
