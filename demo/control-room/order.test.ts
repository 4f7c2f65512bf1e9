import fc from "fast-check";
import { Server, SObject } from "objectsync/server";
import { describe, expect, it } from "vitest";
import { longestRise, putInOrder } from "./order.ts";

/** An object with as many children, and a count of the moves among them. */
function family(size: number): { parent: SObject; children: SObject[]; moved: SObject[] } {
  const { root: parent } = new Server();
  const children = Array.from({ length: size }, () => parent.add(SObject));
  const moved: SObject[] = [];
  parent.tree.on("move", ({ object }) => moved.push(object));
  return { parent, children, moved };
}

const order = fc.nat(12).chain((size) => {
  const indexes = Array.from({ length: size }, (_, index) => index);
  return fc.shuffledSubarray(indexes, { minLength: size });
});

describe("putting children in order", () => {
  it("ends with the order that was wanted, for any", () => {
    fc.assert(
      fc.property(order, (indexes) => {
        const { parent, children } = family(indexes.length);
        const wanted = indexes.map((index) => children[index] as SObject);
        putInOrder(parent, wanted);
        expect(parent.children).toEqual(wanted);
      }),
    );
  });

  it("moves only those that are out of order", () => {
    const { parent, children, moved } = family(5);
    const [a, b, c, d, e] = children as [SObject, SObject, SObject, SObject, SObject];
    putInOrder(parent, [b, c, d, e, a]);
    expect(moved).toEqual([a]);
    putInOrder(parent, [d, b, c, a, e]);
    expect(moved).toEqual([a, d, e]);
  });

  it("moves nothing when all is in order", () => {
    const { parent, children, moved } = family(4);
    putInOrder(parent, children);
    expect(moved).toEqual([]);
  });
});

describe("the longest rise", () => {
  it.each([
    [[], []],
    [[7], [0]],
    [
      [1, 2, 3],
      [0, 1, 2],
    ],
    [
      [3, 1, 2],
      [1, 2],
    ],
    [
      [2, 5, 3, 4, 1],
      [0, 2, 3],
    ],
  ])("of %j stands at %j", (numbers, indexes) => {
    expect([...longestRise(numbers)]).toEqual(indexes);
  });
});
