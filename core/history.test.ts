import { describe, expect, it } from "vitest";
import { ANN, as, BOB, CONFLICT, DONE, describeShape, NONE, Part, setUp } from "../test/parts.ts";
import { AuthorityTree } from "./authority.ts";
import { History } from "./history.ts";
import { ListTopic } from "./list-topic.ts";
import type { InitContext } from "./object.ts";
import { IntTopic, NumberTopic } from "./scalar-topics.ts";
import { StringTopic } from "./string-topic.ts";
import { type AnyTopic, topicInternals } from "./topic.ts";
import { transact } from "./transaction.ts";
import { TypeRegistry } from "./types.ts";

/** The value of a topic as plain data. */
function plain(topic: AnyTopic): unknown {
  return topic.kind.toWire(topicInternals.state(topic));
}

describe("a step", () => {
  const WRITES: readonly (readonly [name: keyof Part, write: (part: Part, other: Part) => void])[] = [
    ["text", ({ text }) => text.set("other")],
    ["list", ({ list }) => list.push("a", "b")],
    ["number", ({ number }) => number.set(2)],
    ["int", ({ int }) => int.add(2)],
    ["float", ({ float }) => float.add(0.1)],
    ["flag", ({ flag }) => flag.toggle()],
    ["dict", ({ dict }) => dict.put("a", 1)],
    ["set", ({ set }) => set.add("a")],
    ["value", ({ value }) => value.put(["a"], 1)],
    ["ref", ({ ref }, other) => ref.set(other)],
  ];

  it.each(WRITES)("[HI-01] is what is written to a topic: %s", (name, write) => {
    const { tree, root, commits } = setUp();
    const other = root.add(Part);
    const value = (): unknown => plain(root[name] as never);
    const before = value();
    write(root, other);
    const after = value();
    expect(after).not.toEqual(before);
    commits.length = 0;
    for (let round = 0; round < 3; round++) {
      expect(root.undo()).toEqual(DONE);
      expect(value()).toEqual(before);
      expect(root.redo()).toEqual(DONE);
      expect(value()).toEqual(after);
    }
    expect(commits).toEqual([1, 1, 1, 1, 1, 1]);
    expect(tree.history.entries).toHaveLength(2);
  });

  it("[HI-01] is an object that comes, goes or moves", () => {
    const { tree, root } = setUp();
    const [a, b] = [root.add(Part), root.add(Part)];
    const child = a.add(Part);
    child.moveTo(b);
    b.destroy();
    const shape = (): string => describeShape(tree.root);
    const shapes = [shape()];
    for (let count = 0; count < 5; count++) {
      expect(root.undo()).toEqual(DONE);
      shapes.push(shape());
    }
    expect(shapes).toEqual(["1(2)", "1(2 3(4))", "1(2(4) 3)", "1(2 3)", "1(2)", "1"]);
    expect(root.undo()).toEqual(NONE);
    for (const expected of shapes.slice(0, -1).reverse()) {
      expect(root.redo()).toEqual(DONE);
      expect(shape()).toBe(expected);
    }
    expect(root.redo()).toEqual(NONE);
  });

  it("[HI-01][TO-35] is an attribute that is added or removed, with the value that it had last", () => {
    const { root } = setUp();
    const size = root.addAttribute("size", new NumberTopic(3, { write: "everyone" }));
    size.set(4);
    root.removeAttribute("size");
    expect(root.undo()).toEqual(DONE);
    expect(root.attribute("size", NumberTopic).value).toBe(4);
    root.undo();
    expect(root.attribute("size", NumberTopic).value).toBe(3);
    root.undo();
    expect(root.hasAttribute("size")).toBe(false);
    root.redo();
    root.redo();
    expect(root.attribute("size", NumberTopic).value).toBe(4);
    expect(topicInternals.writeAccess(root.attribute("size", NumberTopic))).toBe("everyone");
    root.redo();
    expect(root.hasAttribute("size")).toBe(false);
  });

  it("[HI-01] is no tag, no event, and nothing of a topic that is `latest` or has `history: false`", () => {
    const { root, history } = setUp();
    transact(
      () => {
        root.addTag("new");
        root.event.emit();
        root.gauge.set(1);
        root.private.set("secret");
      },
      { label: "nothing to undo" },
    );
    expect(history.entries).toEqual([]);
    transact(() => {
      root.text.set("text");
      root.addTag("newer");
      root.private.set("more");
    });
    expect(root.undo()).toEqual(DONE);
    expect([root.text.value, root.private.value, root.gauge.value]).toEqual(["", "more", 1]);
    expect(root.tagNames).toEqual(["new", "newer"]);
  });

  it("[HI-02] is all that one `transact` does, with all that rules make of it", () => {
    const { root, history } = setUp();
    root.text.rule("change", ({ value }) => root.number.set(value.length));
    transact(() => {
      root.text.set("text");
      root.add(Part).text.set("child");
      root.list.push("a");
    });
    expect(history.entries).toHaveLength(1);
    expect(root.undo()).toEqual(DONE);
    expect([root.text.value, root.number.value, root.children, root.list.value]).toEqual(["", 0, [], []]);
    root.redo();
    expect([root.text.value, root.number.value, root.list.value]).toEqual(["text", 4, ["a"]]);
    expect((root.children[0] as Part).text.value).toBe("child");
  });

  it("[HI-02] is nothing where nothing is left of what was done", () => {
    const { root, history } = setUp();
    transact(() => {
      root.text.insert(0, "x");
      root.text.delete(0, 1);
    });
    transact(() => root.add(Part).destroy());
    transact(() => {
      root.int.add(3);
      root.int.add(-3);
    });
    expect(() =>
      transact(() => {
        root.text.set("not so");
        throw new Error("no");
      }),
    ).toThrow("no");
    expect(history.entries).toEqual([]);
    expect(root.undo()).toEqual(NONE);
  });

  it("[HI-02] leaves out what a part did that was taken back", () => {
    const { root } = setUp();
    transact(() => {
      root.text.insert(0, "a");
      expect(() =>
        transact(() => {
          root.text.insert(0, "b");
          throw new Error("no");
        }),
      ).toThrow("no");
      root.text.insert(1, "c");
    });
    root.undo();
    expect(root.text.value).toBe("");
    root.redo();
    expect(root.text.value).toBe("ac");
  });

  it("[HI-03] takes a `transact` inside of another in, whose label counts", () => {
    const { root, history } = setUp();
    transact(
      () => {
        root.number.set(1);
        transact(() => root.text.set("inner"), { label: "inner" });
      },
      { label: "outer" },
    );
    expect(history.entries).toMatchObject([{ label: "outer" }]);
    expect(root.undo()).toEqual({ ...DONE, label: "outer" });
    expect([root.number.value, root.text.value]).toEqual([0, ""]);
  });

  it("[HI-16] says who made it, when and under which label, and whether it is undone", () => {
    const { root, history, clock, undoOf } = setUp({ record: "labelled" });
    root.text.set("not recorded");
    transact(() => root.number.set(1), { label: "count" });
    clock.advance(1_500);
    as(ANN, () => root.text.set("written"), "write");
    undoOf(ANN);
    const at = clock.now();
    expect(history.entries).toEqual([
      { client: 0, label: "count", object: root, at: at - 1_500, isUndone: false },
      { client: ANN, label: "write", object: root, at, isUndone: true },
    ]);
    expect(history.redo()).toEqual({ ...DONE, label: "write" });
  });

  it("[HI-16] is made of what clients do and of what has a label, or of all where the history says so", () => {
    const { root, history } = setUp({ record: "labelled" });
    root.text.set("a");
    transact(() => root.text.set("b"));
    expect(history.entries).toEqual([]);
    as(ANN, () => root.text.set("c"));
    transact(() => root.text.set("d"), { label: "" });
    expect(history.entries).toHaveLength(2);
    const all = setUp({ record: "all" });
    all.root.text.set("a");
    expect(all.history.entries).toHaveLength(1);
  });

  it("[HI-16] is nothing of what a tree begins with", () => {
    class Full extends Part {
      override build(): void {
        this.add(Part);
        this.text.set("full");
      }
    }
    const types = new TypeRegistry();
    for (const type of [Part, Full]) types.register(type);
    const tree = new AuthorityTree(types, Full, { history: { record: "all" } });
    expect(tree.undo()).toEqual(NONE);
    expect(tree.root.children).toHaveLength(1);
    const saved = tree.save();
    tree.root.add(Part);
    tree.load(saved);
    expect(tree.undo()).toEqual(NONE);
  });
});

describe("quick edits", () => {
  it("[HI-18] are one step whatever others do meanwhile", () => {
    const { root, history, clock } = setUp({ mergeMs: 1_000 });
    as(ANN, () => root.text.insert(0, "a"));
    clock.advance(100);
    as(BOB, () => root.text.insert(0, "b"));
    for (let count = 0; count < 3; count++) {
      clock.advance(400);
      as(ANN, () => root.text.insert(0, "a"));
    }
    expect(history.entries.map(({ client }) => client)).toEqual([ANN, BOB]);
  });

  it("[HI-18] of one topic by one author are one step, as long as each follows the last in less than `mergeMs`", () => {
    const { root, history, clock } = setUp({ mergeMs: 1_000 });
    for (const letter of "hello") {
      as(ANN, () => root.text.insert(root.text.length, letter));
      clock.advance(999);
    }
    expect(history.entries).toHaveLength(1);
    clock.advance(1);
    as(ANN, () => root.text.insert(5, " you"));
    expect(history.entries).toHaveLength(2);
    root.undo();
    expect(root.text.value).toBe("hello");
    root.undo();
    expect(root.text.value).toBe("");
    root.redo();
    root.redo();
    expect(root.text.value).toBe("hello you");
  });

  it("[HI-18] of another topic, by another author or under another label are steps of their own", () => {
    const { root, history } = setUp({ mergeMs: 1_000 });
    const other = root.add(Part);
    history.clear();
    as(ANN, () => root.text.insert(0, "a"));
    as(ANN, () => other.text.insert(0, "b"));
    as(ANN, () => root.text.insert(0, "c"));
    as(BOB, () => root.text.insert(0, "d"));
    as(BOB, () => root.text.insert(0, "e"), "labelled");
    as(BOB, () => root.text.insert(0, "f"), "labelled");
    as(BOB, () => {
      root.text.insert(0, "g");
      root.number.set(1);
    });
    expect(history.entries.map(({ client }) => client)).toEqual([ANN, ANN, ANN, BOB, BOB, BOB]);
  });

  it("[HI-18] are one step also where somebody else writes elsewhere, or to the same text, meanwhile", () => {
    const { root, history, undoOf } = setUp({ mergeMs: 1_000 });
    const other = root.add(Part);
    history.clear();
    for (const letter of "abc") {
      as(ANN, () => root.text.insert(root.text.length, letter));
      as(BOB, () => other.text.insert(0, "x"));
      root.text.insert(0, "-");
    }
    expect(history.entries.map(({ client }) => client)).toEqual([ANN, BOB, 0]);
    undoOf(ANN);
    expect([root.text.value, other.text.value]).toEqual(["---", "xxx"]);
    undoOf(BOB);
    expect([root.text.value, other.text.value]).toEqual(["---", ""]);
  });

  it("[HI-18] of a register are undone to what was there before, unless somebody has written in between", () => {
    const { root, undoOf } = setUp({ mergeMs: 1_000, record: "labelled" });
    root.number.set(1);
    for (const value of [2, 3, 4]) as(ANN, () => root.number.set(value));
    for (const value of [1, 2]) as(ANN, () => root.dict.put("a", value));
    undoOf(ANN);
    undoOf(ANN);
    expect([root.number.value, root.dict.value]).toEqual([1, {}]);
    as(ANN, () => root.dict.put("b", 1));
    root.dict.put("b", 10);
    as(ANN, () => root.dict.put("b", 2));
    expect(undoOf(ANN)).toEqual({ ...DONE, skipped: 1 });
    expect(root.dict.value).toEqual({ b: 10 });
  });

  it("[HI-18] that leave nothing are no step", () => {
    const { root, history, undoOf } = setUp({ mergeMs: 1_000 });
    as(BOB, () => root.number.set(5));
    as(ANN, () => root.text.insert(0, "oops"));
    as(ANN, () => root.text.delete(0, 4));
    as(ANN, () => root.set.add("a"));
    as(ANN, () => root.set.delete("a"));
    as(ANN, () => root.int.add(2));
    as(ANN, () => root.int.add(-2));
    expect(history.entries).toHaveLength(1);
    expect(undoOf(ANN)).toEqual(NONE);
  });

  it("[HI-18] do not go on with a step that was undone and redone", () => {
    const { root, history } = setUp({ mergeMs: 1_000 });
    root.text.insert(0, "a");
    root.undo();
    root.redo();
    root.text.insert(1, "b");
    expect(history.entries).toHaveLength(2);
    root.undo();
    expect(root.text.value).toBe("a");
  });

  it("[HI-18] are never one step where `mergeMs` is 0", () => {
    const { root, history } = setUp({ mergeMs: 0 });
    for (const letter of "abc") root.text.insert(0, letter);
    expect(history.entries).toHaveLength(3);
  });
});

describe("undo at an object", () => {
  /** Where steps are found. Each act is one step; `at` are the objects at which it can be undone. */
  const FILED: readonly (readonly [name: string, act: (parts: Parts) => void, at: readonly (keyof Parts)[]])[] = [
    ["a write", ({ a1 }) => a1.text.set("x"), ["root", "a", "a1"]],
    ["a write to siblings", ({ a1, a2 }) => both(a1, a2), ["root", "a"]],
    ["a write to cousins", ({ a1, b1 }) => both(a1, b1), ["root"]],
    ["a write to parent and child", ({ a, a1 }) => both(a, a1), ["root", "a"]],
    ["an addition", ({ a1 }) => void a1.add(Part), ["root", "a", "a1"]],
    ["a destruction", ({ a1 }) => a1.destroy(), ["root", "a"]],
    ["a move among siblings", ({ a, a1 }) => a1.moveTo(a, { index: 1 }), ["root", "a"]],
    ["a move to another branch", ({ a1, b }) => a1.moveTo(b), ["root"]],
    ["a move to the parent's parent", ({ a11, a }) => a11.moveTo(a), ["root", "a"]],
    ["an attribute", ({ a1 }) => void a1.addAttribute("x", new NumberTopic()), ["root", "a", "a1"]],
    ["an addition that is moved in the same step", ({ a, b }) => transact(() => a.add(Part).moveTo(b)), ["root"]],
    [
      "a rule's write elsewhere",
      ({ a1, b1 }) => {
        a1.text.rule("change", () => b1.text.set("derived"));
        a1.text.set("x");
      },
      ["root"],
    ],
  ];

  interface Parts {
    readonly root: Part;
    readonly a: Part;
    readonly a1: Part;
    readonly a11: Part;
    readonly a2: Part;
    readonly b: Part;
    readonly b1: Part;
  }

  function both(one: Part, other: Part): void {
    transact(() => {
      one.text.set("x");
      other.text.set("x");
    });
  }

  function makeParts() {
    const { root, history, ...rest } = setUp();
    const [a, b] = [root.add(Part), root.add(Part)];
    const [a1, a2, b1] = [a.add(Part), a.add(Part), b.add(Part)];
    const parts: Parts = { root, a, a1, a11: a1.add(Part), a2, b, b1 };
    history.clear();
    return { parts, history, ...rest };
  }

  it.each(FILED)("[HI-04] finds at the lowest common ancestor and above: %s", (_, act, at) => {
    const names = Object.keys(makeParts().parts) as (keyof Parts)[];
    const found = names.filter((name) => {
      const { parts } = makeParts();
      act(parts);
      const object = parts[name];
      return !object.isDestroyed && object.undo().undone;
    });
    expect(found).toEqual(at);
  });

  it("[HI-05] takes back the last step there, and leaves later ones elsewhere as they are", () => {
    const { parts } = makeParts();
    const { a, a1, b1, root } = parts;
    a1.text.set("first");
    b1.text.set("second");
    expect(a.undo()).toEqual(DONE);
    expect([a1.text.value, b1.text.value]).toEqual(["", "second"]);
    expect(a.undo()).toEqual(NONE);
    expect(a.redo()).toEqual(DONE);
    expect(a1.text.value).toBe("first");
    root.undo();
    expect([a1.text.value, b1.text.value]).toEqual(["first", ""]);
  });

  it("[HI-05] goes by where things are now", () => {
    const { parts, history } = makeParts();
    const { a, a1, b } = parts;
    a1.text.set("x");
    a1.moveTo(b);
    history.undo({ below: b });
    expect([a1.text.value, a.undo()]).toEqual(["", NONE]);
  });

  it("[HI-06] has its redo ended by something new there, and by nothing new elsewhere", () => {
    const { parts } = makeParts();
    const { root, a, a1, b, b1 } = parts;
    a1.text.set("a");
    b1.text.set("b");
    a.undo();
    b.undo();
    b1.number.set(1);
    expect(b.redo()).toEqual(NONE);
    expect(root.redo()).toEqual(NONE);
    expect(a.redo()).toEqual(DONE);
    expect([a1.text.value, b1.text.value]).toEqual(["a", ""]);
  });

  it("[HI-06] does not redo what was ended when that which ended it is undone", () => {
    const { parts } = makeParts();
    const { root, a1 } = parts;
    for (const text of ["1", "2"]) a1.text.set(text);
    root.undo();
    root.undo();
    a1.number.set(3);
    root.undo();
    expect(root.redo()).toEqual(DONE);
    expect([a1.text.value, a1.number.value]).toEqual(["", 3]);
    expect(root.redo()).toEqual(NONE);
  });

  it("[HI-06] redoes first what was undone last, whoever asked for that", () => {
    const { parts } = makeParts();
    const { root, a, a1, b1 } = parts;
    a1.text.set("a");
    b1.text.set("b");
    a.undo();
    root.undo();
    expect([a1.text.value, b1.text.value]).toEqual(["", ""]);
    root.redo();
    expect([a1.text.value, b1.text.value]).toEqual(["", "b"]);
    root.redo();
    expect([a1.text.value, b1.text.value]).toEqual(["a", "b"]);
  });

  it("[HI-07] undoes and redoes nothing twice where the parts overlap", () => {
    const { parts } = makeParts();
    const { root, a, a1, b1 } = parts;
    a1.int.add(1);
    both(a1, b1);
    a1.int.add(10);
    root.undo();
    expect(a.undo()).toEqual(DONE);
    expect(a.undo()).toEqual(NONE);
    expect([a1.int.value, a1.text.value]).toEqual([0, "x"]);
    root.undo();
    expect(root.undo()).toEqual(NONE);
    for (const expected of [0, 1, 11]) {
      expect(root.redo()).toEqual(DONE);
      expect(a1.int.value).toBe(expected);
    }
    expect([a.redo(), root.redo()]).toEqual([NONE, NONE]);
    expect(a1.text.value).toBe("x");
  });
});

describe("what an author has done", () => {
  it("[HI-17] is undone for that author alone, also where others have gone on", () => {
    const { root, undoOf, redoOf } = setUp({ record: "labelled" });
    as(ANN, () => root.text.insert(0, "Ann"));
    as(BOB, () => root.text.insert(3, " and Bob"));
    root.text.insert(0, "With ");
    as(BOB, () => root.number.set(2));
    expect(undoOf(ANN)).toEqual(DONE);
    expect([root.text.value, root.number.value]).toEqual(["With  and Bob", 2]);
    expect(undoOf(ANN)).toEqual(NONE);
    expect(undoOf(99)).toEqual(NONE);
    undoOf(BOB);
    undoOf(BOB);
    expect([root.text.value, root.number.value]).toEqual(["With ", 0]);
    redoOf(ANN);
    redoOf(BOB);
    expect(root.text.value).toBe("With Ann and Bob");
  });

  it("[HI-06][HI-17] can be redone until that author does something new", () => {
    const { root, undoOf, redoOf } = setUp();
    as(ANN, () => root.text.set("Ann"));
    as(BOB, () => root.number.set(1));
    undoOf(ANN);
    undoOf(BOB);
    as(BOB, () => root.number.set(2));
    expect(redoOf(BOB)).toEqual(NONE);
    expect(redoOf(ANN)).toEqual(DONE);
    expect([root.text.value, root.number.value]).toEqual(["Ann", 2]);
  });

  it("[HI-17] is not what another has done to the same object, in the same part", () => {
    const { root, history } = setUp();
    const part = root.add(Part);
    as(ANN, () => part.text.set("Ann"));
    as(BOB, () => part.number.set(1));
    expect(history.undo({ below: part, client: ANN })).toEqual(DONE);
    expect([part.text.value, part.number.value]).toEqual(["", 1]);
    expect(history.undo({ below: part, client: ANN })).toEqual(NONE);
  });
});

describe("rules and observers", () => {
  it("[HI-11] rules do not run on undo and redo, which bring back what they had stored", () => {
    const { root } = setUp();
    let runs = 0;
    root.text.rule("change", ({ value }) => {
      runs++;
      root.number.set(value.length * 10 + runs);
    });
    root.text.set("abc");
    expect(root.number.value).toBe(31);
    root.undo();
    expect([root.number.value, runs]).toEqual([0, 1]);
    root.redo();
    expect([root.number.value, runs]).toEqual([31, 1]);
  });

  it("[HI-11] rules that refuse a value do not keep an undo from bringing it back", () => {
    const { root } = setUp();
    root.text.set("allowed once");
    root.text.rule("change", () => {
      throw new Error("no");
    });
    expect(() => root.text.set("x")).toThrow("no");
    expect(root.undo()).toEqual(DONE);
    expect(root.text.value).toBe("");
  });

  it("[HI-12] observers hear of undo and redo as such, and what they keep beside the topics is right at once", () => {
    const { tree, root } = setUp();
    const heard: string[] = [];
    let shown = "";
    root.text.on("change", ({ origin, value }) => {
      shown = `<${value}>`;
      heard.push(origin);
    });
    for (const name of ["add", "remove", "move", "attribute"] as const)
      tree.on(name, ({ origin }) => heard.push(`${name} ${origin}`));
    root.text.set("x");
    root.undo();
    expect(shown).toBe("<>");
    root.redo();
    expect(shown).toBe("<x>");
    expect(heard.splice(0)).toEqual(["local", "undo", "redo"]);
    const part = root.add(Part);
    part.addAttribute("size", new NumberTopic());
    part.moveTo(root, { index: 0 });
    root.add(Part);
    part.moveTo(root);
    heard.length = 0;
    for (let count = 0; count < 4; count++) root.undo();
    expect(heard.splice(0)).toEqual(["move undo", "remove undo", "attribute undo", "remove undo"]);
    for (let count = 0; count < 2; count++) root.redo();
    expect(heard).toEqual(["add redo", "attribute redo"]);
  });

  it("[HI-21] an undo or redo inside of a transaction, a rule or an observer throws `in_transaction`", () => {
    const { tree, root, reports } = setUp();
    root.text.set("x");
    root.number.rule("change", () => void root.undo());
    root.flag.on("change", () => void root.undo());
    const refused = expect.objectContaining({ code: "in_transaction" });
    expect(() => transact(() => root.undo())).toThrow(refused);
    expect(() => transact(() => root.redo())).toThrow(refused);
    expect(() => transact(() => tree.history.undo())).toThrow(refused);
    expect(() => root.number.set(1)).toThrow(refused);
    root.flag.set(true);
    expect(reports).toMatchObject([{ error: { code: "in_transaction" } }]);
    expect([root.text.value, root.number.value, root.flag.value]).toEqual(["x", 0, true]);
  });

  it("[HI-21] an undo at an object that is gone, or of another tree, throws", () => {
    const { tree, root } = setUp();
    const part = root.add(Part);
    part.destroy();
    expect(() => part.undo()).toThrow(expect.objectContaining({ code: "destroyed" }));
    expect(() => part.redo()).toThrow(expect.objectContaining({ code: "destroyed" }));
    expect(() => tree.undo(setUp().root)).toThrow(expect.objectContaining({ code: "wrong_tree" }));
  });

  it("[HI-22] an undo that throws leaves the tree as it was, and the steps before it can be undone", () => {
    class Picky extends Part {
      override init({ isNew }: InitContext): void {
        if (!isNew && this.text.value === "bad") throw new Error("cannot come back");
      }
    }
    const { tree, root } = setUp({}, Picky);
    root.text.set("hello");
    root.number.set(1);
    const picky = root.add(Picky);
    picky.text.set("bad");
    transact(() => {
      picky.destroy();
      root.text.insert(0, "I say: ");
      root.int.add(4);
      root.list.push("a");
    });
    const before = tree.save();
    expect(() => root.undo()).toThrow("cannot come back");
    expect(tree.save()).toEqual(before);
    expect(root.redo()).toEqual(NONE);
    // The text of what did not come back.
    expect(root.undo()).toMatchObject(CONFLICT);
    expect(root.undo()).toMatchObject(CONFLICT);
    expect(root.undo()).toEqual(DONE);
    expect(root.undo()).toEqual(DONE);
    expect([root.number.value, root.text.value]).toEqual([0, "I say: "]);
    root.text.set("goes on");
    root.undo();
    expect(root.text.value).toBe("I say: ");
  });

  it("what runs after the commit of an undo may write and undo, too", () => {
    class Last extends Part {
      override onDestroy(): void {
        (this.tree.root as Part).text.insert(0, "gone ");
        this.tree.undo();
      }
    }
    const { root } = setUp({ mergeMs: 0 }, Last);
    root.text.set("text");
    root.number.set(1);
    root.add(Last);
    expect(root.undo()).toEqual(DONE);
    expect([root.text.value, root.number.value]).toEqual(["text", 1]);
    root.undo();
    root.undo();
    expect([root.text.value, root.number.value]).toEqual(["", 0]);
  });

  it("what is written after the commit of an undo is known to the history", () => {
    class Last extends Part {
      override onDestroy(): void {
        (this.tree.root as Part).text.insert(0, "12345");
      }
    }
    const { root, undoOf } = setUp({ record: "labelled" }, Last);
    as(BOB, () => root.text.set("abc"));
    as(ANN, () => void root.add(Last));
    undoOf(ANN);
    expect(root.text.value).toBe("12345abc");
    undoOf(BOB);
    expect(root.text.value).toBe("12345");
  });
});

describe("a history without a tree", () => {
  it("[HI-19] undoes what was done to topics that stand alone, step by step", () => {
    const [text, list, number] = [new StringTopic(), new ListTopic<string>(), new NumberTopic()];
    const history = new History({ mergeMs: 0 });
    const state = (): unknown => [text.value, list.value, number.value];
    const states = [state()];
    const steps = [
      () => text.set("a"),
      () => {
        list.push("x");
        number.add(2);
      },
      () => text.insert(1, "b"),
      () => number.set(9),
    ];
    for (const step of steps) {
      history.transact(step, { label: "step" });
      states.push(state());
    }
    for (const expected of states.slice(0, -1).reverse()) {
      expect(history.undo()).toEqual({ ...DONE, label: "step" });
      expect(state()).toEqual(expected);
    }
    expect(history.undo()).toEqual(NONE);
    for (const expected of states.slice(1)) {
      expect(history.redo()).toEqual({ ...DONE, label: "step" });
      expect(state()).toEqual(expected);
    }
    history.undo();
    history.transact(() => text.set(""));
    expect(history.redo()).toEqual(NONE);
  });

  it("[HI-19] has a `transact` inside of another as one step, and none where it throws", () => {
    const number = new IntTopic();
    const history = new History();
    history.transact(() => {
      number.add(1);
      history.transact(() => number.add(10), { label: "inner" });
      number.add(100);
    });
    expect(() =>
      history.transact(() => {
        number.add(1_000);
        throw new Error("no");
      }),
    ).toThrow("no");
    expect(history.entries).toHaveLength(1);
    history.undo();
    expect(number.value).toBe(0);
    history.redo();
    expect([number.value, history.redo()]).toEqual([111, NONE]);
  });

  it("[HI-19] has nothing of what the transaction around took back, of trees, and of what was cleared", () => {
    const { root } = setUp();
    const text = new StringTopic();
    const history = new History();
    expect(() =>
      transact(() => {
        history.transact(() => text.set("x"));
        throw new Error("no");
      }),
    ).toThrow("no");
    history.transact(() => root.text.set("of a tree"));
    history.transact(() => {
      text.set("x");
      history.clear();
    });
    expect(history.entries).toEqual([]);
    history.transact(() => text.set("y"));
    expect(history.undo()).toEqual(DONE);
    expect([text.value, root.text.value]).toEqual(["x", "of a tree"]);
  });

  it("[HI-19] is in conflict, and throws not, where somebody has changed a text beside it", () => {
    const text = new StringTopic();
    const history = new History();
    history.transact(() => text.set("a long text"));
    text.set("");
    expect(history.undo()).toMatchObject(CONFLICT);
    expect(text.value).toBe("");
  });
});
