export { ERROR_CODES, type ErrorCode, ObjectSyncError } from "../core/error.ts";
export { track } from "../core/track.ts";
export { Client, type ClientEvents, type ClientOptions, connect } from "./client.ts";
export type { ConnectionState } from "./connection-state.ts";
export type { Mirrored, MirroredBase, MirroredSearch } from "./mirror-tree.ts";
export type { Outcome, Rejection } from "./outbox.ts";
export type { Dial, DialEvents } from "./socket.ts";
