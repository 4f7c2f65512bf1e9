import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { TestClock } from "../testing/test-clock.ts";
import { AuthorityTree } from "./authority.ts";
import { DictTopic } from "./dict-topic.ts";
import { EventTopic } from "./event-topic.ts";
import { History, type HistoryOptions, type UndoResult } from "./history.ts";
import { ListTopic } from "./list-topic.ts";
import { type InitContext, SObject } from "./object.ts";
import { RefTopic } from "./ref-topic.ts";
import type { ErrorReport } from "./report.ts";
import { BooleanTopic, FloatTopic, IntTopic, NumberTopic } from "./scalar-topics.ts";
import { SetTopic } from "./set-topic.ts";
import { StringTopic, stringKind } from "./string-topic.ts";
import { type AnyTopic, topicInternals } from "./topic.ts";
import { transact, transactAs } from "./transaction.ts";
import { forSubtree } from "./tree.ts";
import { TypeRegistry } from "./types.ts";
import { ValueTopic } from "./value-topic.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

class Part extends SObject {
  readonly text = new StringTopic();
  readonly list = new ListTopic<string>();
  readonly number = new NumberTopic();
  readonly int = new IntTopic();
  readonly float = new FloatTopic();
  readonly flag = new BooleanTopic();
  readonly dict = new DictTopic<number>();
  readonly set = new SetTopic<string>();
  readonly value = new ValueTopic<unknown>({});
  readonly ref = new RefTopic();
  readonly gauge = new NumberTopic(0, { latest: true });
  readonly private = new StringTopic("", { history: false });
  readonly event = new EventTopic();
}

const [ANN, BOB] = [7, 8];

let transactions = 0;

/** What a client does in one transaction. */
function as(client: number, act: () => void, label?: string): void {
  transactAs({ author: { client, transaction: ++transactions }, label }, act);
}

function setUp(options: HistoryOptions = {}, ...types: (typeof SObject)[]) {
  const registry = new TypeRegistry();
  for (const type of [Part, ...types]) registry.register(type);
  const clock = new TestClock();
  const reports: ErrorReport[] = [];
  const tree = new AuthorityTree(registry, Part, {
    onError: (report) => reports.push(report),
    history: { clock, record: "all", mergeMs: 0, ...options },
  });
  const root = tree.root as Part;
  const commits: number[] = [];
  tree.onCommit = (changes) => commits.push(changes.length);
  const { history } = tree;
  return {
    tree,
    root,
    clock,
    history,
    reports,
    commits,
    undoOf: (client: number) => history.undo({ client }),
    redoOf: (client: number) => history.redo({ client }),
  };
}

const DONE = { undone: true, skipped: 0, reason: undefined, label: undefined };
const NONE: UndoResult = { undone: false, skipped: 0, reason: "not_found", label: undefined };
const CONFLICT = { undone: false, reason: "conflict" };

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
      { client: 0, label: "count", at: at - 1_500, isUndone: false },
      { client: ANN, label: "write", at, isUndone: true },
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

describe("what others did since", () => {
  it.each(["text", "list"] as const)("[HI-14] stays in a %s, and so does what comes after the undo", (kind) => {
    const { root, undoOf, redoOf } = setUp();
    const insert = (position: number, word: string): void =>
      kind === "text" ? root.text.insert(position, word) : root.list.splice(position, 0, ...word);
    const remove = (position: number, count: number): void =>
      kind === "text" ? root.text.delete(position, count) : root.list.splice(position, count);
    const value = (): string => (kind === "text" ? root.text.value : root.list.value.join(""));
    as(ANN, () => insert(0, "abcdef"));
    as(BOB, () => insert(3, "XY"));
    as(BOB, () => remove(0, 1));
    expect(value()).toBe("bcXYdef");
    expect(undoOf(ANN)).toEqual(DONE);
    expect(value()).toBe("XY");
    as(BOB, () => insert(2, "Z"));
    expect(redoOf(ANN)).toEqual(DONE);
    expect(value()).toBe("bcXYZdef");
    expect(undoOf(BOB)).toEqual(DONE);
    expect(undoOf(BOB)).toEqual(DONE);
    expect(value()).toBe("abcXYdef");
  });

  it("[HI-20] stays in a register: of the step, that is skipped", () => {
    const { root, undoOf } = setUp();
    as(ANN, () => {
      root.number.set(1);
      root.dict.put("a", 1);
      root.dict.put("b", 1);
      root.value.set({ a: 1 });
      root.flag.set(true);
    });
    as(BOB, () => {
      root.number.set(2);
      root.dict.put("b", 2);
      root.dict.put("c", 3);
      root.value.put(["b"], 2);
    });
    expect(undoOf(ANN)).toEqual({ undone: true, skipped: 3, reason: undefined, label: undefined });
    expect([root.number.value, root.dict.value, root.value.value, root.flag.value]).toEqual([
      2,
      { b: 2, c: 3 },
      { a: 1, b: 2 },
      false,
    ]);
  });

  it("[HI-20] is not overwritten by a redo either", () => {
    const { root, undoOf, redoOf } = setUp();
    as(ANN, () => root.dict.put("a", 1));
    undoOf(ANN);
    as(BOB, () => root.dict.put("a", 2));
    expect(redoOf(ANN)).toMatchObject(CONFLICT);
    expect(root.dict.value).toEqual({ a: 2 });
  });

  it("[HI-20] makes what was skipped no more and no less when the step is redone", () => {
    const { root, undoOf, redoOf } = setUp();
    as(ANN, () => {
      root.flag.set(true);
      root.number.set(5);
    });
    as(BOB, () => root.number.set(0));
    expect(undoOf(ANN)).toMatchObject({ undone: true, skipped: 1 });
    // That would be what the redo writes, had it been undone.
    expect(root.number.value).toBe(0);
    expect(redoOf(ANN)).toMatchObject({ undone: true, skipped: 1 });
    expect([root.flag.value, root.number.value]).toEqual([true, 0]);
  });

  it("[HI-20] adds up with what was added, and counts where a number was set", () => {
    const { root, undoOf, redoOf } = setUp();
    as(ANN, () => root.int.add(5));
    as(BOB, () => root.int.add(10));
    expect(undoOf(ANN)).toEqual(DONE);
    expect(root.int.value).toBe(10);
    redoOf(ANN);
    as(BOB, () => root.int.set(100));
    expect(undoOf(ANN)).toMatchObject(CONFLICT);
    expect(root.int.value).toBe(100);
    undoOf(BOB);
    expect(root.int.value).toBe(15);
    redoOf(ANN);
    expect(undoOf(ANN)).toEqual(DONE);
    expect(root.int.value).toBe(10);
  });

  it("[HI-20] adds up with fractions, which come back exactly where nobody has added", () => {
    const { root, undoOf, redoOf } = setUp();
    root.float.set(0.1);
    as(ANN, () => root.float.add(0.2));
    const sum = root.float.value;
    for (let round = 0; round < 3; round++) {
      undoOf(ANN);
      expect(root.float.value).toBe(0.1);
      redoOf(ANN);
      expect(root.float.value).toBe(sum);
    }
    as(BOB, () => root.float.add(1));
    undoOf(ANN);
    expect(root.float.value).toBeCloseTo(1.1);
    redoOf(ANN);
    expect(root.float.value).toBe(sum + 1);
  });

  it.each<[string, (part: Part) => void, (part: Part) => void]>([
    ["a sum that is out of range", ({ int }) => int.add(-5), ({ int }) => int.add(Number.MAX_SAFE_INTEGER)],
    ["a path that there is not", ({ value }) => value.delete(["a", "b"]), ({ value }) => value.set(3)],
  ])("[HI-20] is a conflict and no error where an undo would come to %s", (_, byAnn, byBob) => {
    const { root, undoOf, history } = setUp();
    root.value.set({ a: { b: 1 } });
    as(ANN, () => byAnn(root));
    as(BOB, () => byBob(root));
    if (root.int.value > 0) as(BOB, () => root.int.add(5));
    const before = [root.int.value, root.value.value];
    expect(undoOf(ANN)).toMatchObject(CONFLICT);
    expect([root.int.value, root.value.value]).toEqual(before);
    expect(history.entries.length).toBeGreaterThan(2);
  });

  it("[HI-14] stays where the server's own code did it, of which nothing is recorded", () => {
    const { root, undoOf } = setUp({ record: "labelled" });
    root.text.set("The end.");
    as(ANN, () => root.text.insert(4, "very "));
    for (const word of ["Once. ", "Twice. "]) root.text.insert(0, word);
    root.text.delete(root.text.length - 1, 1);
    undoOf(ANN);
    expect(root.text.value).toBe("Twice. Once. The end");
    root.int.set(1);
    as(ANN, () => root.int.add(1));
    root.int.set(50);
    expect(undoOf(ANN)).toMatchObject(CONFLICT);
  });
});

describe("an undo where something is gone", () => {
  it("[HI-15] skips what was done to an object that is not there, and says so", () => {
    const { root, undoOf } = setUp({ record: "labelled" });
    const [one, other] = [root.add(Part), root.add(Part)];
    as(ANN, () => {
      one.text.set("one");
      other.text.set("other");
      one.add(Part);
    });
    one.destroy();
    expect(undoOf(ANN)).toEqual({ undone: true, skipped: 2, reason: undefined, label: undefined });
    expect(other.text.value).toBe("");
    as(ANN, () => other.text.set("again"));
    other.destroy();
    expect(undoOf(ANN)).toMatchObject({ undone: false, skipped: 1, reason: "conflict" });
  });

  it("[HI-15] skips what would come back below an object that is not there, or has come back already", () => {
    const { tree, root, undoOf, redoOf } = setUp({ record: "labelled" });
    const one = root.add(Part);
    const child = one.add(Part);
    const savedChild = tree.save(child);
    as(ANN, () => child.destroy());
    const saved = tree.save(one);
    one.destroy();
    expect(undoOf(ANN)).toMatchObject(CONFLICT);
    expect(redoOf(ANN)).toMatchObject(CONFLICT);
    const restored = tree.restore(saved, root);
    expect(undoOf(ANN)).toEqual(DONE);
    expect(restored.children[0]).toMatchObject({ id: child.id });
    redoOf(ANN);
    tree.restore(savedChild, restored);
    expect(undoOf(ANN)).toMatchObject(CONFLICT);
    expect(redoOf(ANN)).toMatchObject(CONFLICT);
    expect(restored.children).toHaveLength(1);
  });

  it("[HI-15] skips a move of what is elsewhere by now, into what is gone, or below itself", () => {
    const { root, undoOf } = setUp({ record: "labelled" });
    const [a, b, c] = [root.add(Part), root.add(Part), root.add(Part)];
    as(ANN, () => c.moveTo(a));
    c.moveTo(b);
    expect(undoOf(ANN)).toMatchObject(CONFLICT);
    as(ANN, () => c.moveTo(a));
    b.destroy();
    expect(undoOf(ANN)).toMatchObject(CONFLICT);
    as(ANN, () => a.moveTo(root, { index: 0 }));
    const d = root.add(Part);
    as(ANN, () => d.moveTo(c));
    as(ANN, () => c.moveTo(root));
    a.moveTo(d);
    expect(undoOf(ANN)).toMatchObject(CONFLICT);
    expect(describeShape(root)).toBe("1(4(5(2)))");
  });

  it("[HI-15] is none for a step that changes an object and then destroys it", () => {
    const { root } = setUp();
    const part = root.add(Part);
    transact(() => {
      part.text.set("last words");
      part.add(Part);
      part.destroy();
    });
    expect(root.undo()).toEqual(DONE);
    const revived = root.children[0] as Part;
    expect([revived.id, revived.text.value, revived.children]).toEqual([part.id, "", []]);
    expect(root.redo()).toEqual(DONE);
    expect(root.children).toEqual([]);
  });

  it("[HI-15] knows objects by what they are now, through any number of ends and returns", () => {
    const { root } = setUp();
    root.add(Part).text.set("a");
    (root.children[0] as Part).text.set("b");
    (root.children[0] as Part).destroy();
    for (let round = 0; round < 3; round++) {
      for (let count = 0; count < 4; count++) expect(root.undo()).toEqual(DONE);
      expect(root.children).toEqual([]);
      for (let count = 0; count < 4; count++) expect(root.redo()).toEqual(DONE);
      expect(root.children).toEqual([]);
      root.undo();
      expect((root.children[0] as Part).text.value).toBe("b");
      root.redo();
    }
  });

  it("[HI-15] does not take the text of an object that came back by `restore` for that of before", () => {
    const { tree, root, undoOf } = setUp({ record: "labelled" });
    const part = root.add(Part);
    const saved = tree.save(part);
    as(ANN, () => part.text.set("hello"));
    as(ANN, () => part.int.add(3));
    part.destroy();
    const restored = tree.restore(saved, root) as Part;
    restored.text.set("other text");
    restored.int.set(10);
    expect([undoOf(ANN), undoOf(ANN)]).toMatchObject([CONFLICT, CONFLICT]);
    expect([restored.text.value, restored.int.value]).toEqual(["other text", 10]);
    as(ANN, () => restored.text.insert(0, "an"));
    undoOf(ANN);
    expect(restored.text.value).toBe("other text");
  });

  it("[HI-15] does not take one attribute for another that has its name or had its place", () => {
    const { root, undoOf } = setUp({ record: "labelled" });
    const size = root.addAttribute("size", new StringTopic());
    as(ANN, () => size.set("large"));
    root.removeAttribute("size");
    const other = root.addAttribute("size", new StringTopic("other size"));
    expect(undoOf(ANN)).toMatchObject(CONFLICT);
    expect(other.value).toBe("other size");
  });
});

describe("an undo of a step that has made something", () => {
  it("takes what others have added to it along, and brings it back", () => {
    const { root, undoOf, redoOf } = setUp();
    let part!: Part;
    as(ANN, () => {
      part = root.add(Part);
    });
    as(BOB, () => void part.add(Part).text.set("by Bob"));
    part.text.set("by the server");
    expect(undoOf(ANN)).toEqual(DONE);
    expect(root.children).toEqual([]);
    expect(undoOf(BOB)).toMatchObject(CONFLICT);
    redoOf(BOB);
    expect(redoOf(ANN)).toEqual(DONE);
    const [revived] = root.children as [Part];
    expect([revived.text.value, (revived.children[0] as Part).text.value]).toEqual(["by the server", "by Bob"]);
    expect(undoOf(BOB)).toEqual(DONE);
    expect(revived.children).toEqual([]);
  });

  it("[HI-15] does not bring back what somebody else has destroyed", () => {
    const { root, undoOf, redoOf } = setUp({ record: "labelled" });
    let part!: Part;
    as(ANN, () => {
      part = root.add(Part);
    });
    part.destroy();
    expect(undoOf(ANN)).toMatchObject(CONFLICT);
    expect(redoOf(ANN)).toMatchObject(CONFLICT);
    expect(root.children).toEqual([]);
  });

  /** What can be done in one step with objects that it makes, and that were there. */
  const STEPS: readonly (readonly [name: string, act: (root: Part, old: Part) => void])[] = [
    ["one that it puts below another", (root) => root.add(Part).moveTo(root.add(Part))],
    ["one that it puts below a later one, with children", (root) => root.add(Part).add(Part).moveTo(root.add(Part))],
    ["one that takes up what was there", (root, old) => old.moveTo(root.add(Part))],
    [
      "one that takes up what was there and goes",
      (root, old) => {
        const part = root.add(Part);
        old.moveTo(part);
        part.destroy();
      },
    ],
    [
      "one that takes up what was there, which goes",
      (root, old) => {
        old.moveTo(root.add(Part));
        old.destroy();
      },
    ],
    [
      "one in what goes",
      (_root, old) => {
        old.add(Part).text.set("x");
        old.destroy();
      },
    ],
    [
      "one that moves into what goes",
      (root, old) => {
        root.add(Part).moveTo(old);
        old.destroy();
      },
    ],
    [
      "one that takes up what was there, and is put below a later one",
      (root, old) => {
        const part = root.add(Part);
        old.moveTo(part);
        part.moveTo(root.add(Part));
      },
    ],
    [
      "one that replaces another under its key",
      (root) => {
        root.tree.get("key")?.destroy();
        root.add(Part, undefined, { key: "key" }).text.set("new");
      },
    ],
    ["several, of which some go", (root) => [root.add(Part), root.add(Part), root.add(Part)][1]?.destroy()],
    [
      "one that it writes, moves and gives attributes",
      (root, old) => {
        const part = root.add(Part, undefined, { index: 0 });
        part.text.set("x");
        part.addAttribute("size", new NumberTopic(4));
        part.moveTo(root);
        old.moveTo(root);
      },
    ],
  ];

  it.each(STEPS)("[HI-02] takes back and puts back, as often as one likes: %s", (_, act) => {
    const { tree, root } = setUp();
    const old = root.add(Part);
    old.add(Part).text.set("old child");
    root.add(Part, undefined, { key: "key" }).text.set("old");
    const state = (): unknown => tree.save().root;
    const before = state();
    transact(() => act(root, old));
    const after = state();
    for (let round = 0; round < 3; round++) {
      expect(root.undo()).toEqual(DONE);
      expect(state()).toEqual(before);
      expect(root.redo()).toEqual(DONE);
      expect(state()).toEqual(after);
    }
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
      root.text.insert(5, " you");
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
    expect([root.number.value, root.text.value]).toEqual([0, " you"]);
    root.text.set("goes on");
    root.undo();
    expect(root.text.value).toBe(" you");
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

describe("the cost of a history", () => {
  it("[HI-23] of an undo is the same however large the tree is", () => {
    class Watched extends Part {
      static reads = 0;

      override get children(): readonly SObject[] {
        Watched.reads++;
        return super.children;
      }
    }
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

/** The ids of a subtree, in order. */
function describeShape({ id, children }: SObject): string {
  return children.length > 0 ? `${id}(${children.map(describeShape).join(" ")})` : `${id}`;
}
