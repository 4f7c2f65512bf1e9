/**
 * What a client may undo, and what not: as little as it may do, as little as it may ask for, and nothing that it does not see.
 */
import { describe, expect, it } from "vitest";
import type { MirrorTree } from "../client/mirror-tree.ts";
import type { Mirrored } from "../client/mirrored.ts";
import type { UndoResult } from "../core/index.ts";
import type { InitContext, SObject } from "../core/object.ts";
import { NumberTopic } from "../core/scalar-topics.ts";
import { transact } from "../core/transaction.ts";
import { DONE, NONE } from "./parts.ts";
import { seen } from "./sample-tree.ts";
import { Board, type Desk, Drawer, Fixed, FORBIDDEN, Note, Room, two } from "./undo-room.ts";

describe("what a client may undo", () => {
  it("[HI-24] is not that it has made what it may not take away; it goes back beyond that", async () => {
    const { room, note, ann, anns, desk } = await two();
    anns.text.set("before");
    await room.settle();
    ann.root.add("Fixed");
    await room.settle();
    const fixed = desk.childOfType(Fixed);
    seen(ann, fixed).text.set("after");
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
    seen(ann, kept).destroy();
    await room.settle();
    expect(await room.answer(ann.undo())).toMatchObject(FORBIDDEN);
    expect(box.children).toEqual([]);
    seen(ann, low).moveTo(seen(ann, board));
    await room.settle();
    expect(await room.answer(ann.undo())).toEqual(DONE);
    // From the board, where notes may be added, and from a note, where fixed things are only moved by the server.
    seen(ann, movable).moveTo(anns);
    await room.settle();
    expect(await room.answer(ann.undo())).toEqual(DONE);
    expect(movable.parent).toBe(board);
    const inFixed = low.add(Note);
    await room.settle();
    seen(ann, inFixed).moveTo(anns);
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
    const branch = ann.open(seen(ann, drawer));
    await room.settle();
    seen(ann, note).text.set("x");
    await room.settle();
    seen(ann, drawer).add("Note");
    await room.settle();
    branch.close();
    await room.settle();
    expect(await room.answer(ann.undo())).toMatchObject(FORBIDDEN);
    expect([note.text.value, drawer.children.length]).toEqual(["x", 2]);
    ann.open(seen(ann, drawer));
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
    const { room, note, ann, anns } = await two({ limits: { maxStepsPerSecond: 50_000 } });
    const long = "x".repeat(600_000);
    note.list.push(long);
    await room.settle();
    void ann.transact(() => {
      anns.list.pop();
      anns.number.set(5);
    });
    await room.settle();
    for (let count = 0; count < 3; count++) {
      await room.advance(10_000);
      expect(await room.answer(ann.undo())).toMatchObject({ undone: false, skipped: 2, reason: "too_large" });
      expect([note.list.value, note.number.value, ann.state.name]).toEqual([[], 5, "connected"]);
    }
    expect(room.server.tree().history.undo()).toEqual(DONE);
    expect([note.list.value, note.number.value]).toEqual([[long], 0]);
    await room.expectEqual(ann);
  });

  it("[OP-12] is nothing where too much would come back, or go, with an object", async () => {
    const { room, ann, desk } = await two({ limits: { maxStepsPerSecond: 20_000 } });
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
    seen(ann, note).destroy();
    await room.advance(10_000);
    expect(await room.answer(ann.undo())).toMatchObject({ undone: false, reason: "too_large" });
    expect(desk.children).toHaveLength(1);
  });

  it("[HI-10][HI-24] is at an object what anybody did there, if the class says so", async () => {
    const room = new Room();
    const [board, other] = [room.desk.add(Board), room.desk.add(Board)];
    const [ann, bob] = [await room.join(), await room.join()];
    const note = seen(bob, board).add<Note>("Note");
    await room.settle();
    note.text.set("Bob's");
    await room.settle();
    transact(() => board.title.set("the server's"), { label: "title" });
    transact(() => other.title.set("elsewhere"), { label: "elsewhere" });
    seen(bob, other).add("Note");
    await room.settle();
    expect(await room.answer(seen(ann, board).undo())).toEqual({ ...DONE, label: "title" });
    expect(await room.answer(seen(ann, board).undo())).toEqual(DONE);
    expect([board.title.value, other.title.value, note.text.value]).toEqual(["", "elsewhere", ""]);
    expect(other.children).toHaveLength(1);
    expect(await room.answer(seen(ann, board).redo())).toEqual(DONE);
    expect(note.text.value).toBe("Bob's");
    await room.answer(seen(ann, board).undo());
    await room.answer(seen(ann, board).undo());
    expect(await room.answer(seen(ann, board).undo())).toEqual(NONE);
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
    expect(() => seen<Desk>(ann, { id: 1 }).undo()).not.toThrow();
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
    ann.open(seen(ann, drawer));
    await room.settle();
    ann.open(seen(ann, inner));
    await room.settle();
    const ask = async (id: number): Promise<UndoResult> => {
      const handle = Object.create(seen(eve, drawer), { id: { value: id } }) as Mirrored<Drawer>;
      return room.answer((eve.tree as unknown as MirrorTree).undo(handle as unknown as SObject) as Promise<UndoResult>);
    };
    const missing = await ask(99_999);
    expect(missing).toEqual(NONE);
    for (const { id } of [inner, note]) expect(await ask(id)).toEqual(missing);
    // Of what it sees, what is below and hidden is nothing.
    expect(await ask(drawer.id)).toEqual({ ...DONE, label: "size" });
    expect(await ask(drawer.id)).toEqual(missing);
    expect([drawer.children.length, note.text.value]).toEqual([2, "x"]);
    expect(await room.answer(seen(ann, drawer).undo())).toEqual({ ...DONE, label: "secret" });
    expect(await room.answer(seen(ann, inner).undo())).toEqual({ ...DONE, label: "secret" });
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
    seen(ann, note).text.set("x");
    await room.settle();
    void ann.transact(() => {
      seen(ann, note).number.set(1);
      seen(ann, picky).destroy();
      seen(ann, note).list.push("a");
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
