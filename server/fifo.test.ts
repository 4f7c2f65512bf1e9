import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Fifo } from "./fifo.ts";

describe("Fifo", () => {
  it("is as an array from whose front is taken, however much goes through it", () => {
    const step = fc.oneof(
      fc.constant<[string, number]>(["shift", 1]),
      fc.tuple(fc.constant("push"), fc.integer({ min: 1, max: 200 })),
      fc.tuple(fc.constant("shift"), fc.integer({ min: 1, max: 200 })),
    );
    let [longest, taken] = [0, 0];
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), fc.nat(250), (steps, index) => {
        const [fifo, model, next] = [new Fifo<number>(), [] as number[], { value: 0 }];
        for (const [what, count] of steps) {
          for (let each = 0; each < count; each++) {
            if (what === "push") {
              fifo.push(next.value);
              model.push(next.value++);
            } else {
              expect(fifo.shift()).toBe(model.shift());
              taken++;
            }
          }
          longest = Math.max(longest, fifo.length);
          expect([fifo.length, fifo.at(index), fifo.from(index)]).toEqual([
            model.length,
            model[index],
            model.slice(index),
          ]);
        }
      }),
      { numRuns: 100, seed: 20_261_121 },
    );
    expect([longest > 500, taken > 5_000]).toEqual([true, true]);
  });

  it("is empty after it was cleared", () => {
    const fifo = new Fifo<string>();
    fifo.push("a");
    fifo.push("b");
    fifo.clear();
    expect([fifo.length, fifo.at(0), fifo.shift(), fifo.from(0)]).toEqual([0, undefined, undefined, []]);
    fifo.push("c");
    expect([fifo.length, fifo.at(0)]).toEqual([1, "c"]);
  });
});
