import { describe, expect, it } from "vitest";
import { transact } from "../core/transaction.ts";
import { CloseCode } from "../core/wire.ts";
import { DONE } from "../test/parts.ts";
import { seen } from "../test/sample-tree.ts";
import { Drawer, FORBIDDEN, Note, type Room, two } from "../test/undo-room.ts";

/** Steps that a client may ask for in a second; what it has at once is four times that. */
const PER_SECOND = 100_000;

/** After so many milliseconds a new client may have an undo on credit, and has all its steps. */
const LONG = 20_000;

const TOO_LARGE = { undone: false, reason: "too_large" };

/** What takes about so many seconds' worth of steps to undo, and few to do, each at a note of its own. */
async function setUp(...seconds: readonly number[]) {
  const scene = await two({ limits: { maxStepsPerSecond: PER_SECOND } });
  const { room, note, ann, desk } = scene;
  const notes = seconds.map(() => desk.add(Note));
  for (const [index, each] of notes.entries()) {
    // Two steps for each byte.
    each.list.push("x".repeat(((seconds[index] as number) * PER_SECOND) / 2));
  }
  await room.settle();
  for (const each of notes) seen(ann, each).list.pop();
  await room.settle();
  const isUndone = () => notes.map(({ list }) => list.length === 1);
  /** What is sent takes so many steps, and is no step of the history. */
  const work = async (steps: number): Promise<void> => {
    seen(ann, note).hidden.set("x".repeat(steps / 10));
    await room.settle();
  };
  return { ...scene, isUndone, work };
}

describe("an undo that brings objects back", () => {
  it("[HI-24] needs room for all of them, also those below the one that was destroyed", async () => {
    const { room, note, ann, bob, bobs } = await two({ limits: { maxObjects: 6 } });
    const made = note.add(Note);
    made.add(Note).add(Note);
    await room.settle();
    seen(ann, made).destroy();
    await room.settle();
    bobs.add("Note");
    const last = bobs.add("Note");
    await room.settle();
    expect(await room.answer(ann.undo())).toMatchObject(FORBIDDEN);
    expect(await room.answer(bob.undo())).toEqual(DONE);
    expect(await room.answer(ann.undo())).toEqual(DONE);
    const tree = room.server.tree();
    expect([tree.size, tree.get(made.id)?.children.length, tree.get(last.id)]).toEqual([6, 1, undefined]);
  });
});

/** Counts what an undo on the server takes. */
function counted(room: Room) {
  const count = { steps: 0 };
  const spend = (steps: number): boolean => {
    count.steps += steps;
    return true;
  };
  expect(room.server.tree().history.undo({ spend })).toMatchObject({ undone: true, skipped: 0 });
  return count.steps;
}

describe("what an undo takes", () => {
  it("[HI-25] is counted with the places of a list that it goes along", async () => {
    const { room, desk } = await two();
    const { list } = desk.add(Note);
    list.set(Array.from({ length: 600 }, () => ""));
    for (let index = 0; index < 300; index++) transact(() => list.put(2 * index, "x"), { label: "x" });
    expect(counted(room)).toBeGreaterThan(300 * 60);
  });

  it("[HI-25] is counted with the values that come to another scope", async () => {
    const { room, note, ann, desk } = await two();
    const drawer = desk.add(Drawer);
    const below = note.add(Note);
    below.text.set("x".repeat(50_000));
    await room.settle();
    ann.open(seen(ann, drawer));
    await room.settle();
    seen(ann, note).moveTo(seen(ann, drawer));
    await room.settle();
    expect(note.parent).toBe(drawer);
    expect(counted(room)).toBeGreaterThan(100_000);
    seen(ann, below).moveTo(ann.root);
    await room.settle();
    expect(below.parent).toBe(desk);
    expect(counted(room)).toBeLessThan(10_000);
    // What is below the inner one stays in its branch.
    const inner = desk.add(Drawer);
    inner.add(Note).text.set("x".repeat(50_000));
    transact(() => inner.moveTo(drawer), { label: "move" });
    expect(counted(room)).toBeLessThan(10_000);
    expect(inner.parent).toBe(desk);
  });

  it("[HI-25] is counted with the siblings that make room", async () => {
    const { room, note, ann, desk } = await two();
    const tree = room.server.tree();
    const at = (index: number) => 1 + index * Number.EPSILON;
    const crowd = Array.from({ length: 100 }, (_, index) =>
      tree.createAs(1_000 + index, Note, undefined, undefined, { parent: desk, orderKey: at(index) }),
    );
    await room.settle();
    for (const undo of ["move", "destroy"] as const) {
      if (undo === "move") seen(ann, crowd[50] as Note).moveTo(seen(ann, note));
      else seen(ann, tree.get(1_050) as Note).destroy();
      await room.settle();
      const place = { parent: desk, orderKey: at(50) };
      const holder = tree.createAs(undo === "move" ? 2_000 : 2_001, Note, undefined, undefined, place);
      const steps = counted(room);
      expect(steps).toBeGreaterThan(30_000);
      holder.destroy();
      for (const [index, each] of crowd.entries()) {
        const there = tree.get(each.id);
        if (there) tree.moveAs(there, { parent: desk, orderKey: at(index) });
      }
      await room.settle();
    }
  });
});

describe("an undo that is more work than its author has left", () => {
  it("[HI-25] is done for who has not been busy, and what is little goes on", async () => {
    const { room, note, ann, anns, isUndone } = await setUp(15);
    await room.advance(LONG);
    expect(await room.answer(ann.undo())).toEqual(DONE);
    expect(isUndone()).toEqual([true]);
    for (const each of ["a", "b", "c"]) {
      anns.text.insert(0, each);
      await room.settle();
    }
    expect(await room.answer(ann.undo())).toEqual(DONE);
    expect([note.text.value, ann.state.name]).toEqual(["ba", "connected"]);
  });

  it("[HI-25] brings back whatever text its author could delete at once", async () => {
    const { room, note, ann, anns } = await two({ limits: { maxStepsPerSecond: PER_SECOND } });
    const text = "x".repeat(780_000);
    note.text.set(text);
    await room.settle();
    anns.text.delete(0, text.length);
    await room.advance(LONG);
    expect(note.text.value).toBe("");
    expect(await room.answer(ann.undo())).toEqual(DONE);
    expect(note.text.value === text).toBe(true);
  });

  it("[HI-25] is not done for who has been busy, until that is some time ago", async () => {
    const { room, ann, isUndone, work } = await setUp(8);
    await room.advance(LONG);
    await work(220_000);
    expect(await room.answer(ann.undo())).toMatchObject(TOO_LARGE);
    expect([isUndone(), ann.state.name]).toEqual([[false], "connected"]);
    await room.advance(10_000);
    expect(await room.answer(ann.undo())).toEqual(DONE);
    expect(isUndone()).toEqual([true]);
  });

  it("[HI-25] is done again when the one before is paid for, whatever else is paid meanwhile", async () => {
    const { room, ann, isUndone, work } = await setUp(8, 8);
    await room.advance(LONG);
    expect(await room.answer(ann.undo())).toEqual(DONE);
    await work(300_000);
    await room.advance(9_000);
    expect(await room.answer(ann.undo())).toMatchObject(TOO_LARGE);
    await room.advance(5_000);
    expect(await room.answer(ann.undo())).toEqual(DONE);
    expect(isUndone()).toEqual([true, true]);
  });

  it("[HI-25] is done for who is new when it has been there for long, and goes on owing when it comes back", async () => {
    const { room, ann, isUndone } = await setUp(8, 8);
    await room.advance(10_000);
    expect(await room.answer(ann.undo())).toMatchObject(TOO_LARGE);
    await room.advance(10_000);
    expect(await room.answer(ann.undo())).toEqual(DONE);
    const before = ann.id;
    room.line(ann).drop();
    await room.advance(3_000);
    expect([ann.state.name, ann.id === before]).toEqual(["connected", false]);
    expect(await room.answer(ann.undo())).toMatchObject(TOO_LARGE);
    // As much as it owed, and less than one owes who is new.
    await room.advance(7_000);
    expect(await room.answer(ann.undo())).toEqual(DONE);
    expect(isUndone()).toEqual([true, true]);
  });

  it("[HI-25] is never done where it is far too much, as often as it is asked", async () => {
    const { room, ann, isUndone } = await setUp(17);
    for (let count = 0; count < 3; count++) {
      await room.advance(60_000);
      expect(await room.answer(ann.undo())).toMatchObject(TOO_LARGE);
    }
    expect([isUndone(), ann.state.name]).toEqual([[false], "connected"]);
    expect(room.server.tree().history.undo()).toEqual(DONE);
  });

  it("[HI-25][OP-12] closes the connection of who has nothing left, and of who asks on and on", async () => {
    const busy = await setUp(8);
    await busy.room.advance(LONG);
    await busy.work(370_000);
    void busy.ann.undo();
    await busy.room.settle();
    expect([busy.isUndone(), busy.ann.state]).toMatchObject([[false], { name: "offline", code: CloseCode.tooMany }]);
    const { room, ann, isUndone } = await setUp(5, 5, 5);
    await room.advance(LONG);
    for (let count = 0; count < 10; count++) void ann.undo();
    await room.settle();
    expect([isUndone(), ann.state]).toMatchObject([[false, false, true], { name: "offline", code: CloseCode.tooMany }]);
  });
});
