export type { Channel, ChannelEvents } from "../core/channel.ts";
export type { Clock } from "../core/clock.ts";
export { ERROR_CODES, type ErrorCode, ObjectSyncError } from "../core/error.ts";
export type { ErrorReport, OnError } from "../core/report.ts";
export { track } from "../core/track.ts";
export type { UndoResult } from "../core/undo-result.ts";
export type { Branch } from "./branches.ts";
export { Client, type ClientEvents, type ClientOptions, connect } from "./client.ts";
export type { ConnectionState } from "./connection-state.ts";
export type {
  Mirrored,
  MirroredBase,
  MirroredSearch,
  MirroredTopic,
  MirroredTree,
  MirroredTreeEvents,
} from "./mirrored.ts";
export type { Rejection } from "./outbox.ts";
export type { Outcome } from "./pending.ts";
export type { TransactOptions } from "./recording.ts";
export { type Dial, type DialEvents, dialWebSocket } from "./socket.ts";
