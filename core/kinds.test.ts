/**
 * The contract of every topic kind, by table and by random ops. A new kind is a new row of `ROWS`; what holds for all
 * kinds stands once, at the end. What only one kind has is in the test beside its source.
 */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ROWS, type Row, safeItem } from "../test/kind-rows.ts";
import { AuthorityTree } from "./authority.ts";
import { decode, encode } from "./codec.ts";
import { ObjectSyncError } from "./error.ts";
import { type AnyKind, MAX_OP_CODES, type Op, SET, type UncheckedOp } from "./kind.ts";
import { kindNamed, makeTopic, TOPIC_CLASSES } from "./kinds.ts";
import { SObject } from "./object.ts";
import { NumberTopic } from "./scalar-topics.ts";
import { type AnyTopic, execute, TopicChange } from "./topic.ts";
import { transact } from "./transaction.ts";
import { cross } from "./transform.ts";
import type { TreeChange } from "./tree-changes.ts";
import { TypeRegistry } from "./types.ts";

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
function _targetOf(topic: AnyTopic, id: number): SObject {
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

/** Values of a kind in their wire form, and runs of ops, of which no sum is rounded. */
function exactRuns(row: Row) {
  const { values, ops } = row.exact ?? row;
  const encodeValue = (value: unknown): unknown => (row.encode ? row.encode(value as never) : value);
  const starts = values.map(encodeValue);
  const sets = starts.map((value) => (): UncheckedOp => [SET, value]);
  const op = fc.oneof({ weight: 4, arbitrary: ops }, { weight: 1, arbitrary: sets });
  return { starts, run: fc.array(op, { maxLength: 6 }) };
}

/** The ops that a run comes to from a value on; those that are refused or change nothing are left out. */
function opsOf(kind: AnyKind, { size }: Row, start: unknown, run: readonly ((size: number) => UncheckedOp)[]): Op[] {
  const ops: Op[] = [];
  let state = kind.fromWire(start);
  for (const make of run) {
    refusal(() => {
      const op = kind.prepare(state, make(size(state as never)));
      if (!op) return;
      ops.push(op);
      state = kind.apply(state, op);
    });
  }
  return ops;
}

/** The state that ops lead to. */
function play(kind: AnyKind, start: unknown, ops: readonly Op[]): unknown {
  return ops.reduce((state, op) => kind.apply(state, op), kind.fromWire(start));
}

/** That two lists of ops, made for one value, lead to one value in both orders. */
function convergence(kind: AnyKind, row: Row, maxLength = 6): fc.IProperty<unknown> {
  const { starts, run } = exactRuns(row);
  return fc.property(starts, run, run, (start, one, two) => {
    const earlier = opsOf(kind, row, start, one.slice(0, maxLength));
    const later = opsOf(kind, row, start, two.slice(0, maxLength));
    const crossed = cross(kind, earlier, later);
    const end = play(kind, start, [...earlier, ...crossed.later]);
    const other = play(kind, start, [...later, ...crossed.earlier]);
    if (!kind.equals(end, other)) expect(kind.toWire(other)).toEqual(kind.toWire(end));
  });
}

/** Ops, or none if they are others than the one. */
function same(ops: readonly Op[], op: Op): readonly Op[] {
  return ops.length === 1 && JSON.stringify(ops[0]) === JSON.stringify(op) ? ops : [];
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

    it("[TO-02] makes nothing of a set to an equal value, or has no `set`", () => {
      if (kind.isEvent) return expect(new topicClass()).not.toHaveProperty("set");
      return fc.assert(
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

    it("[TO-43] leads two ops that were made at once to one value, whichever is carried out first", () => {
      fc.assert(convergence(kind, row, 1), { numRuns: 300 });
    });

    it("[TO-43] leads two lists of ops to one value, too", () => {
      fc.assert(convergence(kind, row), { numRuns: 200 });
    });

    it("[TO-43] transforms ops to ones that fit the value that they meet, and can be sent and taken back", () => {
      const { starts, run } = exactRuns(row);
      fc.assert(
        fc.property(starts, run, run, (start, one, two) => {
          const [first, second] = [opsOf(kind, row, start, one), opsOf(kind, row, start, two)];
          const { earlier, later } = cross(kind, first, second);
          for (const [before, crossed] of [
            [first, later],
            [second, earlier],
          ] as const) {
            let state = play(kind, start, before);
            for (const op of crossed) {
              expect(overTheWire(op)).toEqual(op);
              if (!kind.isEvent) expect(kind.prepare(state, op) ?? op).toEqual(op);
              const wire = kind.toWire(state);
              const inverse = kind.invert(state, op);
              const back = kind.apply(kind.apply(state, op), inverse);
              expect(kind.equals(back, kind.fromWire(wire))).toBe(true);
              state = kind.apply(kind.fromWire(wire), op);
            }
          }
        }),
      );
    });

    it("[TO-42] leaves the later of two ops as it is, or nothing, unless ops name positions", () => {
      if (kind.isPositional) return;
      const { starts, run } = exactRuns(row);
      fc.assert(
        fc.property(starts, run, run, (start, one, two) => {
          const [earlier] = opsOf(kind, row, start, one);
          const [later] = opsOf(kind, row, start, two);
          if (!earlier || !later) return;
          const rest = kind.transform(later, earlier, "later");
          if (rest.length > 0) expect(rest).toEqual([later]);
          // What is nothing is so for whoever does not transform, too.
          else refusal(() => expect(kind.prepare(play(kind, start, [earlier]), later)).toBeUndefined());
        }),
      );
    });

    it("[TO-44] merges two ops to one that does what they do one after the other, or not at all", () => {
      const { starts, run } = exactRuns(row);
      fc.assert(
        fc.property(starts, run, (start, makers) => {
          const ops = opsOf(kind, row, start, makers);
          for (let index = 1; index < ops.length; index++) {
            const merged = kind.merge(ops[index - 1] as Op, ops[index] as Op);
            if (!merged) continue;
            const before = ops.slice(0, index - 1);
            const prepared = kind.prepare(play(kind, start, before), overTheWire(merged));
            if (prepared) expect(prepared).toEqual(merged);
            const both = play(kind, start, ops.slice(0, index + 1));
            expect(kind.equals(play(kind, start, prepared ? [...before, prepared] : before), both)).toBe(true);
          }
        }),
      );
    });

    it("[TO-26] checks the form of an op that names positions, whatever it will meet, and takes no `set`", () => {
      const { isPositional, check } = kind;
      expect(check !== undefined).toBe(isPositional);
      if (!check) return;
      const { starts, run } = exactRuns(row);
      fc.assert(
        fc.property(starts, run, (start, makers) => {
          for (const op of opsOf(kind, row, start, makers)) expect(check(overTheWire(op))).toEqual(op);
          expect(refusal(() => check([SET, start]))).toBe("wrong_type");
        }),
      );
      const operand = fc.oneof(fc.constantFrom(...hostileOperands()), fc.nat(3), fc.maxSafeNat(), starts);
      const hostile = fc.tuple(fc.nat(kind.ops.length - 1), operand, operand, operand) as fc.Arbitrary<never>;
      let taken = 0;
      fc.assert(
        fc.property(starts, run, hostile, hostile, (start, makers, one, two) => {
          const ops: Op[] = [];
          for (const unchecked of [one, two]) refusal(() => ops.push(check(unchecked)));
          taken += ops.length;
          for (const op of ops) expect(check(overTheWire(op))).toEqual(op);
          const fitting = opsOf(kind, row, start, makers);
          const { later } = cross(kind, fitting, ops);
          let state = play(kind, start, fitting);
          for (const op of later) {
            refusal(() => {
              const prepared = kind.prepare(state, op);
              if (prepared) state = kind.apply(state, prepared);
            });
          }
          expect(kind.equals(kind.fromWire(kind.toWire(state)), state)).toBe(true);
        }),
        { numRuns: 500 },
      );
      expect(taken).toBeGreaterThan(10);
    });

    it.each<[string, (transform: AnyKind["transform"]) => AnyKind["transform"]]>([
      ["does not ask which op is the later", (transform) => (op, over) => transform(op, over, "later")],
      ["leaves ops as they are", () => (op) => [op]],
      ["drops what it should transform", (transform) => (op, over, side) => same(transform(op, over, side), op)],
    ])("is found out where its transform %s", (mistake, mutate) => {
      // Events do not meet each other; only ops that name positions become other ones, or change sides.
      const isPositionsOnly = mistake.startsWith("drops");
      if (kind.isEvent || (isPositionsOnly && !kind.isPositional)) return;
      const mutated = { ...kind, transform: mutate(kind.transform) };
      expect(fc.check(convergence(mutated, row), { numRuns: 1000 }).failed).toBe(true);
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
