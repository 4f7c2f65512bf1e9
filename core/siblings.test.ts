import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AuthorityTree } from "./authority.ts";
import { SObject } from "./object.ts";
import { objectInternals } from "./object-internals.ts";
import { checkOrderKey } from "./siblings.ts";
import { TypeRegistry } from "./types.ts";

function setUp(count: number) {
  const types = new TypeRegistry();
  types.register(SObject);
  const tree = new AuthorityTree(types, SObject);
  const { root } = tree;
  const children = Array.from({ length: count }, () => root.add(SObject));
  return { tree, root, children, siblings: objectInternals.siblings(root) };
}

function keys(objects: readonly SObject[]): number[] {
  return objects.map((object) => objectInternals.orderKey(object));
}

describe("Siblings", () => {
  it("gives an appended child the last key plus one", () => {
    const { children, siblings } = setUp(3);
    expect(keys(children)).toEqual([0, 1, 2]);
    expect(siblings.keyAtEnd()).toBe(3);
    expect(setUp(0).siblings.keyAtEnd()).toBe(0);
  });

  it("gives a child between two the middle, and the first the key before", () => {
    const { siblings } = setUp(3);
    expect([siblings.keyBefore(0), siblings.keyBefore(1), siblings.keyBefore(3)]).toEqual([-1, 0.5, 3]);
  });

  it("knows the index of each child", () => {
    const { root, children, siblings } = setUp(20);
    for (const [index, child] of children.entries()) {
      expect([siblings.indexOf(child), siblings.at(index)]).toEqual([index, child]);
    }
    expect([siblings.length, siblings.at(20)]).toEqual([20, undefined]);
    expect(siblings.all).toBe(root.children);
  });

  it("says where no number is left between two, and spreads few neighbours, in their order and inside their bounds", () => {
    const { root, siblings } = setUp(40);
    while (siblings.keyBefore(20) !== undefined) root.add(SObject, undefined, { index: 20 });
    const before = keys(root.children);
    const spread = siblings.spread(20);
    expect(spread.length).toBeLessThan(root.children.length);
    const after = [...before];
    for (const [child, key] of spread) after[siblings.indexOf(child)] = key;
    expect(after).toEqual([...after].sort((a, b) => a - b));
    expect(new Set(after).size).toBe(after.length);
    const changed = after.flatMap((key, index) => (key === before[index] ? [] : [index]));
    expect(changed.length).toBeGreaterThan(0);
  });

  it("moves no more than a crowded run to make room", () => {
    const { root } = setUp(1000);
    const far = keys(root.children.slice(0, 400));
    for (let count = 0; count < 200; count++) root.add(SObject, undefined, { index: 500 });
    expect(keys(root.children.slice(0, 400))).toEqual(far);
  });

  it("gives a child the key that it wants; where another has it, the middle between that one and the next", () => {
    const { root, siblings, children } = setUp(3);
    const [, second, third] = children as [SObject, SObject, SObject];
    expect([siblings.keyNear(0.5), siblings.keyNear(-7), siblings.keyNear(99)]).toEqual([0.5, -7, 99]);
    expect([siblings.keyNear(0), siblings.keyNear(1), siblings.keyNear(2)]).toEqual([0.5, 1.5, 3]);
    expect([siblings.indexAfter(-1), siblings.indexAfter(0), siblings.indexAfter(0.5), siblings.indexAfter(2)]).toEqual(
      [0, 1, 1, 3],
    );
    // A child does not stand in its own way, neither where it is nor right behind.
    expect([siblings.keyNear(1, second), siblings.keyNear(1, third), siblings.keyNear(0, second)]).toEqual([1, 3, 1.5]);
    root.add(SObject, undefined, { index: 1 });
    expect(siblings.keyNear(0)).toBe(0.25);
  });

  it("says where no number is left behind the one that has the key", () => {
    const { tree, root } = setUp(0);
    for (const [id, orderKey] of [
      [10, 1],
      [11, 1 + Number.EPSILON],
    ] as const) {
      tree.createAs(id, SObject, undefined, undefined, { parent: root, orderKey });
    }
    const { siblings } = { siblings: objectInternals.siblings(root) };
    expect([siblings.keyNear(1), siblings.keyNear(1 + Number.EPSILON)]).toEqual([undefined, 2 + Number.EPSILON]);
  });

  it.each<[string, (index: number) => number]>([
    ["large", (index) => 2 ** 40 - index * 2 ** -12],
    ["close to 1", (index) => 1 + index * Number.EPSILON],
    ["very small", (index) => index * 5e-324],
    ["around 0", (index) => (index - 20) * 5e-324],
    ["hugely apart", (index) => (index % 2 === 0 ? 1 : -1) * 2 ** (40 - index)],
  ])("spreads keys that are %s so that there is room for many more", (_, keyOf) => {
    const { tree, root, siblings } = setUp(0);
    for (let index = 0; index < 40; index++) {
      tree.createAs(10 + index, SObject, undefined, undefined, { parent: root, orderKey: keyOf(index) });
    }
    const order = [...root.children];
    for (let count = 0; count < 60; count++) root.add(SObject, undefined, { index: 20 });
    expect(root.children.filter((child) => order.includes(child))).toEqual(order);
    const all = keys(root.children);
    expect(all).toEqual(all.toSorted((a, b) => a - b));
    expect([new Set(all).size, siblings.length]).toEqual([100, 100]);
  });

  it.each([
    ["large", 70, (index: number) => 2 ** 40 - (200 - index) * 2 ** -13],
    ["far below 0", 130, (index: number) => index * 2 ** -13 - 2 ** 40],
  ])("has none pass another when keys that are %s are spread, and knows before how many", (_, at, keyOf) => {
    const { tree, root, siblings } = setUp(0);
    for (let index = 0; index < 200; index++) {
      tree.createAs(10 + index, SObject, undefined, undefined, { parent: root, orderKey: keyOf(index) });
    }
    const { children } = root;
    const spread = siblings.spread(at);
    expect([spread.length, siblings.crowdAt(at)]).toEqual([198, 198]);
    expect(siblings.keepsPlace(children[3] as SObject, objectInternals.orderKey(children[5] as SObject))).toBe(false);
    for (const [child, orderKey] of spread) {
      expect(siblings.keepsPlace(child, orderKey)).toBe(true);
      tree.moveAs(child, { parent: root, orderKey });
      // The very list: nothing was taken out of it.
      expect(root.children).toBe(children);
    }
    expect(keys(children)).toEqual(keys(children).toSorted((a, b) => a - b));
  });

  it.each([0, -0, 0.5, -(2 ** 40), 2 ** 40, 5e-324])("takes the order key %d of somebody else", (key) => {
    expect(checkOrderKey(key)).toBe(key === 0 ? 0 : key);
  });

  it.each([2 ** 40 + 1, -1e308, Number.POSITIVE_INFINITY, Number.NaN])("refuses the order key %d", (key) => {
    expect(() => checkOrderKey(key)).toThrow(expect.objectContaining({ code: "out_of_range" }));
  });

  it("has strictly rising keys after any insertions", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1000), { maxLength: 150 }), fc.nat(3), (places, width) => {
        const { root } = setUp(2);
        for (const place of places) {
          const index = Math.min(1 + (place % (width + 1)), root.children.length);
          root.add(SObject, undefined, { index });
        }
        const all = keys(root.children);
        for (let index = 1; index < all.length; index++) expect(all[index]).toBeGreaterThan(all[index - 1] as number);
      }),
    );
  });

  it("tells its listeners after a change, and stops", () => {
    const { root, children, siblings } = setUp(2);
    let calls = 0;
    const remove = siblings.on("change", () => calls++);
    expect(siblings.listenerCount).toBe(1);
    root.add(SObject);
    children[0]?.add(SObject);
    children[0]?.moveTo(root);
    remove();
    root.add(SObject);
    expect([calls, siblings.listenerCount]).toEqual([2, 0]);
  });
});
