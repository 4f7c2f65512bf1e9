import { describe, expect, it, vi } from "vitest";
import { collectGarbage } from "../test/garbage.ts";
import { ANN, as, BOB, DONE, NONE, Part, setUp } from "../test/parts.ts";
import { History } from "./history.ts";
import { SObject } from "./object.ts";
import { type StringTopic, stringKind } from "./string-topic.ts";
import { transact } from "./transaction.ts";
import { forSubtree } from "./tree.ts";

describe("the limits of a history", () => {
  it("[HI-08] drop the oldest steps, by default beyond 1,000", () => {
    const { root, history } = setUp();
    for (let count = 1; count <= 1_001; count++) root.int.add(1);
    expect(history.entries).toHaveLength(1_000);
    for (let count = 0; count < 1_000; count++) root.undo();
    expect([root.int.value, root.undo()]).toEqual([1, NONE]);
    const few = setUp({ maxTransactions: 2 });
    for (const letter of "abc") few.root.text.insert(few.root.text.length, letter);
    few.root.undo();
    few.root.undo();
    expect([few.root.text.value, few.root.undo()]).toEqual(["a", NONE]);
  });

  it("[HI-08] keep nothing where they are 0", () => {
    for (const limit of [{ maxTransactions: 0 }, { maxBytes: 0 }]) {
      const { root, history } = setUp(limit);
      root.text.set("x");
      root.int.add(1);
      expect(history.entries).toEqual([]);
      expect(root.undo()).toEqual(NONE);
    }
  });

  const KILOBYTE = "x".repeat(1_000);

  /** Steps of about ten kilobytes each, of which no more than a few may be held. */
  const LARGE: readonly (readonly [name: string, write: (part: Part, count: number) => void])[] = [
    ["texts", ({ text }, count) => text.set(count % 2 === 0 ? KILOBYTE.repeat(10) : "")],
    ["lists", ({ list }, count) => list.set(count % 2 === 0 ? Array.from(KILOBYTE.slice(0, 10), () => KILOBYTE) : [])],
    ["data", ({ value }, count) => value.set([[Array.from(KILOBYTE.slice(0, 10), () => KILOBYTE)], count])],
    [
      "objects that went",
      (part, count) => {
        if (count % 2 === 0) part.add(Part).text.set(KILOBYTE.repeat(10));
        else part.children[0]?.destroy();
      },
    ],
  ];

  it.each(LARGE)("[HI-08] count about the bytes that the steps hold: %s", (_, write) => {
    const { root, history } = setUp({ maxBytes: 200_000 });
    for (let count = 0; count < 100; count++) write(root, count);
    expect(history.entries.length).toBeGreaterThan(3);
    expect(history.entries.length).toBeLessThan(60);
    let undone = 0;
    while (root.undo().undone) undone++;
    expect(undone).toBeGreaterThan(3);
    // What was let go counts no more.
    for (let count = 0; count < 100; count++) root.flag.toggle();
    expect(history.entries.length).toBeGreaterThan(50);
  });

  it("[HI-08] count what becomes of texts by what others do, and by undo and redo", () => {
    const { root, history, undoOf, redoOf } = setUp({ record: "labelled", maxBytes: 30_000 });
    for (let round = 0; round < 50; round++) {
      as(ANN, () => root.text.insert(0, "0123456789".repeat(10)));
      for (let count = 0; count < 5; count++) root.text.insert(20 * count, "by the server");
      undoOf(ANN);
      redoOf(ANN);
    }
    expect(history.entries.length).toBeGreaterThan(0);
    expect(history.entries.length).toBeLessThan(50);
    for (let count = 0; count < 60; count++) as(BOB, () => root.flag.toggle());
    expect(history.entries.length).toBeGreaterThan(59);
  });

  it("[HI-08] count what a creation had made, when it is undone, and no more when it is redone", () => {
    const { root, history, undoOf, redoOf } = setUp({ record: "labelled", maxBytes: 200_000 });
    const make = (client: number): void => as(client, () => root.add(Part).text.set(KILOBYTE.repeat(10)));
    for (let client = 1; client <= 50; client++) {
      make(client);
      undoOf(client);
    }
    expect(history.entries.length).toBeGreaterThan(10);
    expect(history.entries.length).toBeLessThan(20);
    const kept = history.entries.map(({ client }) => client);
    for (const client of kept) expect(redoOf(client)).toEqual(DONE);
    for (let client = 51; client <= 70; client++) make(client);
    expect(history.entries.length).toBe(kept.length + 20);
  });

  it("[HI-08] count steps on texts and lists also where those are small", () => {
    const { root, history } = setUp({ maxBytes: 20_000 });
    root.list.push("a");
    for (let count = 0; count < 500; count++) root.list.put(0, `${count}`);
    expect(history.entries.length).toBeGreaterThan(3);
    expect(history.entries.length).toBeLessThan(40);
  });

  it("[HI-08] are one step on each text and list, however often a transaction changes them by turns", () => {
    const { root } = setUp({ maxBytes: 20_000 });
    root.list.push("a", "b");
    transact(() => {
      for (let count = 0; count < 500; count++) {
        root.list.put(0, `${count}`);
        root.text.set(`${count}`);
        root.list.move(0, 1);
      }
    });
    expect(root.undo()).toEqual(DONE);
    expect([root.list.value, root.text.value]).toEqual([["a", "b"], ""]);
    expect(root.redo()).toEqual(DONE);
    expect([root.list.value, root.text.value]).toEqual([["498", "499"], "499"]);
  });

  it("[HI-08] leave a text as it is that one step has changed at too many places, which the result says", () => {
    const { root } = setUp({ mergeMs: 1_000 });
    root.text.set("ab ".repeat(1_500));
    root.flag.toggle();
    transact(() => {
      for (let index = 0; index < 1_500; index++) root.text.splice(3 * index, 1, "X");
      root.flag.toggle();
    });
    const value = root.text.value;
    expect(root.undo()).toEqual({ ...DONE, skipped: 1 });
    expect([root.text.value, root.flag.value]).toEqual([value, true]);
    expect(root.redo()).toEqual({ ...DONE, skipped: 1 });
    // What follows quickly is a step that can be undone.
    transact(() => {
      for (let index = 0; index < 1_500; index++) root.text.splice(3 * index, 1, "Y");
    });
    root.text.insert(0, "Z");
    expect(root.undo()).toEqual(DONE);
    expect(root.text.value).toBe(value.replaceAll("X", "Y"));
    expect(root.undo()).toMatchObject({ undone: false, skipped: 1, reason: "conflict" });
  });

  it.each([600, 660, 667, 668, 675, 1_500])(
    "[HI-08] take nothing of others back where a text was changed at %i places",
    (places) => {
      const { root, undoOf } = setUp({ record: "labelled", mergeMs: 1_000 });
      root.text.set("ab ".repeat(1_500));
      as(ANN, () => root.text.insert(0, "ann "));
      as(BOB, () => {
        for (let index = 0; index < places; index++) root.text.splice(4 + 3 * index, 1, "X");
      });
      as(ANN, () => root.text.insert(4, "ANN "));
      as(BOB, () => root.text.insert(0, "bob at the front; "));
      const { value } = root.text;
      undoOf(ANN);
      expect([value.replace("ann ANN ", ""), value.replace("ANN ", "")]).toContain(root.text.value);
    },
  );

  it("[HI-08] are not used up by what nobody can redo any more", () => {
    const { root, history } = setUp({ maxTransactions: 10 });
    for (let round = 0; round < 20; round++) {
      root.int.set(round + 1);
      root.flag.toggle();
      root.undo();
    }
    expect(history.entries.filter(({ isUndone }) => isUndone)).toHaveLength(1);
    for (let count = 0; count < 8; count++) expect(root.undo()).toEqual(DONE);
  });

  it.each(["maxTransactions", "maxBytes", "mergeMs"])("[HI-08] are numbers from 0: %s", (name) => {
    for (const value of [-1, Number.NaN, "10"]) {
      expect(() => new History({ [name]: value })).toThrow(expect.objectContaining({ code: "invalid_value" }));
    }
  });

  it("[HI-09] `clear` forgets all that was done, and nothing that comes", () => {
    const { root, history } = setUp();
    root.text.set("before");
    root.number.set(1);
    root.undo();
    history.clear();
    expect([history.entries, root.undo(), root.redo()]).toEqual([[], NONE, NONE]);
    root.text.insert(6, " and after");
    root.undo();
    expect(root.text.value).toBe("before");
  });

  it("[HI-09] `clear` in a transaction forgets what that does, too, before and after", () => {
    const { root, history } = setUp();
    root.flag.set(true);
    transact(() => {
      root.text.set("x");
      history.clear();
      root.number.set(1);
    });
    expect(root.undo()).toEqual(NONE);
    root.text.insert(1, "y");
    root.undo();
    expect([root.text.value, root.number.value, root.flag.value]).toEqual(["x", 1, true]);
  });

  it("[HI-09] `clear` in a transaction forgets nothing of the next, however that one ends", () => {
    const { root, history } = setUp();
    transact(() => history.clear());
    root.text.set("x");
    expect(root.undo()).toEqual(DONE);
    expect(() =>
      transact(() => {
        history.clear();
        throw new Error("no");
      }),
    ).toThrow("no");
    root.text.set("y");
    expect(root.undo()).toEqual(DONE);
  });

  it("[HI-09] `clear`, and the limits, let go of all that steps held", async () => {
    const { root, history } = setUp({ maxTransactions: 5 });
    const fill = (): WeakRef<object>[] => {
      const gone = root.add(Part);
      const item = Object.freeze(["an item"]);
      transact(() => gone.add(Part));
      root.value.set({ item });
      root.value.set({});
      root.text.set("x");
      const refs = [new WeakRef<object>(gone), new WeakRef<object>(gone.children[0] as Part)];
      gone.destroy();
      root.undo();
      root.redo();
      return refs;
    };
    const areGone = async (refs: readonly WeakRef<object>[]): Promise<boolean[]> => {
      // What a WeakRef was asked for lives until the turn has ended.
      await new Promise((resolve) => setImmediate(resolve));
      collectGarbage();
      return refs.map((ref) => ref.deref() === undefined);
    };
    const refs = fill();
    expect(await areGone(refs)).toEqual([false, false]);
    history.clear();
    expect(await areGone(refs)).toEqual([true, true]);
    const others = fill();
    for (let count = 0; count < 5; count++) root.flag.toggle();
    expect(await areGone(others)).toEqual([true, true]);
  });

  it("[HI-09] a tree that is loaded has no steps of the one before", () => {
    const { tree, root } = setUp();
    const saved = tree.save();
    root.text.set("x");
    tree.load(saved);
    expect(tree.undo()).toEqual(NONE);
  });
});

describe("the cost of a history", () => {
  /** Counts how often somebody looks for what is below one. */
  class Watched extends Part {
    static reads = 0;

    override get children(): readonly SObject[] {
      Watched.reads++;
      return super.children;
    }
  }

  it("[HI-23] of an undo is the same however large the tree is", () => {
    const reads = [10, 1_000].map((count) => {
      const { root, history } = setUp({}, Watched);
      for (let index = 0; index < count; index++) root.add(Watched).add(Watched);
      const [first] = root.children as [Watched];
      history.clear();
      transact(() => {
        first.text.set("x");
        first.add(Watched);
        first.moveTo(root);
      });
      Watched.reads = 0;
      root.undo();
      root.redo();
      first.undo();
      return Watched.reads;
    });
    expect(reads[0]).toBe(reads[1]);
    expect(reads[0]).toBeLessThan(30);
  });

  it("[HI-23] of a move among siblings is the same however much is below what was moved", () => {
    const { root } = setUp({}, Watched);
    const [first] = [root.add(Watched), root.add(Watched)];
    for (let index = 0; index < 500; index++) first.add(Watched);
    first.moveTo(root);
    Watched.reads = 0;
    expect([root.undo(), root.redo(), root.undo()]).toEqual([DONE, DONE, DONE]);
    expect(Watched.reads).toBeLessThan(30);
  });

  it("[HI-23] of a transaction is the same however many steps are undone", () => {
    const reads = [10, 300].map((count) => {
      const { root, undoOf } = setUp();
      const all: Part[] = [root];
      for (let depth = 0; depth < 50; depth++) all.push((all.at(-1) as Part).add(Part));
      const [lowest, next] = [all.at(-1) as Part, all.at(-2) as Part];
      for (let index = 0; index < count; index++) as(ANN, () => lowest.int.set(index + 1));
      for (let index = 0; index < count; index++) undoOf(ANN);
      const parent = vi.spyOn(SObject.prototype, "parent", "get");
      as(ANN, () => next.int.add(1));
      const calls = parent.mock.calls.length;
      parent.mockRestore();
      return calls;
    });
    expect(reads[0]).toBe(reads[1]);
  });

  it("[HI-23] of a transaction that is not recorded is nothing, where there is no step", () => {
    const { root, history } = setUp({ record: "labelled" });
    let asked = 0;
    const counted = (method: "transform" | "merge" | "invert"): PropertyDescriptor => ({
      value: (...args: never[]) => {
        asked++;
        return (stringKind[method] as (...args: never[]) => unknown)(...args);
      },
    });
    const methods = { transform: counted("transform"), merge: counted("merge"), invert: counted("invert") };
    Object.defineProperty(root.text, "kind", { value: Object.create(stringKind, methods) });
    for (let count = 0; count < 100; count++) root.text.insert(0, "x");
    // One inverse each, for the rollback.
    expect([asked, history.entries]).toEqual([100, []]);
  });

  it("[HI-23] is no memory of an object that is not in it", () => {
    const { root } = setUp();
    const part = root.add(Part);
    const before = fieldsOf(part);
    part.text.set("x");
    part.add(Part);
    part.undo();
    expect(fieldsOf(part)).toEqual(before);
    let listeners = 0;
    forSubtree(root, (each) => {
      for (const topic of Object.values(each)) listeners += (topic as StringTopic).listenerCount;
    });
    expect(listeners).toBe(0);
  });
});

function fieldsOf(object: SObject): unknown {
  return Reflect.ownKeys(object);
}
