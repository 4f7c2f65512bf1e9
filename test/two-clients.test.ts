/**
 * Two clients and a server over real WebSockets: what one does the others see, in order, whole or not at all.
 */
import { afterEach, describe, expect, it } from "vitest";
import { type Client, connect } from "../client/client.ts";
import type { MirrorTree } from "../client/mirror-tree.ts";
import type { Rejection } from "../client/outbox.ts";
import type { Outcome } from "../client/pending.ts";
import { SObject } from "../core/object.ts";
import { transact } from "../core/transaction.ts";
import { Server, type ServerOptions } from "../server/server.ts";
import { pickFrom } from "./everything.ts";
import { barrier, Card, expectEqual, KeptLog, Marker, type MirroredCard, seen } from "./sample-tree.ts";

const endings: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

/** A server that listens, with one card, and clients of it. */
async function setUp(options: ServerOptions = {}) {
  const errors: unknown[] = [];
  const server = new Server({
    models: [Card, Marker],
    logger: new KeptLog(),
    onError: ({ error }) => void errors.push(error),
    ...options,
  });
  server.root.add(Marker);
  const card = server.root.add(Card);
  const { url } = await server.listen(0);
  endings.push(() => server.close());
  const join = async (): Promise<Client> => {
    const client = await connect(url);
    endings.push(() => client.close());
    return client;
  };
  return { server, card, url, errors, join };
}

type Act = (pick: (count: number) => number) => void;

/** Something random on a card, by whoever it belongs to. May be impossible: then it throws or is refused. */
function randomEdit(card: MirroredCard, pick: (count: number) => number): void {
  const word = ["a", "bc", "déf", "\u{1f600}", "bomb"][pick(5)] as string;
  const edits: Act[] = [
    () => card.text.insert(pick(card.text.length + 1), word),
    () => card.text.set(`${word}${card.text.value.slice(0, 20)}`),
    () => card.text.delete(0, pick(card.text.length + 1)),
    () => card.votes.add(pick(5)),
    () => card.votes.set(pick(1100)),
    () => card.done.toggle(),
    () => card.tags.push(word),
    () => card.tags.splice(0, pick(card.tags.value.length + 1), word, word),
    () => card.tags.put(0, `${word}${pick(9)}`),
    () => card.tags.move(0, pick(3)),
    () => card.notes.put(["x", "y", "z"][pick(3)] as string, word),
    () => card.notes.delete(["x", "y", "z"][pick(3)] as string),
    () => card.notes.set({ [word]: "set", constructor: "odd" }),
  ];
  (edits[pick(edits.length)] as Act)(pick);
}

/** Something random by the server's own code. */
function randomStep(server: Server, pick: (count: number) => number): void {
  const cards = server.root.search({ type: Card });
  const card = cards[pick(cards.length)] as Card;
  const steps: Act[] = [
    () => void server.root.add(Card),
    () => void card.add(Card),
    () => card.parent === server.root && cards.length > 3 && card.destroy(),
    () => card.moveTo(server.root, { index: pick(2) }),
    () => card.moveTo(cards[pick(cards.length)] as Card),
    () => card.owner.set(`owner ${pick(100)}`),
    () => randomEdit(card as unknown as MirroredCard, pick),
    () => randomEdit(card as unknown as MirroredCard, pick),
  ];
  transact(() => {
    for (let count = pick(3); count >= 0; count--) (steps[pick(steps.length)] as Act)(pick);
  });
}

describe("two clients of one server", () => {
  it.each([1, 2, 3, 20261])(
    "[CM-25] end equal to it after random changes by all, and so does a late joiner (seed %i)",
    async (seed) => {
      const { server, join } = await setUp();
      const pick = pickFrom(seed);
      const clients = [await join(), await join()];
      const outcomes: Promise<Outcome>[] = [];
      let thrown = 0;
      const attempt = (act: () => void): void => {
        try {
          act();
        } catch {
          thrown++;
        }
      };
      for (let round = 0; round < 40; round++) {
        for (let step = pick(4); step >= 0; step--) attempt(() => randomStep(server, pick));
        for (const client of clients) {
          const cards = client.root.search<Card>({ type: "Card" });
          for (let count = pick(4); count > 0; count--) {
            attempt(() => {
              const change = (): void => {
                for (let edits = pick(3); edits >= 0; edits--)
                  randomEdit(cards[pick(cards.length)] as MirroredCard, pick);
              };
              outcomes.push(client.transact(change));
            });
          }
        }
        // Now and then somebody catches up.
        if (pick(3) === 0) await barrier(server, clients[pick(2)] as Client);
      }
      const settled = await Promise.all(outcomes);
      const late = await join();
      await barrier(server, late, ...clients);
      expectEqual(server, late, ...clients);
      // Something of each sort happened.
      const codes = new Set(settled.map((outcome) => (outcome.ok ? "ok" : outcome.code)));
      expect([...codes]).toEqual(expect.arrayContaining(["ok", "failed", "rejected"]));
      // Positions are brought up to date.
      expect(codes.has("stale")).toBe(false);
      for (const client of clients) {
        expect([client.isSynced, (client.tree as unknown as MirrorTree).isConsistent()]).toEqual([true, true]);
      }
      expect(thrown).toBeGreaterThan(0);
      expect(server.tree().size).toBeGreaterThan(4);
    },
  );

  it("[CM-15] an attribute that one sets reaches the server and the other", async () => {
    const { server, card, join } = await setUp();
    const [ann, bob] = [await join(), await join()];
    seen(ann, card).text.set("hello");
    expect(await ann.transact(() => seen(ann, card).notes.put("a", "b"))).toEqual({ ok: true });
    await barrier(server, bob);
    expect([card.text.value, seen(bob, card).text.value]).toEqual(["hello", "hello"]);
    expect(seen(bob, card).notes.get("a")).toBe("b");
    expect(seen(ann, card).text.value).toBe("hello");
  });

  it("a refusal is a value, and `reject` tells of it; the program goes on", async () => {
    const { card, join, errors } = await setUp();
    const ann = await join();
    const rejections: Rejection[] = [];
    ann.on("reject", (rejection) => rejections.push(rejection));
    const mine = seen(ann, card);
    const refused = { ok: false, code: "rejected", message: "at most 1000 votes" };
    expect(await ann.transact(() => mine.votes.set(1001))).toEqual(refused);
    expect(rejections).toEqual([
      { code: "rejected", message: "at most 1000 votes", edits: [{ object: mine, attribute: "votes" }] },
    ]);
    expect(await ann.transact(() => mine.votes.set(1000))).toEqual({ ok: true });
    expect(mine.votes.value).toBe(1000);
    expect(errors).toEqual([]);
  });

  it("[TO-21] a rule that fails costs its author that transaction, and its error stays on the server", async () => {
    const { card, join, errors } = await setUp();
    const ann = await join();
    const outcome = await ann.transact(() => seen(ann, card).text.set("a bomb"));
    expect(outcome).toMatchObject({ ok: false, code: "failed" });
    expect(JSON.stringify(outcome)).not.toContain("1234");
    expect(errors).toMatchObject([{ message: "the password is 1234" }]);
    expect(await ann.transact(() => seen(ann, card).text.set("a balm"))).toEqual({ ok: true });
  });

  it("[OC-06] the others see nothing of a refused transaction", async () => {
    const { server, card, join } = await setUp();
    const [ann, bob] = [await join(), await join()];
    const heard: unknown[] = [];
    const theirs = seen(bob, card);
    theirs.text.on("change", (event) => heard.push(event));
    theirs.done.on("change", (event) => heard.push(event));
    theirs.votes.on("change", (event) => heard.push(event));
    theirs.owner.on("change", (event) => heard.push(event));
    const version = theirs.votes.value;
    const outcome = await ann.transact(() => {
      seen(ann, card).text.set("before");
      seen(ann, card).done.set(true);
      seen(ann, card).votes.set(5000);
    });
    expect(outcome).toMatchObject({ code: "rejected" });
    await barrier(server, ann, bob);
    expect(heard).toEqual([]);
    expect(theirs.votes.value).toBe(version);
    expectEqual(server, ann, bob);
  });

  it("[TX-07] a transaction arrives whole: a listener of its first change sees its last", async () => {
    const { server, card, join } = await setUp();
    const [ann, bob] = [await join(), await join()];
    const theirs = seen(bob, card);
    const heard: unknown[] = [];
    theirs.text.on("change", () => heard.push([theirs.text.value, theirs.notes.get("k"), theirs.owner.value]));
    await ann.transact(() => {
      const mine = seen(ann, card);
      mine.text.set("first");
      mine.notes.put("k", "second");
      mine.done.set(true);
    });
    await barrier(server, bob);
    expect(heard).toEqual([["first", "second", "somebody"]]);
  });

  it("[TX-08] of several transactions in a batch only the refused one is left out", async () => {
    const { server, card, join } = await setUp();
    const [ann, bob] = [await join(), await join()];
    const mine = seen(ann, card);
    const before = server.tree().size;
    const outcomes = await Promise.all([
      ann.transact(() => mine.text.set("one")),
      ann.transact(() => mine.votes.set(5000)),
      ann.transact(() => mine.notes.put("three", "3")),
    ]);
    expect(outcomes).toMatchObject([{ ok: true }, { ok: false, code: "rejected" }, { ok: true }]);
    await barrier(server, ann, bob);
    expect([card.text.value, card.votes.value, card.notes.get("three")]).toEqual(["one", 0, "3"]);
    expectEqual(server, ann, bob);
    expect(server.tree().size).toBe(before);
  });

  it("[CM-19] a result never overtakes the changes: when it is told, all that was before it is there", async () => {
    const { server, card, join } = await setUp();
    const ann = await join();
    const mine = seen(ann, card);
    for (let votes = 1; votes <= 20; votes++) {
      const accepted = ann.transact(() => mine.votes.set(votes)).then((outcome) => [outcome.ok, mine.votes.value]);
      const refused = ann.transact(() => mine.votes.add(5000)).then((outcome) => [outcome.ok, mine.votes.value]);
      card.owner.set(`after ${votes}`);
      expect(await accepted).toEqual([true, votes]);
      expect(await refused).toEqual([false, votes]);
    }
    expectEqual(server, ann);
  });

  it("a set to what is there already is done, and nobody hears of it", async () => {
    const { server, card, join } = await setUp();
    const ann = await join();
    const mine = seen(ann, card);
    let isHeard = false;
    // The server has it already when the client's own arrives.
    card.votes.set(7);
    const outcome = ann.transact(() => mine.votes.set(7));
    card.votes.on("change", () => {
      isHeard = true;
    });
    expect(await outcome).toEqual({ ok: true });
    await barrier(server, ann);
    expect(mine.votes.value).toBe(7);
    expect(isHeard).toBe(false);
  });

  it("[SE-02][CM-20] each is told of once as it comes and once as it goes, by the id that it knows itself", async () => {
    const { server, join } = await setUp();
    const heard: string[] = [];
    const gone = Promise.withResolvers<void>();
    server.on("connect", ({ id }) => heard.push(`connect ${id}`));
    server.on("disconnect", ({ id }) => {
      heard.push(`disconnect ${id}`);
      if (heard.length === 4) gone.resolve();
    });
    const [ann, bob] = [await join(), await join()];
    expect(server.clients.map(({ id }) => id)).toEqual([ann.id, bob.id]);
    expect(ann.id).not.toBe(bob.id);
    expect(ann.id).toBeGreaterThan(0);
    bob.close();
    bob.close();
    server.clients[0]?.disconnect("that is enough");
    server.clients[0]?.disconnect();
    await gone.promise;
    expect(heard.toSorted()).toEqual([
      `connect ${ann.id}`,
      `connect ${bob.id}`,
      `disconnect ${ann.id}`,
      `disconnect ${bob.id}`,
    ]);
    expect(server.clients).toEqual([]);
  });

  it("what the server changes as somebody comes, that one sees at once", async () => {
    const { server, join } = await setUp();
    server.on("connect", ({ id }) => server.root.add(SObject, undefined, { key: `seat ${id}` }));
    server.on("disconnect", ({ id }) => server.tree().get(`seat ${id}`)?.destroy());
    const ann = await join();
    expect(ann.tree.get(`seat ${ann.id}`)).toBeDefined();
  });
});

describe("[TX-09] an edit of a text or list that others have changed meanwhile", () => {
  it("is carried out where it belongs by then, and the author's page shows it there", async () => {
    const { server, card, join } = await setUp();
    const ann = await join();
    card.text.set("Hello");
    await barrier(server, ann);
    const edit = ann.transact(() => seen(ann, card).text.insert(5, "!"));
    card.text.insert(0, "Oh. ");
    expect(await edit).toEqual({ ok: true });
    expect([card.text.value, seen(ann, card).text.value]).toEqual(["Oh. Hello!", "Oh. Hello!"]);
  });

  it("keeps what both have added, in one order for all", async () => {
    const { server, card, join } = await setUp();
    const [ann, bob] = [await join(), await join()];
    const outcomes = await Promise.all(
      [ann, bob].map((client) => client.transact(() => seen(client, card).tags.push(`by ${client.id}`))),
    );
    expect(outcomes).toEqual([{ ok: true }, { ok: true }]);
    await barrier(server, ann, bob);
    expectEqual(server, ann, bob);
    expect(card.tags.value.toSorted()).toEqual([`by ${ann.id}`, `by ${bob.id}`].toSorted());
  });

  it("follows what a rule has made of the author's edit before it, in the same batch", async () => {
    const { server, card, join } = await setUp();
    const ann = await join();
    card.text.rule("change", ({ value }) => {
      if (value.endsWith(" ")) card.text.set(value.trimEnd());
    });
    const { text } = seen(ann, card);
    const outcomes = await Promise.all([
      ann.transact(() => text.insert(0, "ab ")),
      ann.transact(() => text.insert(3, "c")),
    ]);
    expect(outcomes).toEqual([{ ok: true }, { ok: true }]);
    await barrier(server, ann);
    expect([card.text.value, text.value]).toEqual(["abc", "abc"]);
  });

  it("follows what a rule has made of the author's edit before it, in the same transaction", async () => {
    const { server, card, join } = await setUp();
    card.text.set("abc");
    card.text.rule("change", ({ value }) => card.text.set(value.trim()));
    const client = await join();
    const mine = seen(client, card);
    const outcome = await client.transact(() => {
      mine.text.insert(0, "   ");
      mine.text.insert(3, "<");
    });
    expect(outcome).toEqual({ ok: true });
    await barrier(server, client);
    expect([card.text.value, mine.text.value]).toEqual(["<abc", "<abc"]);
  });

  it("is refused with `stale` where the server remembers too little, and the page shows what the server has", async () => {
    const { server, card, join } = await setUp({ limits: { maxLogBytes: 300 } });
    const ann = await join();
    card.text.set("Hello");
    await barrier(server, ann);
    const { text, votes } = seen(ann, card);
    const stale = ann.transact(() => text.insert(5, "!"));
    const register = ann.transact(() => votes.set(7));
    for (let count = 0; count < 10; count++) card.text.insert(0, `${count}`);
    expect(await stale).toMatchObject({ ok: false, code: "stale" });
    expect(await register).toEqual({ ok: true });
    await barrier(server, ann);
    expect([text.value, votes.value]).toEqual(["9876543210Hello", 7]);
    expect(await ann.transact(() => text.insert(15, "!"))).toEqual({ ok: true });
    expect(card.text.value).toBe("9876543210Hello!");
    expectEqual(server, ann);
  });

  it("is not moved by the author's own changes, in the same batch or before", async () => {
    const { card, join } = await setUp();
    const ann = await join();
    const { text } = seen(ann, card);
    const outcomes = await Promise.all(
      ["a", "b", "c"].map((letter, index) => ann.transact(() => text.insert(index, letter))),
    );
    expect(outcomes).toEqual([{ ok: true }, { ok: true }, { ok: true }]);
    expect(card.text.value).toBe("abc");
    expect(await ann.transact(() => text.insert(3, "d"))).toEqual({ ok: true });
  });

  it("is, of a register, as it was written: the last one counts", async () => {
    const { server, card, join } = await setUp();
    const [ann, bob] = [await join(), await join()];
    const edits = [ann, bob].flatMap((client) => [
      client.transact(() => seen(client, card).votes.set(client.id)),
      client.transact(() => seen(client, card).votes.add(1)),
      client.transact(() => seen(client, card).notes.put("who", `${client.id}`)),
      client.transact(() => seen(client, card).done.set(true)),
    ]);
    card.votes.set(100);
    card.notes.set({ who: "server" });
    for (const outcome of await Promise.all(edits)) expect(outcome).toEqual({ ok: true });
    await barrier(server, ann, bob);
    expectEqual(server, ann, bob);
  });
});

describe("a proper client", () => {
  it("[WI-06] may write more at once than a server takes in one batch", async () => {
    const { card, join } = await setUp();
    const client = await join();
    const mine = seen(client, card);
    const outcomes = Array.from({ length: 2500 }, (_, index) =>
      client.transact(() => mine.notes.put(`key ${index}`, "x".repeat(1000))),
    );
    expect(await Promise.all(outcomes)).toEqual(outcomes.map(() => ({ ok: true })));
    expect([client.state.name, card.notes.size]).toEqual(["connected", 2500]);
  });

  it("[WI-06] is told `too_large` of what no message can hold, and stays connected", async () => {
    const { card, join } = await setUp();
    const client = await join();
    const outcome = await client.transact(() => seen(client, card).text.set("x".repeat(1_500_000)));
    expect([outcome, client.state.name]).toMatchObject([{ ok: false, code: "too_large" }, "connected"]);
  });
});
