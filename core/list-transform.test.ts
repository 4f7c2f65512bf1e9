import { describe, expect, it } from "vitest";
import { afterBoth, everyPutAndMove, everySplice } from "../test/slots.ts";
import type { Op } from "./kind.ts";
import { listKind } from "./list-topic.ts";
import type { Json } from "./value.ts";

const play = (start: readonly Json[], ...ops: readonly Op[]): Json[] =>
  ops.reduce((state, op) => {
    expect(listKind.prepare(state, op)).toEqual(op);
    return listKind.apply(state, op);
  }, start.slice());

describe("concurrent ops of lists", () => {
  it("[TO-41][TO-43] come to what items and gaps say, in both orders: all pairs of ops on all short lists", () => {
    let pairs = 0;
    for (let length = 0; length <= 4; length++) {
      const start = ["a", "b", "c", "d"].slice(0, length);
      const ops = (name: string): Op[] => [
        ...everySplice<Json>(length, [[], [`${name}1`], [`${name}1`, `${name}2`]]),
        ...everyPutAndMove(length, `${name}0`),
      ];
      const laters = ops("y").filter((op) => listKind.prepare(start, op));
      for (const earlier of ops("x").filter((op) => listKind.prepare(start, op))) {
        for (const later of laters) {
          pairs++;
          const expected = afterBoth(start, earlier, later);
          const label = JSON.stringify([earlier, later]);
          expect(play(start, earlier, ...listKind.transform(later, earlier, "later")), label).toEqual(expected);
          expect(play(start, later, ...listKind.transform(earlier, later, "earlier")), label).toEqual(expected);
        }
      }
    }
    expect(pairs).toBeGreaterThan(4000);
  });

  it.each<[string, Op, Op, readonly Op[]]>([
    ["a put follows its item", [2, 1, "x"], [3, 1, 3], [[2, 3, "x"]]],
    ["a put of what is gone is nothing", [2, 1, "x"], [1, 0, 2, ["y"]], []],
    ["a move of what is gone is nothing", [3, 1, 3], [1, 0, 2, ["y"]], []],
    [
      "a deletion follows an item that moved out",
      [1, 1, 2, ["x"]],
      [3, 1, 4],
      [
        [1, 4, 1, []],
        [1, 1, 1, ["x"]],
      ],
    ],
    ["a deletion of one item follows it alone", [1, 1, 1, []], [3, 1, 4], [[1, 4, 1, []]]],
    ["a deletion stays whole where an item moves within", [1, 1, 3, []], [3, 3, 1], [[1, 1, 3, []]]],
    [
      "a deletion splits around an item that moved in",
      [1, 1, 3, ["x"]],
      [3, 5, 2],
      [
        [1, 1, 1, ["x"]],
        [1, 3, 2, []],
      ],
    ],
    ["a move into what is deleted survives there", [3, 5, 2], [1, 1, 3, []], [[3, 2, 1]]],
    ["a move to where the item is by now is nothing", [3, 1, 2], [1, 2, 1, []], []],
    ["the later of two moves of an item wins", [3, 1, 3], [3, 1, 5], [[3, 5, 3]]],
  ])("[TO-41] %s", (_, later, earlier, rest) => {
    expect(listKind.transform(later, earlier, "later")).toEqual(rest);
  });

  it("the earlier of two puts, or of two moves, of one item is nothing", () => {
    expect(listKind.transform([2, 1, "x"], [2, 1, "y"], "earlier")).toEqual([]);
    expect(listKind.transform([3, 1, 3], [3, 1, 5], "earlier")).toEqual([]);
  });

  it("[TO-44] merge to one that does what they do, or not at all: all pairs of ops on all short lists", () => {
    let merged = 0;
    for (let length = 0; length <= 3; length++) {
      const start = ["a", "b", "c"].slice(0, length);
      const ops = (of: number, name: string): Op[] => [
        ...everySplice<Json>(of, [[], [`${name}1`, `${name}2`]]),
        ...everyPutAndMove(of, `${name}0`),
      ];
      for (const first of ops(length, "x")) {
        const between = listKind.apply(start.slice(), first);
        for (const second of ops(between.length, "y")) {
          const both = listKind.merge(first, second);
          const prepared = both && listKind.prepare(start, both);
          if (!both) continue;
          merged++;
          const end = prepared ? listKind.apply(start.slice(), prepared) : start;
          expect(end, JSON.stringify([first, second])).toEqual(listKind.apply(between.slice(), second));
        }
      }
    }
    expect(merged).toBeGreaterThan(500);
  });

  it("take a move that moves nothing for nothing, which is what merged ones may come to", () => {
    const idle: Op = [3, 2, 2];
    for (const op of [...everySplice<Json>(4, [[], ["x"]]), ...everyPutAndMove(4, "y")]) {
      for (const side of ["earlier", "later"] as const) {
        expect(listKind.transform(idle, op, side)).toEqual([]);
        expect(listKind.transform(op, idle, side)).toEqual([op]);
      }
    }
  });
});
