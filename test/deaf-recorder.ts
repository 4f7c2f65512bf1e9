import type { Recorder } from "../client/mirror-tree.ts";
import { ObjectSyncError } from "../core/error.ts";

/** For a mirror that belongs to no client: nothing that is written shows, or is sent. */
export const DEAF: Recorder = {
  accepts: () => false,
  record: () => {},
  group: (fn) => fn(),
  isOptimistic: () => true,
  isRecording: () => false,
  nextId: () => {
    throw new ObjectSyncError("no_ids");
  },
};
