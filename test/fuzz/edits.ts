// Everything that a program can write: each op of each kind, and objects made, moved and destroyed. On the server and on
// a mirror alike.
//
// What is done comes out as a line of text, for the log of a run that fails.

import { TAGS } from "../../core/added-attributes.ts";
import type { BinaryTopic } from "../../core/binary-topic.ts";
import type { DictTopic } from "../../core/dict-topic.ts";
import "../../core/drafts.ts";
import type { ListTopic } from "../../core/list-topic.ts";
import { attributeOf, SObject } from "../../core/object.ts";
import { objectInternals } from "../../core/object-internals.ts";
import type { RefListTopic } from "../../core/ref-list-topic.ts";
import type { SetTopic } from "../../core/set-topic.ts";
import type { StringTopic } from "../../core/string-topic.ts";
import type { AnyTopic } from "../../core/topic.ts";
import type { Tree } from "../../core/tree.ts";
import type { Json } from "../../core/value.ts";
import { type Pick, pickOf } from "../everything.ts";

/** A call of a method, with what describes it if the arguments do not. */
type Call = readonly [method: string, ...args: unknown[]];

/** What an edit is made by. */
export interface Tools {
  readonly pick: Pick;
  /** All that there are. */
  readonly objects: readonly SObject[];
  /** The names of attributes that are edited more than others. */
  readonly focus: readonly string[];
  /** A number that no other edit has. */
  readonly mark: number;
}

const WORDS = ["a", "bc", "q", "é\u{1f600}", "d.", "\u{1f680}", "long word ", "!", ""];
const KEYS = ["a", "b", "child", "$c", "__proto__"];
const NUMBERS = [0, 1, -1, 0.1, 3, 13, 19.5, 2 ** 53, 1e300];
const ITEMS: readonly Json[] = [0, 1, "x", "yy", true, [1], { a: 1 }, "end", null];

/** The calls that change a topic, by the name of its kind. */
const CALLS: { readonly [kind: string]: (topic: never, tools: Tools) => readonly (() => Call)[] } = {
  string: ({ length }: StringTopic, { pick }) => [
    ...twice(() => ["insert", pick(length + 1), pickOf(WORDS, pick)]),
    ...twice(() => ["splice", ...range(length, pick), pickOf(WORDS, pick)]),
    () => ["delete", ...range(length, pick)],
    () => ["set", pickOf(WORDS, pick).repeat(pick(3))],
    () => ["insert", length, "z"],
    () => ["insert", 0, "z"],
  ],
  binary: ({ length }: BinaryTopic, { pick }) => [
    ...twice(() => ["insert", pick(length + 1), bytesOf(pick)]),
    () => ["splice", ...range(length, pick), bytesOf(pick)],
    () => ["delete", ...range(length, pick)],
    () => ["set", bytesOf(pick)],
  ],
  list: (topic: ListTopic, { pick }) => [
    ...calls(topic, pick, () => itemOf(pick)),
    () => ["push", itemOf(pick), itemOf(pick)],
    () => ["update", (items: unknown[]) => void items.reverse()],
    () => ["update", (items: unknown[]) => items.filter((_, index) => index % 2 === 0)],
  ],
  dict: (topic: DictTopic, { pick }) => [
    ...twice(() => ["put", pickOf(KEYS, pick), itemOf(pick)]),
    () => ["delete", pickOf([...topic.keys(), "a"], pick)],
    () => ["set", { [pickOf(KEYS, pick)]: itemOf(pick), b: pick(9) }],
    () => ["update", (draft: Record<string, unknown>) => void Object.assign(draft, { a: pick(3), c: pick(3) })],
  ],
  set: (topic: SetTopic<unknown>, { pick }) => [
    ...twice(() => ["add", pickOf(["a", "b", 1, 2, true], pick)]),
    () => ["delete", pickOf([...topic.value, "a"], pick)],
    () => ["set", [pickOf(["a", "b", 3], pick), pick(3)]],
    () => ["update", (draft: Set<unknown>) => void draft.add("c").delete("a")],
  ],
  value: (_topic: never, { pick }) => [
    ...twice(() => ["put", pathOf(pick), itemOf(pick)]),
    () => ["put", ["a"], { b: pick(9), [pickOf(KEYS, pick)]: itemOf(pick) }],
    () => ["delete", pathOf(pick)],
    () => ["set", pickOf([itemOf(pick), { a: { b: pick(9) } }, Uint8Array.of(pick(9))], pick)],
  ],
  number: numeric,
  float: numeric,
  int: (_topic: never, { pick }) => [
    ...twice(() => ["add", pick(9) - 4]),
    () => ["set", pick(30) - 10],
    () => ["set", 2 ** 53 - 1 - pick(5)],
  ],
  boolean: (_topic: never, { pick }) => [() => ["toggle"], () => ["set", pick(2) === 0]],
  event: (_topic: never, { mark }) => [() => ["emit", mark]],
  ref: (_topic: never, { pick, objects }) => [
    () => ["set", pickOf(objects, pick)],
    () => ["set", null],
    () => ["setId", pick(30)],
  ],
  refList: (topic: RefListTopic, { pick, objects }) => [
    ...calls(topic, pick, () => pickOf(objects, pick)),
    () => ["setIds", [pick(20) + 1, pick(20) + 1]],
  ],
  refSet: (_topic: never, { pick, objects }) => [
    ...twice(() => ["add", pickOf(objects, pick)]),
    () => ["delete", pickOf(objects, pick)],
    () => ["set", [pickOf(objects, pick), pickOf(objects, pick)]],
    () => ["setIds", [pick(20) + 1]],
  ],
  refDict: (_topic: never, { pick, objects }) => [
    ...twice(() => ["put", pickOf(KEYS, pick), pickOf(objects, pick)]),
    () => ["delete", pickOf(KEYS, pick)],
    () => ["set", { [pickOf(KEYS, pick)]: pickOf(objects, pick) }],
  ],
};

/** Changes one attribute of an object. Throws what the call throws. */
export function editAttribute(object: SObject, tools: Tools, note: (line: string) => void, slots?: number[]): void {
  const { pick } = tools;
  // Tags have methods of their own.
  const slot = pickOf(slots ?? slotsOf(object).filter((each) => attributeOf(object, each)?.name !== TAGS), pick);
  const topic = (object.tree as Tree).topicOf(object, slot) as AnyTopic;
  const makeCalls = CALLS[topic.kind.name] as (topic: AnyTopic, tools: Tools) => readonly (() => Call)[];
  const [method, ...args] = pickOf(makeCalls(topic, tools), pick)();
  note(`${nameOf(object)}.${attributeOf(object, slot)?.name}.${method}(${args.map(describe).join(", ")})`);
  (topic as unknown as Record<string, (...args: unknown[]) => void>)[method]?.(...args);
}

/** Makes an object, moves one, or destroys one. Throws what that throws. */
export function editShape(tools: Tools, note: (line: string) => void): void {
  const { pick, objects } = tools;
  const object = pickOf(objects, pick);
  const dice = pick(20);
  if (dice < 9) {
    const parent = pickOf(objects, pick);
    const isSame = pick(3) === 0;
    const count = isSame ? (object.parent?.children.length ?? 1) : parent.children.length + 1;
    const to = isSame && object.parent ? object.parent : parent;
    const options = pick(2) === 0 ? {} : { index: pick(count) };
    note(`${nameOf(object)}.moveTo(${nameOf(to)}, ${JSON.stringify(options)})`);
    object.moveTo(to, options);
  } else if (dice < 12 && objects.length > 3) {
    note(`${nameOf(object)}.destroy()`);
    object.destroy();
  } else {
    const type = pickOf(["Thing", "Thing", "Thing", "Shelf", "Kit", "Sealed"], pick);
    const args = type === "Kit" && pick(3) > 0 ? { title: pickOf(["k", "kit"], pick), parts: pick(5) } : undefined;
    const key = pick(6) === 0 ? `key${pick(3)}` : undefined;
    const index = pick(2) === 0 ? undefined : pick(object.children.length + 1);
    const options = { ...(key && { key }), ...(index !== undefined && { index }) };
    note(`${nameOf(object)}.add(${type}, ${JSON.stringify(args)}, ${JSON.stringify(options)})`);
    const made = object.add(type, args, options);
    note(`  it is ${nameOf(made)}`);
  }
}

/** Some edit of something. */
export function edit(tools: Tools, note: (line: string) => void): void {
  const { pick, objects, focus } = tools;
  if (pick(4) === 0) return editShape(tools, note);
  // Often the same one, and the same attributes, so that several meet there.
  const object = pick(2) === 0 ? objects[Math.min(1, objects.length - 1)] : pickOf(objects, pick);
  if (!object) return;
  const isFocused = (slot: number): boolean => focus.includes(attributeOf(object, slot)?.name ?? "");
  const slots = pick(3) > 0 ? slotsOf(object).filter(isFocused) : [];
  editAttribute(object, tools, note, slots.length > 0 ? slots : undefined);
}

/** How an object is called in a log. */
export function nameOf(object: SObject): string {
  return `${object.type}#${object.id}`;
}

/** The attributes that it has now. */
export function slotsOf(object: SObject): number[] {
  const fields = objectInternals.shape(object).attributes.map((_, index) => index + 1);
  return [...fields, ...(objectInternals.added(object)?.all.keys() ?? [])];
}

function numeric(_topic: never, { pick }: Tools): readonly (() => Call)[] {
  return [
    ...twice(() => ["add", pickOf([1, -2, 0.1, 0.7, 5], pick)]),
    () => ["set", pickOf(NUMBERS, pick)],
    () => ["set", pick(20)],
  ];
}

function calls({ length }: { readonly length: number }, pick: Pick, item: () => unknown): readonly (() => Call)[] {
  return [
    ...twice(() => ["insert", pick(length + 1), item()]),
    ...twice(() => ["splice", ...range(length, pick), item()]),
    ...twice(() => ["move", pick(length), pick(length)]),
    () => ["splice", ...range(length, pick)],
    () => ["put", pick(length), item()],
    () => ["pop"],
    () => ["set", [item(), item()]],
  ];
}

function twice(make: () => Call): readonly (() => Call)[] {
  return [make, make];
}

/** A position, and how many from there. */
function range(length: number, pick: Pick): readonly [start: number, count: number] {
  const start = pick(length + 1);
  return [start, pick(Math.min(5, length - start + 1))];
}

function bytesOf(pick: Pick): Uint8Array {
  return Uint8Array.from({ length: pick(4) }, () => pick(10));
}

function itemOf(pick: Pick): Json {
  return pickOf(ITEMS, pick);
}

function pathOf(pick: Pick): string[] {
  return pickOf([["a"], ["a", "b"], ["c"], ["d"], ["a", "e"], [], ["a", "b", "f"]], pick);
}

function describe(arg: unknown): string {
  if (arg instanceof SObject) return nameOf(arg);
  if (arg instanceof Uint8Array) return `<${[...arg].join(" ")}>`;
  if (typeof arg === "function") return String(arg).replace(/\s+/g, " ");
  if (Array.isArray(arg)) return `[${arg.map(describe).join(", ")}]`;
  if (typeof arg !== "object" || arg === null) return JSON.stringify(arg);
  const entries = Object.entries(arg).map(([key, item]) => `${JSON.stringify(key)}: ${describe(item)}`);
  return `{ ${entries.join(", ")} }`;
}
