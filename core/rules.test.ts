// Rules and observers, on the authority's side: who runs when, and what is left when something throws.

import { describe, expect, it } from "vitest";
import { LETTERS, Letters, setUp } from "../test/letters.ts";
import { withCode } from "../test/with-code.ts";
import { AuthorityTree } from "./authority.ts";
import { ObjectSyncError } from "./error.ts";
import { EventTopic } from "./event-topic.ts";
import { History } from "./history.ts";
import { ListTopic } from "./list-topic.ts";
import { SObject } from "./object.ts";
import { BooleanTopic, NumberTopic } from "./scalar-topics.ts";
import { StringTopic } from "./string-topic.ts";
import type { AnyTopic } from "./topic.ts";
import { afterCommit, currentClient, MAX_RULE_DEPTH, transact, transactAs } from "./transaction.ts";
import { TypeRegistry } from "./types.ts";

/** Rules a → d → e, then a → b → c, where c cannot have what it is to be set to. */
function setUpInvalid(ruleOfB: (writeC: () => void) => void) {
  const letters = setUp();
  const { root } = letters;
  root.a.rule("change", () => root.d.set("1"));
  root.d.rule("change", () => root.e.set("1"));
  root.a.rule("change", () => root.b.set("1"));
  root.b.rule("change", () => ruleOfB(() => root.c.insert(9, "1")));
  return letters;
}

describe("rules and observers", () => {
  it("[AT-23] run per change: observers first, then rules, depth-first", () => {
    const { root } = setUp();
    const order: string[] = [];
    root.a.rule("change", () => {
      order.push("rule a begins");
      root.b.set("1");
      order.push("rule a ends");
    });
    root.a.rule("change", () => order.push("rule a, the second"));
    root.b.rule("change", () => {
      order.push("rule b");
      root.c.set("1");
    });
    // They come first, whoever was there first.
    for (const letter of LETTERS) root[letter].on("change", () => order.push(`observer ${letter}`));
    root.a.set("1");
    expect(order).toEqual([
      "observer a",
      "rule a begins",
      "observer b",
      "rule b",
      "observer c",
      "rule a ends",
      "rule a, the second",
    ]);
  });

  it("[AT-23] hear and commit `a b a` for changes made in this order", () => {
    const { root, heard, commits } = setUp();
    transact(() => {
      root.a.set("1");
      root.b.set("1");
      root.a.set("2");
    });
    expect(heard()).toBe("a b a");
    expect(commits()).toEqual(["a b a"]);
  });

  it("[AT-23] make of a chain `a b c` one transaction, in which is derived what rules made", () => {
    const { root, heard, commits } = setUp();
    root.a.rule("change", ({ value }) => root.b.set(`hello ${value}`));
    root.b.rule("change", ({ value }) => root.c.set(`${value}!`));
    root.a.set("x");
    expect(root.c.value).toBe("hello x!");
    expect(heard()).toBe("a b c");
    expect(commits()).toEqual(["a (b) (c)"]);
  });

  it("[AT-23] are told by rules of what is made only, by observers of what is taken back, undone and redone too", () => {
    const { tree, root } = setUp();
    const told: string[] = [];
    root.a.on("change", ({ origin }) => told.push(`observer ${origin}`));
    root.a.rule("change", ({ origin }) => told.push(`rule ${origin}`));
    expect(() =>
      transact(() => {
        root.a.set("1");
        throw new Error("no");
      }),
    ).toThrow("no");
    expect(told.splice(0)).toEqual(["observer local", "rule local", "observer rollback"]);
    root.a.set("1");
    tree.undo();
    tree.redo();
    expect(told).toEqual(["observer local", "rule local", "observer undo", "observer redo"]);
  });

  it("[AT-23] let a rule change the topic that woke it, until it is content", () => {
    const { root, commits } = setUp();
    root.a.rule("change", ({ value }) => root.a.set(value.trim()));
    root.a.set("  x ");
    expect(root.a.value).toBe("x");
    expect(commits()).toEqual(["a (a)"]);
  });

  it("[AT-23] step through each state by three undos and three redos, and no rule runs", () => {
    const { tree, root, heard, commits } = setUp();
    let runs = 0;
    root.a.rule("change", ({ value }) => {
      runs++;
      root.b.set(`hello ${value}`);
    });
    root.b.rule("change", ({ value }) => {
      runs++;
      root.c.set(`${value}!`);
    });
    const state = (): unknown => [root.a.value, root.b.value, root.c.value];
    const states = [state()];
    const steps = [() => root.a.set("x"), () => root.b.set("bye"), () => root.c.set("end")];
    for (const step of steps) {
      step();
      states.push(state());
    }
    expect(states).toEqual([
      ["", "", ""],
      ["x", "hello x", "hello x!"],
      ["x", "bye", "bye!"],
      ["x", "bye", "end"],
    ]);
    expect(heard()).toBe("a b c b c c");
    commits();
    for (const expected of states.slice(0, -1).reverse()) {
      expect(tree.undo()).toMatchObject({ undone: true, skipped: 0 });
      expect(state()).toEqual(expected);
    }
    expect(tree.undo()).toMatchObject({ undone: false, reason: "not_found" });
    expect(heard()).toBe("<c <c <b <c <b <a");
    for (const expected of states.slice(1)) {
      expect(tree.redo()).toMatchObject({ undone: true, skipped: 0 });
      expect(state()).toEqual(expected);
    }
    expect(tree.redo()).toMatchObject({ undone: false, reason: "not_found" });
    expect(heard()).toBe(">a >b >c >b >c >c");
    expect(commits()).toEqual(["c", "c b", "c b a", "a b c", "b c", "c"]);
    expect(runs).toBe(3);
  });

  it("[AT-23] do so for topics that stand alone, by a history of their own", () => {
    const [a, b, c] = [new StringTopic(), new StringTopic(), new StringTopic()];
    const history = new History({ mergeMs: 0 });
    a.rule("change", ({ value }) => b.set(`hello ${value}`));
    b.rule("change", ({ value }) => c.set(`${value}!`));
    const state = (): string => [a, b, c].map(({ value }) => value).join("|");
    const states = [state()];
    for (const step of [() => a.set("x"), () => b.set("bye"), () => c.set("end")]) {
      history.transact(step);
      states.push(state());
    }
    expect(states).toEqual(["||", "x|hello x|hello x!", "x|bye|bye!", "x|bye|end"]);
    for (const expected of states.slice(0, -1).reverse()) {
      history.undo();
      expect(state()).toBe(expected);
    }
    for (const expected of states.slice(1)) {
      history.redo();
      expect(state()).toBe(expected);
    }
  });

  it("[TX-03] refuse a rule that returns a promise, and take the change back", () => {
    const { root, values, commits } = setUp();
    root.a.rule("change", async () => {
      root.b.set("1");
    });
    expect(() => root.a.set("1")).toThrow(withCode("async_transaction"));
    expect(values()).toBe("- - - - -");
    expect(commits()).toEqual([]);
  });

  it("[AT-23] run no rule of an object that a rule before has destroyed; the change stands", () => {
    const types = new TypeRegistry();
    class Ticket extends SObject {
      readonly isDone = new BooleanTopic();
      readonly notes = new StringTopic();

      override init(): void {
        this.isDone.rule("change", () => this.destroy());
        this.isDone.rule("change", () => this.notes.set("too late"));
      }
    }
    types.register(SObject);
    types.register(Ticket);
    const tree = new AuthorityTree(types, SObject);
    const ticket = tree.root.add(Ticket);
    ticket.isDone.set(true);
    expect([ticket.isDestroyed, ticket.isDone.value, ticket.notes.value]).toEqual([true, true, ""]);
  });
});

describe("an error in a rule", () => {
  it("[AT-24] takes back the change that woke it: `a -a`", () => {
    const { root, heard, commits, values } = setUp();
    root.a.rule("change", () => {
      throw new ObjectSyncError("rejected", "not this");
    });
    expect(() => root.a.set("1")).toThrow("not this");
    expect(heard()).toBe("a -a");
    expect(values()).toBe("- - - - -");
    expect(commits()).toEqual([]);
  });

  it("[AT-24] that nobody catches takes back the whole transaction", () => {
    const { root, heard, commits, values } = setUp();
    root.b.rule("change", () => {
      throw new Error("no");
    });
    expect(() =>
      transact(() => {
        root.a.set("1");
        root.b.set("1");
        root.c.set("1");
      }),
    ).toThrow("no");
    expect(heard()).toBe("a b -b -a");
    expect(values()).toBe("- - - - -");
    expect(commits()).toEqual([]);
  });

  it("[AT-24] takes back all that the change caused: `a d e b -b -e -d -a`", () => {
    const { root, heard, values, commits } = setUpInvalid((writeC) => writeC());
    transact(() => expect(() => root.a.set("1")).toThrow(withCode("out_of_range")));
    expect(heard()).toBe("a d e b -b -e -d -a");
    expect(values()).toBe("- - - - -");
    expect(commits()).toEqual([]);
  });

  it("[AT-24] is the end of it for the rules that were to come", () => {
    const { root, heard } = setUp();
    root.a.rule("change", () => {
      throw new Error("no");
    });
    root.a.rule("change", () => root.b.set("1"));
    expect(() => root.a.set("1")).toThrow("no");
    expect(heard()).toBe("a -a");
  });

  it("[AT-24] takes objects back, too, that rules have made, moved or destroyed", () => {
    const { tree, root } = setUp();
    const [one, other] = [root.add(Letters), root.add(Letters)];
    root.a.rule("change", () => {
      root.add(Letters);
      one.moveTo(other);
      other.destroy();
      throw new Error("no");
    });
    expect(() => root.a.set("1")).toThrow("no");
    expect(root.children).toEqual([one, other]);
    expect([one.isDestroyed, other.isDestroyed, tree.size]).toEqual([false, false, 3]);
  });
});

describe("an error that is caught", () => {
  const refuseBad = ({ value }: { readonly value: string }): void => {
    if (value === "bad") throw new Error("bad");
  };

  it("[AT-25] in the transaction costs nothing else: `a b c` with another b", () => {
    const { root, heard, commits, values } = setUp();
    root.b.rule("change", refuseBad);
    transact(() => {
      root.a.set("1");
      expect(() => root.b.set("bad")).toThrow("bad");
      root.b.set("good");
      root.c.set("1");
    });
    expect(heard()).toBe("a b -b b c");
    expect(commits()).toEqual(["a b c"]);
    expect(values()).toBe("1 good 1 - -");
  });

  it("[AT-25] inside a rule lets the outer change live: `a b`", () => {
    const { root, commits, heard } = setUp();
    root.b.rule("change", refuseBad);
    root.a.rule("change", () => {
      expect(() => root.b.set("bad")).toThrow("bad");
      root.b.set("good");
    });
    root.a.set("1");
    expect(commits()).toEqual(["a (b)"]);
    expect(heard()).toBe("a b -b b");
  });

  it("[AT-25] in the rule of b keeps what was made around it: `a d e b`", () => {
    const { root, heard, values, commits } = setUpInvalid((writeC) => {
      expect(writeC).toThrow(withCode("out_of_range"));
    });
    root.a.set("1");
    expect(heard()).toBe("a d e b");
    expect(values()).toBe("1 1 - 1 1");
    expect(commits()).toEqual(["a (d) (e) (b)"]);
  });

  it("[AT-25] around a lets the transaction go on as if a had never been", () => {
    const { root, heard, values, commits } = setUpInvalid((writeC) => writeC());
    transact(() => {
      root.c.set("0");
      expect(() => root.a.set("1")).toThrow(withCode("out_of_range"));
      root.e.set("2");
    });
    expect(heard()).toBe("c a d e b -b -e -d -a e");
    expect(values()).toBe("- - 0 - 2");
    expect(commits()).toEqual(["c e"]);
  });
});

describe("an error in an observer", () => {
  it("[AT-26] is reported; the state, the other observers and the rules go on", () => {
    const { root, reports, commits, heard } = setUp();
    let calls = 0;
    root.a.on("change", () => {
      throw new Error("view");
    });
    root.a.on("change", () => calls++);
    root.a.rule("change", () => root.b.set("1"));
    root.a.set("1");
    expect(reports).toEqual([{ error: new Error("view"), where: 'listener "change" of Letters 1.a' }]);
    expect(calls).toBe(1);
    expect(heard()).toBe("a b");
    expect(commits()).toEqual(["a (b)"]);
  });

  it("[AT-26] stops no rollback, undo or redo", () => {
    const { tree, root, reports, values } = setUp();
    for (const letter of ["a", "b"] as const) {
      root[letter].on("change", ({ origin }) => {
        if (origin !== "local") throw new Error(`${letter} ${origin}`);
      });
    }
    const change = (fails: boolean): void => {
      root.a.set("1");
      root.b.set("1");
      if (fails) throw new Error("no");
    };
    expect(() => transact(() => change(true))).toThrow("no");
    expect(values()).toBe("- - - - -");
    transact(() => change(false));
    tree.undo();
    expect(values()).toBe("- - - - -");
    tree.redo();
    expect(values()).toBe("1 1 - - -");
    const messages = reports.map(({ error }) => (error as Error).message);
    expect(messages).toEqual(["b rollback", "a rollback", "b undo", "a undo", "a redo", "b redo"]);
  });
});

describe("a task for after the commit", () => {
  /** The event sets a; the rule of a sets b, and leaves c for a transaction of its own. */
  function setUpTask() {
    const letters = setUp();
    const { root } = letters;
    let runs = 0;
    root.go.rule("emit", ({ args }) => root.a.set(args));
    root.a.rule("change", ({ value }) => {
      root.b.set(value);
      afterCommit(() => {
        runs++;
        root.c.set(value);
      });
    });
    return { ...letters, runs: () => runs };
  }

  it("[AT-27] has a transaction of its own: `go a b`, then `c`", () => {
    const { root, heard, commits } = setUpTask();
    root.go.emit("1");
    expect(heard()).toBe("go a b c");
    expect(commits()).toEqual(["go (a) (b)", "c"]);
  });

  it("[AT-27] is a step of its own, and neither undo nor redo runs it again", () => {
    const { tree, root, heard, commits, values, runs } = setUpTask();
    root.go.emit("1");
    heard();
    commits();
    tree.undo();
    expect([heard(), values()]).toEqual(["<c", "1 1 - - -"]);
    tree.undo();
    expect([heard(), values()]).toEqual(["<b <a <go", "- - - - -"]);
    // An event is nothing that would have to be taken back elsewhere.
    expect(commits()).toEqual(["c", "b a"]);
    tree.redo();
    expect([heard(), values()]).toEqual([">go >a >b", "1 1 - - -"]);
    tree.redo();
    expect([heard(), values()]).toEqual([">c", "1 1 1 - -"]);
    expect(commits()).toEqual(["go a b", "c"]);
    expect(runs()).toBe(1);
  });

  it("[AT-27] is dropped where an observer of an undo or redo asks for it", () => {
    const { tree, root, heard } = setUp();
    const origins: string[] = [];
    root.a.on("change", ({ origin }) => afterCommit(() => origins.push(origin)));
    root.a.set("1");
    tree.undo();
    tree.redo();
    expect(heard()).toBe("a <a >a");
    expect(origins).toEqual(["local"]);
  });

  it("[AT-27] is the application's alone: the hooks of what an undo destroys run after it", () => {
    const types = new TypeRegistry();
    const ended: number[] = [];
    class Note extends SObject {
      override onDestroy(): void {
        ended.push(this.id);
      }
    }
    types.register(SObject);
    types.register(Note);
    const tree = new AuthorityTree(types, SObject, { history: { record: "all" } });
    const { id } = tree.root.add(Note);
    tree.undo();
    expect(ended).toEqual([id]);
  });

  it("[AT-27] may leave tasks in its turn, which run when it has committed", () => {
    const { root, commits } = setUp();
    root.a.rule("change", () =>
      afterCommit(() => {
        transact(() => {
          afterCommit(() => root.c.set("1"));
          root.b.set("1");
        });
        root.d.set("1");
      }),
    );
    root.a.set("1");
    expect(commits()).toEqual(["a", "b", "c", "d"]);
  });

  it("[AT-27] is dropped with the rule that failed, also where its transaction goes on", () => {
    const { root, commits } = setUp();
    root.b.rule("change", () => {
      afterCommit(() => root.c.set("1"));
      throw new Error("no");
    });
    root.a.rule("change", () => afterCommit(() => root.d.set("1")));
    transact(() => {
      root.a.set("1");
      expect(() => root.b.set("1")).toThrow("no");
    });
    expect(commits()).toEqual(["a", "d"]);
  });
});

describe("rules that wake each other", () => {
  it("[AT-28] without end are stopped with `recursion`, all taken back", () => {
    const { root, commits, values } = setUp();
    const [one, other] = [new NumberTopic(), new NumberTopic()];
    root.a.rule("change", () => one.add(1));
    one.rule("change", () => other.add(1));
    other.rule("change", () => one.add(1));
    expect(() => root.a.set("1")).toThrow(withCode("recursion"));
    expect([one.value, other.value, values()]).toEqual([0, 0, "- - - - -"]);
    expect(commits()).toEqual([]);
    // Whoever catches goes on.
    transact(() => {
      expect(() => root.a.set("1")).toThrow(withCode("recursion"));
      root.b.set("1");
    });
    expect(commits()).toEqual(["b"]);
  });

  it("[AT-28] may do so just below the limit, and not beyond", () => {
    const chain = (length: number): readonly AnyTopic[] => {
      const topics = Array.from({ length }, () => new NumberTopic());
      for (const [index, topic] of topics.entries()) topic.rule("change", ({ value }) => topics[index + 1]?.set(value));
      topics[0]?.set(1);
      return topics;
    };
    expect(MAX_RULE_DEPTH).toBe(128);
    expect(chain(MAX_RULE_DEPTH).every((topic) => topic.value === 1)).toBe(true);
    expect(() => chain(MAX_RULE_DEPTH + 1)).toThrow(withCode("recursion"));
  });

  it("[AT-28] one after the other, not inside each other, have no limit", () => {
    const [one, other] = [new NumberTopic(), new NumberTopic()];
    one.rule("change", () => other.add(1));
    transact(() => {
      for (let round = 0; round < MAX_RULE_DEPTH * 3; round++) one.add(1);
    });
    expect(other.value).toBe(MAX_RULE_DEPTH * 3);
  });

  it("[AT-28] by events, or by objects that they make, are stopped, too", () => {
    const echo = new EventTopic();
    echo.rule("emit", () => echo.emit());
    expect(() => echo.emit()).toThrow(withCode("recursion"));

    const types = new TypeRegistry();
    class Log extends SObject {
      readonly lines = new ListTopic<string>();

      override init(): void {
        this.lines.rule("change", () => this.add(Line));
      }
    }
    class Line extends SObject {
      override build(): void {
        (this.parent as Log).lines.push("one more");
      }
    }
    types.register(Log);
    types.register(Line);
    const tree = new AuthorityTree(types, Log);
    const log = tree.root as Log;
    expect(() => log.lines.push("one")).toThrow(withCode("recursion"));
    expect([log.lines.value, tree.size]).toEqual([[], 1]);
  });
});

describe("the client on whose behalf something happens", () => {
  const author = { client: 7, transaction: 1 };

  it("[AT-29] is known in rules, observers, builds and inits, and 0 where it is the server's own", () => {
    const types = new TypeRegistry();
    const seen: string[] = [];
    const see = (where: string) => seen.push(`${where} ${currentClient()}`);
    class Note extends SObject {
      readonly text = new StringTopic();

      override build(): void {
        see("build");
      }

      override init(): void {
        see("init");
        this.text.on("change", ({ origin }) => see(`observer ${origin}`));
        this.text.rule("change", () => see("rule"));
      }
    }
    types.register(SObject);
    types.register(Note);
    const tree = new AuthorityTree(types, SObject);
    const change = (): void => {
      const note = tree.root.add(Note);
      note.text.set("1");
      expect(() =>
        transact(() => {
          note.text.set("2");
          throw new Error("no");
        }),
      ).toThrow("no");
    };
    transactAs({ author }, change);
    const expected = ["build", "init", "observer local", "rule", "observer local", "rule", "observer rollback"];
    expect(seen.splice(0)).toEqual(expected.map((where) => `${where} 7`));
    transact(change);
    expect(seen).toEqual(expected.map((where) => `${where} 0`));
  });

  it("[AT-29] is nobody after the commit, whoever's transaction it was", () => {
    const { root } = setUp();
    const seen: number[] = [];
    root.a.rule("change", () => afterCommit(() => root.b.set("1")));
    root.b.rule("change", () => seen.push(currentClient()));
    transactAs({ author }, () => root.a.set("1"));
    expect(seen).toEqual([0]);
    expect(currentClient()).toBe(0);
  });

  it("[AT-29] is in observers of an undo who asked for it, not who made what is undone", () => {
    const { tree, root } = setUp();
    const seen: number[] = [];
    root.a.on("change", () => seen.push(currentClient()));
    transactAs({ author }, () => root.a.set("1"));
    tree.history.undo({ client: 7 });
    tree.history.redo({ askedBy: 8 });
    expect(seen).toEqual([7, 0, 8]);
  });
});
