import { describe, expect, it } from "vitest";
import { encode, type Wire } from "../core/codec.ts";
import { ObjectSyncError } from "../core/error.ts";
import { ROOT_SCOPE } from "../core/scope.ts";
import type { AnyTopic } from "../core/topic.ts";
import { Card, DONE, LIMITS, type MirroredCard, NAMES, outcomeOf, setUp } from "../test/outbox-setup.ts";
import type { Mirrored } from "./mirrored.ts";
import type { Recording } from "./recording.ts";

describe("an outbox", () => {
  it("asks to be emptied once something waits, and gives it away as a batch with the base version", () => {
    const box = setUp();
    box.mine.votes.set(3);
    expect(box.wakes).toBe(1);
    expect(box.take(LIMITS, 12)).toEqual({ number: 1, bases: [1, 12], transactions: [[["votes", 0, 3]]] });
    expect(box.take()).toBeUndefined();
  });

  it("names as bases the scopes that a batch writes in, and no others", () => {
    const { mine, outbox } = setUp();
    mine.votes.set(3);
    const versions = new Map([
      [99, 4],
      [ROOT_SCOPE, 5],
    ]);
    expect(outbox.take(versions, LIMITS)?.[2]).toEqual([ROOT_SCOPE, 5]);
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

  it("[OC-17] is empty when everything has been answered, and not before", () => {
    const { outbox, mine, take } = setUp();
    expect(outbox.isEmpty).toBe(true);
    mine.votes.set(1);
    expect(outbox.isEmpty).toBe(false);
    take();
    expect(outbox.isEmpty).toBe(false);
    outbox.committed(1);
    expect(outbox.isEmpty).toBe(true);
  });

  it("never changes a batch in flight", () => {
    const { outbox, mine, takeRaw } = setUp();
    mine.count.set(1);
    const batch = takeRaw();
    const before = encode(batch as unknown as Wire);
    mine.count.set(2);
    mine.count.add(2);
    takeRaw();
    expect(encode(batch as unknown as Wire)).toEqual(before);
    outbox.committed(1);
    expect(takeRaw()?.[1]).toBe(2);
  });

  it("answers the transactions of a batch each by itself, in whatever order", async () => {
    const { outbox, recording, mine, rejections, take, answer } = setUp();
    const all = [
      recording.transact(() => mine.votes.set(1)),
      recording.transact(() => mine.done.set(true)),
      recording.transact(() => mine.text.set("a")),
    ];
    take();
    outbox.committed(3);
    answer(1, [0], [1, "failed", "no"]);
    expect(await Promise.all(all)).toEqual([DONE, { ok: false, code: "failed", message: "no" }, DONE]);
    expect(rejections).toEqual([{ code: "failed", message: "no", edits: [{ object: mine, attribute: "done" }] }]);
  });

  it("ignores answers to what it has not asked", async () => {
    const { outbox, recording, mine, take, answer } = setUp();
    outbox.committed(1);
    answer(1, [0]);
    const setting = recording.transact(() => mine.votes.set(1));
    take();
    outbox.committed(99);
    outbox.committed(0);
    answer(2, [0, "failed", "no"]);
    answer(1, [5, "failed", "no"]);
    expect(await outcomeOf(setting)).toBe("open");
    outbox.committed(1);
    answer(1, [0, "failed", "no"]);
    expect(await setting).toEqual(DONE);
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

  it("throws at once for a value that the attribute can never hold, and shows nothing", () => {
    const { mine, take } = setUp();
    expect(() => mine.votes.set(Number.NaN)).toThrow(ObjectSyncError);
    expect(() => mine.tags.push(undefined as never)).toThrow(ObjectSyncError);
    expect(() => mine.votes.set("5" as unknown as number)).toThrow(expect.objectContaining({ code: "wrong_type" }));
    expect(() => mine.text.insert(0, 5 as unknown as string)).toThrow(expect.objectContaining({ code: "wrong_type" }));
    expect(() => mine.text.insert(1, "beyond")).toThrow(expect.objectContaining({ code: "out_of_range" }));
    expect([mine.votes.value, mine.tags.value, mine.text.value]).toEqual([0, [], ""]);
    expect(take()).toBeUndefined();
  });

  it("sends nothing of a write that changes nothing", async () => {
    const { recording, mine, take } = setUp();
    mine.votes.set(0);
    expect(await recording.transact(() => mine.text.set(""))).toEqual(DONE);
    expect(take()).toBeUndefined();
  });

  it("[CM-22] refuses an attribute or an object that is not open, at once", () => {
    const { mirror, mine, take } = setUp();
    const forbidden = expect.objectContaining({ code: "forbidden" });
    expect(() => mine.owner.set("me")).toThrow(forbidden);
    const root = mirror.root as unknown as Mirrored;
    expect(() => root.add("Card")).toThrow(forbidden);
    expect(() => mine.add("SObject")).toThrow(forbidden);
    expect(() => mine.moveTo(root, { index: 0 })).not.toThrow();
    expect(take()).toBeUndefined();
  });
});

describe("what waits in an outbox", () => {
  it.each<[string, (card: MirroredCard) => void, unknown[]]>([
    [
      "two sets",
      ({ votes }) => {
        votes.set(1);
        votes.set(2);
      },
      ["votes", 0, 2],
    ],
    [
      "a set and an addition",
      ({ votes }) => {
        votes.set(1);
        votes.add(2);
      },
      ["votes", 0, 3],
    ],
    [
      "additions of integers",
      ({ count }) => {
        count.add(1);
        count.add(2);
        count.add(3);
      },
      ["count", 1, 6],
    ],
    [
      "letters typed one behind the other",
      ({ text }) => {
        text.insert(0, "a");
        text.insert(1, "b");
        text.insert(2, "c");
      },
      ["text", 1, 0, 0, "abc"],
    ],
    [
      "a letter typed, taken back and typed right",
      ({ text }) => {
        text.insert(0, "ax");
        text.delete(1, 1);
        text.insert(1, "b");
      },
      ["text", 1, 0, 0, "ab"],
    ],
    [
      "items pushed",
      ({ tags }) => {
        tags.push("a");
        tags.push("b");
      },
      ["tags", 1, 0, 0, ["a", "b"]],
    ],
    [
      "two puts of one key",
      ({ notes }) => {
        notes.put("k", "a");
        notes.put("k", "b");
      },
      ["notes", 1, "k", "b"],
    ],
    [
      "ten sets of a field",
      ({ text }) => {
        for (let count = 0; count < 10; count++) text.set(`version ${count}`);
      },
      ["text", 1, 0, 0, "version 9"],
    ],
  ])("[OC-16] becomes one op where neighbours write one attribute: %s", (_, write, op) => {
    const { mine, outbox, take } = setUp();
    write(mine);
    const shown = NAMES.map((name) => (mine as unknown as Record<string, AnyTopic>)[name]?.value);
    expect(take()?.transactions).toEqual([[op]]);
    outbox.committed(1);
    expect(outbox.isEmpty).toBe(true);
    expect(shown).not.toEqual(NAMES.map((name) => (new Card() as unknown as Record<string, AnyTopic>)[name]?.value));
  });

  it.each<[string, (card: MirroredCard, recording: Recording) => void, number]>([
    [
      "which `transact` has named",
      ({ votes }, recording) => {
        recording.transact(() => votes.set(1));
        recording.transact(() => votes.set(2));
        votes.set(3);
        recording.transact(() => votes.set(4));
      },
      4,
    ],
    [
      "with another attribute in between",
      ({ votes, done }) => {
        votes.set(1);
        done.set(true);
        votes.set(2);
      },
      3,
    ],
    [
      "of which one writes two attributes",
      ({ votes, done }, recording) => {
        votes.set(1);
        recording.group(() => {
          votes.set(2);
          done.set(true);
        });
        votes.set(3);
      },
      3,
    ],
    [
      "of which one shows and the other does not",
      ({ text }, recording) => {
        text.insert(0, "a");
        recording.transact(() => text.insert(1, "b"), { optimistic: false });
      },
      2,
    ],
    [
      "additions of fractions, which round",
      ({ votes }) => {
        votes.add(0.1);
        votes.add(0.2);
      },
      2,
    ],
    [
      "at places in a text that do not touch",
      ({ text }) => {
        text.insert(0, "x");
        text.insert(9, "y");
      },
      2,
    ],
  ])("stays apart: transactions %s", (_, write, count) => {
    const { recording, card, mine, takeRaw } = setUp();
    card.text.set("0123456789");
    write(mine, recording);
    const batch = takeRaw();
    expect(batch?.slice(3)).toHaveLength(count);
  });

  it("stays apart where the one before is in flight already", () => {
    const { mine, take, confirm } = setUp();
    mine.text.insert(0, "a");
    take();
    mine.text.insert(1, "b");
    confirm(1);
    expect(take()).toMatchObject({ number: 2, transactions: [[["text", 1, 1, 0, "b"]]] });
  });

  it("[TX-10] is sent as it has to be carried out by then: positions follow what others did meanwhile", () => {
    const { recording, card, mine, take } = setUp();
    card.text.set("Hello world");
    card.tags.set(["a", "b"]);
    mine.text.insert(5, ",");
    mine.tags.put(1, "B");
    recording.transact(() => mine.text.delete(0, 1));
    card.text.insert(0, "Oh. ");
    card.tags.insert(0, "first");
    expect([mine.text.value, mine.tags.value]).toEqual(["Oh. ello, world", ["first", "a", "B"]]);
    expect(take()?.transactions).toEqual([[["text", 1, 9, 0, ","]], [["tags", 2, 2, "B"]], [["text", 1, 4, 1, ""]]]);
  });

  it("keeps a register as it was written, whatever others wrote: the later one counts", () => {
    const { card, mine, take } = setUp();
    mine.votes.set(1);
    mine.notes.put("k", "mine");
    card.votes.set(7);
    card.notes.put("k", "theirs");
    expect([mine.votes.value, mine.notes.get("k")]).toEqual([1, "mine"]);
    expect(take()?.transactions).toEqual([[["votes", 0, 1]], [["notes", 1, "k", "mine"]]]);
  });

  it("is done without being sent where others have done all of it", async () => {
    const { outbox, recording, card, mine, take } = setUp();
    card.text.set("abc");
    const deleting = recording.transact(() => mine.text.delete(0, 2));
    card.text.delete(0, 2);
    expect(mine.text.value).toBe("c");
    expect(take()).toBeUndefined();
    expect(await deleting).toEqual(DONE);
    expect(outbox.isEmpty).toBe(true);
  });

  it("writes each op for what those before it leave, in its own transaction and in the batch", () => {
    const { recording, mine, take } = setUp();
    recording.transact(() => {
      mine.text.insert(0, "abc");
      mine.text.insert(3, "def");
      mine.tags.push("x");
      mine.notes.put("k", "v");
      mine.notes.delete("k");
    });
    recording.transact(() => mine.text.set("abXdef"));
    expect(take()?.transactions).toEqual([
      [
        ["text", 1, 0, 0, "abc"],
        ["text", 1, 3, 0, "def"],
        ["tags", 1, 0, 0, ["x"]],
        ["notes", 1, "k", "v"],
        ["notes", 2, "k"],
      ],
      [["text", 1, 2, 1, "X"]],
    ]);
  });

  it("is as if a refused transaction before it had never been", () => {
    const { recording, mine, take, answer } = setUp();
    recording.transact(() => mine.text.insert(0, "abc"));
    take();
    mine.text.insert(3, "!");
    answer(1, [0, "rejected", "no"]);
    expect(mine.text.value).toBe("!");
    expect(take()?.transactions).toEqual([[["text", 1, 0, 0, "!"]]]);
  });

  it("is sent, and answered by the server, also where its object has gone meanwhile", async () => {
    const { recording, card, mine, rejections, take, answer } = setUp();
    const setting = recording.transact(() => mine.votes.set(1));
    card.destroy();
    expect(() => mine.votes.set(2)).toThrow(expect.objectContaining({ code: "destroyed" }));
    expect(take()?.transactions).toEqual([[["votes", 0, 1]]]);
    answer(1, [0, "not_found", "gone"]);
    expect(await setting).toEqual({ ok: false, code: "not_found", message: "gone" });
    expect(rejections).toMatchObject([{ code: "not_found", edits: [{ object: mine, attribute: "votes" }] }]);
  });
});

describe("a refusal", () => {
  it("takes what was shown back, and is told with all that the transaction wanted", async () => {
    const { recording, mine, rejections, take, answer } = setUp();
    let made: Mirrored | undefined;
    const refused = recording.transact(() => {
      mine.votes.set(1);
      mine.text.set("a");
      made = mine.add("Card");
    });
    expect(mine.children).toEqual([made]);
    take();
    answer(1, [0, "rejected", "too many"]);
    expect(await refused).toEqual({ ok: false, code: "rejected", message: "too many" });
    expect([mine.votes.value, mine.text.value, mine.children, made?.isDestroyed]).toEqual([0, "", [], true]);
    expect(rejections).toEqual([
      {
        code: "rejected",
        message: "too many",
        edits: [
          { object: mine, attribute: "votes" },
          { object: mine, attribute: "text" },
          { object: made, attribute: undefined },
        ],
      },
    ]);
  });

  it("shows as soon as something later comes back, though its reason is still to come", async () => {
    const { outbox, recording, mine, mirror, rejections, take, answer, confirm } = setUp();
    const refused = recording.transact(() => mine.text.insert(0, "abc"));
    const later = recording.transact(() => mine.text.insert(3, "!"));
    take();
    const heard: unknown[] = [];
    mine.text.on("change", ({ deleted, inserted, value }) => heard.push([deleted, inserted, value]));
    outbox.arriving(new Set([2]));
    mirror.announce();
    confirm(2);
    expect([await later, await outcomeOf(refused), rejections]).toEqual([DONE, "open", []]);
    expect(heard).toEqual([["abc", "", "!"]]);
    answer(1, [0, "rejected", "no"]);
    expect(await refused).toMatchObject({ code: "rejected" });
    expect(heard).toHaveLength(1);
  });

  it("of a creation is one of all that waits and needs the object, and of nothing else", async () => {
    const { recording, mine, rejections, take, answer, confirm } = setUp();
    let note!: MirroredCard;
    const creating = recording.transact(() => {
      note = mine.add<Card>("Card");
    });
    take();
    const needing = [
      recording.transact(() => note.text.set("below")),
      recording.transact(() => void note.add("Card")),
      recording.transact(() => note.children[0]?.moveTo(mine)),
      recording.transact(() => note.destroy()),
    ];
    const other = recording.transact(() => mine.votes.set(1));
    answer(1, [0, "too_many", "no room"]);
    expect(await creating).toMatchObject({ code: "too_many" });
    for (const each of needing) expect(await each).toMatchObject({ ok: false, code: "depends" });
    expect(rejections.map(({ code }) => code)).toEqual(["too_many", "depends", "depends", "depends", "depends"]);
    expect(take()?.transactions).toEqual([[["votes", 0, 1]]]);
    confirm(2);
    expect(await other).toEqual(DONE);
    expect([mine.children, mine.votes.value]).toEqual([[], 1]);
  });

  it("leaves other objects that were made, and what waits for them", () => {
    const { recording, mine, take, answer } = setUp();
    recording.transact(() => void mine.add("Card"));
    take();
    const kept = mine.add<Card>("Card");
    kept.votes.set(1);
    answer(1, [0, "rejected", "no"]);
    expect(mine.children).toEqual([kept]);
    expect(take()?.transactions).toEqual([[["make", kept.id, "Card", mine.id, null, []]], [["votes", 0, 1]]]);
  });

  it("is told when the mirror is as it should be and listeners have heard: whoever hears of it may write", () => {
    const { recording, mine, mirror, rejections, take, answer } = setUp();
    const kept = mine.add<Card>("Card");
    const seen: unknown[] = [];
    mirror.on("remove", () => seen.push("removed"));
    rejections.push = (...all) => {
      seen.push(
        mine.children.map(({ id }) => id),
        mine.votes.value,
      );
      if (kept.isDestroyed) return 0;
      recording.transact(() => kept.add<Card>("Card").votes.set(1));
      seen.push(kept.children.length);
      return Array.prototype.push.apply(rejections, all);
    };
    recording.transact(() => {
      mine.add("Card");
      mine.votes.set(5000);
    });
    take();
    answer(1, [1, "rejected", "too many"]);
    expect(seen).toEqual(["removed", [kept.id], 0, 1]);
    expect(mine.children).toEqual([kept]);
    expect(kept.children).toHaveLength(1);
    answer(1, [0, "rejected", "no room"]);
    expect(seen.slice(4)).toEqual(["removed", "removed", [], 0, [], 0]);
  });

  it("lets whoever is told of it close the outbox, and leaves no promise open", async () => {
    const box = setUp();
    const { outbox, recording, mine, rejections } = box;
    rejections.push = (rejection) => {
      outbox.close();
      return Array.prototype.push.call(rejections, rejection);
    };
    const all = [1, 2, 3].map((votes) => recording.transact(() => mine.votes.set(votes)));
    box.take({ maxBytes: 1e6, maxTransactions: 2 });
    box.answer(1, [0, "rejected", "no"], [1, "rejected", "no"]);
    expect((await Promise.all(all)).map((outcome) => !outcome.ok && outcome.code)).toEqual([
      "rejected",
      "rejected",
      "closed",
    ]);
    expect(mine.votes.value).toBe(0);
  });
});

describe("the limits of a server", () => {
  it("[WI-06] are kept: no more is taken at once, in order, and the rest waits", async () => {
    const { outbox, recording, mine, takeRaw, answer } = setUp();
    const all = Array.from({ length: 5 }, () => recording.transact(() => mine.votes.add(1)));
    const limits = { maxBytes: 1e6, maxTransactions: 2 };
    expect(takeRaw(limits)).toHaveLength(3 + 2);
    expect(takeRaw(limits)).toBeUndefined();
    outbox.committed(1);
    outbox.committed(2);
    expect(takeRaw(limits)?.[1]).toBe(3);
    answer(3, [0], [1]);
    expect(takeRaw(limits)).toHaveLength(3 + 1);
    outbox.committed(5);
    expect(await Promise.all(all)).toEqual(Array(5).fill(DONE));
  });

  it("[WI-06] split what would be too large for one message, and what always would be is refused by itself", async () => {
    const { recording, mine, takeRaw, answer } = setUp();
    const limits = { maxBytes: 300, maxTransactions: 1000 };
    const put = (key: string, length: number) => recording.transact(() => mine.notes.put(key, "x".repeat(length)));
    const all = [put("a", 150), put("b", 400), put("c", 150), put("d", 10)];
    const first = takeRaw(limits);
    expect(first && encode(first).length).toBeLessThan(300);
    answer(1, [0]);
    const second = takeRaw(limits);
    expect(second && encode(second).length).toBeLessThan(300);
    expect([...mine.notes.keys()].toSorted()).toEqual(["c", "d"]);
    answer(2, [0], [1]);
    expect(await Promise.all(all)).toMatchObject([DONE, { ok: false, code: "too_large" }, DONE, DONE]);
  });

  it("that refuse something leave the rest of what shows as it is, and listeners hear of it at once", () => {
    const { recording, mine, take, rejections } = setUp();
    const heard: unknown[] = [];
    mine.text.on("change", ({ value, origin }) => heard.push([value.length, origin]));
    recording.transact(() => {
      mine.text.set("x".repeat(400));
      mine.add("Card");
    });
    const kept = mine.add("Card");
    expect(take({ maxBytes: 300, maxTransactions: 10 })?.transactions).toEqual([
      [["make", kept.id, "Card", mine.id, null, []]],
    ]);
    expect(heard).toEqual([
      [400, "local"],
      [0, "rollback"],
    ]);
    expect(mine.children).toEqual([kept]);
    expect(rejections).toMatchObject([{ code: "too_large" }]);
  });
});

describe("a connection that ends", () => {
  it("refuses what was in flight, takes it back, and keeps what waits", async () => {
    const { outbox, recording, mine, rejections, take } = setUp();
    const flying = recording.transact(() => mine.votes.set(1));
    take();
    const waiting = recording.transact(() => mine.done.set(true));
    outbox.lost();
    expect(await flying).toMatchObject({ ok: false, code: "unconfirmed" });
    expect([mine.votes.value, mine.done.value]).toEqual([0, true]);
    expect(await outcomeOf(waiting)).toBe("open");
    expect(rejections).toMatchObject([{ code: "unconfirmed", edits: [{ attribute: "votes" }] }]);
    expect(take()).toMatchObject({ number: 2, transactions: [[["done", 0, true]]] });
  });

  it("refuses all when it is closed, and whatever is written afterwards, which does not show either", async () => {
    const { outbox, recording, mine, take } = setUp();
    const flying = recording.transact(() => mine.votes.set(1));
    take();
    const waiting = recording.transact(() => mine.done.set(true));
    outbox.close();
    const late = recording.transact(() => mine.done.set(true));
    expect(await Promise.all([flying, waiting, late])).toMatchObject([
      { ok: false, code: "unconfirmed" },
      { ok: false, code: "closed" },
      { ok: false, code: "closed" },
    ]);
    mine.text.set("late");
    expect([mine.votes.value, mine.done.value, mine.text.value]).toEqual([0, false, ""]);
    expect(take()).toBeUndefined();
  });

  it("refuses what waits and makes objects, and what needs these, where others have been given the ids", async () => {
    const { outbox, recording, mine, rejections, take } = setUp();
    const making = recording.transact(() => void mine.add("Card"));
    const [made] = mine.children as readonly MirroredCard[];
    const needing = recording.transact(() => made?.text.set("a"));
    const other = recording.transact(() => mine.votes.set(1));
    outbox.lostIds();
    expect([await making, await needing]).toMatchObject([{ code: "no_ids" }, { code: "depends" }]);
    expect(await outcomeOf(other)).toBe("open");
    expect(rejections.map(({ code }) => code)).toEqual(["no_ids", "depends"]);
    expect([mine.children, mine.votes.value]).toEqual([[], 1]);
    expect(take()?.transactions).toEqual([[["votes", 0, 1]]]);
  });

  it("refuses what waits with `destroyed` where the tree is another one then", async () => {
    const { outbox, recording, mine, rejections, take } = setUp();
    const waiting = recording.transact(() => mine.votes.set(1));
    outbox.giveUp("destroyed");
    expect(await waiting).toMatchObject({ ok: false, code: "destroyed" });
    expect(rejections).toMatchObject([{ code: "destroyed" }]);
    expect(take()).toBeUndefined();
  });
});
