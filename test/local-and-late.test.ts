/** What a client keeps to itself, and what it sends later: `pretend`, `debounceMs`, `flush` and `reset`. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Client } from "../client/client.ts";
import { type Access, SObject, StringTopic } from "../server/index.ts";
import { TestWorld } from "../testing/index.ts";

class Note extends SObject {
  readonly text = new StringTopic("", { write: "everyone" });
}

class Board extends SObject {
  static override access: Access = { add: ["Note"] };
  readonly title = new StringTopic("plain", { write: "everyone" });
  readonly closed = new StringTopic("closed");
}

let world: TestWorld<Board>;

beforeEach(() => {
  world = new TestWorld({ root: Board, models: [Note] });
});

afterEach(async () => {
  await world.end();
});

const titleOf = (client: Client<Board>): string => client.root.title.value;

describe("what a client pretends", () => {
  it("[OC-10] shows here alone, stays on top of what comes and of its own writes, and goes when it is cleared", async () => {
    const [ann, ben] = await world.connectMany(2);
    ann.pretend(() => ann.root.title.insert(5, " [ghost]"));
    expect([titleOf(ann), ann.isSynced]).toEqual(["plain [ghost]", true]);
    ann.root.title.insert(13, "!");
    ben.root.title.insert(0, "so ");
    await world.settle();
    expect([titleOf(ann), titleOf(ben)]).toEqual(["so plain [ghost]!", "so plain!"]);
    ann.clearPretended();
    expect(titleOf(ann)).toBe("so plain!");
  });

  it("[OC-10] cannot be in a transaction, and leaves nothing where its function throws", async () => {
    const ann = await world.connect();
    expect(() => ann.transact(() => ann.pretend(() => ann.root.title.set("no")))).toThrow("transaction");
    expect(() =>
      ann.pretend(() => {
        ann.root.title.set("no");
        throw new Error("no");
      }),
    ).toThrow("no");
    expect(titleOf(ann)).toBe("plain");
  });

  it("[OC-11] may be objects, which nobody else sees and which go when it is cleared", async () => {
    const [ann, ben] = await world.connectMany(2);
    ann.pretend(() => ann.root.add<Note>("Note").text.set("a ghost"));
    const [ghost] = ann.root.childrenOfType<Note>("Note");
    expect(ghost?.text.value).toBe("a ghost");
    expect(() => ghost?.text.set("for all")).toThrow("pretended");
    await world.settle();
    expect([ben.root.children.length, world.server.root.children.length]).toEqual([0, 0]);
    ann.clearPretended();
    expect([ann.root.children.length, ghost?.isDestroyed]).toEqual([0, true]);
  });

  it("[OC-14] may be written where clients may not write", async () => {
    const ann = await world.connect();
    ann.pretend(() => ann.root.closed.set("open, here"));
    await world.settle();
    expect([ann.root.closed.value, world.server.root.closed.value]).toEqual(["open, here", "closed"]);
  });
});

describe("what a client sends later", () => {
  const typed = async (client: Client<Board>, ms: number, ...letters: readonly string[]): Promise<void> => {
    for (const letter of letters) {
      client.root.title.insert(client.root.title.length, letter);
      await world.advance(ms);
    }
  };

  it("[OC-15] goes once nothing was written for `debounceMs`", async () => {
    const ann = await world.connect({ debounceMs: 200 });
    await typed(ann, 150, "a", "b", "c");
    expect([titleOf(ann), world.server.root.title.value]).toEqual(["plainabc", "plain"]);
    await world.advance(60);
    expect(world.server.root.title.value).toBe("plainabc");
  });

  it("[OC-15] goes at `maxWaitMs` after the first write at the latest, though more is written", async () => {
    const ann = await world.connect({ debounceMs: 200, maxWaitMs: 500 });
    await typed(ann, 150, "a", "b", "c");
    expect(world.server.root.title.value).toBe("plain");
    await typed(ann, 150, "d");
    expect(world.server.root.title.value).toBe("plainabcd");
  });

  it("[OC-15] goes at once by `flush`", async () => {
    const ann = await world.connect({ debounceMs: 200 });
    ann.root.title.set("now");
    ann.flush();
    await world.settle();
    expect(world.server.root.title.value).toBe("now");
  });
});

it("[OC-21] `reset` drops what is not confirmed, says so, and shows what the server has", async () => {
  const ann = await world.connect({ debounceMs: 10_000 });
  const codes: string[] = [];
  ann.on("reject", ({ code }) => codes.push(code));
  ann.root.title.set("never sent");
  ann.reset();
  expect([titleOf(ann), codes, ann.isSynced]).toEqual(["plain", ["reset"], true]);
  world.server.root.title.set("new");
  await world.advance(1_000);
  expect([titleOf(ann), ann.state.name, world.server.root.title.value]).toEqual(["new", "connected", "new"]);
});
