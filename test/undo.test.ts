/**
 * Undo and redo by clients, over a network in memory: each takes back what is its own, while the others go on.
 */
import { describe, expect, it } from "vitest";
import type { Mirrored } from "../client/mirrored.ts";
import { NumberTopic } from "../core/scalar-topics.ts";
import { transact } from "../core/transaction.ts";
import { DONE, NONE } from "./parts.ts";
import { seen } from "./sample-tree.ts";
import { Drawer, FORBIDDEN, Note, Room, two } from "./undo-room.ts";

describe("undo by a client", () => {
  it("[HI-10] takes back its last step and puts it back, for all to see", async () => {
    const { room, note, ann, bob, anns } = await two();
    anns.text.set("first");
    await room.settle();
    anns.text.set("second");
    await room.settle();
    expect(await room.answer(ann.undo())).toEqual(DONE);
    expect([note.text.value, seen(bob, note).text.value, anns.text.value]).toEqual(["first", "first", "first"]);
    expect(await room.answer(ann.undo())).toEqual(DONE);
    expect(await room.answer(ann.undo())).toEqual(NONE);
    expect(note.text.value).toBe("");
    expect(await room.answer(ann.redo())).toEqual(DONE);
    expect(await room.answer(ann.redo())).toEqual(DONE);
    expect(await room.answer(ann.redo())).toEqual(NONE);
    expect(anns.text.value).toBe("second");
    await room.expectEqual(ann, bob);
  });

  it("[HI-10] goes after all that was written before it, sent or not, and before what is written after", async () => {
    const { room, ann, bob, anns } = await two();
    void ann.transact(() => anns.text.insert(0, "one "));
    void ann.transact(() => anns.text.insert(4, "two "));
    const undone = ann.undo();
    void ann.transact(() => anns.text.insert(anns.text.length, "three"));
    expect(ann.isSynced).toBe(false);
    expect(await room.answer(undone)).toEqual(DONE);
    expect([anns.text.value, ann.isSynced]).toEqual(["one three", true]);
    expect(await room.answer(ann.redo())).toEqual(NONE);
    await room.expectEqual(ann, bob);
  });

  it("[HI-10] keeps what is being typed where it belongs", async () => {
    const { room, ann, bob, anns, bobs } = await two();
    anns.text.insert(0, "Ann. ");
    await room.settle();
    bobs.text.insert(5, "Bob.");
    await room.settle();
    const undone = ann.undo();
    bobs.text.insert(9, " And he");
    anns.text.insert(0, "> ");
    bobs.text.insert(16, " goes on.");
    await room.answer(undone);
    expect(bobs.text.value).toBe("> Bob. And he goes on.");
    await room.expectEqual(ann, bob);
  });

  it("[HI-17] takes back what is its own, while others write the same text, list, dict, number and tree", async () => {
    const { room, note, ann, bob, anns, bobs, desk } = await two();
    const edits = (mine: Mirrored<Note>, name: string, at: number): (() => unknown)[] => [
      () => mine.text.insert(mine.text.length, name),
      () => mine.list.push(name, name),
      () => mine.dict.put(name, at),
      () => mine.set.add(name),
      () => mine.number.add(at),
      () => mine.add<Note>("Note").text.set(name),
    ];
    const [byAnn, byBob] = [edits(anns, "ann", 1), edits(bobs, "bob", 10)];
    for (const [index, edit] of byAnn.entries()) {
      edit();
      await room.settle();
      byBob[index]?.();
      await room.settle();
    }
    expect(note.text.value).toBe("annbob");
    for (let count = 0; count < 7; count++) expect(await room.answer(ann.undo())).toMatchObject({ skipped: 0 });
    const state = () => [
      note.text.value,
      note.list.value,
      note.dict.value,
      [...note.set.value],
      note.number.value,
      note.children.map((child) => (child as Note).text.value),
    ];
    expect(state()).toEqual(["bob", ["bob", "bob"], { bob: 10 }, ["bob"], 10, ["bob"]]);
    for (let count = 0; count < 7; count++) await room.answer(ann.redo());
    expect(state()).toEqual([
      "annbob",
      ["ann", "ann", "bob", "bob"],
      { ann: 1, bob: 10 },
      ["bob", "ann"],
      11,
      ["ann", "bob"],
    ]);
    for (let count = 0; count < 7; count++) await room.answer(bob.undo());
    expect(state()).toEqual(["ann", ["ann", "ann"], { ann: 1 }, ["ann"], 1, ["ann"]]);
    expect(desk.children).toHaveLength(1);
    await room.expectEqual(ann, bob);
  });

  it("[HI-17] never takes back what is another's or the server's, whatever is asked", async () => {
    const { room, note, ann, bob, bobs } = await two();
    bobs.text.set("Bob's");
    note.number.set(5);
    transact(() => note.list.push("the server's"), { label: "push" });
    await room.settle();
    expect(await room.answer(ann.undo())).toEqual(NONE);
    expect(await room.answer(ann.redo())).toEqual(NONE);
    expect([note.text.value, note.number.value, note.list.value]).toEqual(["Bob's", 5, ["the server's"]]);
    await room.answer(bob.undo());
    expect(await room.answer(ann.redo())).toEqual(NONE);
    expect(note.text.value).toBe("");
  });

  it("[HI-11] runs no rule; what rules had derived goes with it, also where it is closed", async () => {
    const { room, note, ann, anns } = await two();
    anns.flag.set(true);
    await room.settle();
    expect([note.owner.value, note.rules]).toEqual([ann.id, 1]);
    expect(await room.answer(ann.undo())).toEqual(DONE);
    expect([note.flag.value, note.owner.value, note.rules]).toEqual([false, 0, 1]);
    await room.answer(ann.redo());
    expect([note.owner.value, note.rules]).toEqual([ann.id, 1]);
  });

  it("[HI-17] leaves what rules made of what cannot be undone", async () => {
    const { room, note, ann, anns } = await two();
    anns.text.set("before");
    await room.settle();
    anns.press.emit();
    await room.settle();
    expect(await room.answer(ann.undo())).toEqual(DONE);
    expect([note.text.value, note.presses.value]).toEqual(["", 1]);
    expect(await room.answer(ann.undo())).toMatchObject(FORBIDDEN);
    expect(note.presses.value).toBe(1);
  });

  it("[HI-12] is told to listeners: at the server as an undo, at clients as what comes from the server", async () => {
    const { room, note, ann, bob, anns } = await two();
    const heard: string[] = [];
    note.text.on("change", ({ origin, value }) => heard.push(`server ${origin} ${value}`));
    for (const [name, client] of [["ann", ann] as const, ["bob", bob] as const]) {
      seen(client, note).text.on("change", ({ origin, value }) => heard.push(`${name} ${origin} ${value}`));
    }
    anns.text.set("x");
    await room.settle();
    heard.length = 0;
    await room.answer(ann.undo());
    await room.answer(ann.redo());
    expect(heard).toEqual([
      "server undo ",
      "ann remote ",
      "bob remote ",
      "server redo x",
      "ann remote x",
      "bob remote x",
    ]);
  });

  it("[HI-18] takes quick edits of one attribute for one step, by the clock of the server", async () => {
    const { room, note, ann, anns } = await two({ history: {} });
    for (const letter of "hello") {
      anns.text.insert(anns.text.length, letter);
      await room.settle();
      await room.advance(900);
    }
    await room.advance(1_000);
    anns.text.insert(5, "!");
    await room.settle();
    await room.answer(ann.undo());
    expect(note.text.value).toBe("hello");
    await room.answer(ann.undo());
    expect(note.text.value).toBe("");
  });

  it("[HI-02] takes a `transact` of the client back as a whole", async () => {
    const { room, note, ann, anns } = await two();
    void ann.transact(() => {
      anns.text.set("text");
      anns.add<Note>("Note").text.set("child");
      anns.number.set(3);
    });
    await room.settle();
    expect(await room.answer(ann.undo())).toEqual(DONE);
    expect([note.text.value, note.children, note.number.value]).toEqual(["", [], 0]);
    await room.answer(ann.redo());
    expect((note.children[0] as Note).text.value).toBe("child");
    await room.expectEqual(ann);
  });

  it("[HI-20] says what it had to leave, as another came over it", async () => {
    const { room, note, ann, anns, bobs } = await two();
    void ann.transact(() => {
      anns.dict.put("a", 1);
      anns.number.set(1);
    });
    await room.settle();
    bobs.number.set(2);
    await room.settle();
    expect(await room.answer(ann.undo())).toEqual({ ...DONE, skipped: 1 });
    expect([note.dict.value, note.number.value]).toEqual([{}, 2]);
    bobs.dict.put("a", 5);
    await room.settle();
    expect(await room.answer(ann.redo())).toEqual({ ...DONE, undone: false, skipped: 2, reason: "conflict" });
  });

  it("[HI-01] knows nothing of what has no history", async () => {
    const { room, ann, anns, note } = await two();
    anns.hidden.set("secret");
    await room.settle();
    expect(await room.answer(ann.undo())).toEqual(NONE);
    expect(note.hidden.value).toBe("secret");
  });

  it("[HI-10] can be asked for as often as one likes, at once", async () => {
    const { room, note, ann, anns } = await two();
    for (let count = 0; count < 60; count++) void ann.transact(() => anns.list.push(`${count}`));
    await room.settle();
    const undone = Array.from({ length: 100 }, () => ann.undo());
    await room.settle();
    const reasons = (await Promise.all(undone)).map(({ reason }) => reason);
    expect(reasons.filter((reason) => reason === undefined)).toHaveLength(60);
    expect([note.list.value, ann.state.name, ann.isSynced]).toEqual([[], "connected", true]);
    const redone = Array.from({ length: 60 }, () => ann.redo());
    await room.settle();
    await Promise.all(redone);
    expect(note.list.value).toHaveLength(60);
  });

  it("[HI-21] throws `in_transaction` within a `transact` of the client", async () => {
    const { room, note, ann, anns } = await two();
    anns.number.set(1);
    await room.settle();
    const refused = expect.objectContaining({ code: "in_transaction" });
    expect(() => ann.transact(() => void ann.undo())).toThrow(refused);
    expect(() => ann.transact(() => void anns.redo())).toThrow(refused);
    await room.settle();
    expect([note.number.value, ann.isSynced]).toEqual([1, true]);
  });

  it("[HI-10] that was not answered when the connection broke is `unconfirmed`; what was not sent is done when it is back", async () => {
    const { room, note, ann, anns } = await two();
    anns.text.set("x");
    await room.settle();
    const lost = ann.undo();
    ann.flush();
    for (const link of room.network.links) link.drop();
    const later = ann.redo();
    await room.settle();
    expect(await lost).toMatchObject({ undone: false, reason: "unconfirmed" });
    await room.advance(20_000);
    expect(await later).toMatchObject({ undone: expect.any(Boolean) });
    expect(note.text.value).toBe("x");
    ann.close();
    expect(await ann.undo()).toMatchObject({ undone: false, reason: "closed" });
  });
});

describe("undo of the tree by a client", () => {
  it("[OM-17][HI-10] brings back what it destroyed, the same for all, whoever has written to it", async () => {
    const { room, note, ann, bob, anns, bobs, desk } = await two();
    const shelf = desk.add(Note);
    const inner = shelf.add(Note, undefined, { key: "inner" });
    note.moveTo(shelf, { index: 0 });
    await room.settle();
    bobs.text.set("Bob's");
    seen(bob, inner).ref.set(bobs);
    bobs.list.push("a");
    inner.addTag("red");
    inner.addAttribute("size", new NumberTopic(7, { write: "everyone" }));
    await room.settle();
    const before = room.server.tree().save();
    const { builds } = Note;
    anns.destroy();
    await room.settle();
    expect([seen(bob, note), inner.ref.value]).toEqual([undefined, null]);
    expect(await room.answer(ann.undo())).toEqual(DONE);
    expect(room.server.tree().save()).toEqual(before);
    const again = room.server.tree().get(note.id) as Note;
    expect([again.starts, Note.builds, inner.ref.value]).toEqual([[false], builds, again]);
    expect(seen(bob, inner).ref.value).toBe(seen(bob, note));
    seen(bob, note).text.insert(0, "still ");
    await room.settle();
    expect(again.text.value).toBe("still Bob's");
    await room.answer(ann.redo());
    expect(room.server.tree().get(note.id)).toBeUndefined();
    await room.expectEqual(ann, bob);
  });

  it("[OM-17] brings a subtree back to clients that have parts of it open", async () => {
    const room = new Room();
    const shelf = room.desk.add(Note);
    const drawer = shelf.add(Drawer);
    const [note, inner] = [drawer.add(Note), drawer.add(Drawer)];
    const deep = inner.add(Note);
    const [ann, bob] = [await room.join(), await room.join()];
    const opened = bob.open(seen(bob, drawer));
    await room.settle();
    const openedInner = bob.open(seen(bob, inner));
    await room.settle();
    seen(bob, note).text.set("in a drawer");
    seen(bob, deep).text.set("deep");
    await room.settle();
    const before = room.server.tree().save();
    seen(ann, shelf).destroy();
    await room.settle();
    expect([opened.isOpen, openedInner.isOpen, seen(bob, deep)]).toEqual([false, false, undefined]);
    expect(await room.answer(ann.undo())).toEqual(DONE);
    expect(room.server.tree().save()).toEqual(before);
    expect([seen(bob, drawer).children, seen(ann, note)]).toEqual([[], undefined]);
    const again = bob.open(seen(bob, drawer));
    await room.settle();
    bob.open(seen(bob, inner));
    await room.settle();
    expect([again.isOpen, seen(bob, note).text.value, seen(bob, deep).text.value]).toEqual([
      true,
      "in a drawer",
      "deep",
    ]);
    seen(bob, deep).text.insert(0, "very ");
    await room.settle();
    expect((room.server.tree().get(deep.id) as Note).text.value).toBe("very deep");
    await room.expectEqual(ann, bob);
  });

  it("[HI-10] undoes and redoes in a drawer that others have open, and tells nothing to those who have not", async () => {
    const room = new Room();
    const drawer = room.desk.add(Drawer);
    const [ann, bob, eve] = [await room.join(), await room.join(), await room.join()];
    for (const client of [ann, bob]) client.open(seen(client, drawer));
    await room.settle();
    const made = seen(ann, drawer).add<Note>("Note");
    made.text.set("x");
    await room.settle();
    await room.answer(ann.undo());
    expect(seen<Note>(bob, made).text.value).toBe("");
    await room.answer(ann.undo());
    expect(seen(bob, drawer).children).toEqual([]);
    await room.answer(ann.redo());
    await room.answer(ann.redo());
    expect(seen<Note>(bob, made).text.value).toBe("x");
    expect(seen(eve, drawer).children).toEqual([]);
    await room.expectEqual(ann, bob, eve);
  });

  it("[HI-10] takes away what it made with what others have added, and brings all of it back", async () => {
    const { room, ann, bob, desk } = await two();
    const made = ann.root.add<Note>("Note");
    await room.settle();
    const { id } = made;
    const added = seen<Note>(bob, { id }).add<Note>("Note");
    added.text.set("Bob's");
    await room.settle();
    expect(await room.answer(ann.undo())).toEqual(DONE);
    expect(desk.children).toHaveLength(1);
    expect(await room.answer(bob.undo())).toMatchObject({ undone: false, reason: "conflict" });
    await room.answer(bob.redo());
    expect(await room.answer(ann.redo())).toEqual(DONE);
    expect(seen<Note>(bob, added).text.value).toBe("Bob's");
    await room.expectEqual(ann, bob);
  });

  it("[HI-10] takes moves back, among siblings and to another parent, unless another has moved it since", async () => {
    const { room, note, ann, bob, desk } = await two();
    const [other, third] = [desk.add(Note), desk.add(Note)];
    await room.settle();
    const order = (): number[] => desk.children.map(({ id }) => id);
    seen(ann, third).moveTo(ann.root, { index: 0 });
    await room.settle();
    expect(order()).toEqual([third.id, note.id, other.id]);
    await room.answer(ann.undo());
    expect(order()).toEqual([note.id, other.id, third.id]);
    seen(ann, third).moveTo(seen(ann, note));
    await room.settle();
    expect(await room.answer(ann.undo())).toEqual(DONE);
    expect(order()).toEqual([note.id, other.id, third.id]);
    await room.answer(ann.redo());
    seen(bob, third).moveTo(seen(bob, other));
    await room.settle();
    expect(await room.answer(ann.undo())).toMatchObject({ undone: false, reason: "conflict" });
    expect(third.parent).toBe(other);
    await room.expectEqual(ann, bob);
  });
});
