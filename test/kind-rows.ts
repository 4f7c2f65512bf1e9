// The rows of the contract suite: what is to be known of each topic kind to prove of it what holds for all.
//
// Values and ops are random; cases are calls with all that comes of them. The laws are in core/kinds.test.ts.

import * as fc from "fast-check";
import { expect } from "vitest";
import { BinaryTopic } from "../core/binary-topic.ts";
import { DictTopic } from "../core/dict-topic.ts";
import { EventTopic } from "../core/event-topic.ts";
import type { UncheckedOp } from "../core/kind.ts";
import { ListTopic } from "../core/list-topic.ts";
import type { SObject } from "../core/object.ts";
import { RefDictTopic } from "../core/ref-dict-topic.ts";
import { RefListTopic } from "../core/ref-list-topic.ts";
import { RefSetTopic } from "../core/ref-set-topic.ts";
import { RefTopic } from "../core/ref-topic.ts";
import { BooleanTopic, FloatTopic, IntTopic, NumberTopic } from "../core/scalar-topics.ts";
import { type SetItem, SetTopic } from "../core/set-topic.ts";
import { StringTopic } from "../core/string-topic.ts";
import type { AnyTopic } from "../core/topic.ts";
import type { Data, Json } from "../core/value.ts";
import { ValueTopic } from "../core/value-topic.ts";

/** From a value: a call, and what is then the value, what was committed, and what the one `change` event says. */
export interface Case {
  readonly start: unknown;
  // biome-ignore lint/suspicious/noExplicitAny: each row knows its own topic
  readonly call: (topic: any) => void;
  readonly value: unknown;
  /** `undefined`: nothing is committed and nobody hears of anything. */
  readonly op: UncheckedOp | undefined;
  readonly event?: object;
}

// biome-ignore lint/suspicious/noExplicitAny: the values of a kind are the row's business
export type TopicClass = new (initial?: any) => AnyTopic;

/** A kind under test. */
export interface Row {
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
  /** Other values and ops, of which no sum is rounded or out of range, to prove what does not hold of such sums. */
  readonly exact?: Pick<Row, "values" | "ops">;
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
/** JSON data. */
export const safeItem = item.filter((value) => !JSON.stringify(value).includes('"__proto__"')) as fc.Arbitrary<Json>;
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
const integer = fc.integer({ min: -1000, max: 1000 });
const quarter = integer.map((number) => number / 4);
const additionsOf = (amounts: fc.Arbitrary<number>) => amounts.map((amount) => (): UncheckedOp => [1, amount]);
const from = (share: number, most: number): number => Math.round((share / 1000) * most);

/** A row for each kind. */
export const ROWS: readonly Row[] = [
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
    ops: additionsOf(
      fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e300, max: 1e300 })),
    ),
    exact: { values: quarter, ops: additionsOf(quarter) },
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
    ops: additionsOf(fc.oneof(fc.integer(), fc.maxSafeInteger())),
    exact: { values: integer, ops: additionsOf(integer) },
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
    ops: additionsOf(fc.double({ noNaN: true, noDefaultInfinity: true })),
    exact: { values: quarter, ops: additionsOf(quarter) },
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

/** The object with an id, in the tree of a topic. */
export function targetOf(topic: AnyTopic, id: number): SObject {
  return topic.object?.tree.get(id) as SObject;
}
