import "../core/drafts.ts";

export type { Access, WriteAccess } from "../core/access.ts";
export type { AuthorityTree } from "../core/authority.ts";
export { type BinaryChange, type BinaryEvents, type BinaryPart, BinaryTopic } from "../core/binary-topic.ts";
export type { Channel, ChannelEvents } from "../core/channel.ts";
export type { Clock } from "../core/clock.ts";
export { type DictChange, type DictDelete, type DictEvents, type DictPut, DictTopic } from "../core/dict-topic.ts";
export type { DraftOf, Recipe } from "../core/draft.ts";
export { ERROR_CODES, type ErrorCode, ObjectSyncError } from "../core/error.ts";
export {
  type Emission,
  type EventChange,
  type EventEvents,
  type EventInfo,
  type EventOptions,
  type EventPart,
  EventTopic,
} from "../core/event-topic.ts";
export type { Globals } from "../core/globals.ts";
export { History, type HistoryEntry, type HistoryOptions } from "../core/history.ts";
export type { HistoryTarget } from "../core/history-items.ts";
export type { Kind, Op, OpForm, Origin, Side, UncheckedOp } from "../core/kind.ts";
export { type ListChange, type ListEvents, type ListPart, ListTopic } from "../core/list-topic.ts";
export type { Listener } from "../core/listeners.ts";
export {
  type AddOptions,
  type AddParameters,
  type BuildArgs,
  type InitContext,
  type ObjectClass,
  type SearchOptions,
  SObject,
  type TypeReference,
} from "../core/object.ts";
export { RefDictTopic } from "../core/ref-dict-topic.ts";
export { RefListTopic } from "../core/ref-list-topic.ts";
export { type RefSetChange, type RefSetEvents, type RefSetPart, RefSetTopic } from "../core/ref-set-topic.ts";
export { type RefChange, type RefEvents, RefTopic } from "../core/ref-topic.ts";
export type { Referable } from "../core/references.ts";
export type { ErrorReport, OnError } from "../core/report.ts";
export {
  forEachSaved,
  type Migration,
  renameTypes,
  type SavedAttribute,
  type SavedObject,
  type SavedTree,
} from "../core/saved-tree.ts";
export {
  BooleanTopic,
  FloatTopic,
  IntTopic,
  NumberTopic,
  type ScalarChange,
  type ScalarEvents,
} from "../core/scalar-topics.ts";
export { type SetChange, type SetEvents, type SetItem, type SetPart, SetTopic } from "../core/set-topic.ts";
export { type StringChange, type StringEvents, type StringPart, StringTopic } from "../core/string-topic.ts";
export {
  type AnyTopic,
  type Rule,
  Topic,
  type TopicEvent,
  type TopicEvents,
  type TopicOptions,
} from "../core/topic.ts";
export { type Source, Tracker, track, untracked } from "../core/track.ts";
export { afterCommit, currentClient, type TransactionOptions, transact } from "../core/transaction.ts";
export { Tree, type TreeEvents } from "../core/tree.ts";
export type { UndoResult } from "../core/undo-result.ts";
export type { UndoScope } from "../core/undo-work.ts";
export type { Data, Json } from "../core/value.ts";
export type { ValuePath } from "../core/value-parts.ts";
export {
  type ValueChange,
  type ValueDelete,
  type ValueEvents,
  type ValuePut,
  ValueTopic,
} from "../core/value-topic.ts";
export type { AttachOptions } from "./attachment.ts";
export type { ServerClient } from "./connection.ts";
export { DEFAULT_LIMITS, type Limits } from "./limits.ts";
export type { Logger } from "./logger.ts";
export { type RootedTree, Server, type ServerEvents, type ServerOptions, type TreeOptions } from "./server.ts";
export type { Listening, ListenOptions } from "./web-server.ts";
