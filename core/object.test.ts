import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { withCode } from "../test/with-code.ts";
import { AuthorityTree } from "./authority.ts";
import { ListTopic } from "./list-topic.ts";
import { type AddOptions, SObject } from "./object.ts";
import type { ErrorReport } from "./report.ts";
import { NumberTopic } from "./scalar-topics.ts";
import { StringTopic } from "./string-topic.ts";
import { transact } from "./transaction.ts";
import { Creation, type TreeChange } from "./tree-changes.ts";
import { TypeRegistry } from "./types.ts";

/** What hooks ran, in order. */
let calls: string[] = [];

class Item extends SObject {
  static override readonly frontendType: string | null = "item";
  readonly title = new StringTopic();

  override build(args?: { readonly title?: string }): void {
    this.title.set(args?.title ?? "");
  }

  override init(): void {
    calls.push(`init ${this.id}`);
  }

  override onDestroy(): void {
    calls.push(`onDestroy ${this.id}`);
  }
}

class Special extends Item {
  readonly votes = new NumberTopic(3);
}

/** Two children, then does what it was asked to. */
class Pair extends SObject {
  left: Item | undefined;
  right: Item | undefined;

  override build(then?: (pair: Pair) => void): void {
    this.left = this.add(Item, { title: "left" });
    this.right = this.add(Item, { title: "right" });
    then?.(this);
  }

  override init(): void {
    calls.push(`init ${this.id}`);
  }

  override onDestroy(): void {
    calls.push(`onDestroy ${this.id}`);
  }
}

function setUp() {
  calls = [];
  const types = new TypeRegistry();
  for (const type of [SObject, Item, Special, Pair]) types.register(type as never);
  const reports: ErrorReport[] = [];
  const tree = new AuthorityTree(types, SObject, { onError: (report) => reports.push(report) });
  const events: string[] = [];
  tree.on("add", ({ object, parent, origin }) => events.push(`add ${object.id} to ${parent.id} ${origin}`));
  tree.on("remove", ({ object, parent, origin }) => events.push(`remove ${object.id} from ${parent.id} ${origin}`));
  tree.on("move", ({ object, from, to, origin }) =>
    events.push(`move ${object.id} from ${from.id} to ${to.id} ${origin}`),
  );
  const commits: TreeChange[][] = [];
  tree.onCommit = (changes) => commits.push([...changes]);
  return { types, tree, root: tree.root, events, commits, reports };
}

function ids(objects: readonly SObject[]): number[] {
  return objects.map((object) => object.id);
}

/** All that can be seen of a tree. */
function picture(tree: AuthorityTree): unknown {
  const draw = (object: SObject): unknown => [
    object.id,
    object.type,
    object.key,
    object.isDestroyed,
    object instanceof Item ? object.title.value : null,
    object.children.map(draw),
  ];
  return [tree.size, ids([...tree.objects()]).sort(), draw(tree.root)];
}

describe("[OM-24] onParentChanged", () => {
  class Traveller extends Item {
    override onParentChanged(from: SObject, to: SObject): void {
      calls.push(`${this.id} from ${from.id} to ${to.id}, is below ${this.parent?.id}`);
      if (this.title.value === "bad") throw new Error("no");
      if (this.title.value === "writer") this.title.set("written");
    }
  }

  it("is called once for each move to another parent, also where it is taken back, and not among siblings", () => {
    const { root, types } = setUp();
    types.register(Traveller);
    const [a, b, traveller] = [root.add(Special), root.add(Special), root.add(Traveller)];
    calls = [];
    traveller.moveTo(a);
    traveller.moveTo(root, { index: 0 });
    traveller.moveTo(root);
    expect(() =>
      transact(() => {
        traveller.moveTo(b);
        throw new Error("taken back");
      }),
    ).toThrow("taken back");
    expect(calls).toEqual([
      "4 from 1 to 2, is below 2",
      "4 from 2 to 1, is below 1",
      "4 from 1 to 3, is below 3",
      "4 from 3 to 1, is below 1",
    ]);
  });

  it("cannot write, and what it throws is reported and stops nothing", () => {
    const { root, types, reports } = setUp();
    types.register(Traveller);
    const [a, traveller] = [root.add(Special), root.add(Traveller)];
    for (const title of ["bad", "writer"]) {
      traveller.title.set(title);
      traveller.moveTo(title === "bad" ? a : root);
    }
    expect(traveller.parent).toBe(root);
    expect(reports.map(({ where }) => where)).toEqual(Array(2).fill("onParentChanged of Traveller 3"));
    expect(reports[1]?.error).toEqual(withCode("observer_write"));
  });
});

describe("the root", () => {
  it("[OM-01][OM-20] has the id 1, the class it was given and no parent", () => {
    const { tree, types } = setUp();
    expect([tree.root.id, tree.root.type, tree.root.parent, tree.size]).toEqual([1, "SObject", null, 1]);
    const other = new AuthorityTree(types, Special);
    expect(other.root).toBeInstanceOf(Special);
    expect(tree.get(1)).toBe(tree.root);
  });

  it("[OM-01] can be neither destroyed nor moved", () => {
    const { root, commits } = setUp();
    const item = root.add(Item);
    commits.length = 0;
    expect(() => root.destroy()).toThrow(withCode("root"));
    expect(() => root.moveTo(item)).toThrow(withCode("root"));
    expect(root.isDestroyed).toBe(false);
    expect(commits).toEqual([]);
  });
});

describe("add", () => {
  it("[OM-02][OM-06] makes an object whose attributes have what `build` set, under its parent", () => {
    const { tree, root, events, commits } = setUp();
    const item = root.add(Item, { title: "hello" });
    expect([item.id, item.type, item.frontendType, item.key]).toEqual([2, "Item", "item", undefined]);
    expect(item.title.value).toBe("hello");
    expect(item.title.object).toBe(item);
    expect(item.parent).toBe(root);
    expect(item.tree).toBe(tree);
    expect(root.children).toEqual([item]);
    expect(tree.get(2)).toBe(item);
    expect(events).toEqual(["add 2 to 1 local"]);
    expect(commits).toHaveLength(1);
    expect(commits[0]?.[0]).toBeInstanceOf(Creation);
  });

  it("[OM-07][OM-13] runs `build`, children wholly included, then `init`, in one transaction", () => {
    const { root, commits } = setUp();
    const pair = root.add(Pair);
    expect(ids(pair.children)).toEqual([3, 4]);
    expect(calls).toEqual(["init 3", "init 4", "init 2"]);
    expect(commits).toHaveLength(1);
  });

  it("[OM-08] takes a type by its name, and leaves nothing behind for an unknown one", () => {
    const { tree, root, events } = setUp();
    expect(root.add("Item", { title: "x" })).toBeInstanceOf(Item);
    const before = picture(tree);
    events.length = 0;
    class Unknown extends SObject {}
    expect(() => root.add("Nothing")).toThrow(withCode("unknown_type"));
    expect(() => root.add("__proto__")).toThrow(withCode("unknown_type"));
    expect(() => root.add(Unknown)).toThrow(withCode("unknown_type"));
    expect(picture(tree)).toEqual(before);
    expect(events).toEqual([]);
  });

  it("[OM-09] takes a key that names one object of the tree", () => {
    const { tree, root } = setUp();
    const item = root.add(Item, {}, { key: "settings" });
    expect(tree.get("settings")).toBe(item);
    expect(item.key).toBe("settings");
    expect(() => item.add(Item, {}, { key: "settings" })).toThrow(withCode("duplicate_key"));
    expect(tree.size).toBe(2);
    item.destroy();
    expect(tree.get("settings")).toBeUndefined();
    expect(tree.get(root.add(Item, {}, { key: "settings" }).key as string)?.id).toBe(3);
  });

  it("gives a key back to its first owner when the change is taken back", () => {
    const { tree, root } = setUp();
    const item = root.add(Item, {}, { key: "x" });
    expect(() =>
      transact(() => {
        item.destroy();
        root.add(Item, {}, { key: "x" });
        throw new Error("no");
      }),
    ).toThrow("no");
    expect(tree.get("x")).toBe(item);
  });

  it("[OM-19] takes an index, and refuses one that is none", () => {
    const { tree, root } = setUp();
    for (let count = 0; count < 3; count++) root.add(Item);
    root.add(Item, {}, { index: 0 });
    root.add(Item, {}, { index: 2 });
    root.add(Item, {}, { index: 5 });
    expect(ids(root.children)).toEqual([5, 2, 6, 3, 4, 7]);
    const before = picture(tree);
    for (const index of [-1, 7, 0.5, Number.NaN, "0"]) {
      expect(() => root.add(Item, {}, { index } as AddOptions)).toThrow(withCode("out_of_range"));
    }
    expect(picture(tree)).toEqual(before);
  });

  it("never uses an id again", () => {
    const { root } = setUp();
    root.add(Item).destroy();
    expect(() => root.add(Pair, () => root.add("Nothing"))).toThrow();
    expect(root.add(Item).id).toBeGreaterThan(5);
  });

  it("needs a tree: an object that was only constructed has none", () => {
    expect(() => new Item().tree).toThrow(withCode("not_attached"));
    expect(() => new Item().add(Item)).toThrow(withCode("not_attached"));
    expect(() => new Item().destroy()).toThrow(withCode("not_attached"));
    expect([new Item().id, new Item().isDestroyed, new Item().children]).toEqual([0, false, []]);
  });

  it("refuses a destroyed parent", () => {
    const { root } = setUp();
    const item = root.add(Item);
    item.destroy();
    expect(() => item.add(Item)).toThrow(withCode("destroyed"));
  });
});

describe("[OM-12] a `build` that throws", () => {
  it("leaves no trace, and tells observers of all that they had seen", () => {
    const { tree, root, events, commits } = setUp();
    const other = root.add(Item, { title: "old" });
    const before = picture(tree);
    const children = root.children;
    events.length = commits.length = calls.length = 0;
    const built: SObject[] = [];
    expect(() =>
      root.add(
        Pair,
        (pair) => {
          built.push(pair, ...pair.children);
          other.title.set("changed");
          other.moveTo(pair);
          pair.left?.destroy();
          pair.add(Item, {}, { key: "inner" });
          throw new Error("build");
        },
        { key: "outer", index: 0 },
      ),
    ).toThrow("build");
    expect(picture(tree)).toEqual(before);
    expect(root.children).toEqual(children);
    expect([tree.get("outer"), tree.get("inner")]).toEqual([undefined, undefined]);
    expect(built.map((object) => object.isDestroyed)).toEqual([true, true, true]);
    expect(other.parent).toBe(root);
    expect(commits).toEqual([]);
    expect(events).toEqual([
      "add 3 to 1 local",
      "add 4 to 3 local",
      "add 5 to 3 local",
      "move 2 from 1 to 3 local",
      "remove 4 from 3 local",
      "add 6 to 3 local",
      "remove 6 from 3 rollback",
      "add 4 to 3 rollback",
      "move 2 from 3 to 1 rollback",
      "remove 5 from 3 rollback",
      "remove 4 from 3 rollback",
      "remove 3 from 1 rollback",
    ]);
  });

  it("ends the life of the children whose `init` had run, once each, and of no others", () => {
    const { root } = setUp();
    expect(() =>
      root.add(Pair, () => {
        throw new Error("build");
      }),
    ).toThrow("build");
    expect(calls).toEqual(["init 3", "init 4", "onDestroy 4", "onDestroy 3"]);
  });

  it("can be caught, inside of a transaction and inside of another `build`", () => {
    const { root, commits } = setUp();
    const fail = (): never => {
      throw new Error("inner");
    };
    const pair = root.add(Pair, (outer) => {
      expect(() => outer.add(Pair, fail)).toThrow("inner");
    });
    expect(ids(pair.children)).toEqual([3, 4]);
    expect(commits.map((changes) => changes.filter((change) => change instanceof Creation).length)).toEqual([3]);
  });

  it("is not the only one: a constructor, an `init` or a late topic leave no trace either", () => {
    const { tree, types, root, events, commits } = setUp();
    let isRegistered = false;
    class Constructed extends SObject {
      constructor() {
        super();
        if (isRegistered) throw new Error("constructor");
      }
    }
    class Started extends SObject {
      override init(): void {
        this.add(Item);
        throw new Error("init");
      }
    }
    class Late extends SObject {
      title: StringTopic | undefined;

      override build(): void {
        this.title = new StringTopic();
      }
    }
    class Shared extends SObject {
      readonly topic = SHARED;
    }
    class Changing extends SObject {
      readonly topic = isRegistered ? new NumberTopic() : new StringTopic();
    }
    for (const type of [Constructed, Started, Late, Shared, Changing]) types.register(type);
    isRegistered = true;
    expect(() => root.add(Constructed)).toThrow("constructor");
    expect(() => root.add(Started)).toThrow("init");
    expect(() => root.add(Late)).toThrow(withCode("invalid_name"));
    expect(() => root.add(Changing)).toThrow(withCode("invalid_name"));
    root.add(Shared);
    expect(() => root.add(Shared)).toThrow(withCode("invalid_value"));
    expect(tree.size).toBe(2);
    expect(commits).toHaveLength(1);
    expect(events.filter((event) => event.startsWith("add")).length).toBe(
      events.filter((event) => event.startsWith("remove")).length + 1,
    );
  });
});

const SHARED = new ListTopic();

describe("destroy", () => {
  it("[OM-15] takes all below with it and runs `onDestroy` once each, after the commit, children first", () => {
    const { tree, root, events, commits } = setUp();
    const pair = root.add(Pair);
    const below = (pair.left as Item).add(Item, {}, { key: "below" });
    calls.length = events.length = commits.length = 0;
    transact(() => {
      pair.destroy();
      expect(calls).toEqual([]);
      expect([tree.size, tree.get("below"), tree.get(below.id)]).toEqual([1, undefined, undefined]);
    });
    expect(calls).toEqual(["onDestroy 5", "onDestroy 3", "onDestroy 4", "onDestroy 2"]);
    expect(events).toEqual(["remove 2 from 1 local"]);
    expect(commits).toHaveLength(1);
    expect(root.children).toEqual([]);
    expect([pair, pair.left, below].map((object) => object?.isDestroyed)).toEqual([true, true, true]);
  });

  it("[OM-16] throws the second time, and so does any other write", () => {
    const { root } = setUp();
    const [item, other] = [root.add(Item, { title: "kept" }), root.add(Item)];
    const child = item.add(Item);
    item.destroy();
    expect(() => item.destroy()).toThrow(withCode("destroyed"));
    expect(() => child.destroy()).toThrow(withCode("destroyed"));
    expect(() => item.title.set("x")).toThrow(withCode("destroyed"));
    expect(() => child.title.set("x")).toThrow(withCode("destroyed"));
    expect(() => item.moveTo(other)).toThrow(withCode("destroyed"));
    expect(() => other.moveTo(item)).toThrow(withCode("destroyed"));
    expect(item.title.value).toBe("kept");
    expect(calls.filter((call) => call.startsWith("onDestroy"))).toEqual(["onDestroy 4", "onDestroy 2"]);
  });

  it("taken back, brings everything back to its place, and runs no `onDestroy`", () => {
    const { tree, root, events } = setUp();
    const pair = root.add(Pair, undefined, { key: "pair" });
    root.add(Item);
    const before = picture(tree);
    calls.length = events.length = 0;
    expect(() =>
      transact(() => {
        (pair.left as Item).title.set("x");
        pair.destroy();
        throw new Error("no");
      }),
    ).toThrow("no");
    expect(picture(tree)).toEqual(before);
    expect(tree.get("pair")).toBe(pair);
    expect(calls).toEqual([]);
    expect(events).toEqual([
      "remove 2 from 1 local",
      "add 2 to 1 rollback",
      "add 3 to 2 rollback",
      "add 4 to 2 rollback",
    ]);
  });

  it("of a child and then its parent runs each `onDestroy` once", () => {
    const { root } = setUp();
    const pair = root.add(Pair);
    calls.length = 0;
    transact(() => {
      pair.left?.destroy();
      pair.destroy();
    });
    expect(calls).toEqual(["onDestroy 3", "onDestroy 4", "onDestroy 2"]);
  });

  it("in the object's own `build` leaves out `init` and `onDestroy`", () => {
    const { tree, root } = setUp();
    const pair = root.add(Pair, (self) => self.destroy());
    expect(pair.isDestroyed).toBe(true);
    expect(tree.size).toBe(1);
    expect(calls).toEqual(["init 3", "init 4", "onDestroy 3", "onDestroy 4"]);
  });

  it("reports an `onDestroy` that throws, and runs the others", () => {
    const { types, root, reports } = setUp();
    class Bad extends SObject {
      override onDestroy(): void {
        throw new Error("hook");
      }
    }
    types.register(Bad);
    const bad = root.add(Bad);
    bad.add(Item);
    bad.add(Bad);
    bad.add(Item);
    calls.length = 0;
    bad.destroy();
    expect(calls).toEqual(["onDestroy 3", "onDestroy 5"]);
    expect(reports.map(({ where }) => where)).toEqual(["onDestroy of Bad 4", "onDestroy of Bad 2"]);
  });
});

describe("children", () => {
  it("[OM-18] is an immutable list, the same one until it changes", () => {
    const { root } = setUp();
    expect(root.children).toEqual([]);
    const item = root.add(Item);
    const { children } = root;
    expect(root.children).toBe(children);
    expect(() => (children as SObject[]).push(item)).toThrow(TypeError);
    root.add(Item);
    expect(children).toEqual([item]);
    expect(root.children).toHaveLength(2);
  });

  it("[OM-18] are found by id and by type", () => {
    const { root } = setUp();
    const [item, special] = [root.add(Item), root.add(Special)];
    const below = special.add(Pair);
    expect(root.child(item.id)).toBe(item);
    expect(() => root.child(below.id)).toThrow(withCode("not_found"));
    expect(() => root.child(99)).toThrow(withCode("not_found"));
    expect(root.childOfType(Special)).toBe(special);
    expect(root.childOfType("Special")).toBe(special);
    expect(() => root.childOfType(Pair)).toThrow(withCode("not_found"));
    // By class with its subclasses, by name without.
    expect(root.childrenOfType(Item)).toEqual([item, special]);
    expect(root.childrenOfType("Item")).toEqual([item]);
    expect(root.childrenOfType(Pair)).toEqual([]);
    expect(root.find(Pair)).toBe(below);
    expect(() => below.find(Special)).toThrow(withCode("not_found"));
  });
});

describe("[OM-30] search", () => {
  it("goes from the object down, each before its children", () => {
    const { root } = setUp();
    const [one, two] = [root.add(Pair), root.add(Special)];
    (one.left as Item).add(Item);
    expect(ids(root.search())).toEqual([1, 2, 3, 6, 4, 5]);
    expect(ids(root.search({ type: Item }))).toEqual([3, 6, 4, 5]);
    expect(ids(root.search({ accept: (object) => object.id % 2 === 0 }))).toEqual([2, 6, 4]);
    expect(ids(root.search({ stop: (object) => object.id === 3 }))).toEqual([1, 2, 3, 4, 5]);
    expect(ids(root.search({ type: Special, stop: () => true }))).toEqual([]);
    expect(ids(two.search())).toEqual([two.id]);
  });
});

describe("moveTo", () => {
  it("[OM-21] gives another parent; attributes keep values and listeners", () => {
    const { root, events, commits } = setUp();
    const [one, other] = [root.add(Pair), root.add(Item)];
    const left = one.left as Item;
    const heard: string[] = [];
    left.title.on("change", ({ value }) => heard.push(value));
    events.length = commits.length = 0;
    left.moveTo(other);
    expect([ids(one.children), ids(other.children), left.parent]).toEqual([[4], [3], other]);
    left.title.set("new");
    expect([left.title.value, heard]).toEqual(["new", ["new"]]);
    expect(events).toEqual(["move 3 from 2 to 5 local"]);
    expect(commits.map((changes) => changes.length)).toEqual([1, 1]);
  });

  it.each<[string, number, number | undefined, number[]]>([
    ["to the front", 4, 0, [4, 2, 3, 5]],
    ["to the end", 2, 3, [3, 4, 5, 2]],
    ["to the end by default", 3, undefined, [2, 4, 5, 3]],
    ["one forward", 2, 1, [3, 2, 4, 5]],
    ["one back", 5, 2, [2, 3, 5, 4]],
  ])("[OM-19] among its siblings %s, by the index it has afterwards", (_, id, index, order) => {
    const { root, commits } = setUp();
    for (let count = 0; count < 4; count++) root.add(Item);
    commits.length = 0;
    root.child(id).moveTo(root, index === undefined ? {} : { index });
    expect(ids(root.children)).toEqual(order);
    expect(commits.map((changes) => changes.length)).toEqual([1]);
  });

  it("to where it is does nothing", () => {
    const { root, commits, events } = setUp();
    const items = [root.add(Item), root.add(Item)] as const;
    commits.length = events.length = 0;
    items[0].moveTo(root, { index: 0 });
    items[1].moveTo(root);
    expect([commits, events]).toEqual([[], []]);
  });

  it("[OM-23] below itself is a `cycle`, and changes nothing", () => {
    const { tree, root, commits } = setUp();
    const pair = root.add(Pair);
    const left = pair.left as Item;
    const before = picture(tree);
    commits.length = 0;
    expect(() => pair.moveTo(pair)).toThrow(withCode("cycle"));
    expect(() => pair.moveTo(left)).toThrow(withCode("cycle"));
    expect(picture(tree)).toEqual(before);
    expect(commits).toEqual([]);
  });

  it("refuses an index that is none, and another tree", () => {
    const { tree, root } = setUp();
    const [item, other] = [root.add(Item), root.add(Item)];
    const stranger = setUp().root;
    const before = picture(tree);
    for (const index of [-1, 2, 0.5, Number.NaN]) {
      expect(() => item.moveTo(root, { index })).toThrow(withCode("out_of_range"));
    }
    expect(() => item.moveTo(other, { index: 1 })).toThrow(withCode("out_of_range"));
    expect(() => item.moveTo(stranger)).toThrow(withCode("wrong_tree"));
    expect(picture(tree)).toEqual(before);
  });

  it("is taken back to its place", () => {
    const { tree, root } = setUp();
    const pair = root.add(Pair);
    root.add(Item);
    const before = picture(tree);
    expect(() =>
      transact(() => {
        pair.left?.moveTo(root, { index: 0 });
        pair.moveTo(root);
        pair.right?.moveTo(pair.left as Item);
        throw new Error("no");
      }),
    ).toThrow("no");
    expect(picture(tree)).toEqual(before);
  });
});

describe("[OM-19] the order of children", () => {
  it("is that of a model array, after any insertions, moves and removals by index", () => {
    const step = fc.tuple(fc.constantFrom("add", "move", "remove"), fc.nat(1000), fc.nat(1000));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { root } = setUp();
        const model: SObject[] = [];
        for (const [what, first, second] of steps) {
          const from = first % Math.max(model.length, 1);
          if (what === "add" || model.length === 0) {
            const index = first % (model.length + 1);
            model.splice(index, 0, root.add(SObject, undefined, { index }));
          } else if (what === "move") {
            const index = second % model.length;
            const [object] = model.splice(from, 1) as [SObject];
            object.moveTo(root, { index });
            model.splice(index, 0, object);
          } else {
            model.splice(from, 1)[0]?.destroy();
          }
          expect(ids(root.children)).toEqual(ids(model));
        }
      }),
    );
  });

  it.each<[string, (length: number) => number]>([
    ["the front", () => 0],
    ["behind the first", () => 1],
    ["before the last", (length) => length - 1],
    ["the middle", (length) => length >> 1],
  ])("holds when 2,000 objects are put into one gap: %s", (_, gap) => {
    const { root } = setUp();
    const model: SObject[] = [];
    for (let count = 0; count < 2000; count++) {
      const index = Math.min(Math.max(gap(model.length), 0), model.length);
      model.splice(index, 0, root.add(SObject, undefined, { index }));
    }
    expect(ids(root.children)).toEqual(ids(model));
  });

  it("holds when two objects change places 2,000 times, always in one gap", () => {
    const { root, commits } = setUp();
    const model = Array.from({ length: 6 }, () => root.add(SObject));
    commits.length = 0;
    for (let count = 0; count < 2000; count++) {
      const [object] = model.splice(3, 1) as [SObject];
      model.splice(2, 0, object);
      object.moveTo(root, { index: 2 });
    }
    expect(ids(root.children)).toEqual(ids(model));
    // Spreading is rare: on the whole hardly more than one op for each move.
    expect(commits.reduce((sum, changes) => sum + changes.length, 0)).toBeLessThan(2600);
  });
});
