import { ERROR_CODES, type ErrorCode } from "objectsync/client";

/** What is said of an undo or redo that has done nothing. */
export function whyNothing(direction: "undo" | "redo", reason: ErrorCode): string {
  if (reason === "not_found") return `There is nothing of yours to ${direction}.`;
  if (reason === "conflict") return "Others have changed that since.";
  if (reason === "unconfirmed" || reason === "closed") return `The connection was lost before the ${direction}.`;
  return `The server did not ${direction} that: ${ERROR_CODES[reason]}.`;
}
