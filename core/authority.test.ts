import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AuthorityTree } from "./authority.ts";
import { SObject } from "./object.ts";
import { objectInternals } from "./object-internals.ts";
import { StringTopic } from "./string-topic.ts";
import { type Author, transactAs } from "./transaction.ts";
import type { TreeChange } from "./tree-changes.ts";
import { TypeRegistry } from "./types.ts";

class Item extends SObject {
  readonly text = new StringTopic();

  override build(text = ""): void {
    this.text.set(text);
    if (text === "bad") throw new Error("cannot be built");
  }
}

function setUp() {
  const types = new TypeRegistry();
  types.register(SObject);
  types.register(Item);
  const tree = new AuthorityTree(types, SObject);
  const commits: (readonly TreeChange[])[] = [];
  tree.onCommit = (changes) => commits.push([...changes]);
  const at = (orderKey: number, parent = tree.root) => ({ parent, orderKey });
  const keys = (parent = tree.root) => parent.children.map((child) => objectInternals.orderKey(child));
  return { tree, root: tree.root, commits, at, keys };
}

/** What is to be told as nobody's own. */
const derived = (changes: readonly TreeChange[] | undefined) => changes?.map(({ isDerived }) => isDerived);

describe("[OM-10] ids that are set aside", () => {
  it("are nobody else's", () => {
    const { tree, root } = setUp();
    expect([tree.lease(3), root.add(Item).id, tree.lease(2), root.add(Item).id]).toEqual([
      { first: 2, count: 3 },
      5,
      { first: 6, count: 2 },
      8,
    ]);
    const copy = tree.clone(root.add(Item), root);
    expect(copy.id).toBe(10);
  });

  it("can be had again when they were not used, never more than are asked for, and never less than half", () => {
    const { tree } = setUp();
    tree.lease(10);
    tree.release({ first: 4, count: 8 });
    expect(tree.lease(3)).toEqual({ first: 4, count: 3 });
    expect(tree.lease(8)).toEqual({ first: 7, count: 5 });
    tree.release({ first: 7, count: 2 });
    tree.release({ first: 9, count: 0 });
    expect(tree.lease(8)).toEqual({ first: 12, count: 8 });
    expect(tree.lease(2)).toEqual({ first: 20, count: 2 });
  });

  it("are in what is saved, and those of the tree before mean nothing in one that is loaded", () => {
    const { tree, root } = setUp();
    tree.lease(100);
    const saved = tree.save();
    expect(saved.lastId).toBe(101);
    tree.release({ first: 2, count: 100 });
    tree.load({ ...saved, lastId: 5 });
    expect([tree.lease(10).first, root.isDestroyed]).toEqual([6, true]);
  });
});

describe("an object that is made under an id that was set aside", () => {
  it("is made as others are, at the place of its order key", () => {
    const { tree, root, commits, at, keys } = setUp();
    root.add(Item);
    const { first } = tree.lease(5);
    const item = tree.createAs(first + 2, "Item", "text", "key", at(-2.5)) as Item;
    expect([item.id, item.text.value, item.key, root.children[0], keys()]).toEqual([
      first + 2,
      "text",
      "key",
      item,
      [-2.5, 0],
    ]);
    expect(derived(commits[1])).toEqual([false, true]);
    expect(tree.get(first + 2)).toBe(item);
  });

  it("has the place right behind the one that has its order key", () => {
    const { tree, root, at, keys } = setUp();
    for (let count = 0; count < 3; count++) root.add(Item);
    tree.createAs(50, Item, undefined, undefined, at(1));
    tree.createAs(51, Item, undefined, undefined, at(2));
    expect([keys(), root.children.map(({ id }) => id)]).toEqual([
      [0, 1, 1.5, 2, 3],
      [2, 3, 50, 4, 51],
    ]);
  });

  it("has its neighbours make room, as nobody's own, and stays right behind the one that had its key", () => {
    const { tree, root, commits, at, keys } = setUp();
    const crowd = Array.from({ length: 30 }, (_, index) => 1 + index * Number.EPSILON);
    for (const [index, key] of crowd.entries()) tree.createAs(10 + index, Item, undefined, undefined, at(key));
    for (const [round, index] of [0, 7, 28].entries()) {
      commits.length = 0;
      const before = root.children[index] as SObject;
      const item = tree.createAs(60 + round, Item, undefined, undefined, at(objectInternals.orderKey(before)));
      expect(root.children.indexOf(item)).toBe(root.children.indexOf(before) + 1);
      expect([commits.length, derived(commits[0])?.filter((each) => !each).length]).toEqual([1, 1]);
    }
    expect(new Set(keys()).size).toBe(33);
  });

  it("leaves nothing behind where it cannot be made, but its neighbours where they were", () => {
    const { tree, root, commits, at, keys } = setUp();
    for (const [index, key] of [1, 1 + Number.EPSILON].entries())
      tree.createAs(10 + index, Item, undefined, undefined, at(key));
    tree.createAs(12, Item, undefined, "taken", at(9));
    const [before, size] = [keys(), tree.size];
    commits.length = 0;
    expect(() => tree.createAs(20, Item, "bad", undefined, at(1))).toThrow("cannot be built");
    expect(() => tree.createAs(20, Item, undefined, "taken", at(1))).toThrow(
      expect.objectContaining({ code: "duplicate_key" }),
    );
    expect(() => tree.createAs(20, "Nothing", undefined, undefined, at(1))).toThrow(
      expect.objectContaining({ code: "unknown_type" }),
    );
    expect([keys(), tree.size, commits, root.children.length]).toEqual([before, size, [], 3]);
  });
});

describe("an object that is moved to the place of an order key", () => {
  function crowded() {
    const scene = setUp();
    const { tree, at } = scene;
    const crowd = Array.from({ length: 6 }, (_, index) => {
      return tree.createAs(10 + index, Item, undefined, undefined, at(1 + index * Number.EPSILON));
    });
    scene.commits.length = 0;
    return { ...scene, crowd };
  }

  it("comes there, with all below", () => {
    const { tree, root, at, keys } = setUp();
    const [a, b] = [root.add(Item), root.add(Item)];
    const child = a.add(Item);
    tree.moveAs(a, at(7, b));
    expect([a.parent, child.parent, keys(b), keys()]).toEqual([b, a, [7], [1]]);
    tree.moveAs(a, at(0.5));
    expect(root.children).toEqual([a, b]);
  });

  it("changes nothing where it is there already", () => {
    const { tree, root, commits, at } = setUp();
    const item = root.add(Item);
    commits.length = 0;
    tree.moveAs(item, at(0));
    expect(commits).toEqual([]);
  });

  it("comes right behind the one that has the key, from wherever it comes", () => {
    const order: number[][] = [];
    for (const from of [0, 1, 2, 3, 5]) {
      for (const to of [0, 1, 2, 3, 5]) {
        const { tree, root, commits, at, crowd } = crowded();
        const [item, before] = [crowd[from], crowd[to]] as [SObject, SObject];
        const author: Author = { client: 1, transaction: 1 };
        transactAs({ author }, () => tree.moveAs(item, at(objectInternals.orderKey(before))));
        const [place, other] = [root.children.indexOf(item), root.children.indexOf(before)];
        order.push([place - other, from === to ? 0 : 1]);
        const own = commits.flat().filter(({ isDerived }) => !isDerived);
        expect(own.length).toBe(from === to ? 0 : 1);
      }
    }
    expect(order.map(([found]) => found)).toEqual(order.map(([, expected]) => expected));
  });

  it.each(["cycle", "root", "destroyed"])("throws `%s`, and nothing has moved", (code) => {
    const { tree, root, commits, at } = setUp();
    const [a, b] = [root.add(Item), root.add(Item)];
    const child = a.add(Item);
    b.destroy();
    commits.length = 0;
    const [object, parent] = { cycle: [a, child], root: [root, a], destroyed: [a, b] }[code] as [SObject, SObject];
    expect(() => tree.moveAs(object, at(0, parent))).toThrow(expect.objectContaining({ code }));
    expect(commits).toEqual([]);
  });

  it("leaves strictly rising keys, whatever is asked", () => {
    const key = fc.oneof(
      fc.nat(4).map((step) => 1 + step * Number.EPSILON),
      fc.nat(4).map((step) => (step - 2) * 5e-324),
      fc.constantFrom(2 ** 40, -(2 ** 40)),
      fc.double({ min: -(2 ** 40), max: 2 ** 40, noNaN: true }),
      fc.integer({ min: -3, max: 3 }),
    );
    let spreads = 0;
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(30), key), { maxLength: 60, size: "max" }), (steps) => {
        const { tree, root, commits, at, keys } = setUp();
        let id = 10;
        for (const [which, orderKey] of steps) {
          const child = root.children[which];
          commits.length = 0;
          if (child) tree.moveAs(child, at(orderKey));
          else tree.createAs(id++, SObject, undefined, undefined, at(orderKey));
          if (commits.flat().length > 1) spreads++;
          const all = keys();
          expect(all.every((each, index) => Number.isFinite(each) && each > (all[index - 1] ?? -Infinity))).toBe(true);
        }
      }),
      { numRuns: 300, seed: 20_261_121 },
    );
    expect(spreads).toBeGreaterThan(50);
  });
});
