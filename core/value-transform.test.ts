import { describe, expect, it } from "vitest";
import { ObjectSyncError } from "./error.ts";
import type { Op, UncheckedOp } from "./kind.ts";
import type { Data } from "./value.ts";
import { valueKind } from "./value-topic.ts";

const PATHS = [[], ["a"], ["b"], ["a", "a"], ["a", "b"], ["b", "a"], ["a", "a", "a"]];
const ITEMS: Data[] = [1, {}, { a: 1 }, { a: { b: 2 } }, [{ a: 1 }], null];
const STARTS: Data[] = [0, {}, { a: 0, b: 0 }, { a: { a: 0, b: {} }, b: {} }, { a: { a: { a: 0 } } }];

const OPS: UncheckedOp[] = PATHS.flatMap((path) => [
  ...ITEMS.map((item): UncheckedOp => [1, path, item]),
  [2, path] as UncheckedOp,
]);

/** The ops that mean something for a value, prepared. */
function opsFor(start: Data): Op[] {
  return OPS.flatMap((unchecked) => {
    try {
      const op = valueKind.prepare(valueKind.fromWire([start]), unchecked);
      return op ? [op] : [];
    } catch (error) {
      expect(error).toBeInstanceOf(ObjectSyncError);
      return [];
    }
  });
}

function play(start: Data, ...ops: readonly Op[]): Data {
  let state = valueKind.fromWire([start]);
  for (const op of ops) {
    expect(valueKind.prepare(state, op) ?? op).toEqual(op);
    state = valueKind.apply(state, op);
  }
  return (valueKind.toWire(state) as readonly [Data])[0];
}

describe("concurrent ops of values", () => {
  it("[TO-42][TO-43] come to the same in both orders: all pairs of a set of ops on a set of values", () => {
    let pairs = 0;
    for (const start of STARTS) {
      const ops = opsFor(start);
      for (const earlier of ops) {
        for (const later of ops) {
          pairs++;
          const label = JSON.stringify([start, earlier, later]);
          const end = play(start, earlier, ...valueKind.transform(later, earlier, "later"));
          expect(play(start, later, ...valueKind.transform(earlier, later, "earlier")), label).toEqual(end);
        }
      }
    }
    expect(pairs).toBeGreaterThan(3000);
  });

  it("merge to the one that does both, or to none: all pairs of a set of ops on a set of values", () => {
    let merged = 0;
    for (const start of STARTS) {
      for (const first of opsFor(start)) {
        const between = play(start, first);
        for (const second of opsFor(between)) {
          const both = valueKind.merge(first, second);
          if (!both) continue;
          merged++;
          expect(play(start, both), JSON.stringify([start, first, second])).toEqual(play(between, second));
        }
      }
    }
    expect(merged).toBeGreaterThan(1000);
  });

  it.each<[string, Op, Op, readonly Op[], readonly Op[]]>([
    ["the later of two at one path wins", [1, ["a"], 1], [1, ["a"], 2], [], [[1, ["a"], 2]]],
    ["a later one further out wins", [1, ["a", "b"], 1], [2, ["a"]], [], [[2, ["a"]]]],
    [
      "a later one further in holds within",
      [1, ["a"], { b: 1 }],
      [1, ["a", "c"], 2],
      [[1, ["a"], { b: 1, c: 2 }]],
      [[1, ["a", "c"], 2]],
    ],
    [
      "a later deletion further in does too",
      [0, [{ a: { b: 1 } }]],
      [2, ["a", "b"]],
      [[0, [{ a: {} }]]],
      [[2, ["a", "b"]]],
    ],
    ["there is no place in a scalar", [1, ["a"], 1], [1, ["a", "c"], 2], [[1, ["a"], 1]], []],
    ["there is no place in an array", [1, ["a"], [1]], [1, ["a", "0"], 2], [[1, ["a"], [1]]], []],
    ["what is gone cannot be deleted", [2, ["a"]], [2, ["a"]], [], []],
    ["there is no place in what is gone", [2, ["a"]], [1, ["a", "c"], 2], [[2, ["a"]]], []],
    ["two paths do not meet", [1, ["a", "b"], 1], [1, ["a", "c"], 2], [[1, ["a", "b"], 1]], [[1, ["a", "c"], 2]]],
  ])("[TO-42] %s", (_, earlier, later, earlierRest, laterRest) => {
    expect(valueKind.transform(earlier, later, "earlier")).toEqual(earlierRest);
    expect(valueKind.transform(later, earlier, "later")).toEqual(laterRest);
  });

  it("leave nothing that could be changed", () => {
    const [op] = valueKind.transform([1, ["a"], { b: { c: 1 } }], [1, ["a", "b", "d"], 2], "earlier") as [Op];
    const item = op[2] as { b: object };
    expect([item, item.b].every(Object.isFrozen)).toBe(true);
    expect(Object.getPrototypeOf(item.b)).toBeNull();
  });
});
