/**
 * The contract of every topic kind, by table and by random ops. A new kind is a new row of `ROWS`; what holds for all
 * kinds stands once, at the end. What only one kind has is in the test beside its source.
 */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AuthorityTree } from "./authority.ts";
import { BinaryTopic } from "./binary-topic.ts";
import { decode, encode } from "./codec.ts";
import { DictTopic } from "./dict-topic.ts";
import { ObjectSyncError } from "./error.ts";
import { EventTopic } from "./event-topic.ts";
import { type AnyKind, MAX_OP_CODES, type Op, SET, type UncheckedOp } from "./kind.ts";
import { kindNamed, makeTopic, TOPIC_CLASSES } from "./kinds.ts";
import { ListTopic } from "./list-topic.ts";
import { SObject } from "./object.ts";
import { RefDictTopic } from "./ref-dict-topic.ts";
import { RefListTopic } from "./ref-list-topic.ts";
import { RefSetTopic } from "./ref-set-topic.ts";
import { RefTopic } from "./ref-topic.ts";
import { BooleanTopic, FloatTopic, IntTopic, NumberTopic } from "./scalar-topics.ts";
import { type SetItem, SetTopic } from "./set-topic.ts";
import { StringTopic } from "./string-topic.ts";
import { type AnyTopic, execute, TopicChange } from "./topic.ts";
import { transact } from "./transaction.ts";
import type { TreeChange } from "./tree-changes.ts";
import { TypeRegistry } from "./types.ts";
import type { Data, Json } from "./value.ts";
import { ValueTopic } from "./value-topic.ts";

/** From a value: a call, and what is then the value, what was committed, and what the one `change` event says. */
interface Case {
  readonly start: unknown;
  // biome-ignore lint/suspicious/noExplicitAny: each row knows its own topic
  readonly call: (topic: any) => void;
  readonly value: unknown;
  /** `undefined`: nothing is committed and nobody hears of anything. */
  readonly op: UncheckedOp | undefined;
  readonly event?: object;
}

// biome-ignore lint/suspicious/noExplicitAny: the values of a kind are the row's business
type TopicClass = new (initial?: any) => AnyTopic;

/** A kind under test. */
interface Row {
  readonly topicClass: TopicClass;
  /** Values as `set` takes them. */
  readonly values: fc.Arbitrary<unknown>;
  /** A value's wire form, where it is not the value itself. */
  readonly encode?: (value: never) => unknown;
  /** Whether what is handed out is a copy each time, because it cannot be frozen. */
  readonly isCopied?: boolean;
  /** The value that hostile operands meet. */
  readonly victim: unknown;
  /** Valid ops other than `set`, given how large the value is. */
  readonly ops: fc.Arbitrary<(size: number) => UncheckedOp>;
  /** How large a value is. */
  readonly size: (value: never) => number;
  /** The finer events, and what the value is after one of them alone. */
  readonly finer: Readonly<Record<string, (value: never, event: never) => unknown>>;
  /** Whether the values are objects of a tree. Everywhere in the row ids stand for them; there are those from 1 to 5. */
  readonly isOfObjects?: boolean;
  readonly cases: Readonly<Record<string, Case>>;
}

const text = fc.string({ unit: fc.constantFrom("a", "b", "\u{1f600}", "é"), maxLength: 6 });
const item = fc.jsonValue({ maxDepth: 2, stringUnit: "grapheme" }).map((value) => JSON.parse(JSON.stringify(value)));
const safeItem = item.filter((value) => !JSON.stringify(value).includes('"__proto__"')) as fc.Arbitrary<Json>;
const bytes = fc.uint8Array({ max: 2, maxLength: 6 });
const key = fc.constantFrom("a", "b", "c", "toString", "constructor", "1", "");
const setItem = fc.constantFrom<SetItem>("a", "b", "1", "", 0, 1, 2.5, true, false);
const branchKey = fc.constantFrom("a", "b", "constructor");
const { tree } = fc.letrec<{ tree: Data; leaf: Data }>((tie) => ({
  tree: fc.dictionary(branchKey, fc.oneof({ maxDepth: 3 }, tie("leaf"), tie("tree"))).map((value) => ({ ...value })),
  leaf: fc.oneof(fc.nat(2), fc.constant(null), bytes, fc.array(fc.nat(2), { maxLength: 2 })),
}));
const id = fc.integer({ min: 1, max: 5 });
const part = fc.nat(1000);
const from = (share: number, most: number): number => Math.round((share / 1000) * most);

const ROWS: readonly Row[] = [
  {
    topicClass: StringTopic,
    victim: "a\u{1f600}b",
    values: text,
    ops: fc.tuple(part, part, text).map(([at, count, insert]) => (size: number): UncheckedOp => {
      const position = from(at, size);
      return [1, position, from(count, size - position), insert];
    }),
    size: (value: string) => value.length,
    finer: {
      delete: (value: string, { position, text: gone }: { position: number; text: string }) => {
        expect(value.slice(position, position + gone.length)).toBe(gone);
        return value.slice(0, position) + value.slice(position + gone.length);
      },
      insert: (value: string, { position, text: come }: { position: number; text: string }) =>
        value.slice(0, position) + come + value.slice(position),
    },
    cases: {
      "a set is the one splice that it comes to": {
        start: "the old text",
        call: (topic: StringTopic) => topic.set("the new text"),
        value: "the new text",
        op: [1, 4, 3, "new"],
        event: {
          type: "splice",
          position: 4,
          deleted: "old",
          inserted: "new",
          old: "the old text",
          value: "the new text",
        },
      },
      "an insertion": {
        start: "ad",
        call: (topic: StringTopic) => topic.insert(1, "bc"),
        value: "abcd",
        op: [1, 1, 0, "bc"],
        event: { type: "splice", position: 1, deleted: "", inserted: "bc", old: "ad", value: "abcd" },
      },
      "a deletion by length": {
        start: "abcd",
        call: (topic: StringTopic) => topic.delete(1, 2),
        value: "ad",
        op: [1, 1, 2, ""],
        event: { type: "splice", position: 1, deleted: "bc", inserted: "", old: "abcd", value: "ad" },
      },
      "a splice": {
        start: "abcd",
        call: (topic: StringTopic) => topic.splice(1, 2, "xyz"),
        value: "axyzd",
        op: [1, 1, 2, "xyz"],
        event: { type: "splice", position: 1, deleted: "bc", inserted: "xyz", old: "abcd", value: "axyzd" },
      },
      "a splice by the same": {
        start: "abcd",
        call: (topic: StringTopic) => topic.splice(1, 2, "bc"),
        value: "abcd",
        op: undefined,
      },
    },
  },
  {
    topicClass: BinaryTopic,
    victim: Uint8Array.of(1, 2, 3),
    isCopied: true,
    values: bytes,
    ops: fc.tuple(part, part, bytes).map(([at, count, insert]) => (size: number): UncheckedOp => {
      const position = from(at, size);
      return [1, position, from(count, size - position), insert];
    }),
    size: (value: Uint8Array) => value.length,
    finer: {
      delete: (value: Uint8Array, { position, bytes: gone }: { position: number; bytes: Uint8Array }) => {
        expect(value.slice(position, position + gone.length)).toEqual(gone);
        return Uint8Array.of(...value.slice(0, position), ...value.slice(position + gone.length));
      },
      insert: (value: Uint8Array, { position, bytes: come }: { position: number; bytes: Uint8Array }) =>
        Uint8Array.of(...value.slice(0, position), ...come, ...value.slice(position)),
    },
    cases: {
      "a set is the one splice that it comes to": {
        start: Uint8Array.of(1, 2, 3, 4),
        call: (topic: BinaryTopic) => topic.set(Uint8Array.of(1, 9, 8, 7, 4)),
        value: Uint8Array.of(1, 9, 8, 7, 4),
        op: [1, 1, 2, Uint8Array.of(9, 8, 7)],
        event: { type: "splice", position: 1, deleted: Uint8Array.of(2, 3), inserted: Uint8Array.of(9, 8, 7) },
      },
      "a set that repeats what is there adds at the end": {
        start: Uint8Array.of(1, 1),
        call: (topic: BinaryTopic) => topic.set(Uint8Array.of(1, 1, 1)),
        value: Uint8Array.of(1, 1, 1),
        op: [1, 2, 0, Uint8Array.of(1)],
        event: { type: "splice", position: 2, deleted: Uint8Array.of(), inserted: Uint8Array.of(1) },
      },
      "an insertion": {
        start: Uint8Array.of(1, 4),
        call: (topic: BinaryTopic) => topic.insert(1, Uint8Array.of(2, 3)),
        value: Uint8Array.of(1, 2, 3, 4),
        op: [1, 1, 0, Uint8Array.of(2, 3)],
        event: { type: "splice", position: 1, deleted: Uint8Array.of(), inserted: Uint8Array.of(2, 3) },
      },
      "a deletion of all": {
        start: Uint8Array.of(1, 2),
        call: (topic: BinaryTopic) => topic.delete(0, 2),
        value: Uint8Array.of(),
        op: [1, 0, 2, Uint8Array.of()],
        event: { type: "splice", position: 0, deleted: Uint8Array.of(1, 2), inserted: Uint8Array.of() },
      },
      "a splice": {
        start: Uint8Array.of(1, 2, 3),
        call: (topic: BinaryTopic) => topic.splice(1, 1, Uint8Array.of(7, 8)),
        value: Uint8Array.of(1, 7, 8, 3),
        op: [1, 1, 1, Uint8Array.of(7, 8)],
        event: { type: "splice", position: 1, deleted: Uint8Array.of(2), inserted: Uint8Array.of(7, 8) },
      },
      "a splice by the same": {
        start: Uint8Array.of(1, 2, 3),
        call: (topic: BinaryTopic) => topic.splice(1, 2, Uint8Array.of(2, 3)),
        value: Uint8Array.of(1, 2, 3),
        op: undefined,
      },
    },
  },
  {
    topicClass: NumberTopic,
    victim: 1e308,
    values: fc.double({ noNaN: true, noDefaultInfinity: true }),
    ops: fc
      .oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e300, max: 1e300 }))
      .map((amount) => (): UncheckedOp => [1, amount]),
    size: () => 0,
    finer: {},
    cases: {
      "a set": {
        start: 1,
        call: (topic: NumberTopic) => topic.set(2.5),
        value: 2.5,
        op: [0, 2.5],
        event: { type: "set", old: 1, value: 2.5 },
      },
      "an addition": {
        start: 1,
        call: (topic: NumberTopic) => topic.add(-3),
        value: -2,
        op: [1, -3],
        event: { type: "set", old: 1, value: -2 },
      },
      "an addition of nothing": { start: 1, call: (topic: NumberTopic) => topic.add(0), value: 1, op: undefined },
      "an addition too small to be seen": {
        start: 2 ** 60,
        call: (topic: NumberTopic) => topic.add(1),
        value: 2 ** 60,
        op: undefined,
      },
      "minus zero for zero": { start: 0, call: (topic: NumberTopic) => topic.set(-0), value: 0, op: undefined },
    },
  },
  {
    topicClass: IntTopic,
    victim: Number.MAX_SAFE_INTEGER,
    values: fc.maxSafeInteger(),
    ops: fc.oneof(fc.integer(), fc.maxSafeInteger()).map((amount) => (): UncheckedOp => [1, amount]),
    size: () => 0,
    finer: {},
    cases: {
      "a set": {
        start: 1,
        call: (topic: IntTopic) => topic.set(-2),
        value: -2,
        op: [0, -2],
        event: { type: "set", old: 1, value: -2 },
      },
      "an addition": {
        start: 1,
        call: (topic: IntTopic) => topic.add(-1),
        value: 0,
        op: [1, -1],
        event: { type: "set", old: 1, value: 0 },
      },
      "an addition of minus zero": { start: 1, call: (topic: IntTopic) => topic.add(-0), value: 1, op: undefined },
    },
  },
  {
    topicClass: FloatTopic,
    victim: 1e308,
    values: fc.double({ noNaN: true, noDefaultInfinity: true }),
    ops: fc.double({ noNaN: true, noDefaultInfinity: true }).map((amount) => (): UncheckedOp => [1, amount]),
    size: () => 0,
    finer: {},
    cases: {
      "a set to an integer": {
        start: 0.5,
        call: (topic: FloatTopic) => topic.set(2),
        value: 2,
        op: [0, 2],
        event: { type: "set", old: 0.5, value: 2 },
      },
      "an addition": {
        start: 0.5,
        call: (topic: FloatTopic) => topic.add(0.25),
        value: 0.75,
        op: [1, 0.25],
        event: { type: "set", old: 0.5, value: 0.75 },
      },
    },
  },
  {
    topicClass: BooleanTopic,
    victim: true,
    values: fc.boolean(),
    ops: fc.constant((): UncheckedOp => [1]),
    size: () => 0,
    finer: {},
    cases: {
      "a set": {
        start: false,
        call: (topic: BooleanTopic) => topic.set(true),
        value: true,
        op: [0, true],
        event: { type: "set", old: false, value: true },
      },
      "a toggle is the set that it comes to": {
        start: true,
        call: (topic: BooleanTopic) => topic.toggle(),
        value: false,
        op: [0, false],
        event: { type: "set", old: true, value: false },
      },
    },
  },
  {
    topicClass: EventTopic,
    victim: undefined,
    values: fc.constant(undefined),
    encode: () => [],
    ops: fc.oneof(safeItem, bytes, fc.record({ at: fc.nat(), raw: bytes })).map((args) => (): UncheckedOp => [1, args]),
    size: () => 0,
    finer: { emit: () => undefined, revert: () => undefined },
    cases: {
      "an emit": {
        start: undefined,
        call: (topic: EventTopic) => topic.emit(),
        value: undefined,
        op: [1, null],
        event: { type: "emit", args: null },
      },
      "an emit with arguments": {
        start: undefined,
        call: (topic: EventTopic<{ x: number; raw: Uint8Array }>) => topic.emit({ x: 1, raw: Uint8Array.of(2) }),
        value: undefined,
        op: [1, { x: 1, raw: Uint8Array.of(2) }],
        event: { type: "emit", args: { x: 1, raw: Uint8Array.of(2) } },
      },
    },
  },
  {
    topicClass: ListTopic,
    victim: [1, [2], 3],
    values: fc.array(safeItem, { maxLength: 6 }),
    ops: fc
      .tuple(fc.nat(2), part, part, fc.array(safeItem, { maxLength: 3 }), safeItem)
      .map(([code, first, second, items, single]) => (size: number): UncheckedOp => {
        const index = from(first, size);
        if (code === 0 || size === 0) return [1, index, from(second, size - index), items];
        const existing = from(first, size - 1);
        return code === 1 ? [2, existing, single] : [3, existing, from(second, size - 1)];
      }),
    size: (value: Json[]) => value.length,
    finer: {
      remove: (value: Json[], { index, item: gone }: { index: number; item: Json }) => {
        expect(value[index]).toEqual(gone);
        return value.toSpliced(index, 1);
      },
      insert: (value: Json[], { index, item: come }: { index: number; item: Json }) => value.toSpliced(index, 0, come),
    },
    cases: {
      "a set is the one splice that it comes to": {
        start: [1, 2, 3, 4],
        call: (topic: ListTopic) => topic.set([1, 9, 4]),
        value: [1, 9, 4],
        op: [1, 1, 2, [9]],
        event: { type: "splice", index: 1, deleted: [2, 3], inserted: [9] },
      },
      "an insertion": {
        start: [1, 4],
        call: (topic: ListTopic) => topic.insert(1, 2, 3),
        value: [1, 2, 3, 4],
        op: [1, 1, 0, [2, 3]],
        event: { type: "splice", index: 1, deleted: [], inserted: [2, 3] },
      },
      "a push": {
        start: [1],
        call: (topic: ListTopic) => topic.push(2, 3),
        value: [1, 2, 3],
        op: [1, 1, 0, [2, 3]],
        event: { type: "splice", index: 1, deleted: [], inserted: [2, 3] },
      },
      "a pop": {
        start: [1, 2],
        call: (topic: ListTopic) => topic.pop(),
        value: [1],
        op: [1, 1, 1, []],
        event: { type: "splice", index: 1, deleted: [2], inserted: [] },
      },
      "a put": {
        start: [1, 2],
        call: (topic: ListTopic) => topic.put(0, { a: [1] }),
        value: [{ a: [1] }, 2],
        op: [2, 0, { a: [1] }],
        event: { type: "put", index: 0, old: 1, item: { a: [1] } },
      },
      "a put of an equal item": {
        start: [{ a: 1, b: [2] }],
        call: (topic: ListTopic) => topic.put(0, { b: [2], a: 1 }),
        value: [{ a: 1, b: [2] }],
        op: undefined,
      },
      "a move forward": {
        start: [1, 2, 3, 4],
        call: (topic: ListTopic) => topic.move(0, 2),
        value: [2, 3, 1, 4],
        op: [3, 0, 2],
        event: { type: "move", from: 0, to: 2, item: 1 },
      },
      "a move back": {
        start: [1, 2, 3, 4],
        call: (topic: ListTopic) => topic.move(3, 1),
        value: [1, 4, 2, 3],
        op: [3, 3, 1],
        event: { type: "move", from: 3, to: 1, item: 4 },
      },
      "a move to where it is": {
        start: [1, 2],
        call: (topic: ListTopic) => topic.move(1, 1),
        value: [1, 2],
        op: undefined,
      },
    },
  },
  {
    topicClass: DictTopic,
    victim: { a: 1, b: [2] },
    encode: (value: object) => Object.entries(value).flat(1),
    values: fc.dictionary(key, safeItem, { maxKeys: 5 }).map((value) => ({ ...value })),
    ops: fc.tuple(fc.boolean(), key, safeItem).map(([isPut, name, value]) => (): UncheckedOp => {
      return isPut ? [1, name, value] : [2, name];
    }),
    size: () => 0,
    finer: {
      delete: (value: Record<string, Json>, { key: name, old }: { key: string; old: Json }) => {
        expect(value[name]).toEqual(old);
        return Object.fromEntries(Object.entries(value).filter(([each]) => each !== name));
      },
      put: (
        value: Record<string, Json>,
        { key: name, old, item: come }: { key: string; old: Json | undefined; item: Json },
      ) => {
        expect(Object.hasOwn(value, name) ? value[name] : undefined).toEqual(old);
        return { ...value, [name]: come };
      },
    },
    cases: {
      "a set": {
        start: { a: 1 },
        call: (topic: DictTopic) => topic.set({ b: 2 }),
        value: { b: 2 },
        op: [0, ["b", 2]],
        event: { type: "set", old: { a: 1 }, value: { b: 2 } },
      },
      "a set in another order": {
        start: { a: 1, b: 2 },
        call: (topic: DictTopic) => topic.set({ b: 2, a: 1 }),
        value: { a: 1, b: 2 },
        op: undefined,
      },
      "a put of a new key": {
        start: {},
        call: (topic: DictTopic) => topic.put("a", null),
        value: { a: null },
        op: [1, "a", null],
        event: { type: "put", key: "a", old: undefined, item: null },
      },
      "a put of an old key": {
        start: { a: 1 },
        call: (topic: DictTopic) => topic.put("a", [2]),
        value: { a: [2] },
        op: [1, "a", [2]],
        event: { type: "put", key: "a", old: 1, item: [2] },
      },
      "a put of an equal item": {
        start: { a: { b: 1 } },
        call: (topic: DictTopic) => topic.put("a", { b: 1 }),
        value: { a: { b: 1 } },
        op: undefined,
      },
      "a deletion": {
        start: { a: 1, b: 2 },
        call: (topic: DictTopic) => topic.delete("a"),
        value: { b: 2 },
        op: [2, "a"],
        event: { type: "delete", key: "a", old: 1 },
      },
      "a deletion of nothing": {
        start: { a: 1 },
        call: (topic: DictTopic) => topic.delete("b"),
        value: { a: 1 },
        op: undefined,
      },
    },
  },
  {
    topicClass: SetTopic,
    victim: ["a", 1, true],
    encode: (value: Iterable<SetItem>) => [...value],
    values: fc.uniqueArray(setItem, { maxLength: 5 }),
    ops: fc.tuple(fc.boolean(), setItem).map(
      ([isAddition, one]) =>
        (): UncheckedOp => [isAddition ? 1 : 2, one],
    ),
    size: () => 0,
    finer: {
      delete: (value: ReadonlySet<SetItem>, { item: gone }: { item: SetItem }) => {
        expect(value.has(gone)).toBe(true);
        return new Set([...value].filter((each) => each !== gone));
      },
      add: (value: ReadonlySet<SetItem>, { item: come }: { item: SetItem }) => {
        expect(value.has(come)).toBe(false);
        return new Set([...value, come]);
      },
    },
    cases: {
      "a set": {
        start: ["a", 1],
        call: (topic: SetTopic<SetItem>) => topic.set(["b", 1]),
        value: new Set(["b", 1]),
        op: [0, ["b", 1]],
        event: { type: "set", deleted: ["a"], added: ["b"] },
      },
      "a set in another order, with an item twice": {
        start: ["a", "b"],
        call: (topic: SetTopic) => topic.set(["b", "a", "b"]),
        value: new Set(["a", "b"]),
        op: undefined,
      },
      "an addition": {
        start: [],
        call: (topic: SetTopic<SetItem>) => topic.add(false),
        value: new Set([false]),
        op: [1, false],
        event: { type: "add", item: false },
      },
      "an addition of what is there": {
        start: ["a", 0],
        call: (topic: SetTopic<SetItem>) => topic.add(-0),
        value: new Set(["a", 0]),
        op: undefined,
      },
      "a deletion": {
        start: ["1", 1],
        call: (topic: SetTopic<SetItem>) => topic.delete(1),
        value: new Set(["1"]),
        op: [2, 1],
        event: { type: "delete", item: 1 },
      },
      "a deletion of what is not there": {
        start: ["1"],
        call: (topic: SetTopic<SetItem>) => topic.delete(1),
        value: new Set(["1"]),
        op: undefined,
      },
    },
  },
  {
    topicClass: RefTopic,
    isOfObjects: true,
    victim: 2,
    values: fc.option(id),
    encode: (value: number | null) => value ?? 0,
    ops: id.map((one) => (): UncheckedOp => [0, one]),
    size: () => 0,
    finer: {},
    cases: {
      "a set to an object": {
        start: null,
        call: (topic: RefTopic) => topic.set(targetOf(topic, 3)),
        value: 3,
        op: [0, 3],
        event: { type: "set", old: null, value: 3, oldId: 0, id: 3 },
      },
      "a set to none": {
        start: 3,
        call: (topic: RefTopic) => topic.set(null),
        value: null,
        op: [0, 0],
        event: { type: "set", old: 3, value: null, oldId: 3, id: 0 },
      },
      "a set to the same object": {
        start: 3,
        call: (topic: RefTopic) => topic.set(targetOf(topic, 3)),
        value: 3,
        op: undefined,
      },
      "an id that no object has": {
        start: 3,
        call: (topic: RefTopic) => topic.setId(99),
        value: null,
        op: [0, 99],
        event: { type: "set", old: 3, value: null, oldId: 3, id: 99 },
      },
    },
  },
  {
    topicClass: RefListTopic,
    isOfObjects: true,
    victim: [2, 3, 2],
    values: fc.array(id, { maxLength: 6 }),
    ops: fc
      .tuple(fc.nat(2), part, part, fc.array(id, { maxLength: 3 }), id)
      .map(([code, first, second, ids, single]) => (size: number): UncheckedOp => {
        const index = from(first, size);
        if (code === 0 || size === 0) return [1, index, from(second, size - index), ids];
        const existing = from(first, size - 1);
        return code === 1 ? [2, existing, single] : [3, existing, from(second, size - 1)];
      }),
    size: (value: number[]) => value.length,
    finer: {
      remove: (value: number[], { index, item: gone }: { index: number; item: number }) => {
        expect(value[index]).toBe(gone);
        return value.toSpliced(index, 1);
      },
      insert: (value: number[], { index, item: come }: { index: number; item: number }) =>
        value.toSpliced(index, 0, come),
    },
    cases: {
      "a set is the one splice that it comes to": {
        start: [1, 2, 3, 4],
        call: (topic: RefListTopic) => topic.set([1, 5, 4].map((each) => targetOf(topic, each))),
        value: [1, 5, 4],
        op: [1, 1, 2, [5]],
        event: { type: "splice", index: 1, deleted: [2, 3], inserted: [5] },
      },
      "a push": {
        start: [1],
        call: (topic: RefListTopic) => topic.push(targetOf(topic, 2), targetOf(topic, 1)),
        value: [1, 2, 1],
        op: [1, 1, 0, [2, 1]],
        event: { type: "splice", index: 1, deleted: [], inserted: [2, 1] },
      },
      "a removal by object": {
        start: [1, 2, 1],
        call: (topic: RefListTopic) => topic.remove(targetOf(topic, 1)),
        value: [2, 1],
        op: [1, 0, 1, []],
        event: { type: "splice", index: 0, deleted: [1], inserted: [] },
      },
      "a put": {
        start: [1, 2],
        call: (topic: RefListTopic) => topic.put(-1, targetOf(topic, 5)),
        value: [1, 5],
        op: [2, 1, 5],
        event: { type: "put", index: 1, old: 2, item: 5 },
      },
      "a put of the same object": {
        start: [1, 2],
        call: (topic: RefListTopic) => topic.put(0, targetOf(topic, 1)),
        value: [1, 2],
        op: undefined,
      },
      "a move": {
        start: [1, 2, 3],
        call: (topic: RefListTopic) => topic.move(0, 2),
        value: [2, 3, 1],
        op: [3, 0, 2],
        event: { type: "move", from: 0, to: 2, item: 1 },
      },
      "ids, some of no object": {
        start: [1, 2],
        call: (topic: RefListTopic) => topic.setIds([1, 99, 2]),
        value: [1, null, 2],
        op: [1, 1, 0, [99]],
        event: { type: "splice", index: 1, deleted: [], inserted: [null] },
      },
    },
  },
  {
    topicClass: RefSetTopic,
    isOfObjects: true,
    victim: [2, 3],
    encode: (value: Iterable<number>) => [...value],
    values: fc.uniqueArray(id, { maxLength: 5 }),
    ops: fc.tuple(fc.boolean(), id).map(
      ([isAddition, one]) =>
        (): UncheckedOp => [isAddition ? 1 : 2, one],
    ),
    size: () => 0,
    finer: {
      delete: (value: ReadonlySet<number>, { item: gone, id: goneId }: { item: number; id: number }) => {
        expect([value.has(gone), goneId]).toEqual([true, gone]);
        return new Set([...value].filter((each) => each !== gone));
      },
      add: (value: ReadonlySet<number>, { item: come, id: comeId }: { item: number; id: number }) => {
        expect([value.has(come), comeId]).toEqual([false, come]);
        return new Set([...value, come]);
      },
    },
    cases: {
      "a set": {
        start: [1, 2],
        call: (topic: RefSetTopic) => topic.set(new Set([targetOf(topic, 3), targetOf(topic, 1)])),
        value: new Set([1, 3]),
        op: [0, [3, 1]],
        event: { type: "set", deleted: [2], added: [3], deletedIds: [2], addedIds: [3] },
      },
      "an addition": {
        start: [1],
        call: (topic: RefSetTopic) => topic.add(targetOf(topic, 2)),
        value: new Set([1, 2]),
        op: [1, 2],
        event: { type: "add", item: 2, id: 2 },
      },
      "an addition of what is there": {
        start: [1],
        call: (topic: RefSetTopic) => topic.add(targetOf(topic, 1)),
        value: new Set([1]),
        op: undefined,
      },
      "a deletion": {
        start: [1, 2],
        call: (topic: RefSetTopic) => topic.delete(targetOf(topic, 2)),
        value: new Set([1]),
        op: [2, 2],
        event: { type: "delete", item: 2, id: 2 },
      },
      "a deletion of what is not there": {
        start: [1],
        call: (topic: RefSetTopic) => topic.delete(targetOf(topic, 2)),
        value: new Set([1]),
        op: undefined,
      },
      "ids, some of no object": {
        start: [1, 2],
        call: (topic: RefSetTopic) => topic.setIds([2, 99]),
        value: new Set([2]),
        op: [0, [2, 99]],
        event: { type: "set", deleted: [1], added: [null], deletedIds: [1], addedIds: [99] },
      },
    },
  },
  {
    topicClass: RefDictTopic,
    isOfObjects: true,
    victim: { a: 2, b: 3 },
    encode: (value: object) => Object.entries(value).flat(1),
    values: fc.dictionary(key, id, { maxKeys: 5 }).map((value) => ({ ...value })),
    ops: fc.tuple(fc.boolean(), key, id).map(([isPut, name, one]) => (): UncheckedOp => {
      return isPut ? [1, name, one] : [2, name];
    }),
    size: () => 0,
    finer: {
      delete: (value: Record<string, number>, { key: name, old }: { key: string; old: number }) => {
        expect(value[name]).toBe(old);
        return Object.fromEntries(Object.entries(value).filter(([each]) => each !== name));
      },
      put: (
        value: Record<string, number>,
        { key: name, old, item: come }: { key: string; old: number | undefined; item: number },
      ) => {
        expect(Object.hasOwn(value, name) ? value[name] : undefined).toBe(old);
        return { ...value, [name]: come };
      },
    },
    cases: {
      "a set": {
        start: { a: 1 },
        call: (topic: RefDictTopic) => topic.set({ b: targetOf(topic, 2) }),
        value: { b: 2 },
        op: [0, ["b", 2]],
        event: { type: "set", old: { a: 1 }, value: { b: 2 } },
      },
      "a put of a new key": {
        start: {},
        call: (topic: RefDictTopic) => topic.put("a", targetOf(topic, 2)),
        value: { a: 2 },
        op: [1, "a", 2],
        event: { type: "put", key: "a", old: undefined, item: 2 },
      },
      "a put of the same object": {
        start: { a: 2 },
        call: (topic: RefDictTopic) => topic.put("a", targetOf(topic, 2)),
        value: { a: 2 },
        op: undefined,
      },
      "a deletion": {
        start: { a: 1, b: 2 },
        call: (topic: RefDictTopic) => topic.delete("a"),
        value: { b: 2 },
        op: [2, "a"],
        event: { type: "delete", key: "a", old: 1 },
      },
      "ids, some of no object": {
        start: { a: 1 },
        call: (topic: RefDictTopic) => topic.setIds({ a: 99 }),
        value: { a: null },
        op: [0, ["a", 99]],
        event: { type: "set", old: { a: 1 }, value: { a: null } },
      },
    },
  },
  {
    topicClass: ValueTopic,
    victim: { a: { b: [1], "": Uint8Array.of(1) }, c: null },
    isCopied: true,
    encode: (value: Data) => [value],
    values: fc.oneof(tree, safeItem, bytes),
    ops: fc
      .tuple(fc.integer({ min: 1, max: 4 }), fc.array(branchKey, { maxLength: 3 }), fc.oneof(tree, safeItem, bytes))
      .map(
        ([code, path, data]) =>
          (): UncheckedOp =>
            code === 1 ? [2, path] : [1, path, data],
      ),
    size: () => 0,
    finer: {
      delete: (value: Data, { path, old }: { path: string[]; old: Data }) => {
        expect(at(value, path)).toEqual(old);
        return withAt(value, path, undefined);
      },
      put: (value: Data, { path, old, item: come }: { path: string[]; old: Data | undefined; item: Data }) => {
        expect(at(value, path)).toEqual(old);
        return withAt(value, path, come);
      },
    },
    cases: {
      "a set": {
        start: null,
        call: (topic: ValueTopic) => topic.set([1, Uint8Array.of(2)]),
        value: [1, Uint8Array.of(2)],
        op: [0, [[1, Uint8Array.of(2)]]],
        event: { type: "set", old: null, value: [1, Uint8Array.of(2)] },
      },
      "a set in another order": {
        start: { a: 1, b: Uint8Array.of(2) },
        call: (topic: ValueTopic) => topic.set({ b: Uint8Array.of(2), a: 1 }),
        value: { a: 1, b: Uint8Array.of(2) },
        op: undefined,
      },
      "a put of the whole is a set": {
        start: 1,
        call: (topic: ValueTopic) => topic.put([], {}),
        value: {},
        op: [0, [{}]],
        event: { type: "set", old: 1, value: {} },
      },
      "a put at a new key": {
        start: { a: {} },
        call: (topic: ValueTopic) => topic.put(["a", "b"], null),
        value: { a: { b: null } },
        op: [1, ["a", "b"], null],
        event: { type: "put", path: ["a", "b"], old: undefined, item: null },
      },
      "a put in place of something": {
        start: { a: { b: 1, c: 2 } },
        call: (topic: ValueTopic) => topic.put(["a"], Uint8Array.of(7)),
        value: { a: Uint8Array.of(7) },
        op: [1, ["a"], Uint8Array.of(7)],
        event: { type: "put", path: ["a"], old: { b: 1, c: 2 }, item: Uint8Array.of(7) },
      },
      "a put of an equal part": {
        start: { a: { b: [Uint8Array.of(1)] } },
        call: (topic: ValueTopic) => topic.put(["a"], { b: [Uint8Array.of(1)] }),
        value: { a: { b: [Uint8Array.of(1)] } },
        op: undefined,
      },
      "a deletion": {
        start: { a: { b: 1, c: 2 } },
        call: (topic: ValueTopic) => topic.delete(["a", "b"]),
        value: { a: { c: 2 } },
        op: [2, ["a", "b"]],
        event: { type: "delete", path: ["a", "b"], old: 1 },
      },
      "a deletion of nothing": {
        start: { a: [1] },
        call: (topic: ValueTopic) => topic.delete(["a", "0"]),
        value: { a: [1] },
        op: undefined,
      },
      "a deletion of the whole leaves null": {
        start: { a: 1 },
        call: (topic: ValueTopic) => topic.delete([]),
        value: null,
        op: [0, [null]],
        event: { type: "set", old: { a: 1 }, value: null },
      },
    },
  },
];

/** What no kind should trip over, whatever it makes of it. */
function hostileOperands(): readonly unknown[] {
  const cycle: unknown[] = [];
  cycle.push({ cycle });
  return [
    ...[undefined, null, true, Number.NaN, Number.POSITIVE_INFINITY, -1, -0, 0.5, 1e308, 2 ** 53, -(2 ** 53), 10n],
    ...["", "x", "\ud800", "\udc00a", "__proto__", "constructor", "1", Symbol("s"), () => 1],
    ...[[], [undefined], new Array(3), ["__proto__", 1], ["a"], [1, 2], ["a", 1, "a", 2], ["\ud83d"]],
    ...[{}, { length: 2 }, { a: undefined }, { a: Number.NaN }, { constructor: { prototype: { polluted: true } } }],
    ...[JSON.parse('{"__proto__":{"polluted":true}}'), JSON.parse('["a",{"__proto__":{"polluted":true}}]')],
    ...[
      cycle,
      { cycle },
      nested(38),
      nested(39),
      nested(40),
      nested(41),
      nested(1000),
      ["a", nested(38)],
      [nested(40)],
    ],
    ...[
      new Date(0),
      new Map([["a", 1]]),
      new Set([1]),
      new Uint8Array(2),
      Object.create({ inherited: 1 }),
      new URL("a:b"),
    ],
  ];
}

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level++) value = level % 2 ? [value] : { value };
  return value;
}

/** A topic of a tree, and what the tree commits of it. */
function inTree(make: () => AnyTopic, { isOfObjects }: Pick<Row, "isOfObjects"> = {}) {
  class Holder extends SObject {
    readonly topic = make();
  }
  const types = new TypeRegistry();
  types.register(Holder);
  types.register(SObject);
  const tree = new AuthorityTree(types, Holder);
  if (isOfObjects) for (let id = 2; id <= 5; id++) tree.root.add(SObject);
  const committed: TreeChange[] = [];
  tree.onCommit = (changes) => committed.push(...changes);
  return { topic: (tree.root as Holder).topic, committed };
}

function overTheWire(op: Op): UncheckedOp {
  return decode(encode(op)) as unknown as UncheckedOp;
}

/** The object with an id in the tree of a topic. */
function targetOf(topic: AnyTopic, id: number): SObject {
  return topic.object?.tree.get(id) as SObject;
}

/** A value of objects, with ids in their place. */
function withIds(value: unknown): unknown {
  if (value instanceof SObject) return value.id;
  if (value instanceof Set) return new Set(Array.from(value, withIds));
  if (Array.isArray(value)) return value.map(withIds);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, withIds(part)]));
}

/** What is at a path of data; `undefined` if nothing is. */
function at(value: Data | undefined, path: readonly string[]): Data | undefined {
  return path.reduce<Data | undefined>((inner, name) => new Map(Object.entries(inner as object)).get(name), value);
}

/** Data with something else, or nothing, at a path. */
function withAt(value: Data, [name, ...path]: readonly string[], item: Data | undefined): Data {
  if (name === undefined) return item as Data;
  const { [name]: inner, ...rest } = value as Record<string, Data>;
  const replaced = path.length === 0 ? item : withAt(inner as Data, path, item);
  return replaced === undefined ? rest : { ...rest, [name]: replaced };
}

/** Changes all bytes in a value. */
function scribble(value: unknown): void {
  if (value instanceof Uint8Array) value.fill(99);
  else if (typeof value === "object" && value !== null) for (const inner of Object.values(value)) scribble(inner);
}

function isDeeplyFrozen(value: unknown): boolean {
  if (typeof value !== "object" || value === null || value instanceof SObject) return true;
  // Bytes cannot be frozen.
  if (value instanceof Uint8Array) return true;
  return Object.isFrozen(value) && Object.values(value).every(isDeeplyFrozen);
}

/** The error's code; `undefined` if there was none. Any other error goes through. */
function refusal(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    if (error instanceof ObjectSyncError) return error.code;
    throw error;
  }
  return undefined;
}

it("has a row for every kind that there is", () => {
  expect(ROWS.map((row) => row.topicClass)).toEqual(TOPIC_CLASSES);
});

describe.each(ROWS.map((row) => [new row.topicClass().kind.name as string, row] as const))(
  "the kind %s",
  (name, row) => {
    const { topicClass, values, ops, size, finer } = row;
    const kind: AnyKind = new topicClass().kind;
    const { isOfObjects = false } = row;
    const plain = (value: unknown): unknown => (isOfObjects ? withIds(value) : value);
    const encodeValue = (value: unknown): unknown => (row.encode ? row.encode(plain(value) as never) : plain(value));
    const textOf = (value: unknown): string => JSON.stringify(encodeValue(value));
    const makeWith = (start: unknown): AnyTopic =>
      isOfObjects ? inTree(() => new topicClass(start), row).topic : new topicClass(start);
    const stateOf = (value: unknown): unknown => kind.fromWire(encodeValue(value));
    const sets = values.map((value) => (): UncheckedOp => [SET, encodeValue(value)]);
    const run = fc.array(fc.oneof({ weight: 4, arbitrary: ops }, { weight: 1, arbitrary: sets }), { maxLength: 12 });

    /** Carries a run of ops out on a topic; numbers may run over and refuse one. */
    function carryOut(topic: AnyTopic, makers: readonly ((size: number) => UncheckedOp)[]): void {
      for (const make of makers) refusal(() => execute(topic, make(size(topic.value as never))));
    }

    /** What `carryOut` did to the topic, as a tree commits it. */
    function recorded(start: unknown, makers: readonly ((size: number) => UncheckedOp)[]): [AnyTopic, readonly Op[]] {
      const { topic, committed } = inTree(() => new topicClass(start), row);
      for (const make of makers) refusal(() => topic.object?.tree.write(topic, make(size(topic.value as never))));
      return [topic, committed.map((change) => (change as TopicChange).op)];
    }

    /** That a value read again is the very one, or an equal copy. */
    function expectSame(value: unknown, earlier: unknown): void {
      if (row.isCopied) expect(value).toEqual(earlier);
      else expect(value).toBe(earlier);
    }

    it("is found by its name, and makes its topic", () => {
      expect(kindNamed(name)).toBe(kind);
      expect(makeTopic(kind)).toBeInstanceOf(topicClass);
      expect(kind.ops.length).toBeLessThanOrEqual(MAX_OP_CODES);
      expect(kind.ops[SET]).toEqual({ name: "set", arity: 1 });
    });

    it.each(Object.entries(row.cases))("%s", (_, { start, call, value, op, event }) => {
      const { topic, committed } = inTree(() => new topicClass(start), row);
      const heard: unknown[] = [];
      topic.on("change", (change) => heard.push(plain({ ...change })));
      call(topic);
      expect(plain(topic.value)).toEqual(value);
      expect(committed.map((change) => (change as TopicChange).op)).toEqual(op ? [op] : []);
      expect(heard).toEqual(event ? [{ ...event, origin: "local" }] : []);
    });

    it.each(Object.entries(row.cases))("[TO-18] %s, taken back, is as before", (_, { start, call, op }) => {
      const topic = makeWith(start);
      const before = topic.value;
      const origins: unknown[] = [];
      topic.on("change", (change) => origins.push(change.origin));
      expect(() =>
        transact(() => {
          call(topic);
          throw new Error("no");
        }),
      ).toThrow("no");
      expect(topic.value).toEqual(before);
      expect(origins).toEqual(op ? ["local", "rollback"] : []);
    });

    it("[TO-18] applies and inverts any ops to where it was", () => {
      fc.assert(
        fc.property(values, run, (start, makers) => {
          const [topic, done] = recorded(start, makers);
          let state = stateOf(start);
          const inverses: Op[] = [];
          for (const op of done) {
            inverses.push(kind.invert(state, op));
            state = kind.apply(state, op);
          }
          expect(kind.equals(state, stateOf(topic.value))).toBe(true);
          for (const inverse of inverses.reverse()) state = kind.apply(state, inverse);
          expect(kind.equals(state, stateOf(start))).toBe(true);
        }),
      );
    });

    it("[TO-18] takes a run of ops back in one transaction, and listeners can follow", () => {
      fc.assert(
        fc.property(values, run, (start, makers) => {
          const topic = makeWith(start);
          let followed: unknown = plain(topic.value);
          topic.on("change", () => {
            if (Object.keys(finer).length === 0) followed = plain(topic.value);
          });
          for (const [event, follow] of Object.entries(finer)) {
            (topic as unknown as { on(name: string, listener: (event: never) => void): void }).on(event, (part) => {
              followed = follow(followed as never, plain(part) as never);
            });
          }
          const before = topic.value;
          expect(() =>
            transact(() => {
              carryOut(topic, makers);
              expect(followed).toEqual(plain(topic.value));
              throw new Error("no");
            }),
          ).toThrow("no");
          expect(topic.value).toEqual(before);
          expect(followed).toEqual(plain(before));
        }),
      );
    });

    it("[TO-19] replays ops that went over the wire, on a copy that did too, to the same value", () => {
      fc.assert(
        fc.property(values, run, (start, makers) => {
          const [topic, done] = recorded(start, makers);
          let state = kind.fromWire(decode(encode(kind.toWire(stateOf(start)))));
          for (const op of done) {
            const received = overTheWire(op);
            expect(received).toEqual(op);
            const prepared = kind.prepare(state, received);
            expect(prepared).toEqual(op);
            state = kind.apply(state, prepared as Op);
          }
          expect(kind.equals(state, stateOf(topic.value))).toBe(true);
          expect(kind.equals(stateOf(topic.value), state)).toBe(true);
        }),
      );
    });

    it.skipIf(kind.isEvent)("[TO-02] makes nothing of a set to an equal value", () => {
      fc.assert(
        fc.property(values, run, (start, makers) => {
          const { topic, committed } = inTree(() => new topicClass(start), row);
          carryOut(topic, makers);
          committed.length = 0;
          let calls = 0;
          const { value } = topic;
          topic.on("change", () => calls++);
          topic.rule("change", () => calls++);
          (topic as unknown as { set(value: unknown): void }).set(isOfObjects ? value : structuredClone(value));
          expect({ calls, committed }).toEqual({ calls: 0, committed: [] });
          expectSame(topic.value, value);
        }),
      );
    });

    it("[TO-13][TO-14] tells each change, a whole set too, by finer events that lead from the old value to the new", () => {
      fc.assert(
        fc.property(values, run, values, (start, makers, end) => {
          const topic = makeWith(start);
          let followed: unknown = plain(topic.value);
          for (const [event, follow] of Object.entries(finer)) {
            (topic as unknown as { on(name: string, listener: (event: never) => void): void }).on(event, (part) => {
              followed = follow(followed as never, plain(part) as never);
            });
          }
          for (const make of [...makers, () => [SET, encodeValue(end)] as UncheckedOp]) {
            refusal(() => execute(topic, make(size(topic.value as never))));
            if (Object.keys(finer).length > 0) expect(followed).toEqual(plain(topic.value));
          }
          expect(plain(topic.value)).toEqual(plain(makeWith(end).value));
        }),
      );
    });

    it("[TO-01] hands out values that nobody can change and that do not change later", () => {
      fc.assert(
        fc.property(values, run, (start, makers) => {
          const topic = makeWith(start);
          const seen: { value: unknown; text: string }[] = [];
          const see = (): void => {
            const { value } = topic;
            const text = textOf(value);
            seen.push({ value: topic.value, text });
            expect(isDeeplyFrozen(value)).toBe(true);
            scribble(value);
            if (row.isCopied) expect(textOf(topic.value)).toBe(text);
            else expect(topic.value).toBe(value);
          };
          see();
          for (const make of makers) {
            refusal(() => execute(topic, make(size(topic.value as never))));
            see();
          }
          for (const { value, text } of seen) expect(textOf(value)).toBe(text);
        }),
      );
    });

    it("[TO-01] does not share what was given to it", () => {
      const given: { deep: number[] } = { deep: [1] };
      const start = name === "dict" ? { a: given } : [given];
      if (refusal(() => stateOf(start)) !== undefined) return;
      const topic = new topicClass(start);
      const before = JSON.stringify(topic.value);
      given.deep.push(2);
      expect(JSON.stringify(topic.value)).toBe(before);
    });

    it("gives plain data that leads back to an equal state and does not change with it", () => {
      fc.assert(
        fc.property(values, run, (start, makers) => {
          let state = stateOf(start);
          const wire = kind.toWire(state);
          const then = JSON.stringify(wire);
          expect(kind.equals(kind.fromWire(decode(encode(wire))), state)).toBe(true);
          for (const op of recorded(start, makers)[1]) state = kind.apply(state, op);
          expect(JSON.stringify(wire)).toBe(then);
        }),
      );
    });

    it("looks at a state to prepare and to invert without changing it", () => {
      fc.assert(
        fc.property(values, run, (start, makers) => {
          const state = stateOf(start);
          const then = JSON.stringify(kind.toWire(state));
          for (const make of makers) {
            refusal(() => {
              const op = kind.prepare(state, make(size(start as never)));
              if (op) kind.invert(state, op);
            });
          }
          expect(JSON.stringify(kind.toWire(state))).toBe(then);
        }),
      );
    });

    it("answers hostile operands with an ObjectSyncError or with a state that can be sent, and nothing in between", () => {
      const hostile = hostileOperands();
      const operand = fc.oneof(fc.constantFrom(...hostile), fc.nat(3), safeItem);
      let refused = 0;
      const attempt = (start: unknown, code: number, operands: readonly unknown[]): void => {
        const topic = makeWith(start);
        const before = topic.value;
        let events = 0;
        topic.on("change", () => events++);
        const failure = refusal(() => execute(topic, [code, ...operands]));
        if (failure) {
          refused++;
          expectSame(topic.value, before);
          expect(events).toBe(0);
        }
        const wire = kind.toWire(stateOf(topic.value));
        expect(kind.fromWire(decode(encode(wire)))).toEqual(stateOf(topic.value));
        expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
      };
      for (const [code, { arity }] of kind.ops.entries()) {
        for (const each of hostile) {
          for (let at = 0; at < Math.max(arity, 1); at++) {
            for (const filler of [0, "a", []]) {
              attempt(
                row.victim,
                code,
                Array.from({ length: arity }, (_, index) => (index === at ? each : filler)),
              );
            }
          }
        }
      }
      const code = fc.nat(kind.ops.length - 1);
      fc.assert(fc.property(values, code, fc.array(operand, { maxLength: 4 }), attempt), { numRuns: 500 });
      expect(refused).toBeGreaterThan(0);
    });

    it("refuses hostile data as a whole value", () => {
      let refused = 0;
      for (const data of hostileOperands()) {
        const failure = refusal(() => {
          const state = kind.fromWire(data);
          expect(kind.equals(kind.fromWire(decode(encode(kind.toWire(state)))), state)).toBe(true);
        });
        if (failure) refused++;
      }
      expect(refused).toBeGreaterThan(10);
    });
  },
);

describe("TopicChange", () => {
  it("is what a tree commits of a topic: the op as it was applied, and its inverse", () => {
    const { topic, committed } = inTree(() => new NumberTopic(1));
    (topic as NumberTopic).add(2);
    expect(committed).toHaveLength(1);
    const change = committed[0] as TopicChange;
    expect(change).toBeInstanceOf(TopicChange);
    expect({ op: change.op, inverse: change.inverse, isDerived: change.isDerived }).toEqual({
      op: [1, 2],
      inverse: [1, -2],
      isDerived: false,
    });
  });
});
