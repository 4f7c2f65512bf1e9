import { describe, expect, it } from "vitest";
import { ANN, as, BOB, CONFLICT, DONE, describeShape, NONE, Part, setUp } from "../test/parts.ts";
import { NumberTopic } from "./scalar-topics.ts";
import { StringTopic } from "./string-topic.ts";
import { transact } from "./transaction.ts";

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

  it("[HI-20] counts again what was added before a number was set, when each that set it is undone", () => {
    const { root, undoOf, redoOf } = setUp();
    const [cat, dan] = [21, 22];
    as(ANN, () => root.int.add(1));
    as(BOB, () => root.int.set(50));
    as(cat, () => root.int.set(70));
    expect(undoOf(ANN)).toMatchObject(CONFLICT);
    redoOf(ANN);
    undoOf(cat);
    undoOf(BOB);
    expect(root.int.value).toBe(1);
    as(dan, () => root.int.add(10));
    const isThere = root.int.value;
    expect(undoOf(dan)).toEqual(DONE);
    expect([isThere, redoOf(BOB), root.int.value]).toEqual([11, DONE, 50]);
    root.int.set(1);
    expect(redoOf(cat)).toMatchObject(CONFLICT);
    expect(redoOf(dan)).toMatchObject(CONFLICT);
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

  it("[HI-24] says nothing of a step of which it is not known that it is open, as to ask is too much work", () => {
    const { root, history } = setUp();
    transact(() => root.text.set("secret"), { label: "a secret" });
    for (const open of [true, false]) {
      const result = history.undo({ mayUndo: () => open, spend: () => false });
      expect(result).toEqual({ undone: false, skipped: 0, reason: "too_large", label: undefined });
    }
  });

  it("[HI-15] that was refused, as it is too much work, loses nothing of what it had begun to bring back", () => {
    const { root, history } = setUp();
    const part = root.add(Part);
    part.add(Part).text.set("below");
    root.text.set("a long text ".repeat(1_000));
    transact(() => {
      root.text.set("");
      part.destroy();
    });
    for (const most of [2_000, 5_000, 8_000, 20_000]) {
      let left = most;
      const spend = (steps: number): boolean => {
        left -= steps;
        return left >= 0;
      };
      expect(history.undo({ spend })).toMatchObject({ undone: false, reason: "too_large" });
      expect(root.children).toEqual([]);
    }
    expect(history.undo()).toMatchObject(DONE);
    const [again] = root.children;
    expect(again?.children).toMatchObject([{ text: { value: "below" } }]);
    expect(root.text.value).toHaveLength(12_000);
  });

  it("[HI-15] does not take the text of an object that came back by `restore` for that of before", () => {
    const { tree, root, undoOf } = setUp({ record: "labelled" });
    const part = root.add(Part);
    part.text.set("a long text");
    part.int.set(10);
    const saved = tree.save(part);
    as(ANN, () => part.text.insert(2, "very "));
    as(ANN, () => part.int.add(3));
    part.destroy();
    const restored = tree.restore(saved, root) as Part;
    expect([undoOf(ANN), undoOf(ANN)]).toMatchObject([CONFLICT, CONFLICT]);
    expect([restored.text.value, restored.int.value]).toEqual(["a long text", 10]);
    as(ANN, () => restored.text.insert(0, "not "));
    undoOf(ANN);
    expect(restored.text.value).toBe("a long text");
  });

  it("[HI-15] goes on with the text of an object that came back by `restore` as with another one", () => {
    const { tree, root, undoOf } = setUp({ record: "labelled", mergeMs: 1_000 });
    const part = root.add(Part);
    as(ANN, () => part.text.insert(0, "ann"));
    const saved = tree.save(part);
    part.destroy();
    const restored = tree.restore(saved, root) as Part;
    as(ANN, () => restored.text.insert(3, "ANN"));
    as(BOB, () => restored.text.insert(0, "bob at the front; "));
    undoOf(ANN);
    expect(restored.text.value).toBe("bob at the front; ann");
  });

  it("[HI-15] does not take an attribute of a restored object for the one that had its slot before", () => {
    const { tree, root, undoOf } = setUp({ record: "labelled" });
    const part = root.add(Part);
    const [first, second, third] = ["first", "second", "third"].map((name) =>
      part.addAttribute(name, new NumberTopic(1)),
    ) as [NumberTopic, NumberTopic, NumberTopic];
    part.removeAttribute("first");
    as(ANN, () => second.set(2));
    third.set(2);
    const saved = tree.save(part);
    part.destroy();
    const restored = tree.restore(saved, root) as Part;
    expect([first, second, third].map((topic) => topic.value)).toEqual([1, 2, 2]);
    undoOf(ANN);
    expect(restored.attribute("third", NumberTopic).value).toBe(2);
  });

  it("[HI-05] leaves an object that came to another parent since", () => {
    const { root, undoOf } = setUp();
    const [a, b] = [root.add(Part), root.add(Part)];
    let card = a;
    as(ANN, () => {
      card = a.add(Part);
    });
    as(BOB, () => card.moveTo(b));
    expect([a.undo(), undoOf(ANN)]).toMatchObject([CONFLICT, NONE]);
    expect(b.children).toEqual([card]);
    expect(undoOf(BOB)).toEqual(DONE);
    expect(a.children).toEqual([card]);
  });

  it("[HI-01] takes back that a key went from one object to another inside of a new one", () => {
    const { tree, root } = setUp();
    const old = root.add(Part, undefined, { key: "it" });
    transact(() => {
      const above = root.add(Part);
      old.destroy();
      above.add(Part, undefined, { key: "it" });
    });
    const made = tree.get("it")?.id;
    for (let round = 0; round < 2; round++) {
      expect(root.undo()).toEqual(DONE);
      expect([tree.get("it")?.id, root.children.length]).toEqual([old.id, 1]);
      expect(root.redo()).toEqual(DONE);
      expect([tree.get("it")?.id, root.children.length]).toEqual([made, 1]);
    }
  });

  it("[HI-15] takes back what was written to an attribute that the same step removed", () => {
    const { root } = setUp();
    root.addAttribute("size", new StringTopic("small"));
    transact(() => {
      root.attribute("size", StringTopic).insert(0, "very ");
      root.removeAttribute("size");
    });
    expect(root.undo()).toEqual(DONE);
    expect(root.attribute("size", StringTopic).value).toBe("small");
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
