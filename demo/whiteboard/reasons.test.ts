import type { ErrorCode } from "objectsync/client";
import { expect, it } from "vitest";
import { whyNothing } from "./reasons.ts";

it.each<[ErrorCode, string]>([
  ["not_found", "There is nothing of yours to undo."],
  ["conflict", "Others have changed that since."],
  ["unconfirmed", "The connection was lost before the undo."],
  ["closed", "The connection was lost before the undo."],
  ["failed", "The server did not undo that: the server's own code failed while it carried the change out."],
])("an undo that has done nothing says why: %s", (reason, message) => {
  expect(whyNothing("undo", reason)).toBe(message);
});
