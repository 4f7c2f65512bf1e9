/**
 * What a program sees of its own writes, and of others', between the write and the server's answer. Clients and server are the
 * real ones; time and network are the test's.
 */
import { describe, expect, it } from "vitest";
import type { Wire } from "../core/codec.ts";
import { eavesdropped, listen, type MirroredNote, Note, rejectionsOf, setUp, WRITES } from "./notes.ts";
import { expectEqual, seen } from "./sample-tree.ts";

describe("a client's own write", () => {
  it.each(WRITES)(
    "[OC-01] of %s shows at once, long before the server can have answered, and is there then",
    async (_, write, look) => {
      const { world, served, clients, notes } = await setUp(2);
      const [ann, bob] = clients;
      Object.assign(world.line(ann).delayMs, { toServer: 250, toClient: 250 });
      const before = look(served);
      write(notes[0]);
      const shown = look(notes[0]);
      expect(shown).not.toEqual(before);
      expect([look(served), look(notes[1]), ann.isSynced]).toEqual([before, before, false]);
      await world.advance(499);
      expect([look(notes[0]), look(served), ann.isSynced]).toEqual([shown, shown, false]);
      await world.advance(1);
      expect([look(notes[0]), look(notes[1]), ann.isSynced]).toEqual([shown, shown, true]);
      expectEqual(world.server, ann, bob);
    },
  );

  it.each(WRITES)("[OC-04] of %s is told to listeners once: none is called when it is confirmed", async (_, write) => {
    const { world, clients, notes } = await setUp(2);
    const heard = listen(clients[0], notes[0]);
    const theirs = listen(clients[1], notes[1]);
    write(notes[0]);
    expect(heard).toHaveLength(1);
    expect(heard[0]).toContain("local");
    await world.settle();
    expect(clients[0].isSynced).toBe(true);
    expect(heard).toHaveLength(1);
    expect(theirs).toHaveLength(1);
    expect(theirs[0]).toContain("remote");
  });

  it("[OC-02] of several changes in one action happens at the server whole or not at all", async () => {
    const { world, served, clients, notes } = await setUp(2);
    const [ann, bob] = clients;
    const theirs = listen(bob, notes[1]);
    const action = (level: number) =>
      ann.transact(() => {
        notes[0].text.set("several");
        notes[0].list.push("changes");
        notes[0].add("Note");
        notes[0].level.set(level);
      });
    const refused = action(101);
    await world.settle();
    expect(await refused).toMatchObject({ ok: false, code: "rejected" });
    expect([served.text.value, served.list.value, served.children, theirs]).toEqual(["", [], [], []]);
    const done = action(5);
    await world.settle();
    expect(await done).toEqual({ ok: true });
    expect([served.text.value, served.list.value, served.children.length]).toEqual(["several", ["changes"], 1]);
    expectEqual(world.server, ann, bob);
  });

  it("[OC-03] is all that is sent, and all that shows at once: what rules and builds make of it comes from the server", async () => {
    const { world, served } = await setUp(0);
    const { client, batches } = await eavesdropped(world);
    const note = seen(client, served);
    client.transact(() => {
      note.name.set("  Ann ");
      note.add("Note");
    });
    const made = note.children[0] as MirroredNote;
    expect([note.name.value, note.derived.value, made.derived.value]).toEqual(["  Ann ", "built", ""]);
    await world.settle();
    expect([note.name.value, note.derived.value, made.derived.value]).toEqual(["Ann", "of Ann", "built"]);
    const [, number, bases, ...transactions] = batches()[0] as readonly Wire[];
    expect([number, bases]).toEqual([1, [1, world.server.tree().size > 0 ? expect.any(Number) : 0]]);
    // To the object, the slot of `name` with its op, to the new object, what is asked for.
    expect(transactions).toEqual([
      [-1 - 2 * note.id, 13 * 8 + 1, 0, 0, "  Ann ", -1 - 2 * (made.id - note.id), 6, "Note", note.id, 0, null, []],
    ]);
    client.close();
  });

  it("[OC-05] that a rule changes is taken back for what the rule made of it: listeners hear the difference, once", async () => {
    const { world, served, clients, notes } = await setUp(2);
    const [note, other] = notes;
    const heard = listen(clients[0], note);
    note.level.set(50);
    note.name.set(" Ann ");
    expect([note.level.value, note.name.value]).toEqual([50, " Ann "]);
    heard.length = 0;
    await world.settle();
    expect([served.level.value, note.level.value, other.level.value]).toEqual([10, 10, 10]);
    expect(heard).toEqual([
      ["level", "remote", 10],
      ["name", "remote", "Ann"],
      ["derived", "remote", "of Ann"],
    ]);
    expectEqual(world.server, ...clients);
  });

  it("[OC-05] that was confirmed otherwise keeps what was written after it", async () => {
    const { world, clients, notes } = await setUp(2);
    const [note] = notes;
    note.name.set("  Ann");
    await world.step();
    note.name.insert(5, "a");
    expect(note.name.value).toBe("  Anna");
    await world.settle();
    expect(note.name.value).toBe("Anna");
    expectEqual(world.server, ...clients);
  });

  it("[OC-06] that is refused goes from the page and is told with its reason; others saw nothing of it", async () => {
    const { world, clients, notes } = await setUp(2);
    const [ann, bob] = clients;
    const [note, other] = notes;
    const [heard, theirs] = [listen(ann, note), listen(bob, other)];
    const rejections = rejectionsOf(ann);
    note.level.set(101);
    expect(note.level.value).toBe(101);
    await world.settle();
    expect(note.level.value).toBe(0);
    expect(heard).toEqual([
      ["level", "local", 101],
      ["level", "rollback", 0],
    ]);
    expect(theirs).toEqual([]);
    expect(rejections).toEqual([
      { code: "rejected", message: "at most 100", edits: [{ object: note, attribute: "level" }] },
    ]);
    expectEqual(world.server, ann, bob);
  });

  it("[OC-07] stays when one before it is refused, as if that had never been", async () => {
    const { world, served, clients, notes } = await setUp(2);
    const [ann] = clients;
    const [note] = notes;
    served.text.set("Hello");
    await world.settle();
    const refused = ann.transact(() => {
      note.text.insert(0, "Well. ");
      note.list.push("first");
      note.dict.put("k", "refused");
      note.level.set(101);
    });
    const stay = [
      ann.transact(() => note.text.insert(11, "!")),
      ann.transact(() => note.list.push("second")),
      ann.transact(() => note.dict.put("other", "stays")),
      ann.transact(() => note.number.set(3)),
    ];
    expect([note.text.value, note.list.value]).toEqual(["Well. Hello!", ["first", "second"]]);
    await world.settle();
    expect(await refused).toMatchObject({ code: "rejected" });
    for (const each of stay) expect(await each).toEqual({ ok: true });
    expect([note.text.value, note.list.value, note.dict.value, note.number.value]).toEqual([
      "Hello!",
      ["second"],
      { other: "stays" },
      3,
    ]);
    expectEqual(world.server, ...clients);
  });

  it("[OC-08] in a function that throws shows no more, is not sent, and the error is the caller's", async () => {
    const { world, served } = await setUp(0);
    const { client, batches } = await eavesdropped(world);
    const note = seen(client, served);
    const heard = listen(client, note);
    const error = new Error("no");
    const record = () =>
      client.transact(() => {
        note.text.set("x");
        note.add("Note").destroy();
        note.add("Note");
        note.moveTo(client.root, { index: 0 });
        throw error;
      });
    expect(record).toThrow(error);
    expect([note.text.value, note.children, heard, client.isSynced]).toEqual(["", [], [], true]);
    await world.settle();
    expect(batches()).toEqual([]);
    note.text.set("y");
    await world.settle();
    expect(served.text.value).toBe("y");
    client.close();
  });

  it("[OC-09] cannot be made in a listener, which is told so, and nothing of it is sent", async () => {
    const { world, served } = await setUp(0);
    const errors: unknown[] = [];
    const { client, batches } = await eavesdropped(world, { onError: ({ error }) => errors.push(error) });
    const note = seen(client, served);
    note.number.on("change", ({ value }) => note.integer.set(value));
    client.tree.on("add", ({ object }) => object.destroy());
    served.number.set(3);
    served.add(Note);
    await world.settle();
    note.number.set(4);
    const observerWrite = expect.objectContaining({ code: "observer_write" });
    expect(errors).toEqual([observerWrite, observerWrite, observerWrite]);
    await world.settle();
    expect([served.number.value, served.integer.value, served.children.length]).toEqual([4, 0, 1]);
    expect(batches()).toHaveLength(1);
    client.close();
  });

  it("[OC-12] does not show before it is confirmed where the attribute says so", async () => {
    const { world, served, clients, notes } = await setUp(2);
    const [note] = notes;
    const heard = listen(clients[0], note);
    note.slow.set("later");
    expect([note.slow.value, heard]).toEqual(["", []]);
    await world.settle();
    expect([note.slow.value, served.slow.value]).toEqual(["later", "later"]);
    expect(heard).toHaveLength(1);
    expectEqual(world.server, ...clients);
  });

  it("[OC-12] does not show before it is confirmed where the call says so; what others write meanwhile does", async () => {
    const { world, served, clients, notes } = await setUp(2);
    const [ann, bob] = clients;
    const [note, other] = notes;
    const outcome = ann.transact(
      () => {
        note.text.set("later");
        note.list.push("later");
        note.add("Note");
      },
      { optimistic: false },
    );
    note.number.set(1);
    other.text.set("theirs, ");
    expect([note.text.value, note.list.value, note.children, note.number.value]).toEqual(["", [], [], 1]);
    world.line(ann).toClient.isStalled = true;
    await world.settle();
    expect(note.text.value).toBe("");
    world.line(ann).toClient.isStalled = false;
    await world.settle();
    expect(await outcome).toEqual({ ok: true });
    expect([note.list.value, note.children.length, served.text.value.length]).toEqual([["later"], 1, 13]);
    expectEqual(world.server, ann, bob);
  });

  it("[OC-17] makes `isSynced` false until it is confirmed or refused", async () => {
    const { world, clients, notes } = await setUp(1);
    const [ann] = clients;
    const states = [ann.isSynced];
    notes[0].number.set(1);
    states.push(ann.isSynced);
    await world.step();
    states.push(ann.isSynced);
    await world.settle();
    states.push(ann.isSynced);
    notes[0].level.set(101);
    states.push(ann.isSynced);
    await world.settle();
    states.push(ann.isSynced);
    expect(states).toEqual([true, false, false, true, false, true]);
  });

  it("[OC-19] waits with those before it as one: at most one batch is on its way, and one write of an input waits", async () => {
    const { world, served } = await setUp(0);
    const { client, batches, line } = await eavesdropped(world);
    Object.assign(line.delayMs, { toServer: 100, toClient: 100 });
    const note = seen(client, served);
    for (let value = 1; value <= 50; value++) {
      note.number.set(value);
      await world.advance(5);
      expect(note.number.value).toBe(value);
    }
    await world.advance(1000);
    expect([served.number.value, note.number.value, client.isSynced]).toEqual([50, 50, true]);
    // 250 ms of dragging, 200 ms for each answer.
    const sent = batches().map(([, , , ...transactions]) => transactions.length);
    expect(sent).toEqual([1, 1, 1]);
    client.close();
  });

  it("[OC-20] reaches the server before an event that is emitted after it", async () => {
    const { world, served, notes } = await setUp(1);
    const heard: unknown[] = [];
    served.event.on("change", ({ type }) => heard.push([type, served.text.value, served.number.value]));
    notes[0].text.set("written before");
    notes[0].number.set(2);
    notes[0].event.emit("go");
    notes[0].text.set("written after");
    await world.settle();
    expect(heard).toEqual([["emit", "written before", 2]]);
  });

  it("[TO-20] has a number of its own, by which its author knows it again: each client counts for itself", async () => {
    const { world, served } = await setUp(0);
    const [one, two] = [await eavesdropped(world), await eavesdropped(world)];
    const authors = new Set<string>();
    for (const { client } of [one, two]) {
      const note = seen(client, served);
      for (let count = 0; count < 3; count++) {
        client.transact(() => note.number.add(1));
        client.transact(() => note.text.insert(0, "x"));
        await world.settle();
      }
    }
    for (const { client, batches } of [one, two]) {
      for (const [, number, , ...transactions] of batches()) {
        transactions.forEach((_, offset) => authors.add(`${client.id}_${(number as number) + offset}`));
      }
    }
    expect(authors.size).toBe(12);
    expect(served.number.value).toBe(6);
    expectEqual(world.server, one.client, two.client);
    one.client.close();
    two.client.close();
  });
});

describe("others' writes under a client's own", () => {
  it("[OC-18] and its own echoes never overwrite what is being typed", async () => {
    const { world, served, clients, notes } = await setUp(1);
    Object.assign(world.line(clients[0]).delayMs, { toServer: 150, toClient: 150 });
    const typed = "The quick brown fox jumps over the lazy dog.";
    const [{ text }] = notes;
    for (let length = 0; length < typed.length; length++) {
      text.insert(length, typed[length] as string);
      expect(text.value).toBe(typed.slice(0, length + 1));
      await world.advance(40);
      expect(text.value).toBe(typed.slice(0, length + 1));
    }
    await world.advance(1000);
    expect([text.value, served.text.value]).toEqual([typed, typed]);
    expectEqual(world.server, ...clients);
  });

  it("[OC-18] do not move what either of two types at once: nothing jumps, both stay", async () => {
    const { world, served, clients, notes } = await setUp(2);
    served.text.set("<>");
    await world.settle();
    for (const client of clients) Object.assign(world.line(client).delayMs, { toServer: 150, toClient: 150 });
    const [mine, theirs] = ["I type at the front. ", " And I behind."];
    const [{ text: front }, { text: back }] = notes;
    for (let index = 0; index < mine.length; index++) {
      front.insert(index, mine[index] as string);
      const letter = theirs[index];
      // Behind what is there by then, as a caret would be.
      if (letter) back.insert(back.length, letter);
      await world.advance(40);
      expect(front.value.startsWith(mine.slice(0, index + 1))).toBe(true);
      expect(back.value.endsWith(theirs.slice(0, index + 1))).toBe(true);
    }
    await world.advance(1000);
    expect(served.text.value).toBe(`${mine}<>${theirs}`);
    expectEqual(world.server, ...clients);
  });

  it("[OC-18] come in at the places where they belong, at once, and the caret's text stays around it", async () => {
    const { world, served, clients, notes } = await setUp(2);
    served.text.set("one two three");
    await world.settle();
    const [{ text: mine }, { text: theirs }] = notes;
    const heard: unknown[] = [];
    mine.on("insert", ({ position, text }) => heard.push([position, text]));
    mine.on("delete", ({ position, text }) => heard.push([position, text]));
    mine.insert(7, "!");
    theirs.delete(0, 4);
    theirs.insert(9, ".");
    await world.settle();
    expect(heard).toEqual([
      [7, "!"],
      [0, "one "],
      [10, "."],
    ]);
    expect([mine.value, served.text.value]).toEqual(["two! three.", "two! three."]);
    expectEqual(world.server, ...clients);
  });

  it("[OC-22] count by the order of the server where no finer rule exists: the later one, per key, for all", async () => {
    const { world, served, clients, notes } = await setUp(2);
    const [ann, bob] = clients;
    const [mine, theirs] = notes;
    Object.assign(world.line(ann).delayMs, { toServer: 100 });
    Object.assign(world.line(bob).delayMs, { toServer: 10 });
    for (const [note, by] of [
      [mine, "ann"],
      [theirs, "bob"],
    ] as const) {
      note.dict.put("both", by);
      note.dict.put(by, by);
      note.flag.set(by === "ann");
      note.number.set(by.length);
      note.value.put(["both"], by);
      note.set.add(by);
      note.integer.add(1);
    }
    await world.advance(50);
    // Bob's are there already; what Ann wrote shows on top.
    expect([served.dict.get("both"), mine.dict.get("both"), theirs.dict.get("both")]).toEqual(["bob", "ann", "bob"]);
    expect([mine.dict.get("bob"), mine.integer.value]).toEqual(["bob", 2]);
    await world.advance(500);
    expect(served.dict.value).toEqual({ both: "ann", ann: "ann", bob: "bob" });
    expect([served.flag.value, served.value.value, [...served.set.value].sort(), served.integer.value]).toEqual([
      true,
      { both: "ann" },
      ["ann", "bob"],
      2,
    ]);
    expectEqual(world.server, ann, bob);
  });

  it("[OC-05] show as soon as they come: the page is what is confirmed, with what is pending on top", async () => {
    const { world, served, clients, notes } = await setUp(1);
    const [note] = notes;
    world.line(clients[0]).toServer.isStalled = true;
    note.float.add(0.2);
    note.list.push("mine");
    note.dict.put("mine", "1");
    served.float.set(0.1);
    served.list.set(["theirs"]);
    served.dict.set({ theirs: "2" });
    await world.settle();
    expect([note.float.value, note.list.value, note.dict.value]).toEqual([
      0.1 + 0.2,
      ["mine", "theirs"],
      { theirs: "2", mine: "1" },
    ]);
    world.line(clients[0]).toServer.isStalled = false;
    await world.settle();
    expectEqual(world.server, ...clients);
  });
});

describe("`latest` attributes that a client writes", () => {
  it("[TO-30] do not jump back while they are dragged, and are for all what they were last", async () => {
    const { world, served, clients, notes } = await setUp(2);
    for (const client of clients) Object.assign(world.line(client).delayMs, { toServer: 60, toClient: 60 });
    const [{ gauge }, { gauge: theirs }] = notes;
    const heard: number[] = [];
    gauge.on("change", ({ value }) => heard.push(value));
    for (let value = 1; value <= 60; value++) {
      gauge.set(value);
      await world.advance(7);
    }
    await world.advance(1000);
    expect(heard).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
    expect([gauge.value, served.gauge.value, theirs.value]).toEqual([60, 60, 60]);
    expectEqual(world.server, ...clients);
  });

  it("[TO-30] end as the server has them where another writes them in the same turn", async () => {
    const { world, served, clients, notes } = await setUp(2);
    const [{ gauge: mine }, { gauge: theirs }] = notes;
    await world.advance(1000);
    mine.set(3);
    theirs.set(5);
    await world.advance(1000);
    expect([mine.value, theirs.value]).toEqual([served.gauge.value, served.gauge.value]);
    expectEqual(world.server, ...clients);
  });

  it("[TO-30] end as a rule has made them", async () => {
    const { world, served, clients, notes } = await setUp(2);
    await world.advance(1000);
    const [{ gauge }] = notes;
    gauge.set(5000);
    expect(gauge.value).toBe(5000);
    await world.advance(1000);
    expect([gauge.value, served.gauge.value]).toEqual([1000, 1000]);
    expectEqual(world.server, ...clients);
  });
});
