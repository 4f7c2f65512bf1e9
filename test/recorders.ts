// Recorders for mirrors that are tested without a client.

import type { Recorder } from "../client/editor.ts";
import type { Outbox } from "../client/outbox.ts";
import type { Recording } from "../client/recording.ts";
import { ObjectSyncError } from "../core/error.ts";

/** For a mirror that belongs to no client: nothing that is written shows, or is sent. */
export const DEAF: Recorder = {
  refuseIfClosed: () => true,
  record: () => {},
  group: (fn) => fn(),
  undo: noUndo,
  recording: () => undefined,
  nextId: noIds,
};

/** Gives all to a recording and an outbox, as that of a client does. Asked for when they are needed: they need the mirror first. */
export function recorderFor(recording: () => Recording, outbox: () => Outbox, nextId: () => number = noIds): Recorder {
  return {
    refuseIfClosed: (edit) => outbox().refuseIfClosed(edit),
    record: (edit) => recording().record(edit),
    group: (fn) => recording().group(fn),
    undo: noUndo,
    recording: () => recording().current,
    nextId,
  };
}

function noIds(): never {
  throw new ObjectSyncError("no_ids");
}

function noUndo(): never {
  throw new Error("nobody undoes in these tests");
}
