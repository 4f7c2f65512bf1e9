/** Objects that clients make, destroy and move, between the act and the server's answer. */
import { describe, expect, it } from "vitest";
import type { Client } from "../client/client.ts";
import type { Mirrored } from "../client/mirrored.ts";
import { SObject } from "../core/object.ts";
import { StringTopic } from "../core/string-topic.ts";
import { transact } from "../core/transaction.ts";
import type { TestWorldOptions } from "../testing/index.ts";
import { type Kit, listen, type MirroredNote, Note, type Root, rejectionsOf, setUp } from "./notes.ts";
import { expectEqual, Sample, seen } from "./sample-tree.ts";

class Page extends SObject {
  static override readonly access = { move: "everyone", remove: "everyone" } as const;
  text = new StringTopic("", { write: "everyone" });
}

/** What is below it comes when it is opened. */
class Folder extends SObject {
  static override readonly access = { add: ["Page"], remove: "everyone", move: "everyone" } as const;
  static override readonly lazy = true;
}

describe("an object that a client makes", () => {
  it("[CM-13] is there at once with what its type says, and is the same one when it is confirmed, with what `build` made", async () => {
    const { world, served, clients, notes } = await setUp(2);
    const [ann, bob] = clients;
    const heard = listen(ann);
    const kit = ann.root.add<Kit>("Kit", undefined, { key: "my kit", index: 0 });
    expect([kit.type, kit.size.value, kit.title.value, kit.children]).toEqual(["Kit", 7, "untitled", []]);
    expect(ann.root.children).toEqual([kit, notes[0]]);
    expect([ann.tree.get(kit.id), ann.tree.get("my kit"), kit.parent, kit.isDestroyed]).toEqual([
      kit,
      kit,
      ann.root,
      false,
    ]);
    expect(heard).toEqual([["add", kit.id, "local"]]);
    kit.size.set(8);
    const changes: unknown[] = [];
    kit.title.on("change", ({ origin, value }) => changes.push([origin, value]));
    kit.size.on("change", ({ origin, value }) => changes.push([origin, value]));
    await world.settle();
    expect(ann.root.children[0]).toBe(kit);
    expect([kit.size.value, kit.title.value, kit.children.length]).toEqual([8, "a kit", 2]);
    expect((kit.children[1] as MirroredNote).text.value).toBe("second");
    expect(changes).toEqual([["remote", "a kit"]]);
    expect(heard.filter(([, id]) => id === kit.id)).toHaveLength(1);
    const made = world.server.root.children[0] as Kit;
    expect([made.id, made.key, made.size.value, made.parent]).toEqual([kit.id, "my kit", 8, served.parent]);
    expectEqual(world.server, ann, bob);
  });

  it("[CM-13] can be written, added to and moved before the server has heard of it", async () => {
    const { world, clients, notes } = await setUp(2);
    const [ann, bob] = clients;
    const outcome = ann.transact(() => {
      const note = notes[0].add<Note>("Note");
      note.text.set("new");
      note.list.push("item");
    });
    const note = notes[0].children[0] as MirroredNote;
    const below = note.add<Note>("Note");
    below.number.add(2);
    below.moveTo(notes[0], { index: 0 });
    below.ref.set(note);
    note.text.insert(3, "er");
    expect(notes[0].children).toEqual([below, note]);
    await world.settle();
    expect(await outcome).toEqual({ ok: true });
    expect(notes[0].children).toEqual([below, note]);
    expect([note.text.value, below.number.value, below.ref.value]).toEqual(["newer", 2, note]);
    expectEqual(world.server, ann, bob);
  });

  it("[CM-13] keeps what is typed into it in its place while it is confirmed", async () => {
    const { world, clients, notes } = await setUp(2);
    const [ann, bob] = clients;
    let note!: MirroredNote;
    ann.transact(() => {
      note = notes[0].add<Note>("Note");
      note.text.set("new");
      note.integer.add(1);
    });
    await world.step();
    note.text.insert(3, "er");
    note.integer.add(1);
    const heard = listen(ann, note);
    const shown = new Set<string>();
    do shown.add(`${note.text.value} ${note.integer.value}`);
    while (await world.step());
    expect([...shown]).toEqual(["newer 2"]);
    expect(heard).toEqual([["derived", "remote", "built"]]);
    expectEqual(world.server, ann, bob);
  });

  it("[CM-13] that is refused goes again, what needs it is refused with `depends`, and nothing else", async () => {
    const { world, clients, notes } = await setUp(2);
    const [ann, bob] = clients;
    const rejections = rejectionsOf(ann);
    const theirs = listen(bob);
    let kept!: MirroredNote;
    let made!: MirroredNote;
    ann.transact(() => {
      made = notes[0].add<Note>("Note");
      notes[0].level.set(101);
    });
    const inBatch = ann.transact(() => made.text.set("x"));
    ann.transact(() => {
      kept = notes[0].add<Note>("Note");
    });
    await world.step();
    const later = made.add<Note>("Note");
    const waiting = [ann.transact(() => later.text.set("y")), ann.transact(() => kept.moveTo(made))];
    expect(notes[0].children).toEqual([made]);
    await world.settle();
    expect([made.isDestroyed, later.isDestroyed, notes[0].children]).toEqual([true, true, [kept]]);
    for (const each of [inBatch, ...waiting]) expect(await each).toMatchObject({ ok: false, code: "depends" });
    expect(rejections.map(({ code }) => code)).toEqual(["rejected", "depends", "depends", "depends", "depends"]);
    expect(theirs.map(([name, id]) => [name, id])).toEqual([["add", kept.id]]);
    expect(() => made.text.set("z")).toThrow(expect.objectContaining({ code: "destroyed" }));
    expectEqual(world.server, ann, bob);
  });

  it("[CM-21] that is refused is silent, and so is what the server changes and destroys at once", async () => {
    const { world, clients, notes, served } = await setUp(2);
    const [ann, bob] = clients;
    let made!: MirroredNote;
    ann.transact(() => {
      made = notes[0].add<Note>("Note");
      made.text.set("x");
      notes[0].level.set(101);
    });
    const heard = listen(ann, made, notes[0]);
    await world.settle();
    expect(heard).toEqual([
      ["remove", made.id, "rollback"],
      ["level", "rollback", 0],
    ]);
    heard.length = 0;
    transact(() => {
      served.text.set("last words");
      served.destroy();
    });
    await world.settle();
    expect(heard).toEqual([["remove", served.id, "remote"]]);
    expectEqual(world.server, ann, bob);
  });

  it("[CM-13] is refused at once where the server's class lets no client make it", async () => {
    const { clients, notes } = await setUp(1);
    const forbidden = expect.objectContaining({ code: "forbidden" });
    expect(() => notes[0].add("Kit")).toThrow(forbidden);
    expect(() => clients[0].root.destroy()).toThrow(expect.objectContaining({ code: "root" }));
    expect(clients[0].isSynced).toBe(true);
  });

  it("[CM-13] under a key that the server has given meanwhile is refused, and the server's object is there", async () => {
    const { world, served, clients, notes } = await setUp(2);
    const [ann, bob] = clients;
    const rejections = rejectionsOf(ann);
    const mine = notes[0].add("Note", undefined, { key: "k" });
    const theirs = served.add(Note, undefined, { key: "k" });
    await world.settle();
    expect([mine.isDestroyed, ann.tree.get("k")?.id]).toEqual([true, theirs.id]);
    expect(rejections).toMatchObject([{ code: "duplicate_key" }]);
    expectEqual(world.server, ann, bob);
  });

  it("[OM-10] has an id that nobody else gives: ten clients, each with a hundred", async () => {
    const { world, clients, served } = await setUp(10);
    for (const client of clients) world.line(client).toServer.isStalled = true;
    for (const client of clients) {
      for (let count = 0; count < 100; count++) seen(client, served).add("Note");
    }
    for (let count = 0; count < 5; count++) served.add(Note);
    for (const client of clients) world.line(client).toServer.isStalled = false;
    await world.settle();
    const ids = served.children.map(({ id }) => id);
    expect([ids.length, new Set(ids).size]).toEqual([1005, 1005]);
    for (const client of clients) expect(seen(client, served).children.map(({ id }) => id)).toEqual(ids);
  });

  it("[OM-10] has an id even where no server answers for long; with none left `add` throws `no_ids`, until there are more", async () => {
    const { world, clients, notes } = await setUp(1, { limits: { idsPerClient: 4 } });
    const add = () => notes[0].add("Note");
    for (let count = 0; count < 4; count++) add();
    expect(add).toThrow(expect.objectContaining({ code: "no_ids" }));
    expect(notes[0].children).toHaveLength(4);
    await world.settle();
    for (let count = 0; count < 3; count++) add();
    await world.settle();
    expect(notes[0].children).toHaveLength(7);
    expectEqual(world.server, ...clients);
  });
});

describe("an object that a client destroys", () => {
  it("[CM-14] is gone at once, with all below it, and is gone for all when the server has heard", async () => {
    const { world, served, clients, notes } = await setUp(2);
    const [ann, bob] = clients;
    served.add(Note);
    await world.settle();
    const heard = listen(ann);
    const [below] = notes[0].children;
    notes[0].destroy();
    expect([notes[0].isDestroyed, below?.isDestroyed, ann.root.children, ann.tree.get(served.id)]).toEqual([
      true,
      true,
      [],
      undefined,
    ]);
    expect([served.isDestroyed, notes[1].isDestroyed]).toEqual([false, false]);
    await world.settle();
    expect([served.isDestroyed, notes[1].isDestroyed]).toEqual([true, true]);
    expect(heard).toEqual([["remove", notes[0].id, "local"]]);
    expectEqual(world.server, ann, bob);
  });

  it("[CM-14] comes back when that is refused: the same one, with its values, its place, all below it and all listeners", async () => {
    const { world, served, clients, notes } = await setUp(2);
    const [ann, bob] = clients;
    const [note] = notes;
    const other = world.server.root.add(Note);
    const last = world.server.root.add(Note);
    served.add(Note).text.set("below");
    served.text.set("a text");
    served.list.set(["a"]);
    await world.settle();
    const below = note.children[0] as MirroredNote;
    const { text, list } = note;
    const heard = listen(ann, note);
    const refused = ann.transact(() => {
      note.destroy();
      seen(ann, other).level.set(101);
    });
    expect(ann.root.children.map(({ id }) => id)).toEqual([other.id, last.id]);
    await world.settle();
    expect(await refused).toMatchObject({ code: "rejected" });
    expect(ann.root.children.map(({ id }) => id)).toEqual([served.id, other.id, last.id]);
    expect([ann.tree.get(served.id), note.isDestroyed, note.text, note.list, note.children]).toEqual([
      note,
      false,
      text,
      list,
      [below],
    ]);
    expect([text.value, list.value, below.text.value, below.isDestroyed]).toEqual(["a text", ["a"], "below", false]);
    expect(heard).toEqual([
      ["remove", note.id, "local"],
      ["add", note.id, "rollback"],
      ["add", below.id, "rollback"],
    ]);
    heard.length = 0;
    served.text.set("another");
    await world.settle();
    expect(heard).toEqual([["text", "remote", "another"]]);
    expectEqual(world.server, ann, bob);
  });

  it("[CM-14] comes back with what others did to it and below it meanwhile", async () => {
    const { world, served, clients, notes } = await setUp(2);
    const [ann, bob] = clients;
    const [note, theirs] = notes;
    const gone = served.add(Note);
    const other = world.server.root.add(Note);
    await world.settle();
    const heard = listen(ann, note);
    world.line(ann).toServer.isStalled = true;
    ann.transact(() => {
      note.destroy();
      seen(ann, other).level.set(101);
    });
    theirs.text.set("theirs");
    theirs.list.push("x");
    const added = theirs.add("Note");
    seen(bob, gone).destroy();
    theirs.moveTo(bob.root, { index: 1 });
    await world.settle();
    // Nothing of this shows: for this client the object has gone.
    expect([note.isDestroyed, ann.root.children.map(({ id }) => id)]).toEqual([true, [other.id]]);
    world.line(ann).toServer.isStalled = false;
    await world.settle();
    expect([note.isDestroyed, note.text.value, note.list.value]).toEqual([false, "theirs", ["x"]]);
    expect([note.children.map(({ id }) => id), ann.root.children[1]]).toEqual([[added.id], note]);
    expect(heard.filter(([name, id]) => name === "add" && id === note.id)).toHaveLength(1);
    // Whoever follows its attributes has missed nothing.
    expect(heard.filter(([name]) => name === "text" || name === "list")).toEqual([
      ["text", "remote", "theirs"],
      ["list", "remote", undefined],
    ]);
    expectEqual(world.server, ann, bob);
  });

  it("[CM-14] that another destroys at the same time is gone once, and only the later one is told that it was not there", async () => {
    const { world, clients, notes } = await setUp(2);
    const [ann, bob] = clients;
    const [heard, theirs] = [listen(ann), listen(bob)];
    const rejections = [rejectionsOf(ann), rejectionsOf(bob)];
    notes[0].destroy();
    notes[1].destroy();
    await world.settle();
    expect([heard, theirs]).toEqual([[["remove", notes[0].id, "local"]], [["remove", notes[0].id, "local"]]]);
    expect(rejections.map((each) => each.map(({ code }) => code))).toEqual([[], ["not_found"]]);
    expectEqual(world.server, ann, bob);
  });

  it("[CM-14] takes what others write to it with it: they are refused", async () => {
    const { world, clients, notes } = await setUp(2);
    const [ann, bob] = clients;
    const rejections = rejectionsOf(bob);
    notes[0].destroy();
    notes[1].text.set("too late");
    notes[1].add("Note");
    await world.settle();
    expect(rejections.map(({ code }) => code)).toEqual(["not_found", "not_found"]);
    expectEqual(world.server, ann, bob);
  });

  it("[CM-14] that it has just made is made and destroyed at the server, too", async () => {
    const { world, clients, notes } = await setUp(2);
    const [ann, bob] = clients;
    const theirs = listen(bob);
    notes[0].add("Note").destroy();
    const other = notes[0].add<Note>("Note");
    await world.step();
    other.destroy();
    await world.settle();
    expect(theirs.map(([name]) => name)).toEqual(["add", "remove"]);
    expect(ann.tree.size).toBe(2);
    expectEqual(world.server, ann, bob);
  });
});

describe("an object that a client moves", () => {
  /** Notes below the root, by name, as each client sees them. */
  async function setUpNotes(names: string, options?: TestWorldOptions<Root>) {
    const { world, clients, served } = await setUp(2, options);
    served.destroy();
    const made = Array.from(names, () => world.server.root.add(Note));
    await world.settle();
    const [ann, bob] = clients;
    const seenBy = (client: Client<Root>): Record<string, MirroredNote> => {
      return Object.fromEntries(made.map((each, index) => [names[index], seen(client, each)]));
    };
    /** The tree of names below an object. */
    const draw = (object: SObject | Mirrored): string =>
      (object.children as readonly SObject[])
        .map((child) => {
          const name = names[made.findIndex(({ id }) => id === child.id)] ?? "+";
          return child.children.length > 0 ? `${name}(${draw(child)})` : name;
        })
        .join("");
    return {
      world,
      ann,
      bob,
      anns: seenBy(ann),
      bobs: seenBy(bob),
      draw,
      drawn: () => [draw(ann.root), draw(bob.root)],
    };
  }

  it("[OM-22] is in its place at once, and for all when the server has heard, with one event", async () => {
    const { world, ann, bob, anns, drawn } = await setUpNotes("abc");
    const [heard, theirs] = [listen(ann), listen(bob)];
    const { a, b, c } = anns as Record<"a" | "b" | "c", MirroredNote>;
    a.moveTo(c);
    b.moveTo(c, { index: 0 });
    expect([...drawn(), a.parent, c.children]).toEqual(["c(ba)", "abc", c, [b, a]]);
    await world.settle();
    expect(drawn()).toEqual(["c(ba)", "c(ba)"]);
    expect(heard).toEqual([
      ["move", a.id, "local"],
      ["move", b.id, "local"],
    ]);
    expect(theirs).toEqual([
      ["move", a.id, "remote"],
      ["move", b.id, "remote"],
    ]);
    expectEqual(world.server, ann, bob);
  });

  it("[OM-22][OC-18] into another branch keeps what is typed into it, then and after that, in its place", async () => {
    const sample = new Sample({ models: [Page, Folder] });
    const folders = [sample.server.root.add(Folder), sample.server.root.add(Folder)] as const;
    const page = folders[0].add(Page);
    const client = await sample.connect();
    const branches = folders.map((folder) => client.open(seen(client, folder)));
    await sample.settle();
    await Promise.all(branches.map(({ ready }) => ready));
    const mine = seen<Page>(client, page);
    const { toClient } = sample.line(client);
    toClient.isStalled = true;
    client.transact(() => {
      mine.moveTo(seen(client, folders[1]));
      mine.text.set("one ");
    });
    await sample.settle();
    mine.text.insert(4, "two");
    const heard: unknown[] = [];
    mine.text.on("change", ({ value }) => heard.push(value));
    expect(page.text.value).toBe("one ");
    toClient.isStalled = false;
    await sample.settle();
    expect([heard, mine.text.value, page.text.value]).toEqual([[], "one two", "one two"]);
    expectEqual(sample.server, client);
  });

  it("[OM-22] is back where it was when that is refused, and refused at once where no client may move it", async () => {
    const { world, ann, bob, anns, drawn } = await setUpNotes("abc");
    const { a, b, c } = anns as Record<"a" | "b" | "c", MirroredNote>;
    const heard = listen(ann);
    ann.transact(() => {
      a.moveTo(b);
      c.level.set(101);
    });
    expect(drawn()[0]).toBe("b(a)c");
    await world.settle();
    expect(drawn()).toEqual(["abc", "abc"]);
    expect(heard).toEqual([
      ["move", a.id, "local"],
      ["move", a.id, "rollback"],
    ]);
    const kit = ann.root.add<Kit>("Kit");
    expect(() => kit.moveTo(ann.root, { index: 0 })).toThrow(expect.objectContaining({ code: "forbidden" }));
    expect(() => a.moveTo(a)).toThrow(expect.objectContaining({ code: "cycle" }));
    await world.settle();
    expectEqual(world.server, ann, bob);
  });

  it("[OM-22] below another, which is moved below it at the same time, makes no cycle: the later is refused with `cycle`", async () => {
    const { world, ann, bob, anns, bobs, drawn } = await setUpNotes("ab");
    const rejections = [rejectionsOf(ann), rejectionsOf(bob)];
    (anns.a as MirroredNote).moveTo(anns.b as MirroredNote);
    (bobs.b as MirroredNote).moveTo(bobs.a as MirroredNote);
    expect(drawn()).toEqual(["b(a)", "a(b)"]);
    const order: string[][] = [];
    while (await world.step()) order.push(drawn());
    expect(drawn()).toEqual(["b(a)", "b(a)"]);
    expect(order.flat().filter((drawing) => drawing.length !== 4)).toEqual([]);
    expect(rejections.map((each) => each.map(({ code }) => code))).toEqual([[], ["cycle"]]);
    expectEqual(world.server, ann, bob);
  });

  it("[OM-22] in a ring of three makes no cycle either, whoever is first", async () => {
    const { world, ann, bob, anns, bobs, drawn } = await setUpNotes("abc");
    (anns.a as MirroredNote).moveTo(anns.b as MirroredNote);
    (bobs.b as MirroredNote).moveTo(bobs.c as MirroredNote);
    (anns.c as MirroredNote).moveTo(anns.a as MirroredNote);
    await world.settle();
    expect([ann.tree.size, bob.tree.size]).toEqual([4, 4]);
    expect(new Set(drawn()).size).toBe(1);
    expectEqual(world.server, ann, bob);
  });

  it("[OM-22] to a place that another takes at the same time comes beside it: both have an order that all share", async () => {
    const { world, ann, bob, anns, bobs, drawn } = await setUpNotes("abcd");
    (anns.c as MirroredNote).moveTo(ann.root, { index: 1 });
    (bobs.d as MirroredNote).moveTo(bob.root, { index: 1 });
    const made = ann.root.add("Note", undefined, { index: 1 });
    const other = bob.root.add("Note", undefined, { index: 1 });
    await world.settle();
    const [drawing] = drawn();
    expect(drawn()).toEqual([drawing, drawing]);
    expect([drawing?.[0], drawing?.at(-1), drawing?.length]).toEqual(["a", "b", ann.root.children.length]);
    expect(ann.root.children.map(({ id }) => id)).toEqual(expect.arrayContaining([made.id, other.id]));
    expectEqual(world.server, ann, bob);
  });

  it("[OM-22] again and again into one gap, by two, stays in an order that all share", async () => {
    const { world, ann, bob, drawn } = await setUpNotes("abcdef");
    for (let round = 0; round < 40; round++) {
      for (const client of [ann, bob]) client.root.children.at(-1)?.moveTo(client.root, { index: 1 });
      if (round % 3 === 0) await world.settle();
    }
    await world.settle();
    expect(new Set(drawn()).size).toBe(1);
    expectEqual(world.server, ann, bob);
  });

  it("[OM-22] below what another destroys goes with that, and whoever moved it is told", async () => {
    const { world, ann, bob, anns, bobs, drawn } = await setUpNotes("abc");
    const rejections = rejectionsOf(ann);
    (bobs.b as MirroredNote).destroy();
    await world.settle();
    (bobs.c as MirroredNote).destroy();
    (anns.a as MirroredNote).moveTo(anns.c as MirroredNote);
    await world.settle();
    expect(drawn().map((drawing) => drawing.length)).toEqual([1, 1]);
    expect(rejections.map(({ code }) => code)).toEqual(["not_found"]);
    expect((anns.a as MirroredNote).isDestroyed).toBe(false);
    expectEqual(world.server, ann, bob);
  });
});
