import { describe, expect, it } from "vitest";
import type { Op } from "./kind.ts";
import { kindNamed } from "./kinds.ts";

const MOST = Number.MAX_SAFE_INTEGER;
const HUGE = Number.MAX_VALUE;

type Meeting = readonly [kind: string, earlier: Op, later: Op, earlierRest: readonly Op[], laterRest: readonly Op[]];

const TABLE: Readonly<Record<string, readonly Meeting[]>> = {
  "additions add up": [
    ["number", [1, 2], [1, 3], [[1, 2]], [[1, 3]]],
    ["int", [1, 2], [1, 3], [[1, 2]], [[1, 3]]],
  ],
  "an addition is on top of an earlier set, and is lost under a later one": [
    ["number", [0, 5], [1, 2], [[0, 7]], [[1, 2]]],
    ["number", [1, 2], [0, 5], [], [[0, 5]]],
    ["float", [0, 0.1], [1, 0.2], [[0, 0.1 + 0.2]], [[1, 0.2]]],
    ["int", [0, 5], [1, -5], [[0, 0]], [[1, -5]]],
  ],
  "an addition that would leave the range of an earlier set is nothing": [
    ["int", [0, MOST], [1, 1], [[0, MOST]], []],
    ["number", [0, HUGE], [1, HUGE], [[0, HUGE]], []],
  ],
  "the later of two sets counts": [
    ["number", [0, 1], [0, 2], [], [[0, 2]]],
    ["boolean", [0, true], [0, true], [], [[0, true]]],
    ["ref", [0, 3], [0, 0], [], [[0, 0]]],
    ["dict", [0, ["a", 1]], [0, ["b", 2]], [], [[0, ["b", 2]]]],
    ["set", [0, ["a"]], [0, ["b"]], [], [[0, ["b"]]]],
  ],
  "the later op for a key or a member counts, and others do not meet": [
    ["dict", [1, "a", 1], [1, "a", 2], [], [[1, "a", 2]]],
    ["dict", [1, "a", 1], [2, "a"], [], [[2, "a"]]],
    ["dict", [1, "a", 1], [1, "b", 2], [[1, "a", 1]], [[1, "b", 2]]],
    ["refDict", [2, "a"], [1, "a", 2], [], [[1, "a", 2]]],
    ["set", [1, "a"], [2, "b"], [[1, "a"]], [[2, "b"]]],
    ["set", [1, "a"], [1, "a"], [], []],
    ["set", [2, 1], [2, "1"], [[2, 1]], [[2, "1"]]],
    ["refSet", [2, 4], [2, 4], [], []],
  ],
  "a key or a member has its place in an earlier set, and none in a later one": [
    ["dict", [0, ["a", 1]], [1, "b", 2], [[0, ["a", 1, "b", 2]]], [[1, "b", 2]]],
    ["dict", [0, ["a", 1, "b", 2]], [2, "a"], [[0, ["b", 2]]], [[2, "a"]]],
    ["dict", [1, "b", 2], [0, ["a", 1]], [], [[0, ["a", 1]]]],
    ["refDict", [0, []], [1, "b", 2], [[0, ["b", 2]]], [[1, "b", 2]]],
    ["set", [0, ["a"]], [1, "b"], [[0, ["a", "b"]]], [[1, "b"]]],
    ["set", [0, ["a"]], [1, "a"], [[0, ["a"]]], []],
    ["refSet", [0, [1, 2]], [2, 2], [[0, [1]]], [[2, 2]]],
    ["set", [2, "b"], [0, ["a"]], [], [[0, ["a"]]]],
  ],
  "each event is told": [["event", [1, "x"], [1, "x"], [[1, "x"]], [[1, "x"]]]],
};

describe("concurrent ops of what has no positions", () => {
  describe.each(Object.entries(TABLE))("[TO-42] %s", (_, meetings) => {
    it.each(meetings)("of the kind %s: %j and %j", (name, earlier, later, earlierRest, laterRest) => {
      const kind = kindNamed(name);
      expect(kind?.transform(earlier, later, "earlier")).toEqual(earlierRest);
      expect(kind?.transform(later, earlier, "later")).toEqual(laterRest);
    });
  });
});

describe("two ops, one after the other", () => {
  it.each<[kind: string, what: string, first: Op, second: Op, both: Op | undefined]>([
    ["string", "typing", [1, 3, 0, "a"], [1, 4, 0, "b"], [1, 3, 0, "ab"]],
    ["string", "typing before what was typed", [1, 3, 0, "b"], [1, 3, 0, "a"], [1, 3, 0, "ab"]],
    ["string", "backspacing", [1, 3, 1, ""], [1, 2, 1, ""], [1, 2, 2, ""]],
    ["string", "deleting forward", [1, 3, 1, ""], [1, 3, 1, ""], [1, 3, 2, ""]],
    ["string", "backspacing what was typed", [1, 3, 0, "ab"], [1, 4, 1, ""], [1, 3, 0, "a"]],
    ["string", "backspacing beyond it", [1, 3, 0, "ab"], [1, 2, 3, ""], [1, 2, 1, ""]],
    ["string", "typing over a selection", [1, 3, 4, ""], [1, 3, 0, "a"], [1, 3, 4, "a"]],
    ["string", "correcting inside", [1, 3, 2, "abc"], [1, 4, 1, "xy"], [1, 3, 2, "axyc"]],
    ["string", "typing elsewhere", [1, 3, 0, "a"], [1, 5, 0, "b"], undefined],
    ["list", "pushes", [1, 3, 0, [1]], [1, 4, 0, [[2]]], [1, 3, 0, [1, [2]]]],
    ["list", "a put of an item that was inserted", [1, 3, 1, [1, 2]], [2, 4, 7], [1, 3, 1, [1, 7]]],
    ["list", "a put of another item", [1, 3, 1, [1, 2]], [2, 5, 7], undefined],
    ["list", "two puts of one item", [2, 3, 1], [2, 3, 2], [2, 3, 2]],
    ["list", "two puts of two items", [2, 3, 1], [2, 4, 2], undefined],
    ["list", "a put of an item that is then deleted", [2, 3, 1], [1, 2, 2, []], [1, 2, 2, []]],
    ["list", "a put of an item beside", [2, 3, 1], [1, 4, 2, []], undefined],
    ["list", "two moves of one item", [3, 1, 4], [3, 4, 2], [3, 1, 2]],
    ["list", "two moves of two items", [3, 1, 4], [3, 1, 2], undefined],
    ["list", "a move and a put", [3, 1, 4], [2, 4, 2], undefined],
    ["refList", "pushes", [1, 3, 0, [1]], [1, 4, 0, [2]], [1, 3, 0, [1, 2]]],
    ["number", "two sets", [0, 1], [0, 2], [0, 2]],
    ["number", "a set and an addition", [0, 0.1], [1, 0.2], [0, 0.1 + 0.2]],
    ["number", "an addition and a set", [1, 2], [0, 1], [0, 1]],
    ["number", "two additions, which may be rounded", [1, 2], [1, 3], undefined],
    ["float", "two additions, which may be rounded", [1, 2], [1, 3], undefined],
    ["int", "two additions", [1, 2], [1, 3], [1, 5]],
    ["int", "two additions too large for one", [1, MOST], [1, 1], undefined],
    ["boolean", "two sets", [0, true], [0, false], [0, false]],
    ["ref", "two sets", [0, 2], [0, 0], [0, 0]],
    ["dict", "two puts of one key", [1, "a", 1], [1, "a", 2], [1, "a", 2]],
    ["dict", "a put and a deletion of one key", [1, "a", 1], [2, "a"], [2, "a"]],
    ["dict", "two puts of two keys", [1, "a", 1], [1, "b", 2], undefined],
    ["dict", "a set and a put", [0, ["a", 1]], [1, "a", 2], [0, ["a", 2]]],
    ["dict", "a put and a set", [1, "a", 1], [0, []], [0, []]],
    ["set", "an addition and its deletion", [1, "a"], [2, "a"], [2, "a"]],
    ["set", "two additions", [1, "a"], [1, "b"], undefined],
    ["value", "a put and one inside of it", [1, ["a"], { b: 1 }], [1, ["a", "c"], 2], [1, ["a"], { b: 1, c: 2 }]],
    ["value", "a put and one around it", [1, ["a", "b"], 1], [1, ["a"], 2], [1, ["a"], 2]],
    ["value", "two puts of two paths", [1, ["a", "b"], 1], [1, ["a", "c"], 2], undefined],
    ["event", "two emits", [1, "a"], [1, "a"], undefined],
  ])("[TO-44] merge, in the kind %s, as it says or not at all: %s", (name, _, first, second, both) => {
    expect(kindNamed(name)?.merge(first, second)).toEqual(both);
  });
});
