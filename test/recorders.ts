// Recorders for mirrors that are tested without a client.

import type { Recorder } from "../client/editor.ts";
import type { Outbox } from "../client/outbox.ts";
import { ObjectSyncError } from "../core/error.ts";

/** For a mirror that belongs to no client: nothing that is written shows, or is sent. */
export const DEAF: Recorder = {
  accepts: () => false,
  record: () => {},
  group: (fn) => fn(),
  undo: noUndo,
  recording: () => undefined,
  nextId: noIds,
};

/** Gives all to an outbox, as that of a client does. Asked for when it is needed: the outbox needs the mirror first. */
export function recorderFor(outbox: () => Outbox, nextId: () => number = noIds): Recorder {
  return {
    accepts: (edit) => outbox().accepts(edit),
    record: (edit) => outbox().record(edit),
    group: (fn) => outbox().group(fn),
    undo: noUndo,
    recording: () => outbox().recording,
    nextId,
  };
}

function noIds(): never {
  throw new ObjectSyncError("no_ids");
}

function noUndo(): never {
  throw new Error("nobody undoes in these tests");
}
