/** The ids that a client gives to the objects that it makes: it has some as long as the server answers, whatever becomes of them. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Client } from "../client/client.ts";
import type { Mirrored } from "../client/mirrored.ts";
import { type Access, SObject, StringTopic } from "../server/index.ts";
import { TestWorld } from "../testing/index.ts";
import { expectEqual } from "./sample-tree.ts";

const IDS = 4;

const RETRY_MS = 100;

class Note extends SObject {}

class Titled extends SObject {
  static override access: Access = { add: ["Note"] };
  readonly title = new StringTopic("", { write: "everyone" });
}

class Board extends SObject {
  static override access: Access = { add: ["Note"] };
}

let world: TestWorld<Board>;

beforeEach(() => {
  world = new TestWorld({ root: Board, models: [Note, Titled], limits: { idsPerClient: IDS } });
});

afterEach(async () => {
  await world.end();
});

/** Has a client add so many notes; returns their ids. */
function add(client: Client<Board>, count: number): number[] {
  return Array.from({ length: count }, () => client.root.add("Note").id);
}

const NO_IDS = expect.objectContaining({ code: "no_ids" });

/** The client comes back, but its connection breaks when the server has welcomed it, before it hears of that. */
async function loseWelcome(ann: Client<Board>): Promise<void> {
  const line = world.line(ann);
  line.mend();
  line.delayMs.toClient = 50;
  await world.advance(RETRY_MS);
  await world.advance(60);
  expect([ann.state.name, world.server.clients.length]).toEqual(["connecting", 1]);
  line.cut();
  line.delayMs.toClient = 0;
  await world.settle();
}

describe("[OM-10] a client", () => {
  it("has ids when it comes back, though it used all meanwhile and nothing of it was sent", async () => {
    const ann = await world.connect();
    world.line(ann).cut();
    await world.settle();
    add(ann, IDS);
    expect(() => add(ann, 1)).toThrow(NO_IDS);
    ann.reset();
    expect(ann.root.children).toEqual([]);
    world.line(ann).mend();
    await world.advance(20_000);
    add(ann, IDS);
    await world.settle();
    add(ann, 1);
    await world.settle();
    expect(world.server.root.children).toHaveLength(IDS + 1);
    expectEqual(world.server, ann);
  });

  it("has as many ids as before after any number of transactions that threw", async () => {
    const ann = await world.connect();
    // What is left then are two blocks: one id, and as many as there are at first.
    add(ann, IDS - 1);
    await world.settle();
    for (let time = 0; time < 3 * IDS; time++) {
      const addAndThrow = (): void => {
        add(ann, 2);
        throw new Error("no");
      };
      expect(() => ann.transact(addAndThrow)).toThrow("no");
    }
    const made = add(ann, IDS + 1);
    expect(() => add(ann, 1)).toThrow(NO_IDS);
    await world.settle();
    expect(world.server.root.children.slice(IDS - 1).map(({ id }) => id)).toEqual(made);
    expectEqual(world.server, ann);
  });

  /** Has transactions refused as what they begin with is gone, many times; the client can still make objects then. */
  async function makeInVain(write: (ann: Client<Board>, gone: Mirrored<Titled>, time: number) => void): Promise<void> {
    const ann = await world.connect();
    for (let time = 0; time < 3 * IDS; time++) {
      const gone = world.server.root.add(Titled);
      await world.settle();
      const seen = ann.tree.get(gone.id) as Mirrored<Titled>;
      const outcome = ann.transact(() => write(ann, seen, time));
      gone.destroy();
      await world.settle();
      expect(await outcome).toMatchObject({ code: "not_found" });
    }
    add(ann, IDS / 2);
    await world.settle();
    expectEqual(world.server, ann);
  }

  it("has as many ids as before after any number of transactions that were refused", () =>
    makeInVain((ann, gone) => {
      gone.add("Note");
      add(ann, 1);
    }));

  it("has ids after any number of transactions that could not be read to what they make", () =>
    makeInVain((ann, gone, time) => {
      gone.title.set("gone by then");
      add(ann, 1 + (time % 2));
    }));

  it("gives the ids of a part that threw to what it makes instead", async () => {
    const ann = await world.connect();
    const made: number[] = [];
    const outcome = ann.transact(() => {
      made.push(...add(ann, 1));
      const throws = (): void => {
        add(ann, 2);
        throw new Error("no");
      };
      expect(() => ann.transact(throws)).toThrow("no");
      made.push(...add(ann, 2));
    });
    await world.settle();
    expect(await outcome).toEqual({ ok: true });
    expect(world.server.root.children.map(({ id }) => id)).toEqual(made);
    expectEqual(world.server, ann);
  });
});

describe("[WI-10] what a client has made meanwhile", () => {
  it("is its own when it comes back, and new ids are others, however often it has tried", async () => {
    const ann = await world.connect({ minRetryMs: RETRY_MS, maxRetryMs: RETRY_MS });
    const refused: unknown[] = [];
    ann.on("reject", ({ code }) => refused.push(code));
    world.line(ann).cut();
    await world.settle();
    const made = add(ann, IDS - 1);
    for (let time = 0; time < 6; time++) await loseWelcome(ann);
    world.line(ann).mend();
    await world.advance(RETRY_MS);
    made.push(...add(ann, IDS));
    await world.settle();
    expect(refused).toEqual([]);
    expect(world.server.root.children.map(({ id }) => id)).toEqual(made);
    expect(new Set(made).size).toBe(2 * IDS - 1);
    expectEqual(world.server, ann);
  });
});
