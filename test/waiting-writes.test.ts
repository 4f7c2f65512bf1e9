/** What a client has written and not sent: when it goes, and when all counts as answered. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Client } from "../client/client.ts";
import type { ClientOptions } from "../client/index.ts";
import { ObjectSyncError, SObject, StringTopic, transact, ValueTopic } from "../server/index.ts";
import { TestWorld } from "../testing/index.ts";
import { expectEqual } from "./sample-tree.ts";

class Board extends SObject {
  readonly title = new StringTopic("plain", { write: "everyone" });
  readonly note = new StringTopic("", { write: "everyone" });
  readonly newest = new StringTopic("", { write: "everyone", latest: true });
  readonly data = new ValueTopic<Record<string, unknown>>({ a: {}, b: {} }, { write: "everyone" });
}

const MAX_BYTES = 1_000;

let world: TestWorld<Board>;

beforeEach(() => {
  world = new TestWorld({ root: Board, limits: { maxMessageBytes: MAX_BYTES } });
});

afterEach(async () => {
  await world.end();
});

/** A client, and what `sync` tells. */
async function connect(options: ClientOptions): Promise<{ readonly ann: Client<Board>; readonly told: boolean[] }> {
  const ann = await world.connect(options);
  const told: boolean[] = [];
  ann.on("sync", (isSynced) => told.push(isSynced));
  return { ann, told };
}

describe("`sync`", () => {
  it("[OC-17] is told where others have done what waits, so that nothing is sent", async () => {
    const { ann, told } = await connect({ debounceMs: 200 });
    ann.root.title.delete(0, 5);
    world.server.root.title.delete(0, 5);
    await world.settle();
    expect([told, ann.isSynced]).toEqual([[false], false]);
    await world.advance(200);
    expect([told, ann.isSynced]).toEqual([[false, true], true]);
  });

  it("[OC-17] is told where what waits is too large to be sent", async () => {
    const { ann, told } = await connect({ debounceMs: 200 });
    ann.root.title.set("x".repeat(MAX_BYTES));
    await world.advance(200);
    expect([ann.root.title.value, told, ann.isSynced]).toEqual(["plain", [false, true], true]);
  });

  it("[OC-17] is told of a `reset` while there is no connection", async () => {
    const { ann, told } = await connect({});
    world.line(ann).cut();
    await world.settle();
    ann.root.title.set("never sent");
    ann.reset();
    expect([told, ann.isSynced]).toEqual([[false, true], true]);
    world.line(ann).mend();
    await world.advance(20_000);
    expect(told).toEqual([false, true]);
  });
});

describe("what waits behind a batch in flight", () => {
  it("[OC-15] goes by `flush` when that is answered, whatever `debounceMs` says", async () => {
    const { ann } = await connect({ debounceMs: 10_000 });
    ann.root.title.set("one");
    ann.flush();
    ann.root.note.set("two");
    ann.flush();
    await world.settle();
    const { title, note } = world.server.root;
    expect([title.value, note.value]).toEqual(["one", "two"]);
  });

  it("[OC-15] goes when that is answered if it was its time before", async () => {
    const { ann } = await connect({ debounceMs: 200 });
    const { toServer } = world.line(ann);
    toServer.isStalled = true;
    ann.root.title.set("one");
    await world.advance(200);
    ann.root.note.set("two");
    await world.advance(200);
    toServer.isStalled = false;
    await world.settle();
    const { title, note } = world.server.root;
    expect([title.value, note.value]).toEqual(["one", "two"]);
  });

  it("[OC-15] goes by `flush` as soon as there is a connection again", async () => {
    const { ann } = await connect({ debounceMs: 10_000, minRetryMs: 100, maxRetryMs: 100 });
    world.line(ann).cut();
    ann.root.title.set("offline");
    ann.flush();
    world.line(ann).mend();
    await world.advance(100);
    expect(world.server.root.title.value).toBe("offline");
  });

  it("[OC-15] makes no haste for what is written when all has been answered", async () => {
    const { ann } = await connect({ debounceMs: 200 });
    const { title, note } = world.server.root;
    ann.root.title.set("one");
    ann.flush();
    ann.root.note.set("two");
    ann.flush();
    await world.settle();
    ann.root.title.set("three");
    await world.settle();
    expect([title.value, note.value]).toEqual(["one", "two"]);
  });

  it("[OC-15] makes no haste for what is written after a `reset`", async () => {
    const { ann } = await connect({ debounceMs: 200, minRetryMs: 100, maxRetryMs: 100 });
    world.line(ann).cut();
    ann.root.title.set("never sent");
    ann.flush();
    ann.reset();
    world.line(ann).mend();
    ann.root.title.set("sent");
    await world.advance(150);
    expect([ann.state.name, world.server.root.title.value]).toEqual(["connected", "plain"]);
    await world.advance(200);
    expect(world.server.root.title.value).toBe("sent");
  });
});

describe("what waits and has no place any more", () => {
  /** Has a client's transaction wait while the server does something; returns what became of it. */
  async function afterwards(write: (ann: Client<Board>) => void, meanwhile: () => void) {
    const { ann } = await connect({ debounceMs: 200 });
    const outcome = ann.transact(() => {
      write(ann);
      ann.root.title.set("with it");
    });
    const after = ann.transact(() => ann.root.note.set("after it"));
    meanwhile();
    await world.settle();
    await world.advance(200);
    expect(await after).toEqual({ ok: true });
    expectEqual(world.server, ann);
    return outcome;
  }

  it("[OC-02] is refused with all of its transaction, as if it had been sent in time", async () => {
    const { data, title } = world.server.root;
    const outcome = await afterwards(
      (ann) => ann.root.data.put(["a", "x"], 1),
      () => data.put(["a"], 5),
    );
    expect(outcome).toMatchObject({ ok: false, code: "not_found" });
    expect([title.value, data.value]).toEqual(["plain", { a: 5, b: {} }]);
  });

  it("[OC-02] is no reason to refuse what others have done already", async () => {
    const { data, title } = world.server.root;
    const outcome = await afterwards(
      (ann) => ann.root.data.delete(["a"]),
      () => data.delete(["a"]),
    );
    expect(outcome).toEqual({ ok: true });
    expect([title.value, data.value]).toEqual(["with it", { b: {} }]);
  });

  it("[OC-07] as one before it was refused is refused too, and what comes after it stays", async () => {
    world.server.root.title.rule("change", ({ value }) => {
      if (value === "bad") throw new ObjectSyncError("rejected", "no");
    });
    const { ann } = await connect({});
    const outcomes = [
      ann.transact(() => {
        ann.root.data.put(["new"], {});
        ann.root.title.set("bad");
      }),
    ];
    await world.step();
    outcomes.push(
      ann.transact(() => ann.root.data.put(["new", "x"], 1)),
      ann.transact(() => ann.root.note.set("stays")),
    );
    await world.settle();
    expect(await Promise.all(outcomes)).toMatchObject([{ code: "rejected" }, { code: "not_found" }, { ok: true }]);
    expectEqual(world.server, ann);
  });

  it("[OC-02] is `stale` for an object that went and came back", async () => {
    const { root } = world.server;
    const page = root.add(Board);
    const { ann } = await connect({ debounceMs: 200 });
    const outcome = ann.transact(() => ann.tree.get<Board>(page.id)?.title.insert(2, "AND "));
    transact(() => page.destroy(), { label: "gone" });
    await world.settle();
    root.undo();
    const again = root.children[0] as Board;
    again.title.insert(0, "zero ");
    await world.settle();
    await world.advance(200);
    expect(await outcome).toMatchObject({ ok: false, code: "stale" });
    expect(again.title.value).toBe("zero plain");
    expectEqual(world.server, ann);
  });

  it("[OC-06] shows the newest value that was taken, where one before it was refused", async () => {
    const { newest } = world.server.root;
    newest.rule("change", ({ value }) => {
      if (value === "bad") throw new ObjectSyncError("rejected", "no");
    });
    const { ann } = await connect({ debounceMs: 200 });
    const outcomes = ["bad", "good"].map((value) => ann.transact(() => ann.root.newest.set(value)));
    await world.advance(300);
    await world.settle();
    expect(await Promise.all(outcomes)).toMatchObject([{ code: "rejected" }, { ok: true }]);
    expect([ann.root.newest.value, newest.value]).toEqual(["good", "good"]);
    newest.set("later");
    await world.settle();
    await world.advance(100);
    expect(ann.root.newest.value).toBe("later");
    expectEqual(world.server, ann);
  });
});
