/** What a client shows, and tells, that was too slow and gets the state together with what became of its own writes. */
import { describe, expect, it } from "vitest";
import type { Wire } from "../core/codec.ts";
import { SObject } from "../core/object.ts";
import { ROOT_SCOPE } from "../core/scope.ts";
import { MessageCode, NO_SCOPE } from "../core/wire.ts";
import { Card, cardOf, expectEqual, type MirroredCard, Sample, seen } from "./sample-tree.ts";

const LIMITS = { maxBufferedBytes: 10_000 };

class Deck extends SObject {
  static override readonly access = { add: ["Card"] } as const;
}

class Drawer extends SObject {
  static override readonly lazy = true;
}

/** A client that does not read what the server sends it, and has fallen behind by that. */
async function setUp() {
  const sample = new Sample({ limits: LIMITS, models: [Card, Deck] });
  const card = sample.addCard("text");
  const deck = sample.server.root.add(Deck);
  const client = await sample.connect();
  const line = sample.line(client);
  line.toClient.isStalled = true;
  for (let time = 0; time < 20; time++) {
    card.notes.put("filler", `${time % 10}`.repeat(1000));
    await sample.settle();
  }
  /** It reads all. */
  const catchUp = async (): Promise<void> => {
    line.toClient.isStalled = false;
    await sample.advance(100);
  };
  return { sample, card, deck, client, line, catchUp, mine: cardOf(client, card) };
}

/** What listeners hear from now on of what the card shows, but for the filler. */
function listen({ votes, text, tags, notes }: MirroredCard): unknown[] {
  const heard: unknown[] = [];
  votes.on("change", ({ value, origin }) => heard.push(["votes", value, origin]));
  text.on("change", ({ value, origin }) => heard.push(["text", value, origin]));
  tags.on("change", ({ origin }) => heard.push(["tags", tags.value, origin]));
  notes.on("put", ({ key, origin }) => key === "filler" || heard.push([key, notes.get(key), origin]));
  return heard;
}

describe("a client that was too slow", () => {
  it("[OC-04] hears nothing of its own writes when it is sent the state that has them", async () => {
    const { sample, card, client, catchUp, mine } = await setUp();
    mine.votes.add(1);
    mine.text.insert(4, "!");
    mine.tags.push("mine");
    mine.notes.put("a", "mine");
    const heard = listen(mine);
    await sample.settle();
    expect([card.votes.value, card.text.value]).toEqual([1, "text!"]);
    await catchUp();
    expect(heard).toEqual([]);
    expect([mine.votes.value, mine.text.value, mine.tags.value, mine.notes.get("a")]).toEqual([
      1,
      "text!",
      ["mine"],
      "mine",
    ]);
    expectEqual(sample.server, client);
  });

  it("[OC-05] hears the difference that others made, once, and of what was refused that it is gone", async () => {
    const { sample, card, client, catchUp, mine } = await setUp();
    mine.votes.add(1);
    const refused = client.transact(() => mine.text.set("a bomb"));
    const heard = listen(mine);
    await sample.settle();
    card.votes.add(10);
    await catchUp();
    expect(heard).toEqual([
      ["votes", 11, "restore"],
      ["text", "text", "rollback"],
    ]);
    expect(await refused).toMatchObject({ ok: false, code: "failed" });
    expectEqual(sample.server, client);
  });

  it("[OC-04] keeps what it has made meanwhile: the same object, told once", async () => {
    const { sample, deck, client, catchUp } = await setUp();
    const told: unknown[] = [];
    for (const name of ["add", "remove", "move"] as const) {
      client.tree.on(name, ({ object }) => told.push([name, object.id]));
    }
    const made = client.tree.get(deck.id)?.add<Card>("Card");
    made?.votes.set(5);
    await sample.settle();
    expect(deck.children).toHaveLength(1);
    await catchUp();
    expect(told).toEqual([["add", made?.id]]);
    expect([made?.isDestroyed, made?.votes.value, client.tree.get(deck.id)?.children]).toEqual([false, 5, [made]]);
    expectEqual(sample.server, client);
  });

  it("[OC-18] has what it has typed in its place, and what it typed after that in its, though that was not sent", async () => {
    const { sample, card, client, catchUp, mine } = await setUp();
    mine.text.set("one ");
    await sample.settle();
    mine.text.insert(4, "two ");
    mine.text.insert(8, "three");
    mine.tags.push("a");
    const heard = listen(mine);
    expect(card.text.value).toBe("one ");
    await catchUp();
    expect([heard, mine.text.value, card.text.value]).toEqual([[], "one two three", "one two three"]);
    expectEqual(sample.server, client);
  });

  it.each([
    ["in front of", 0, "> ", "> text one two"],
    ["behind", 8, " theirs", "text one two theirs"],
    ["in the midst of", 6, "-", "text o-ne two"],
  ])("[OC-18] has others' words %s its own where they are, sent and not sent", async (_, at, words, expected) => {
    const { sample, card, client, catchUp, mine } = await setUp();
    mine.text.insert(4, " one");
    await sample.settle();
    mine.text.insert(8, " two");
    card.text.insert(at, words);
    const heard = listen(mine);
    await catchUp();
    expect(mine.text.value).toBe(expected);
    expect(heard).toEqual([["text", expected, "restore"]]);
    expectEqual(sample.server, client);
  });

  it("[OC-18] has its own items once, with others' around them", async () => {
    const { sample, card, client, catchUp, mine } = await setUp();
    mine.tags.push("one");
    await sample.settle();
    mine.tags.push("two");
    card.tags.insert(0, "theirs");
    await catchUp();
    expect(mine.tags.value).toEqual(["theirs", "one", "two"]);
    expectEqual(sample.server, client);
  });

  it("[OC-18] has what it typed into an object that it has made in its place", async () => {
    const { sample, deck, client, catchUp } = await setUp();
    const made = client.tree.get(deck.id)?.add<Card>("Card") as MirroredCard;
    made.text.insert(0, "one ");
    await sample.settle();
    made.text.insert(4, "two");
    await catchUp();
    expect([made.isDestroyed, made.text.value]).toEqual([false, "one two"]);
    expectEqual(sample.server, client);
  });

  it("[OC-18] has what it typed in its place, where of one scope it is sent the state and of another what happened", async () => {
    const sample = new Sample({ limits: LIMITS, models: [Card, Drawer] });
    const drawer = sample.server.root.add(Drawer);
    const inside = drawer.add(Card);
    // So the log of the root's scope stays small, seen from its snapshot.
    const outside = sample.addCard("x".repeat(5000));
    const client = await sample.connect();
    const { ready } = client.open(seen(client, drawer));
    await sample.settle();
    await ready;
    const { toClient } = sample.line(client);
    toClient.isStalled = true;
    for (let time = 0; time < 20; time++) {
      inside.notes.put("filler", `${time % 10}`.repeat(1000));
      await sample.settle();
    }
    const mine = cardOf(client, inside);
    mine.text.set("one ");
    cardOf(client, outside).votes.add(1);
    await sample.settle();
    mine.text.insert(4, "two");
    expect([inside.text.value, outside.votes.value]).toEqual(["one ", 1]);
    toClient.isStalled = false;
    await sample.advance(100);
    expect([mine.text.value, inside.text.value]).toEqual(["one two", "one two"]);
    expectEqual(sample.server, client);
  });

  it("[OC-18] has what it typed in its place, where it is sent a state from before that and what happened since", async () => {
    const { sample, card, client, catchUp, mine } = await setUp();
    // For whom a state is made that is newer than what the other one has.
    await sample.connect();
    mine.text.insert(4, " one");
    await sample.settle();
    mine.text.insert(8, " two");
    const heard = listen(mine);
    await catchUp();
    expect([heard, mine.text.value, card.text.value]).toEqual([[], "text one two", "text one two"]);
    expectEqual(sample.server, client);
  });

  it("[OC-07] keeps what it typed after what is refused, and after what had come to nothing", async () => {
    const { sample, card, client, catchUp, mine } = await setUp();
    card.text.delete(0, 4);
    const done = client.transact(() => mine.text.delete(0, 4));
    const refused = client.transact(() => {
      mine.tags.push("x");
      mine.votes.set(5000);
    });
    await sample.settle();
    mine.text.insert(0, "!");
    mine.tags.push("y");
    await catchUp();
    expect([await done, await refused]).toMatchObject([{ ok: true }, { ok: false, code: "rejected" }]);
    expect([mine.text.value, mine.tags.value, mine.votes.value]).toEqual(["!", ["y"], 0]);
    expectEqual(sample.server, client);
  });

  it("[OP-18] is sent the state and the results in one frame", async () => {
    const { sample, card } = await setUp();
    const raw = await sample.raw();
    raw.link.toClient.isStalled = true;
    for (let time = 0; time < 20; time++) {
      card.notes.put("filler", `${time % 10}`.repeat(1000));
      await sample.settle();
    }
    const { version } = lastState(raw.received);
    raw.send([MessageCode.batch, 1, [ROOT_SCOPE, version], [-1 - 2 * card.id, 17, 1], [-1 - 2 * card.id, 48, "no"]]);
    raw.send([MessageCode.undo, 7, 0, true]);
    await sample.settle();
    raw.link.toClient.isStalled = false;
    await sample.advance(100);
    const state = raw.received.findLastIndex((message) => (message as readonly Wire[])[0] === MessageCode.frame);
    const [, root, ...results] = raw.received[state] as readonly Wire[];
    expect((root as readonly Wire[]).slice(0, 2)).toEqual([ROOT_SCOPE, expect.any(Number)]);
    expect(results).toEqual([[NO_SCOPE, 1, [0], [1, "forbidden", expect.any(String)]]]);
    // What is no result comes behind it.
    const more = raw.received.slice(state + 1) as readonly (readonly Wire[])[];
    expect(more.map((message) => message.slice(0, 2))).toEqual([[MessageCode.undone, 7]]);
  });
});

/** The version of the root's scope in the state that came last. */
function lastState(received: readonly Wire[]): { readonly version: number } {
  const [, section] = received.findLast((message) => (message as readonly Wire[])[0] === MessageCode.frame) as [
    number,
    readonly Wire[],
  ];
  return { version: section[1] as number };
}
