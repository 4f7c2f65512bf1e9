import { BinaryTopic } from "./binary-topic.ts";
import { DictTopic } from "./dict-topic.ts";
import { EventTopic } from "./event-topic.ts";
import type { AnyKind } from "./kind.ts";
import { ListTopic } from "./list-topic.ts";
import { RefDictTopic } from "./ref-dict-topic.ts";
import { RefListTopic } from "./ref-list-topic.ts";
import { RefSetTopic } from "./ref-set-topic.ts";
import { RefTopic } from "./ref-topic.ts";
import { BooleanTopic, FloatTopic, IntTopic, NumberTopic } from "./scalar-topics.ts";
import { SetTopic } from "./set-topic.ts";
import { StringTopic } from "./string-topic.ts";
import { type AnyTopic, type TopicOptions, topicInternals } from "./topic.ts";
import { ValueTopic } from "./value-topic.ts";

/** The topic class of each kind. A new kind is a new row. */
export const TOPIC_CLASSES: readonly (new () => AnyTopic)[] = [
  StringTopic,
  BinaryTopic,
  NumberTopic,
  IntTopic,
  FloatTopic,
  BooleanTopic,
  EventTopic,
  ListTopic,
  DictTopic,
  SetTopic,
  RefTopic,
  RefListTopic,
  RefSetTopic,
  RefDictTopic,
  ValueTopic,
];

const rows = TOPIC_CLASSES.map((topicClass) => ({ topicClass, kind: new topicClass().kind }));
const kindsByName = new Map<string, AnyKind>(rows.map(({ kind }) => [kind.name, kind]));
const classesByKind = new Map<AnyKind, new () => AnyTopic>(rows.map(({ kind, topicClass }) => [kind, topicClass]));

/** The kind of this name, as shapes on the wire call it; `undefined` for one that this version does not know. */
export function kindNamed(name: string): AnyKind | undefined {
  return kindsByName.get(name);
}

/** A topic of a kind, with the kind's empty value. */
export function makeTopic(kind: AnyKind, options?: TopicOptions): AnyTopic {
  const topic = new (classesByKind.get(kind) as new () => AnyTopic)();
  if (options) topicInternals.configure(topic, options);
  return topic;
}
