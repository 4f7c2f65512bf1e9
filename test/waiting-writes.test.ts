/** What a client has written and not sent: when it goes, and when all counts as answered. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Client } from "../client/client.ts";
import type { ClientOptions } from "../client/index.ts";
import { SObject, StringTopic } from "../server/index.ts";
import { TestWorld } from "../testing/index.ts";

class Board extends SObject {
  readonly title = new StringTopic("plain", { write: "everyone" });
  readonly note = new StringTopic("", { write: "everyone" });
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
