/**
 * Undo and redo by clients, over a network in memory: each takes back what is its own, while the others go on.
 */
import { afterEach, describe, expect, it } from "vitest";
import type { Client } from "../client/client.ts";
import type { MirrorTree } from "../client/mirror-tree.ts";
import type { Mirrored } from "../client/mirrored.ts";
import { DictTopic } from "../core/dict-topic.ts";
import { EventTopic } from "../core/event-topic.ts";
import type { UndoResult } from "../core/history.ts";
import { ListTopic } from "../core/list-topic.ts";
import { type InitContext, SObject } from "../core/object.ts";
import { RefTopic } from "../core/ref-topic.ts";
import { BooleanTopic, NumberTopic } from "../core/scalar-topics.ts";
import { SetTopic } from "../core/set-topic.ts";
import { StringTopic } from "../core/string-topic.ts";
import { currentClient, transact } from "../core/transaction.ts";
import { type TestClientOptions, TestWorld, type TestWorldOptions } from "../testing/index.ts";
import { difference, factsOf } from "./fuzz/facts.ts";

const OPEN = { write: "everyone" } as const;

/** Open to clients, save for `owner`. */
class Note extends SObject {
  static override readonly access = { add: ["Note", "Fixed"], remove: "everyone", move: "everyone" } as const;
  readonly text = new StringTopic("", OPEN);
  readonly list = new ListTopic<string>([], OPEN);
  readonly dict = new DictTopic<number>({}, OPEN);
  readonly set = new SetTopic<string>([], OPEN);
  readonly number = new NumberTopic(0, OPEN);
  readonly flag = new BooleanTopic(false, OPEN);
  readonly ref = new RefTopic(null, OPEN);
  readonly press = new EventTopic(OPEN);
  readonly owner = new NumberTopic();
  readonly presses = new NumberTopic();
  readonly hidden = new StringTopic("", { write: "everyone", history: false });
  static builds = 0;
  readonly starts: boolean[] = [];
  rules = 0;

  override build(): void {
    Note.builds++;
  }

  override init({ isNew }: InitContext): void {
    this.starts.push(isNew);
    this.flag.rule("change", () => {
      this.rules++;
      this.owner.set(currentClient());
    });
    this.press.rule("emit", () => this.presses.add(1));
  }
}

/** Can be added by clients and not be taken away. */
class Fixed extends SObject {
  static override readonly access = { move: "everyone" } as const;
  readonly text = new StringTopic("", OPEN);
}

/** Whoever sees it may undo what was done to it. */
class Board extends SObject {
  static override readonly access = { add: ["Note"], undo: "everyone" } as const;
  readonly title = new StringTopic();
}

/** What is below it is seen by who has it open. */
class Drawer extends SObject {
  static override readonly lazy = true;
  static override readonly access = { add: ["Note"], remove: "everyone", undo: "everyone" } as const;
}

class Desk extends SObject {
  static override readonly access = { add: ["Note", "Fixed", "Drawer"] } as const;
}

const ends: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

class Room extends TestWorld<Desk> {
  readonly errors: unknown[] = [];

  constructor(options: TestWorldOptions<Desk> = {}) {
    const errors: unknown[] = [];
    super({
      root: Desk,
      models: [Note, Fixed, Board, Drawer],
      onError: ({ error }) => void errors.push(error),
      history: { mergeMs: 0 },
      ...options,
    });
    this.errors = errors;
    ends.push(() => this.end());
  }

  get desk(): Desk {
    return this.server.root;
  }

  async join(options?: TestClientOptions): Promise<Client<Desk>> {
    return this.connect<Desk>(options);
  }

  /** What comes of something that is asked, when all have heard. */
  async answer(asked: Promise<UndoResult>): Promise<UndoResult> {
    await this.settle();
    return asked;
  }

  /** Fails unless each client shows what the server has, and somebody who comes now, too. */
  async expectEqual(...clients: readonly Client<Desk>[]): Promise<void> {
    await this.settle();
    const expected = factsOf(this.server.tree());
    for (const client of [...clients, await this.join()]) {
      const tree = client.tree as unknown as MirrorTree;
      const isOpen = (id: number): boolean => tree.get(id)?.children.length !== 0;
      expect(difference(factsOf(tree, isOpen), factsOf(this.server.tree(), isOpen))).toBe("");
      expect(tree.isConsistent()).toBe(true);
    }
    expect(expected.size).toBeGreaterThan(1);
  }
}

function of<T extends SObject>(client: Client<Desk>, { id }: T): Mirrored<T> {
  return client.tree.get(id) as unknown as Mirrored<T>;
}

const DONE: UndoResult = { undone: true, skipped: 0, reason: undefined, label: undefined };
const NOT_FOUND: UndoResult = { undone: false, skipped: 0, reason: "not_found", label: undefined };
const FORBIDDEN = { undone: false, reason: "forbidden" };

/** Somebody with a note, and another who sees it. */
async function two(options: TestWorldOptions<Desk> = {}) {
  const room = new Room(options);
  const note = room.desk.add(Note);
  const [ann, bob] = [await room.join(), await room.join()];
  return { room, note, ann, bob, anns: of(ann, note), bobs: of(bob, note), desk: room.desk };
}

describe("undo by a client", () => {
  it("[HI-10] takes back its last step and puts it back, for all to see", async () => {
    const { room, note, ann, bob, anns } = await two();
    anns.text.set("first");
    await room.settle();
    anns.text.set("second");
    await room.settle();
    expect(await room.answer(ann.undo())).toEqual(DONE);
    expect([note.text.value, of(bob, note).text.value, anns.text.value]).toEqual(["first", "first", "first"]);
    expect(await room.answer(ann.undo())).toEqual(DONE);
    expect(await room.answer(ann.undo())).toEqual(NOT_FOUND);
    expect(note.text.value).toBe("");
    expect(await room.answer(ann.redo())).toEqual(DONE);
    expect(await room.answer(ann.redo())).toEqual(DONE);
    expect(await room.answer(ann.redo())).toEqual(NOT_FOUND);
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
    expect(await room.answer(ann.redo())).toEqual(NOT_FOUND);
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
    expect(await room.answer(ann.undo())).toEqual(NOT_FOUND);
    expect(await room.answer(ann.redo())).toEqual(NOT_FOUND);
    expect([note.text.value, note.number.value, note.list.value]).toEqual(["Bob's", 5, ["the server's"]]);
    await room.answer(bob.undo());
    expect(await room.answer(ann.redo())).toEqual(NOT_FOUND);
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
      of(client, note).text.on("change", ({ origin, value }) => heard.push(`${name} ${origin} ${value}`));
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
    expect(await room.answer(ann.undo())).toEqual(NOT_FOUND);
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
    of(bob, inner).ref.set(bobs);
    bobs.list.push("a");
    inner.addTag("red");
    inner.addAttribute("size", new NumberTopic(7, OPEN));
    await room.settle();
    const before = room.server.tree().save();
    const { builds } = Note;
    anns.destroy();
    await room.settle();
    expect([of(bob, note), inner.ref.value]).toEqual([undefined, null]);
    expect(await room.answer(ann.undo())).toEqual(DONE);
    expect(room.server.tree().save()).toEqual(before);
    const again = room.server.tree().get(note.id) as Note;
    expect([again.starts, Note.builds, inner.ref.value]).toEqual([[false], builds, again]);
    expect(of(bob, inner).ref.value).toBe(of(bob, note));
    of(bob, note).text.insert(0, "still ");
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
    const opened = bob.open(of(bob, drawer));
    await room.settle();
    const openedInner = bob.open(of(bob, inner));
    await room.settle();
    of(bob, note).text.set("in a drawer");
    of(bob, deep).text.set("deep");
    await room.settle();
    const before = room.server.tree().save();
    of(ann, shelf).destroy();
    await room.settle();
    expect([opened.isOpen, openedInner.isOpen, of(bob, deep)]).toEqual([false, false, undefined]);
    expect(await room.answer(ann.undo())).toEqual(DONE);
    expect(room.server.tree().save()).toEqual(before);
    expect([of(bob, drawer).children, of(ann, note)]).toEqual([[], undefined]);
    const again = bob.open(of(bob, drawer));
    await room.settle();
    bob.open(of(bob, inner));
    await room.settle();
    expect([again.isOpen, of(bob, note).text.value, of(bob, deep).text.value]).toEqual([true, "in a drawer", "deep"]);
    of(bob, deep).text.insert(0, "very ");
    await room.settle();
    expect((room.server.tree().get(deep.id) as Note).text.value).toBe("very deep");
    await room.expectEqual(ann, bob);
  });

  it("[HI-10] undoes and redoes in a drawer that others have open, and tells nothing to those who have not", async () => {
    const room = new Room();
    const drawer = room.desk.add(Drawer);
    const [ann, bob, eve] = [await room.join(), await room.join(), await room.join()];
    for (const client of [ann, bob]) client.open(of(client, drawer));
    await room.settle();
    const made = of(ann, drawer).add<Note>("Note");
    made.text.set("x");
    await room.settle();
    await room.answer(ann.undo());
    expect(of(bob, made as unknown as Note).text.value).toBe("");
    await room.answer(ann.undo());
    expect(of(bob, drawer).children).toEqual([]);
    await room.answer(ann.redo());
    await room.answer(ann.redo());
    expect(of(bob, made as unknown as Note).text.value).toBe("x");
    expect(of(eve, drawer).children).toEqual([]);
    await room.expectEqual(ann, bob, eve);
  });

  it("[HI-10] takes away what it made with what others have added, and brings all of it back", async () => {
    const { room, ann, bob, desk } = await two();
    const made = ann.root.add<Note>("Note");
    await room.settle();
    const { id } = made;
    const added = of(bob, { id } as Note).add<Note>("Note");
    added.text.set("Bob's");
    await room.settle();
    expect(await room.answer(ann.undo())).toEqual(DONE);
    expect(desk.children).toHaveLength(1);
    expect(await room.answer(bob.undo())).toMatchObject({ undone: false, reason: "conflict" });
    await room.answer(bob.redo());
    expect(await room.answer(ann.redo())).toEqual(DONE);
    expect((bob.tree.get(added.id) as unknown as Mirrored<Note>).text.value).toBe("Bob's");
    await room.expectEqual(ann, bob);
  });

  it("[HI-10] takes moves back, among siblings and to another parent, unless another has moved it since", async () => {
    const { room, note, ann, bob, desk } = await two();
    const [other, third] = [desk.add(Note), desk.add(Note)];
    await room.settle();
    const order = (): number[] => desk.children.map(({ id }) => id);
    of(ann, third).moveTo(ann.root, { index: 0 });
    await room.settle();
    expect(order()).toEqual([third.id, note.id, other.id]);
    await room.answer(ann.undo());
    expect(order()).toEqual([note.id, other.id, third.id]);
    of(ann, third).moveTo(of(ann, note));
    await room.settle();
    expect(await room.answer(ann.undo())).toEqual(DONE);
    expect(order()).toEqual([note.id, other.id, third.id]);
    await room.answer(ann.redo());
    of(bob, third).moveTo(of(bob, other));
    await room.settle();
    expect(await room.answer(ann.undo())).toMatchObject({ undone: false, reason: "conflict" });
    expect(third.parent).toBe(other);
    await room.expectEqual(ann, bob);
  });
});

describe("what a client may undo", () => {
  it("[HI-24] is not that it has made what it may not take away; it goes back beyond that", async () => {
    const { room, note, ann, anns, desk } = await two();
    anns.text.set("before");
    await room.settle();
    ann.root.add("Fixed");
    await room.settle();
    const fixed = desk.childOfType(Fixed);
    of(ann, fixed).text.set("after");
    await room.settle();
    expect(await room.answer(ann.undo())).toEqual(DONE);
    expect(await room.answer(ann.undo())).toEqual(DONE);
    expect([fixed.text.value, note.text.value, fixed.isDestroyed]).toEqual(["", "", false]);
    expect(await room.answer(ann.undo())).toMatchObject({ ...FORBIDDEN, skipped: 1 });
    // The server's own code may.
    expect(desk.undo()).toEqual(DONE);
    expect(fixed.isDestroyed).toBe(true);
    expect(await room.answer(ann.redo())).toEqual(DONE);
    expect(desk.childOfType(Fixed).id).toBe(fixed.id);
  });

  it("[HI-24] is not that it has destroyed what it may not add, or moved it away from where it may not put it", async () => {
    const { room, ann, anns, note, desk } = await two();
    const board = desk.add(Board);
    const [low, box] = [board.add(Fixed), board.add(Note)];
    const kept = box.add(Drawer);
    await room.settle();
    const movable = board.add(Note);
    await room.settle();
    of(ann, kept).destroy();
    await room.settle();
    expect(await room.answer(ann.undo())).toMatchObject(FORBIDDEN);
    expect(box.children).toEqual([]);
    of(ann, low).moveTo(of(ann, board));
    await room.settle();
    expect(await room.answer(ann.undo())).toEqual(DONE);
    // From the board, where notes may be added, and from a note, where fixed things are only moved by the server.
    of(ann, movable).moveTo(anns);
    await room.settle();
    expect(await room.answer(ann.undo())).toEqual(DONE);
    expect(movable.parent).toBe(board);
    const inFixed = low.add(Note);
    await room.settle();
    of(ann, inFixed).moveTo(anns);
    await room.settle();
    expect(inFixed.parent).toBe(note);
    expect(await room.answer(ann.undo())).toMatchObject(FORBIDDEN);
    expect(inFixed.parent).toBe(note);
  });

  it("[HI-24] is skipped in part where a part of a step is not open to it", async () => {
    const { room, note, ann, anns, desk } = await two();
    void ann.transact(() => {
      anns.text.set("x");
      ann.root.add("Fixed");
    });
    await room.settle();
    expect(await room.answer(ann.undo())).toEqual({ ...DONE, skipped: 1 });
    expect([note.text.value, desk.childrenOfType(Fixed).length]).toEqual(["", 1]);
    expect(await room.answer(ann.redo())).toEqual({ ...DONE, skipped: 1 });
    expect([note.text.value, desk.childrenOfType(Fixed).length]).toEqual(["x", 1]);
  });

  it("[HI-24] is nothing below a drawer that it has closed", async () => {
    const room = new Room();
    const drawer = room.desk.add(Drawer);
    const note = drawer.add(Note);
    const ann = await room.join();
    const branch = ann.open(of(ann, drawer));
    await room.settle();
    of(ann, note).text.set("x");
    await room.settle();
    of(ann, drawer).add("Note");
    await room.settle();
    branch.close();
    await room.settle();
    expect(await room.answer(ann.undo())).toMatchObject(FORBIDDEN);
    expect([note.text.value, drawer.children.length]).toEqual(["x", 2]);
    ann.open(of(ann, drawer));
    await room.settle();
    expect(await room.answer(ann.undo())).toEqual(DONE);
    expect(await room.answer(ann.undo())).toEqual(DONE);
    expect([note.text.value, drawer.children.length]).toEqual(["", 1]);
  });

  it("[HI-24] is not what has come to a drawer that it has not opened", async () => {
    const { room, ann, desk } = await two();
    const drawer = desk.add(Drawer);
    const [made, moved] = [ann.root.add<Note>("Note"), ann.root.add<Note>("Note")];
    await room.settle();
    moved.moveTo(ann.root, { index: 0 });
    await room.settle();
    const [note, other] = [made, moved].map(({ id }) => room.server.tree().get(id) as Note) as [Note, Note];
    for (const each of [note, other]) each.moveTo(drawer);
    note.add(Note);
    await room.settle();
    expect(await room.answer(ann.undo())).toMatchObject(FORBIDDEN);
    expect([note.isDestroyed, other.parent]).toEqual([false, drawer]);
    note.moveTo(desk);
    await room.settle();
    expect(await room.answer(ann.undo())).toEqual(DONE);
    expect([note.isDestroyed, other.parent]).toEqual([true, drawer]);
  });

  it("[HI-24] brings no value beyond `maxValueBytes`, and no object beyond `maxObjects`", async () => {
    const { room, note, ann, bob, anns, bobs } = await two({ limits: { maxValueBytes: 1_000, maxObjects: 4 } });
    anns.text.set("a".repeat(900));
    await room.settle();
    bobs.text.set("");
    await room.settle();
    anns.text.set("b".repeat(900));
    await room.settle();
    expect(await room.answer(bob.undo())).toMatchObject({ undone: false, reason: "conflict" });
    expect(note.text.value).toBe("b".repeat(900));
    const made = anns.add("Note");
    await room.settle();
    made.destroy();
    await room.settle();
    bobs.add("Note");
    bobs.add("Note");
    await room.settle();
    expect(await room.answer(ann.undo())).toMatchObject({ undone: false });
    expect([note.children.length, room.server.tree().get(made.id)]).toEqual([2, undefined]);
  });

  it("[OP-12] is no more work than it may ask for: what a step changes counts each time", async () => {
    const { room, note, ann, anns } = await two({ limits: { maxStepsPerSecond: 1_000_000 } });
    void ann.transact(() => {
      for (let count = 0; count < 1_000; count++) anns.dict.put(`${count}`, count);
    });
    await room.settle();
    expect(note.dict.size).toBe(1_000);
    await room.advance(10_000);
    for (let count = 0; count < 20 && ann.state.name === "connected"; count++) {
      void (count % 2 === 0 ? ann.undo() : ann.redo());
      await room.settle();
    }
    expect(ann.state).toMatchObject({ name: "offline", code: 4329 });
  });

  it("[OP-12] is nothing where it would be too much: it can be undone by who may ask for more", async () => {
    const { room, note, ann, anns } = await two({ limits: { maxStepsPerSecond: 100_000 } });
    const long = "x".repeat(300_000);
    note.text.set(long);
    await room.settle();
    void ann.transact(() => {
      anns.text.delete(0, long.length);
      anns.number.set(5);
    });
    await room.settle();
    for (let count = 0; count < 3; count++) {
      await room.advance(10_000);
      expect(await room.answer(ann.undo())).toMatchObject({ undone: false, skipped: 2, reason: "too_large" });
      expect([note.text.value, note.number.value, ann.state.name]).toEqual(["", 5, "connected"]);
    }
    expect(room.server.tree().history.undo()).toEqual(DONE);
    expect([note.text.value, note.number.value]).toEqual([long, 0]);
    await room.expectEqual(ann);
  });

  it("[OP-12] is nothing where too much would come back, or go, with an object", async () => {
    const { room, ann, desk } = await two({ limits: { maxStepsPerSecond: 100_000 } });
    const made = ann.root.add<Note>("Note");
    await room.settle();
    const note = room.server.tree().get(made.id) as Note;
    for (let count = 0; count < 1_000; count++) note.add(Note);
    await room.advance(10_000);
    expect(await room.answer(ann.undo())).toMatchObject({ undone: false, reason: "too_large" });
    expect(note.isDestroyed).toBe(false);
    for (const child of note.children) child.destroy();
    note.text.set("x".repeat(300_000));
    await room.settle();
    of(ann, note).destroy();
    await room.advance(10_000);
    expect(await room.answer(ann.undo())).toMatchObject({ undone: false, reason: "too_large" });
    expect(desk.children).toHaveLength(1);
  });

  it("[HI-10][HI-24] is at an object what anybody did there, if the class says so", async () => {
    const room = new Room();
    const [board, other] = [room.desk.add(Board), room.desk.add(Board)];
    const [ann, bob] = [await room.join(), await room.join()];
    const note = of(bob, board).add<Note>("Note");
    await room.settle();
    note.text.set("Bob's");
    await room.settle();
    transact(() => board.title.set("the server's"), { label: "title" });
    transact(() => other.title.set("elsewhere"), { label: "elsewhere" });
    of(bob, other).add("Note");
    await room.settle();
    expect(await room.answer(of(ann, board).undo())).toEqual({ ...DONE, label: "title" });
    expect(await room.answer(of(ann, board).undo())).toEqual(DONE);
    expect([board.title.value, other.title.value, note.text.value]).toEqual(["", "elsewhere", ""]);
    expect(other.children).toHaveLength(1);
    expect(await room.answer(of(ann, board).redo())).toEqual(DONE);
    expect(note.text.value).toBe("Bob's");
    await room.answer(of(ann, board).undo());
    await room.answer(of(ann, board).undo());
    expect(await room.answer(of(ann, board).undo())).toEqual(NOT_FOUND);
    expect(board.children).toEqual([]);
    await room.expectEqual(ann, bob);
  });

  it("[HI-24] is nothing at an object of which the class does not say so", async () => {
    const { room, note, ann, bob, anns, bobs } = await two();
    anns.text.set("x");
    await room.settle();
    for (const asked of [anns.undo(), bobs.undo(), anns.redo()]) {
      expect(await room.answer(asked)).toMatchObject({ ...FORBIDDEN, skipped: 0 });
    }
    expect(note.text.value).toBe("x");
    expect(() => of(ann, { id: 1 } as Desk).undo()).not.toThrow();
    await room.settle();
    await room.expectEqual(ann, bob);
  });

  it("[HI-24] is at an object that it does not see as at one that there is not", async () => {
    const room = new Room();
    const drawer = room.desk.add(Drawer);
    const inner = drawer.add(Drawer);
    const note = inner.add(Note);
    transact(() => inner.add(Note), { label: "secret" });
    transact(() => note.text.set("x"), { label: "secret" });
    transact(() => drawer.add(Note), { label: "secret" });
    transact(() => drawer.addAttribute("size", new NumberTopic(1)), { label: "size" });
    const [ann, eve] = [await room.join(), await room.join()];
    ann.open(of(ann, drawer));
    await room.settle();
    ann.open(of(ann, inner));
    await room.settle();
    const ask = async (id: number): Promise<UndoResult> => {
      const handle = Object.create(of(eve, drawer), { id: { value: id } }) as Mirrored<Drawer>;
      return room.answer((eve.tree as unknown as MirrorTree).undo(handle as unknown as SObject) as Promise<UndoResult>);
    };
    const missing = await ask(99_999);
    expect(missing).toEqual(NOT_FOUND);
    for (const { id } of [inner, note]) expect(await ask(id)).toEqual(missing);
    // Of what it sees, what is below and hidden is nothing.
    expect(await ask(drawer.id)).toEqual({ ...DONE, label: "size" });
    expect(await ask(drawer.id)).toEqual(missing);
    expect([drawer.children.length, note.text.value]).toEqual([2, "x"]);
    expect(await room.answer(of(ann, drawer).undo())).toEqual({ ...DONE, label: "secret" });
    expect(await room.answer(of(ann, inner).undo())).toEqual({ ...DONE, label: "secret" });
    expect(note.text.value).toBe("");
  });

  it("[HI-22] is answered with `failed` where the application throws, which is reported, and all is as it was", async () => {
    class Picky extends Note {
      override init(context: InitContext): void {
        if (!context.isNew) throw new Error("the password is 1234");
        super.init(context);
      }
    }
    const room = new Room({ models: [Note, Fixed, Board, Drawer, Picky] });
    const picky = room.desk.add(Picky);
    const note = room.desk.add(Note);
    const ann = await room.join();
    of(ann, note).text.set("x");
    await room.settle();
    void ann.transact(() => {
      of(ann, note).number.set(1);
      of(ann, picky).destroy();
      of(ann, note).list.push("a");
    });
    await room.settle();
    const before = room.server.tree().save();
    // Nobody may add it anyway.
    expect(await room.answer(ann.undo())).toMatchObject({ undone: true, skipped: 1 });
    await room.answer(ann.redo());
    expect(room.server.tree().save()).toEqual(before);
    expect(() => room.desk.undo()).toThrow("the password is 1234");
    expect(room.server.tree().save()).toEqual(before);
    expect(await room.answer(ann.undo())).toEqual(DONE);
    expect(note.text.value).toBe("");
    await room.expectEqual(ann);
  });
});
