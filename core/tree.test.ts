import { describe, expect, it } from "vitest";
import { AuthorityTree } from "./authority.ts";
import { SObject } from "./object.ts";
import { MAX_TREE_DEPTH } from "./place.ts";
import type { ErrorReport } from "./report.ts";
import { NumberTopic } from "./scalar-topics.ts";
import { type Author, transact, transactAs } from "./transaction.ts";
import { forSubtree } from "./tree.ts";
import type { TreeChange } from "./tree-changes.ts";
import { TypeRegistry } from "./types.ts";

class Item extends SObject {
  readonly count = new NumberTopic();
}

function setUp() {
  const types = new TypeRegistry();
  types.register(SObject);
  types.register(Item);
  const reports: ErrorReport[] = [];
  const tree = new AuthorityTree(types, SObject, { onError: (report) => reports.push(report) });
  const commits: { changes: readonly TreeChange[]; author: Author | undefined }[] = [];
  tree.onCommit = (changes, author) => commits.push({ changes: [...changes], author });
  return { types, tree, root: tree.root, reports, commits };
}

describe("Tree", () => {
  it("knows its objects by id and by key", () => {
    const { tree, root } = setUp();
    const item = root.add(Item, undefined, { key: "item" });
    expect([tree.get(1), tree.get(2), tree.get("item")]).toEqual([root, item, item]);
    expect([tree.get(3), tree.get("2"), tree.get("__proto__"), tree.get(Number.NaN)]).toEqual(Array(4).fill(undefined));
    expect([...tree.objects()]).toEqual([root, item]);
    expect(tree.size).toBe(2);
  });

  it("tells what comes, goes and moves, inside the transaction, when it is in place", () => {
    const { tree, root, commits } = setUp();
    const heard: unknown[] = [];
    tree.on("add", ({ object, parent }) =>
      heard.push(["add", parent.children.includes(object), tree.get(object.id) === object]),
    );
    tree.on("remove", ({ object, parent }) =>
      heard.push(["remove", parent.children.includes(object), object.isDestroyed]),
    );
    tree.on("move", ({ object, from, to }) =>
      heard.push(["move", from.children.includes(object), object.parent === to]),
    );
    transact(() => {
      const [one, other] = [root.add(Item), root.add(Item)];
      one.moveTo(other);
      one.destroy();
      expect(heard).toHaveLength(4);
      expect(commits).toEqual([]);
    });
    expect(heard).toEqual([
      ["add", true, true],
      ["add", true, true],
      ["move", false, true],
      ["remove", false, true],
    ]);
  });

  it("tells of a new object before its `build` has run, and of its children after it", () => {
    const { types, tree, root } = setUp();
    class Family extends SObject {
      override build(): void {
        this.add(Item);
      }
    }
    types.register(Family);
    const heard: string[] = [];
    tree.on("add", ({ object }) => heard.push(`${object.type} with ${object.children.length}`));
    root.add(Family);
    expect(heard).toEqual(["Family with 0", "Item with 0"]);
  });

  it("[TO-16] stops telling who was removed, and counts its listeners", () => {
    const { tree, root } = setUp();
    let calls = 0;
    const remove = tree.on("add", () => calls++);
    expect(tree.listenerCount).toBe(1);
    root.add(Item);
    remove();
    root.add(Item);
    expect([calls, tree.listenerCount]).toEqual([1, 0]);
  });

  it("[AT-26] reports a listener that throws, and goes on", () => {
    const { tree, root, reports } = setUp();
    tree.on("add", () => {
      throw new Error("view");
    });
    const item = root.add(Item);
    expect(item.isDestroyed).toBe(false);
    expect(reports).toEqual([{ error: new Error("view"), where: 'listener "add" of the tree' }]);
  });

  it("goes through a subtree, each object before its children", () => {
    const { root } = setUp();
    const one = root.add(Item);
    one.add(Item).add(Item);
    root.add(Item);
    const seen: number[] = [];
    forSubtree(root, ({ id }) => seen.push(id));
    expect(seen).toEqual([1, 2, 3, 4, 5]);
  });
});

describe("AuthorityTree", () => {
  it("gives each transaction once, in order, with its author", () => {
    const { root, commits } = setUp();
    const author = { client: 7, transaction: 3 };
    const item = transactAs({ author }, () => {
      const made = root.add(Item);
      transactAs({ author: { client: 8, transaction: 1 } }, () => made.count.set(1));
      return made;
    });
    item.count.set(2);
    const nameOf = (change: object): string => change.constructor.name;
    expect(commits.map(({ changes, author: by }) => [changes.map(nameOf), by])).toEqual([
      [["Creation", "TopicChange"], author],
      [["TopicChange"], undefined],
    ]);
  });

  it("is told of nothing while its root is built, and passes on what that throws", () => {
    const { types } = setUp();
    class Root extends Item {
      override build(): void {
        this.add(Item).count.set(1);
        this.count.set(2);
      }
    }
    class Failing extends SObject {
      override init(): void {
        throw new Error("root");
      }
    }
    types.register(Root);
    types.register(Failing);
    const tree = new AuthorityTree(types, Root);
    expect([tree.size, (tree.root as Root).count.value]).toEqual([2, 2]);
    expect(() => new AuthorityTree(types, Failing)).toThrow("root");
    expect(() => new AuthorityTree(types, "Nothing")).toThrow(expect.objectContaining({ code: "unknown_type" }));
    // And nothing is left open.
    tree.root.add(Item);
    expect(tree.size).toBe(3);
  });

  it("has its own ids, whatever other trees have", () => {
    const [one, other] = [setUp(), setUp()];
    one.root.add(Item);
    expect([one.root.add(Item).id, other.root.add(Item).id]).toEqual([3, 2]);
  });

  it("[OM-12] ends a build that adds itself for ever with an error, and leaves no trace of it", () => {
    const { types, tree, root, commits } = setUp();
    class Endless extends SObject {
      override build(): void {
        this.add(Endless);
      }
    }
    types.register(Endless);
    expect(() => root.add(Endless)).toThrow(expect.objectContaining({ code: "too_deep" }));
    expect([tree.size, root.children, commits]).toEqual([1, [], []]);
  });

  it("has at most 500 levels, however they come to be, and can destroy them all", () => {
    const { tree, root } = setUp();
    const chain = (length: number): SObject[] => {
      const objects: SObject[] = [root];
      while (objects.length <= length) objects.push((objects.at(-1) as SObject).add(Item));
      return objects.slice(1);
    };
    const [long, short] = [chain(MAX_TREE_DEPTH - 1), chain(2)];
    const last = long.at(-1) as SObject;
    expect(() => last.add(Item)).toThrow(expect.objectContaining({ code: "too_deep" }));
    const move = (): void => (short[0] as SObject).moveTo(long.at(-2) as SObject);
    expect(move).toThrow(expect.objectContaining({ code: "too_deep" }));
    (short[1] as SObject).destroy();
    move();
    long[0]?.destroy();
    expect(tree.size).toBe(1);
  });

  it.each(["build", "init"] as const)(
    "[TX-03] refuses a %s that returns a promise, and leaves no trace of it",
    (hook) => {
      const { types, tree, root, commits } = setUp();
      class Late extends SObject {}
      Late.prototype[hook] = async () => {};
      types.register(Late);
      expect(() => root.add(Late)).toThrow(expect.objectContaining({ code: "async_transaction" }));
      expect([tree.size, commits]).toEqual([1, []]);
    },
  );
});
