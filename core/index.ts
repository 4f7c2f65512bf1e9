export { AuthorityTree } from "./authority.ts";
export { type DictChange, type DictDelete, type DictEvents, type DictPut, DictTopic } from "./dict-topic.ts";
export { ERROR_CODES, type ErrorCode, ObjectSyncError } from "./error.ts";
export type { Kind, Op, OpForm, Origin, UncheckedOp } from "./kind.ts";
export { type ListChange, type ListEvents, type ListPart, ListTopic } from "./list-topic.ts";
export type { Listener } from "./listeners.ts";
export {
  type AddOptions,
  type AddParameters,
  type BuildArgs,
  type ObjectClass,
  type SearchOptions,
  SObject,
  type TypeReference,
} from "./object.ts";
export type { ErrorReport, OnError } from "./report.ts";
export { BooleanTopic, NumberTopic, type ScalarChange, type ScalarEvents } from "./scalar-topics.ts";
export { type StringChange, type StringEvents, type StringPart, StringTopic } from "./string-topic.ts";
export {
  type AnyTopic,
  Topic,
  type TopicEvent,
  type TopicEvents,
  type TopicOptions,
  type WriteAccess,
} from "./topic.ts";
export { type Source, Tracker, track, untracked } from "./track.ts";
export { afterCommit, transact } from "./transaction.ts";
export { Tree, type TreeEvents } from "./tree.ts";
export { TypeRegistry } from "./types.ts";
export type { Json } from "./value.ts";
