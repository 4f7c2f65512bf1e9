import { describe, expect, it } from "vitest";
import { AuthorityTree } from "../core/authority.ts";
import { encode } from "../core/codec.ts";
import { DictTopic } from "../core/dict-topic.ts";
import { ObjectSyncError } from "../core/error.ts";
import type { AnyKind } from "../core/kind.ts";
import { ListTopic } from "../core/list-topic.ts";
import { SObject } from "../core/object.ts";
import { ShapeTable, writeChanges, writeSnapshot } from "../core/object-writer.ts";
import { BooleanTopic, NumberTopic } from "../core/scalar-topics.ts";
import { ROOT_SCOPE } from "../core/scope.ts";
import { type OpStream, readStream } from "../core/stream.ts";
import { StringTopic } from "../core/string-topic.ts";
import type { AnyTopic } from "../core/topic.ts";
import { TypeRegistry } from "../core/types.ts";
import { MirrorTree } from "./mirror-tree.ts";
import type { Mirrored } from "./mirrored.ts";
import { Outbox, type Outcome, type Rejection } from "./outbox.ts";

/** No limits. */
const LIMITS = { maxBytes: 1e6, maxTransactions: 1000 };

const OPEN = { write: "everyone" } as const;

class Card extends SObject {
  text = new StringTopic("", OPEN);
  votes = new NumberTopic(0, OPEN);
  done = new BooleanTopic(false, OPEN);
  tags = new ListTopic<string | readonly string[]>([], OPEN);
  notes = new DictTopic<string>({}, OPEN);
  owner = new StringTopic("");
}

/** An authority, a mirror of it, and the outbox of the mirror; the test is the network. */
function setUp() {
  const types = new TypeRegistry();
  types.register(SObject);
  types.register(Card);
  const authority = new AuthorityTree(types, SObject);
  const card = authority.root.add(Card);
  const shapes = new ShapeTable();
  const rejections: Rejection[] = [];
  let wakes = 0;
  const mirror = new MirrorTree(
    { write: (...edit) => outbox.write(...edit), group: (fn) => void outbox.transact(fn) },
    undefined,
  );
  const outbox: Outbox = new Outbox(
    mirror,
    () => wakes++,
    (rejection) => rejections.push(rejection),
  );
  mirror.reset(writeSnapshot(authority, shapes));
  mirror.announce();
  authority.onCommit = (changes) => {
    mirror.apply(writeChanges(changes, shapes).ops);
    mirror.announce();
  };
  const take = (version = 7) => {
    const batch = outbox.take(new Map([[ROOT_SCOPE, version]]), LIMITS);
    if (!batch) return undefined;
    const [, number, bases, ...transactions] = batch;
    return { number, bases, transactions: transactions.map((ops) => opsOf(ops, mirror)) };
  };
  return {
    authority,
    card,
    mirror,
    outbox,
    rejections,
    take,
    mine: mirror.get(card.id) as unknown as Mirrored<Card>,
    get wakes() {
      return wakes;
    },
  };
}

/** Ops as `[attribute, code, …operands]`. */
function opsOf(ops: OpStream, mirror: MirrorTree): unknown[] {
  const found: unknown[] = [];
  const names = Object.keys(new Card());
  const never = (): never => {
    throw new Error("a client sends ops of topics only");
  };
  readStream(ops, {
    kind: (id, slot) =>
      (mirror.get(id) as unknown as Record<string, AnyTopic>)[names[slot - 1] as string]?.kind as AnyKind,
    topic: (_id, slot, op) => found.push([names[slot - 1], ...op]),
    shape: never,
    create: never,
    destroy: never,
    move: never,
    addAttribute: never,
    removeAttribute: never,
    leave: never,
  });
  return found;
}

/** What became of a transaction by now. */
async function outcomeOf(promise: Promise<Outcome>): Promise<Outcome | "open"> {
  return Promise.race([promise, Promise.resolve<"open">("open")]);
}

const DONE = { ok: true };

describe("an outbox", () => {
  it("asks to be emptied once something waits, and gives it away as a batch with the base version", () => {
    const box = setUp();
    box.mine.votes.set(3);
    expect(box.wakes).toBe(1);
    expect(box.mine.votes.value).toBe(0);
    expect(box.take(12)).toEqual({ number: 1, bases: [1, 12], transactions: [[["votes", 0, 3]]] });
    expect(box.take()).toBeUndefined();
  });

  it("has one batch in flight, and makes the next of all that waited meanwhile", () => {
    const { outbox, mine, take } = setUp();
    mine.votes.set(1);
    mine.done.set(true);
    expect(take()?.transactions).toEqual([[["votes", 0, 1]], [["done", 0, true]]]);
    mine.votes.add(1);
    mine.text.set("a");
    expect(take()).toBeUndefined();
    outbox.committed(1);
    expect(take()).toBeUndefined();
    outbox.committed(2);
    expect(take()).toMatchObject({ number: 3, transactions: [[["votes", 1, 1]], [["text", 1, 0, 0, "a"]]] });
  });

  it("asks again as soon as the batch in flight has been answered", () => {
    const box = setUp();
    box.mine.votes.set(1);
    box.take();
    box.mine.done.set(true);
    const before = box.wakes;
    box.outbox.committed(1);
    expect(box.wakes).toBe(before + 1);
  });

  it("replaces a waiting set by a newer one of the same attribute: both promises get its outcome", async () => {
    const { outbox, mine, take } = setUp();
    const first = outbox.transact(() => mine.votes.set(1));
    const second = outbox.transact(() => mine.votes.set(2));
    expect(take()?.transactions).toEqual([[["votes", 0, 2]]]);
    outbox.result(1, [[0, "rejected", "too many"]]);
    const refused = { ok: false, code: "rejected", message: "too many" };
    expect(await Promise.all([first, second])).toEqual([refused, refused]);
  });

  it("does not replace what is not next to it, of another attribute, or no set", () => {
    const { outbox, mine, take } = setUp();
    mine.votes.set(1);
    mine.done.set(true);
    mine.votes.set(2);
    mine.votes.add(1);
    mine.votes.set(9);
    outbox.transact(() => {
      mine.votes.set(10);
      mine.done.set(false);
    });
    expect(take()?.transactions).toEqual([
      [["votes", 0, 1]],
      [["done", 0, true]],
      [["votes", 0, 2]],
      [["votes", 1, 1]],
      [["votes", 0, 9]],
      [
        ["votes", 0, 10],
        ["done", 0, false],
      ],
    ]);
  });

  it("never changes a batch in flight", () => {
    const { outbox, mine } = setUp();
    mine.votes.set(1);
    const batch = outbox.take(new Map([[ROOT_SCOPE, 7]]), LIMITS);
    const before = encode(batch as never);
    mine.votes.set(2);
    outbox.take(new Map([[ROOT_SCOPE, 8]]), LIMITS);
    expect(encode(batch as never)).toEqual(before);
    outbox.committed(1);
    expect(outbox.take(new Map([[ROOT_SCOPE, 9]]), LIMITS)?.[1]).toBe(2);
  });

  it("compares a waiting set with the value that is confirmed when its batch leaves", () => {
    const { outbox, card, mine, take } = setUp();
    mine.votes.set(1);
    take();
    mine.text.set("Hello world");
    card.text.set("Hello");
    outbox.committed(1);
    expect(take()?.transactions).toEqual([[["text", 1, 5, 0, " world"]]]);
  });

  it("settles a set to the confirmed value by itself, and sends nothing", async () => {
    const { outbox, card, mine, take } = setUp();
    const setting = outbox.transact(() => mine.text.set("same"));
    card.text.set("same");
    expect(take()).toBeUndefined();
    expect(await setting).toEqual(DONE);
  });

  it("checks a waiting splice when its batch leaves", async () => {
    const { outbox, card, mine, rejections, take } = setUp();
    card.text.set("Hello");
    mine.text.insert(5, "!");
    const setting = outbox.transact(() => mine.votes.set(1));
    card.text.set("Hi");
    expect(take()?.transactions).toEqual([[["votes", 0, 1]]]);
    expect(rejections).toMatchObject([{ code: "out_of_range", edits: [{ object: mine, attribute: "text" }] }]);
    outbox.committed(1);
    expect(await setting).toEqual(DONE);
  });

  it("checks each edit against those before it, in its own transaction and in the batch", () => {
    const { outbox, mine, take } = setUp();
    outbox.transact(() => {
      mine.text.insert(0, "abc");
      mine.text.insert(3, "def");
      mine.tags.push("x");
      mine.notes.put("k", "v");
      mine.notes.delete("k");
    });
    mine.text.set("abXdef");
    mine.done.toggle();
    mine.done.toggle();
    expect(take()?.transactions).toEqual([
      [
        ["text", 1, 0, 0, "abc"],
        ["text", 1, 3, 0, "def"],
        ["tags", 1, 0, 0, ["x"]],
        ["notes", 1, "k", "v"],
        ["notes", 2, "k"],
      ],
      [["text", 1, 2, 1, "X"]],
      [["done", 0, true]],
      [["done", 0, false]],
    ]);
    expect(mine.text.value).toBe("");
    expect(mine.tags.value).toEqual([]);
  });

  it("forgets what a refused transaction would have done before", async () => {
    const { outbox, mine, take } = setUp();
    const refused = outbox.transact(() => {
      mine.text.insert(0, "abc");
      mine.text.insert(9, "!");
    });
    const after = outbox.transact(() => mine.text.insert(1, "!"));
    mine.text.insert(0, "ok");
    expect(take()?.transactions).toEqual([[["text", 1, 0, 0, "ok"]]]);
    expect(await refused).toMatchObject({ ok: false, code: "out_of_range" });
    expect(await after).toMatchObject({ ok: false, code: "out_of_range" });
  });

  it("keeps what was asked for, whatever becomes of the caller's array", () => {
    const { mine, take } = setUp();
    const inner = ["a"];
    const items: (string | string[])[] = [inner];
    mine.tags.set(items);
    items.push("b");
    inner.push("c");
    expect(take()?.transactions).toEqual([[["tags", 1, 0, 0, [["a"]]]]]);
  });

  it("throws at once for what is no data", () => {
    const { mine, take } = setUp();
    expect(() => mine.votes.set(Number.NaN)).toThrow(ObjectSyncError);
    expect(() => mine.tags.push(undefined as never)).toThrow(ObjectSyncError);
    expect(take()).toBeUndefined();
  });

  it("lets nothing of a transaction happen that throws, or returns a promise", () => {
    const { outbox, mine, take } = setUp();
    const fail = () =>
      outbox.transact(() => {
        mine.votes.set(1);
        throw new Error("on second thought");
      });
    expect(fail).toThrow("on second thought");
    expect(() => outbox.transact(async () => mine.votes.set(1))).toThrow(
      expect.objectContaining({ code: "async_transaction" }),
    );
    expect(take()).toBeUndefined();
    mine.done.set(true);
    expect(take()?.transactions).toEqual([[["done", 0, true]]]);
  });

  it("joins a transaction inside another", async () => {
    const { outbox, mine, take } = setUp();
    let inner: Promise<Outcome> | undefined;
    const outer = outbox.transact(() => {
      mine.votes.set(1);
      inner = outbox.transact(() => mine.done.set(true));
    });
    expect(take()?.transactions).toEqual([
      [
        ["votes", 0, 1],
        ["done", 0, true],
      ],
    ]);
    outbox.committed(1);
    expect([await outer, await inner]).toEqual([DONE, DONE]);
  });

  it("leaves out what an inner transaction wrote that threw, if the outer one goes on", () => {
    const { outbox, mine, take } = setUp();
    outbox.transact(() => {
      mine.votes.set(1);
      const inner = () =>
        outbox.transact(() => {
          mine.done.set(true);
          throw new Error("no");
        });
      expect(inner).toThrow("no");
      mine.text.set("a");
    });
    expect(take()?.transactions).toEqual([
      [
        ["votes", 0, 1],
        ["text", 1, 0, 0, "a"],
      ],
    ]);
  });

  it("settles an empty transaction at once", async () => {
    const { outbox, take } = setUp();
    expect(await outbox.transact(() => {})).toEqual(DONE);
    expect(take()).toBeUndefined();
  });

  it("[CM-22] refuses an attribute that is not open, at once", () => {
    const { mine, take } = setUp();
    const forbidden = expect.objectContaining({ code: "forbidden" });
    expect(() => mine.owner.set("me")).toThrow(forbidden);
    // The type of a mirrored object has none of these; plain JavaScript may try.
    const object = mine as unknown as SObject;
    expect(() => object.add("Card")).toThrow(forbidden);
    expect(() => object.moveTo(object)).toThrow(forbidden);
    expect(() => object.destroy()).toThrow(forbidden);
    expect(take()).toBeUndefined();
  });

  it("answers the transactions of a batch each by itself, in whatever order", async () => {
    const { outbox, mine, rejections, take } = setUp();
    const all = [
      outbox.transact(() => mine.votes.set(1)),
      outbox.transact(() => mine.done.set(true)),
      outbox.transact(() => mine.text.set("a")),
    ];
    take();
    outbox.committed(3);
    outbox.result(1, [[0], [1, "failed", "no"]]);
    expect(await Promise.all(all)).toEqual([DONE, { ok: false, code: "failed", message: "no" }, DONE]);
    expect(rejections).toEqual([{ code: "failed", message: "no", edits: [{ object: mine, attribute: "done" }] }]);
  });

  it("[TX-10] refuses a waiting op that names a position when somebody else has changed the value, and no other", async () => {
    const { outbox, card, mine, take } = setUp();
    const waiting = [
      outbox.transact(() => mine.text.insert(0, "mine")),
      outbox.transact(() => mine.tags.push("mine")),
      outbox.transact(() => mine.text.set("whole")),
      outbox.transact(() => mine.notes.put("key", "mine")),
    ];
    card.text.set("theirs");
    outbox.changed(mine as unknown as SObject, 1);
    expect(take()?.transactions).toHaveLength(3);
    expect(await waiting[0]).toMatchObject({ ok: false, code: "stale" });
    // What is written from now on is written for the new value.
    outbox.result(1, [[0], [1], [2]]);
    outbox.transact(() => mine.text.insert(0, "again"));
    expect(take()?.transactions).toHaveLength(1);
  });

  it("[WI-06] takes no more at once than the server does, in order, and has the rest wait", async () => {
    const { outbox, mine } = setUp();
    const all = Array.from({ length: 5 }, () => outbox.transact(() => mine.votes.add(1)));
    const limits = { maxBytes: 1e6, maxTransactions: 2 };
    expect(outbox.take(new Map([[ROOT_SCOPE, 1]]), limits)).toHaveLength(3 + 2);
    expect(outbox.take(new Map([[ROOT_SCOPE, 1]]), limits)).toBeUndefined();
    outbox.committed(1);
    outbox.committed(2);
    expect(outbox.take(new Map([[ROOT_SCOPE, 1]]), limits)?.[1]).toBe(3);
    outbox.result(3, [[0], [1]]);
    expect(outbox.take(new Map([[ROOT_SCOPE, 1]]), limits)).toHaveLength(3 + 1);
    outbox.committed(5);
    expect(await Promise.all(all)).toEqual(Array(5).fill(DONE));
  });

  it("[WI-06] splits what would be too large for one message, and refuses by itself what always would be", async () => {
    const { outbox, mine } = setUp();
    const limits = { maxBytes: 300, maxTransactions: 1000 };
    const put = (key: string, length: number) => outbox.transact(() => mine.notes.put(key, "x".repeat(length)));
    const all = [put("a", 150), put("b", 400), put("c", 150), put("d", 10)];
    const first = outbox.take(new Map([[ROOT_SCOPE, 1]]), limits);
    expect(first && encode(first).length).toBeLessThan(300);
    outbox.result(1, [[0]]);
    const second = outbox.take(new Map([[ROOT_SCOPE, 1]]), limits);
    expect(second && encode(second).length).toBeLessThan(300);
    outbox.result(2, [[0], [1]]);
    expect(await Promise.all(all)).toMatchObject([DONE, { ok: false, code: "too_large" }, DONE, DONE]);
  });

  it("throws at once for a value that the attribute can never hold", () => {
    const { mine, take } = setUp();
    expect(() => mine.votes.set("5" as unknown as number)).toThrow(expect.objectContaining({ code: "wrong_type" }));
    expect(() => mine.text.insert(0, 5 as unknown as string)).toThrow(expect.objectContaining({ code: "wrong_type" }));
    expect(take()).toBeUndefined();
  });

  it("settles the promise of an inner transaction, also where a newer `set` has taken the place of the outer", async () => {
    const { outbox, mine, take } = setUp();
    const older = outbox.transact(() => mine.votes.set(1));
    let inner: Promise<Outcome> | undefined;
    const outer = outbox.transact(() => {
      inner = outbox.transact(() => mine.votes.set(2));
    });
    take();
    outbox.committed(1);
    expect(await Promise.all([older, inner, outer])).toEqual([DONE, DONE, DONE]);
  });

  it("ignores answers to what it has not asked", async () => {
    const { outbox, mine, take } = setUp();
    outbox.committed(1);
    outbox.result(1, [[0]]);
    const setting = outbox.transact(() => mine.votes.set(1));
    take();
    outbox.committed(99);
    outbox.committed(0);
    outbox.result(2, [[0, "failed", "no"]]);
    outbox.result(1, [[5, "failed", "no"]]);
    expect(await outcomeOf(setting)).toBe("open");
    outbox.committed(1);
    outbox.result(1, [[0, "failed", "no"]]);
    expect(await setting).toEqual(DONE);
  });

  it("loses what was in flight with the connection and keeps what waits", async () => {
    const { outbox, mine, rejections, take } = setUp();
    const flying = outbox.transact(() => mine.votes.set(1));
    take();
    const waiting = outbox.transact(() => mine.done.set(true));
    outbox.lost();
    expect(await flying).toMatchObject({ ok: false, code: "unconfirmed" });
    expect(await outcomeOf(waiting)).toBe("open");
    expect(rejections).toMatchObject([{ code: "unconfirmed", edits: [{ attribute: "votes" }] }]);
    expect(take()).toMatchObject({ number: 2, transactions: [[["done", 0, true]]] });
  });

  it("refuses all when it is closed, and whatever is written afterwards", async () => {
    const { outbox, mine, take } = setUp();
    const flying = outbox.transact(() => mine.votes.set(1));
    take();
    const waiting = outbox.transact(() => mine.done.set(true));
    outbox.close();
    const late = outbox.transact(() => mine.done.set(true));
    expect(await Promise.all([flying, waiting, late])).toMatchObject([
      { ok: false, code: "unconfirmed" },
      { ok: false, code: "closed" },
      { ok: false, code: "closed" },
    ]);
    expect(take()).toBeUndefined();
  });

  it("refuses an edit of an object that has gone meanwhile", async () => {
    const { outbox, card, mine, rejections, take } = setUp();
    const setting = outbox.transact(() => mine.votes.set(1));
    card.destroy();
    expect(take()).toBeUndefined();
    expect(await setting).toMatchObject({ ok: false, code: "destroyed" });
    expect(rejections).toMatchObject([{ code: "destroyed", edits: [{ object: mine, attribute: "votes" }] }]);
    expect(() => mine.votes.set(2)).toThrow(expect.objectContaining({ code: "destroyed" }));
  });

  it("lets whoever is told of a refusal close it, and leaves no promise open", async () => {
    const { authority, card, mirror } = setUp();
    const rejections: string[] = [];
    const outbox: Outbox = new Outbox(
      mirror,
      () => {},
      ({ code }) => {
        rejections.push(code);
        outbox.close();
      },
    );
    const other = authority.root.add(Card);
    const mine = mirror.get(card.id) as unknown as Mirrored<Card>;
    const slot = 2;
    const going = outbox.transact(() => outbox.write(mirror.get(other.id) as SObject, slot, [0, 1]));
    const staying = outbox.transact(() => outbox.write(mine as unknown as SObject, slot, [0, 1]));
    other.destroy();
    outbox.take(new Map([[ROOT_SCOPE, 1]]), LIMITS);
    expect(await Promise.all([going, staying])).toMatchObject([{ code: "destroyed" }, { code: "unconfirmed" }]);
    expect(rejections).toEqual(["destroyed", "unconfirmed"]);
  });
});
