/**
 * Rules and observers of the server, as clients see them: what of a transaction reaches them, and whose it is.
 */
import { describe, expect, it } from "vitest";
import type { Client } from "../client/client.ts";
import type { Mirrored } from "../client/mirrored.ts";
import { ObjectSyncError } from "../core/error.ts";
import { SObject } from "../core/object.ts";
import type { ErrorReport } from "../core/report.ts";
import { StringTopic } from "../core/string-topic.ts";
import { afterCommit, currentClient, transact } from "../core/transaction.ts";
import { expectEqual, Sample } from "./sample-tree.ts";

const OPEN = { write: "everyone" } as const;

/** Of its letters, a sets d, which sets e, and then b, which sets c. */
class Letters extends SObject {
  static override access = { add: ["Letters"] };
  readonly a = new StringTopic("", OPEN);
  readonly b = new StringTopic();
  readonly c = new StringTopic("", OPEN);
  readonly d = new StringTopic();
  readonly e = new StringTopic();
  /** Which clients it was that woke the rules, ran the observers and made the objects. */
  readonly seen: string[] = [];

  override build(): void {
    this.#see("build");
  }

  override init(): void {
    this.#see("init");
    this.a.on("change", ({ origin }) => this.#see(`observer ${origin}`));
    this.a.rule("change", ({ value }) => {
      this.#see("rule");
      this.d.set(value);
      this.b.set(value);
    });
    this.d.rule("change", ({ value }) => this.e.set(value));
    this.b.rule("change", ({ value }) => {
      if (value === "bad") throw new ObjectSyncError("rejected", "not this");
      this.c.set(value);
    });
    this.a.rule("change", () => afterCommit(() => this.#see("task")));
  }

  #see(where: string): void {
    this.seen.push(`${where} ${currentClient()}`);
  }
}

const NAMES = ["a", "b", "c", "d", "e"] as const;

async function setUp() {
  const reports: ErrorReport[] = [];
  const sample = new Sample({ models: [Letters], root: Letters, onError: (report) => reports.push(report) });
  const root = sample.server.root as unknown as Letters;
  const [one, two] = await sample.connectMany(2, { onError: (report) => reports.push(report) });
  root.seen.length = 0;
  return { sample, root, one, two, reports, reset: () => root.seen.splice(0) };
}

function lettersOf(client: Client): Mirrored<Letters> {
  return client.root as unknown as Mirrored<Letters>;
}

/** What is told of the letters, on either end. */
function hear(letters: Pick<Letters, (typeof NAMES)[number]>): string[] {
  const heard: string[] = [];
  for (const name of NAMES) letters[name].on("change", ({ value }) => heard.push(`${name}=${value}`));
  return heard;
}

describe("rules of the server", () => {
  it("[AT-23] send what they changed with what woke them, in the order in which it happened", async () => {
    const { sample, root, one, two } = await setUp();
    const heard = [hear(root), hear(lettersOf(two))];
    lettersOf(one).a.set("1");
    await sample.network.settle();
    const order = ["a=1", "d=1", "e=1", "b=1", "c=1"];
    expect(heard).toEqual([order, order]);
    expectEqual(sample.server, one, two);
  });

  it("[AT-24] send nothing of a transaction that was taken back", async () => {
    const { sample, root, one, two } = await setUp();
    const [onServer, onTwo] = [hear(root), hear(lettersOf(two))];
    const raw = await sample.raw();
    raw.received.length = 0;
    expect(() => root.a.set("bad")).toThrow("not this");
    await sample.network.settle();
    expect(onServer).toEqual(["a=bad", "d=bad", "e=bad", "b=bad", "b=", "e=", "d=", "a="]);
    const outcome = one.transact(() => lettersOf(one).a.set("bad"));
    await sample.network.settle();
    expect(await outcome).toEqual({ ok: false, code: "rejected", message: "not this" });
    expect([onTwo, raw.received]).toEqual([[], []]);
    expectEqual(sample.server, one, two);
  });

  it("[AT-25] send of a transaction that went on after an error what is left of it", async () => {
    const { sample, root, one, two } = await setUp();
    const onTwo = hear(lettersOf(two));
    transact(() => {
      root.a.set("1");
      expect(() => root.a.set("bad")).toThrow("not this");
      root.c.set("2");
    });
    await sample.network.settle();
    expect(onTwo).toEqual(["a=1", "d=1", "e=1", "b=1", "c=1", "c=2"]);
    expectEqual(sample.server, one, two);
  });
});

describe("an error in an observer", () => {
  it("[AT-26] of the server or of a client is reported, and all stay equal", async () => {
    const { sample, root, one, two, reports } = await setUp();
    const fail = (where: string) => (): never => {
      throw new Error(where);
    };
    root.a.on("change", fail("server"));
    root.e.on("change", fail("server, derived"));
    lettersOf(two).a.on("change", fail("client"));
    two.tree.on("add", fail("client, tree"));
    const [onOne, onTwo] = [hear(lettersOf(one)), hear(lettersOf(two))];
    lettersOf(one).a.set("1");
    lettersOf(one).add("Letters");
    await sample.network.settle();
    const messages = reports.map(({ error }) => (error as Error).message);
    expect(messages).toEqual(["server", "server, derived", "client, tree", "client"]);
    expect(onTwo).toEqual(["a=1", "d=1", "e=1", "b=1", "c=1"]);
    expect([...onOne].sort()).toEqual([...onTwo].sort());
    expectEqual(sample.server, one, two);
    root.a.set("2");
    await sample.network.settle();
    expect(lettersOf(two).c.value).toBe("2");
    expectEqual(sample.server, one, two);
  });
});

describe("the client whose transaction it is", () => {
  it("[AT-29] is known in rules, observers, builds and inits; the server's own code is client 0", async () => {
    const { sample, root, one, two, reset } = await setUp();
    for (const client of [one, two]) {
      lettersOf(client).a.set(`by ${client.id}`);
      await sample.network.settle();
      // What runs after the commit is nobody's.
      expect(reset()).toEqual([`observer local ${client.id}`, `rule ${client.id}`, "task 0"]);
    }
    expect(new Set([0, one.id, two.id]).size).toBe(3);
    root.a.set("by the server");
    expect(reset()).toEqual(["observer local 0", "rule 0", "task 0"]);
    const made = lettersOf(one).add<Letters>("Letters");
    made.a.set("1");
    await sample.network.settle();
    const { seen } = sample.server.tree().get(made.id) as unknown as Letters;
    const asked = ["build", "init", "observer local", "rule"].map((where) => `${where} ${one.id}`);
    expect(seen).toEqual([...asked, "task 0"]);
  });

  it("[AT-29] is in observers of what is taken back who had asked for it, and of an undo who asks for that", async () => {
    const { sample, one, two, reset } = await setUp();
    lettersOf(one).a.set("bad");
    await sample.network.settle();
    expect(reset()).toEqual([`observer local ${one.id}`, `rule ${one.id}`, `observer rollback ${one.id}`]);
    lettersOf(two).a.set("good");
    await sample.network.settle();
    reset();
    two.undo();
    await sample.network.settle();
    two.redo();
    await sample.network.settle();
    expect(reset()).toEqual([`observer undo ${two.id}`, `observer redo ${two.id}`]);
  });
});
