import type { ErrorCode } from "./error.ts";
import type { UndoResult } from "./history.ts";

/** What an undo or redo comes to that nothing was done for. */
export function notUndone(reason: ErrorCode): UndoResult {
  return { undone: false, skipped: 0, reason, label: undefined };
}
