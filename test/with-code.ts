import { expect } from "vitest";

/** For `toThrow`: an error of the library with this code. */
export function withCode(code: string): Error {
  return expect.objectContaining({ name: "ObjectSyncError", code });
}
