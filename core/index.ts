export type { Access, WriteAccess } from "./access.ts";
export { AuthorityTree } from "./authority.ts";
export { type BinaryChange, type BinaryEvents, type BinaryPart, BinaryTopic } from "./binary-topic.ts";
export { type DictChange, type DictDelete, type DictEvents, type DictPut, DictTopic } from "./dict-topic.ts";
export type { DraftOf, Recipe } from "./draft.ts";
export { ERROR_CODES, type ErrorCode, ObjectSyncError } from "./error.ts";
export {
  type Emission,
  type EventChange,
  type EventEvents,
  type EventInfo,
  type EventOptions,
  type EventPart,
  EventTopic,
} from "./event-topic.ts";
export type { Globals } from "./globals.ts";
export { History, type HistoryEntry, type HistoryOptions } from "./history.ts";
export type { HistoryTarget } from "./history-items.ts";
export type { Kind, Op, OpForm, Origin, Side, UncheckedOp } from "./kind.ts";
export { type ListChange, type ListEvents, type ListPart, ListTopic } from "./list-topic.ts";
export type { Listener } from "./listeners.ts";
export {
  type AddOptions,
  type AddParameters,
  type BuildArgs,
  type InitContext,
  type ObjectClass,
  type SearchOptions,
  SObject,
  type TypeReference,
} from "./object.ts";
export { RefDictTopic } from "./ref-dict-topic.ts";
export { RefListTopic } from "./ref-list-topic.ts";
export { type RefSetChange, type RefSetEvents, type RefSetPart, RefSetTopic } from "./ref-set-topic.ts";
export { type RefChange, type RefEvents, RefTopic } from "./ref-topic.ts";
export type { Referable } from "./references.ts";
export type { ErrorReport, OnError } from "./report.ts";
export {
  forEachSaved,
  type Migration,
  renameTypes,
  type SavedAttribute,
  type SavedObject,
  type SavedTree,
} from "./saved-tree.ts";
export {
  BooleanTopic,
  FloatTopic,
  IntTopic,
  NumberTopic,
  type ScalarChange,
  type ScalarEvents,
} from "./scalar-topics.ts";
export { type SetChange, type SetEvents, type SetItem, type SetPart, SetTopic } from "./set-topic.ts";
export { type StringChange, type StringEvents, type StringPart, StringTopic } from "./string-topic.ts";
export {
  type AnyTopic,
  type Rule,
  Topic,
  type TopicEvent,
  type TopicEvents,
  type TopicOptions,
} from "./topic.ts";
export { type Source, Tracker, track, untracked } from "./track.ts";
export { afterCommit, currentClient, type TransactionOptions, transact } from "./transaction.ts";
export { Tree, type TreeEvents } from "./tree.ts";
export { TypeRegistry } from "./types.ts";
export type { UndoResult } from "./undo-result.ts";
export type { UndoScope } from "./undo-work.ts";
export type { Data, Json } from "./value.ts";
export type { ValuePath } from "./value-parts.ts";
export { type ValueChange, type ValueDelete, type ValueEvents, type ValuePut, ValueTopic } from "./value-topic.ts";
