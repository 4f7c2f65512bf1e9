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
});
