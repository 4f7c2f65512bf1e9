export type { Channel, ChannelEvents } from "../core/channel.ts";
export type { Clock } from "../core/clock.ts";
export { type DictChange, type DictDelete, type DictEvents, type DictPut, DictTopic } from "../core/dict-topic.ts";
export { ERROR_CODES, type ErrorCode, ObjectSyncError } from "../core/error.ts";
export type { Kind, Op, OpForm, Origin, UncheckedOp } from "../core/kind.ts";
export { type ListChange, type ListEvents, type ListPart, ListTopic } from "../core/list-topic.ts";
export type { Listener } from "../core/listeners.ts";
export {
  type AddOptions,
  type AddParameters,
  type BuildArgs,
  type ObjectClass,
  type SearchOptions,
  SObject,
  type TypeReference,
} from "../core/object.ts";
export type { ErrorReport, OnError } from "../core/report.ts";
export { BooleanTopic, NumberTopic, type ScalarChange, type ScalarEvents } from "../core/scalar-topics.ts";
export { type StringChange, type StringEvents, type StringPart, StringTopic } from "../core/string-topic.ts";
export {
  type AnyTopic,
  Topic,
  type TopicEvent,
  type TopicEvents,
  type TopicOptions,
  type WriteAccess,
} from "../core/topic.ts";
export { type Source, Tracker, track, untracked } from "../core/track.ts";
export { afterCommit, transact } from "../core/transaction.ts";
export { Tree, type TreeEvents } from "../core/tree.ts";
export type { Json } from "../core/value.ts";
export type { ServerClient } from "./connection.ts";
export { DEFAULT_LIMITS, type Limits } from "./limits.ts";
export type { Logger } from "./logger.ts";
export { Server, type ServerEvents, type ServerOptions } from "./server.ts";
export type { Listening, ListenOptions } from "./web-server.ts";
