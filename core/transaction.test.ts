import { describe, expect, it } from "vitest";
import { Letters, setUp } from "../test/letters.ts";
import { withCode } from "../test/with-code.ts";
import { NumberTopic } from "./scalar-topics.ts";
import { MAX_TEXT_LENGTH, StringTopic } from "./string-topic.ts";
import { afterCommit, transact } from "./transaction.ts";

describe("transact", () => {
  it("[TX-01] commits all changes of a function at once and returns what it returns", () => {
    const { root, commits } = setUp();
    const result = transact(() => {
      root.a.set("1");
      root.b.set("2");
      expect(commits()).toEqual([]);
      return "result";
    });
    expect(result).toBe("result");
    expect(commits()).toEqual(["a b"]);
  });

  it("makes a single change a transaction of its own", () => {
    const { root, commits } = setUp();
    root.a.set("1");
    root.b.set("2");
    expect(commits()).toEqual(["a", "b"]);
  });

  it("commits nothing when nothing changed", () => {
    const { root, commits } = setUp();
    transact(() => root.a.set(""));
    expect(commits()).toEqual([]);
  });

  it("[TX-01] takes everything back when the function throws, and throws that on", () => {
    const { root, commits, values } = setUp();
    const error = new Error("no");
    expect(() =>
      transact(() => {
        root.a.set("1");
        root.b.set("2");
        throw error;
      }),
    ).toThrow(error);
    expect(values()).toBe("- - - - -");
    expect(commits()).toEqual([]);
  });

  it("works again after one that threw", () => {
    const { root, commits } = setUp();
    for (let round = 0; round < 3; round++) expect(() => transact(() => root.a.insert(9, "x"))).toThrow();
    root.a.set("1");
    expect(commits()).toEqual(["a"]);
  });

  it("[TX-02] joins the one around it, as a savepoint", () => {
    const { root, commits, values } = setUp();
    transact(() => {
      root.a.set("1");
      expect(() =>
        transact(() => {
          root.b.set("2");
          transact(() => root.c.set("3"));
          throw new Error("inner");
        }),
      ).toThrow("inner");
      transact(() => root.d.set("4"));
      expect(commits()).toEqual([]);
    });
    expect(values()).toBe("1 - - 4 -");
    expect(commits()).toEqual(["a d"]);
  });

  it("takes what a savepoint kept back with the whole", () => {
    const { root, values, commits } = setUp();
    expect(() =>
      transact(() => {
        transact(() => root.a.set("1"));
        throw new Error("outer");
      }),
    ).toThrow("outer");
    expect(values()).toBe("- - - - -");
    expect(commits()).toEqual([]);
  });

  it("[TX-03] refuses a function that returns a promise, and takes back what it did", () => {
    const { root, values, commits } = setUp();
    const wait = async (): Promise<void> => {
      root.a.set("1");
    };
    expect(() => transact(wait)).toThrow(withCode("async_transaction"));
    // biome-ignore lint/suspicious/noThenProperty: anything that can be awaited is refused
    expect(() => transact(() => ({ then: () => root.a.set("2") }))).toThrow(withCode("async_transaction"));
    transact(() => {
      root.b.set("1");
      expect(() => transact(wait)).toThrow(withCode("async_transaction"));
    });
    expect(values()).toBe("- 1 - - -");
    expect(commits()).toEqual(["b"]);
  });

  it("[TX-04] gives each tree its own changes, and those alone", () => {
    const [one, other] = [setUp(), setUp()];
    const alone = new NumberTopic();
    transact(() => {
      one.root.a.set("1");
      other.root.b.set("1");
      alone.set(1);
      one.root.c.set("1");
    });
    expect(one.commits()).toEqual(["a c"]);
    expect(other.commits()).toEqual(["b"]);
    expect(() =>
      transact(() => {
        one.root.a.set("2");
        other.root.b.set("2");
        alone.set(2);
        throw new Error("no");
      }),
    ).toThrow("no");
    expect([one.root.a.value, other.root.b.value, alone.value]).toEqual(["1", "1", 1]);
  });

  it("[TO-38] holds topics together that belong to no tree", () => {
    const [x, y] = [new NumberTopic(1), new NumberTopic(2)];
    expect(() =>
      transact(() => {
        x.set(5);
        y.add(Number.NaN);
      }),
    ).toThrow(withCode("invalid_value"));
    expect([x.value, y.value]).toEqual([1, 2]);
  });

  it("takes changes back in reverse, so that each finds what it left", () => {
    const { root, heard } = setUp();
    root.log.set(["x"]);
    expect(() =>
      transact(() => {
        root.log.push("y");
        root.log.move(0, 1);
        root.a.set("1");
        root.log.remove("x");
        root.log.insert(0, "p", "q");
        throw new Error("no");
      }),
    ).toThrow("no");
    expect(root.log.value).toEqual(["x"]);
    expect(heard()).toBe("a -a");
  });
});

describe("afterCommit", () => {
  it("[TX-05] runs after the commit, in order, in no transaction", () => {
    const { root, commits } = setUp();
    const heard: unknown[] = [];
    transact(() => {
      afterCommit(() => heard.push(["first", commits()]));
      root.a.set("1");
      afterCommit(() => {
        root.b.set("2");
        heard.push(["second", commits()]);
      });
      expect(heard).toEqual([]);
    });
    expect(heard).toEqual([
      ["first", ["a"]],
      ["second", ["b"]],
    ]);
  });

  it("runs at once outside of a transaction", () => {
    let calls = 0;
    afterCommit(() => calls++);
    expect(calls).toBe(1);
  });

  it("is dropped with the savepoint that asked for it", () => {
    const { root } = setUp();
    const heard: string[] = [];
    transact(() => {
      afterCommit(() => heard.push("outer"));
      expect(() =>
        transact(() => {
          root.a.set("1");
          afterCommit(() => heard.push("inner"));
          throw new Error("no");
        }),
      ).toThrow("no");
      afterCommit(() => heard.push("outer again"));
    });
    expect(heard).toEqual(["outer", "outer again"]);
  });

  it("[TX-05] is dropped with the transaction, and with the rule that failed", () => {
    const { root } = setUp();
    const heard: string[] = [];
    expect(() =>
      transact(() => {
        afterCommit(() => heard.push("dropped"));
        throw new Error("no");
      }),
    ).toThrow("no");
    root.a.rule("change", () => {
      afterCommit(() => heard.push("of the rule"));
      throw new Error("rule");
    });
    transact(() => {
      expect(() => root.a.set("1")).toThrow("rule");
      root.b.set("1");
    });
    expect(heard).toEqual([]);
  });

  it("reports a task that throws and runs the others", () => {
    const { root, reports, values } = setUp();
    const heard: string[] = [];
    transact(() => {
      root.a.set("1");
      afterCommit(() => {
        throw new Error("task");
      });
      afterCommit(() => heard.push("other"));
    });
    expect(heard).toEqual(["other"]);
    expect(reports).toMatchObject([{ error: { message: "task" } }]);
    expect(values()).toBe("1 - - - -");
  });
});

describe("[TX-06] an observer that writes", () => {
  it.each<[string, (root: Letters) => unknown]>([
    ["to a topic", (root) => root.b.set("1")],
    ["what is equal", (root) => root.b.set("")],
    ["to a topic that stands alone", () => new NumberTopic().set(1)],
    ["in a transaction", () => transact(() => undefined)],
    ["a new object", (root) => root.add(Letters)],
    ["the end of an object", (root) => root.children[0]?.destroy()],
    ["another place", (root) => root.children[0]?.moveTo(root)],
  ])("%s gets `observer_write`, whether it catches or not", (_, write) => {
    const { root, reports, commits } = setUp();
    root.add(Letters);
    commits();
    root.a.on("change", () => {
      expect(() => write(root)).toThrow(withCode("observer_write"));
      write(root);
    });
    root.a.set("1");
    expect(reports).toMatchObject([{ error: { code: "observer_write", message: expect.stringContaining("rule") } }]);
    expect(commits()).toEqual(["a"]);
    expect(root.children).toHaveLength(1);
  });

  it("can leave the write for after the commit", () => {
    const { root, commits } = setUp();
    root.a.on("change", ({ origin }) => {
      if (origin === "local") afterCommit(() => root.b.set("1"));
    });
    root.a.set("1");
    expect(commits()).toEqual(["a", "b"]);
  });

  it("is still none when its rules write", () => {
    const { root, reports } = setUp();
    root.a.on("change", () => undefined);
    root.a.rule("change", () => root.b.set("1"));
    root.a.set("1");
    expect(reports).toEqual([]);
    expect(root.b.value).toBe("1");
  });
});

describe("a change that cannot be made", () => {
  it("is not taken back, as nothing has changed", () => {
    const text = new StringTopic("kept");
    const kind = text.kind;
    const apply = kind.apply;
    const broken = (): never => {
      throw new RangeError("no room");
    };
    Object.assign(kind, { apply: broken });
    expect(() => text.insert(0, "more")).toThrow("no room");
    Object.assign(kind, { apply });
    expect(text.value).toBe("kept");
  });

  it("is refused where a text would become longer than an engine can hold", () => {
    const text = new StringTopic("x".repeat(MAX_TEXT_LENGTH - 1));
    expect(() => text.insert(0, "yy")).toThrow(expect.objectContaining({ code: "too_large" }));
    text.insert(0, "y");
    expect(text.length).toBe(MAX_TEXT_LENGTH);
  });
});
