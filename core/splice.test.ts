import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { afterBoth, everySplice } from "../test/slots.ts";
import { binaryKind } from "./binary-topic.ts";
import type { Kind, Op } from "./kind.ts";
import { listKind } from "./list-topic.ts";
import { SPLICE } from "./splice.ts";
import { stringKind } from "./string-topic.ts";
import type { Json } from "./value.ts";

/** The state after ops, each of which must be fit for it. */
function play<State>(kind: Kind<State>, start: State, ...ops: readonly Op[]): State {
  return ops.reduce((state, op) => {
    expect(kind.prepare(state, op) ?? op).toEqual(op);
    return kind.apply(state, op);
  }, start);
}

/** The two states that two ops lead to: the one where the first came earlier, and the one where it came later. */
function bothOrders(start: string, a: Op, b: Op): string[] {
  return [
    [a, b],
    [b, a],
  ].map(([earlier, later]) => {
    const [one, two] = [earlier as Op, later as Op];
    const end = play(stringKind, start, one, ...stringKind.transform(two, one, "later"));
    expect(play(stringKind, start, two, ...stringKind.transform(one, two, "earlier"))).toBe(end);
    return end;
  });
}

const insertion = (position: number, text: string): Op => [SPLICE, position, 0, text];
const deletion = (position: number, count: number): Op => [SPLICE, position, count, ""];

describe("concurrent splices", () => {
  it("[TO-43] come to what is between the slots, in both orders: all pairs of splices on all short texts and bytes", () => {
    let pairs = 0;
    for (let length = 0; length <= 4; length++) {
      const text = "abcd".slice(0, length);
      const bytes = Uint8Array.of(1, 2, 3, 4).subarray(0, length);
      for (const earlier of everySplice(length, ["", "x", "xX"])) {
        for (const later of everySplice(length, ["", "y", "yY"])) {
          pairs++;
          const label = JSON.stringify([earlier, later]);
          const expected = afterBoth([...text], earlier, later).join("");
          const laterRest = stringKind.transform(later, earlier, "later");
          const earlierRest = stringKind.transform(earlier, later, "earlier");
          expect(play(stringKind, text, earlier, ...laterRest), label).toBe(expected);
          expect(play(stringKind, text, later, ...earlierRest), label).toBe(expected);
          const [one, two] = [asBytes(earlier), asBytes(later)];
          expect(binaryKind.transform(two, one, "later"), label).toEqual(laterRest.map(asBytes));
          expect(binaryKind.transform(one, two, "earlier"), label).toEqual(earlierRest.map(asBytes));
          const end = play(binaryKind, bytes, one, ...laterRest.map(asBytes));
          expect(play(binaryKind, bytes, two, ...earlierRest.map(asBytes)), label).toEqual(end);
        }
      }
    }
    expect(pairs).toBeGreaterThan(3000);
  });

  it("merge to the one that does both, where they touch: all pairs of splices on all short texts, bytes and lists", () => {
    let merged = 0;
    for (let length = 0; length <= 4; length++) {
      const text = "abcd".slice(0, length);
      for (const first of everySplice(length, ["", "x", "xX"])) {
        const between = stringKind.apply(text, first);
        const begin = first[1] as number;
        const end = begin + (first[3] as string).length;
        for (const second of everySplice(between.length, ["", "y", "yY"])) {
          const label = JSON.stringify([first, second]);
          const both = stringKind.merge(first, second);
          const doTouch = (second[1] as number) <= end && (second[1] as number) + (second[2] as number) >= begin;
          expect(both !== undefined, label).toBe(doTouch);
          expect(binaryKind.merge(asBytes(first), asBytes(second)), label).toEqual(both && asBytes(both));
          expect(listKind.merge(asItems(first), asItems(second)), label).toEqual(both && asItems(both));
          if (!both) continue;
          merged++;
          expect(play(stringKind, text, both), label).toBe(stringKind.apply(between, second));
        }
      }
    }
    expect(merged).toBeGreaterThan(2000);
  });

  it("[TO-23] keep both of two insertions, in both orders, the later in front where they are at one place", () => {
    expect(bothOrders("abcd", insertion(1, "xxxx"), insertion(1, "yyyy"))).toEqual(["ayyyyxxxxbcd", "axxxxyyyybcd"]);
    expect(bothOrders("abcd", insertion(1, "xxxx"), insertion(3, "yyyy"))).toEqual(["axxxxbcyyyyd", "axxxxbcyyyyd"]);
  });

  it.each([
    ["beside each other", deletion(1, 4), deletion(5, 4)],
    ["from one start", deletion(1, 8), deletion(1, 4)],
    ["alike", deletion(1, 8), deletion(1, 8)],
    ["over each other", deletion(1, 6), deletion(3, 6)],
    ["within each other", deletion(1, 8), deletion(3, 4)],
  ])("[TO-24] delete once what either of two deletions deletes: %s", (_, a, b) => {
    expect(bothOrders("ayyyyxxxxbcd", a, b)).toEqual(["abcd", "abcd"]);
  });

  it.each([
    ["at its start", 1],
    ["inside", 2],
    ["at its end", 4],
  ])("[TO-25] keep an insertion into what is deleted at the same time: %s", (_, position) => {
    expect(bothOrders("axxxbcd", deletion(1, 3), insertion(position, "yyyy"))).toEqual(["ayyyybcd", "ayyyybcd"]);
  });

  it("[TO-25] split a deletion around what was inserted inside of it, and what it inserts itself goes in front", () => {
    expect(stringKind.transform(deletion(1, 3), insertion(2, "yy"), "later")).toEqual([deletion(1, 1), deletion(3, 2)]);
    expect(stringKind.transform([SPLICE, 1, 3, "z"], insertion(2, "yy"), "earlier")).toEqual([
      [SPLICE, 1, 1, "z"],
      deletion(4, 2),
    ]);
  });

  it("stay one where another one only deletes inside", () => {
    expect(stringKind.transform([SPLICE, 1, 4, "z"], deletion(2, 2), "later")).toEqual([[SPLICE, 1, 2, "z"]]);
    expect(stringKind.transform([SPLICE, 1, 4, "z"], deletion(1, 2), "later")).toEqual([[SPLICE, 1, 2, "z"]]);
  });

  it("keep both of two insertions where both replace the same by the same", () => {
    expect(bothOrders("abc", [SPLICE, 1, 1, "x"], [SPLICE, 1, 1, "x"])).toEqual(["axxc", "axxc"]);
  });

  it("[TO-28] never split a surrogate pair", () => {
    // Pairs that share their first or their second half with another.
    const text = fc.string({ unit: fc.constantFrom("a", "\u{1f600}", "\u{1f601}", "\u{1fa00}"), maxLength: 8 });
    const splice = fc.tuple(fc.nat(16), fc.nat(16), text);
    fc.assert(
      fc.property(text, splice, splice, (start, a, b) => {
        const [earlier, later] = [a, b].map(([at, count, inserted]) => {
          const position = Math.min(at, start.length);
          return stringKind.prepare(start, [SPLICE, position, Math.min(count, start.length - position), inserted]);
        });
        if (!earlier || !later) return;
        for (const [op, over, side] of [
          [later, earlier, "later"],
          [earlier, later, "earlier"],
        ] as const) {
          let state = stringKind.apply(start, over);
          for (const rest of stringKind.transform(op, over, side)) {
            const [, position, count] = rest as unknown as [number, number, number];
            expect(state.slice(position, position + count).isWellFormed()).toBe(true);
            state = stringKind.apply(state, rest);
            expect(state.isWellFormed()).toBe(true);
          }
        }
      }),
      { numRuns: 2000 },
    );
  });
});

function asBytes([code, position, count, inserted]: Op): Op {
  const bytes = Uint8Array.from(inserted as string, (unit) => unit.charCodeAt(0));
  return [code, position as number, count as number, bytes];
}

function asItems([code, position, count, inserted]: Op): Op {
  return [code, position as number, count as number, [...(inserted as string)] as Json[]];
}
