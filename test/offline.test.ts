/** What a client shows and does while it cannot reach its server, and what comes of that when it can again. */
import { describe, expect, it } from "vitest";
import { listen, type Note, rejectionsOf, setUp } from "./notes.ts";
import { expectEqual, seen } from "./sample-tree.ts";

describe("a client that cannot reach its server", () => {
  it("[OC-01] goes on showing what it writes, and all of it is carried out when the connection is back", async () => {
    const { world, served, clients, notes } = await setUp(2);
    const [ann, bob] = clients;
    served.text.set("Hello");
    await world.settle();
    world.line(ann).cut();
    await world.settle();
    notes[0].text.insert(5, "!");
    notes[0].list.push("offline");
    notes[1].text.insert(0, "Oh. ");
    expect([ann.state.name, notes[0].text.value]).toEqual(["offline", "Hello!"]);
    world.line(ann).mend();
    await world.advance(20_000);
    expect([ann.state.name, served.text.value, served.list.value]).toEqual(["connected", "Oh. Hello!", ["offline"]]);
    expectEqual(world.server, ann, bob);
  });

  it("[OM-10] makes objects meanwhile, and they are the same ones for all when it is back", async () => {
    const { world, served, clients, notes } = await setUp(2);
    const [ann, bob] = clients;
    const rejections = rejectionsOf(ann);
    world.line(ann).cut();
    await world.settle();
    const made = notes[0].add<Note>("Note");
    made.text.set("made offline");
    const theirs = notes[1].add<Note>("Note");
    await world.settle();
    world.line(ann).mend();
    await world.advance(20_000);
    const after = notes[0].add<Note>("Note");
    await world.settle();
    expect(rejections).toEqual([]);
    expect(new Set(served.children.map(({ id }) => id))).toEqual(new Set([made.id, theirs.id, after.id]));
    expect((served.children.find(({ id }) => id === made.id) as Note).text.value).toBe("made offline");
    expectEqual(world.server, ann, bob);
  });

  it("[OM-10] for longer than its ids are kept has what it made refused, and others' objects are their own", async () => {
    const { world, served, clients, notes } = await setUp(2);
    const [ann, bob] = clients;
    const rejections = rejectionsOf(ann);
    world.line(ann).cut();
    await world.settle();
    const made = notes[0].add<Note>("Note", undefined, { key: "made offline" });
    made.text.set("made offline");
    await world.advance(660_000);
    // Whoever goes has the ids of those who went long ago given to others.
    (await world.connect()).close();
    await world.settle();
    const carl = await world.connect();
    const theirs = seen(carl, served).add<Note>("Note");
    await world.settle();
    expect(theirs.id).toBe(made.id);
    world.line(ann).mend();
    await world.advance(20_000);
    expect(made.isDestroyed).toBe(true);
    expect(rejections.map(({ code }) => code)).toEqual(["no_ids", "depends"]);
    expect([notes[0].children.map(({ id }) => id), seen<Note>(ann, theirs).text.value]).toEqual([[theirs.id], ""]);
    expectEqual(world.server, ann, bob, carl);
  });

  it("[CM-13] for long is sent a state with what it has made in it: it is there once, and the same", async () => {
    const { world, served, clients, notes } = await setUp(2, { limits: { maxBufferedBytes: 300 } });
    const [ann, bob] = clients;
    const heard = listen(ann);
    world.line(ann).toClient.isStalled = true;
    served.text.set("x".repeat(1000));
    await world.settle();
    const made = notes[0].add<Note>("Note");
    made.number.add(3);
    made.text.set("mine");
    notes[0].text.insert(0, "typed ");
    notes[0].integer.add(1);
    await world.settle();
    expect([served.children.length, served.integer.value]).toEqual([1, 1]);
    world.line(ann).toClient.isStalled = false;
    await world.advance(5000);
    expect(notes[0].children).toEqual([made]);
    expect([made.number.value, made.text.value, made.isDestroyed, made.derived.value]).toEqual([
      3,
      "mine",
      false,
      "built",
    ]);
    expect(heard.filter(([name]) => name === "add")).toEqual([["add", made.id, "local"]]);
    expectEqual(world.server, ann, bob);
  });
});
