import type { Client, Mirrored } from "objectsync/client";
import { TestWorld } from "objectsync/testing";
import { afterEach, describe, expect, it } from "vitest";
import { create, drop, group, paint, stack, ungroup } from "./edits.ts";
import { Board, type Carried, type Group, type Item, models, type Person, type Shape } from "./models.ts";
import { MAX_TEXT } from "./paper.ts";

const AREA = { x: 40, y: 60, width: 200, height: 160 };

const worlds: TestWorld<Board>[] = [];

afterEach(async () => {
  for (const world of worlds.splice(0)) await world.end();
});

/** A whiteboard, and two who look at it. */
async function open() {
  const world = new TestWorld<Board>({ root: Board, models });
  worlds.push(world);
  world.server.on("connect", ({ id }) => world.server.root.welcome(id));
  world.server.on("disconnect", ({ id }) => world.server.root.dismiss(id));
  const [anna, ben] = await world.connectMany(2);
  return { world, anna, ben };
}

function itemsOf(client: Client<Board>): readonly Mirrored<Item>[] {
  return (client.root.children as readonly Mirrored<Item>[]).filter(({ type }) => type !== "Person");
}

function personOf(client: Client<Board>): Mirrored<Person> {
  const people = client.root.childrenOfType<Person>("Person");
  return people.find((person) => person.client.value === client.id) as Mirrored<Person>;
}

/** Writes as one step; returns what `fn` does. */
function act<T>(client: Client<Board>, fn: () => T): T {
  let result!: T;
  void client.transact(() => {
    result = fn();
  });
  return result;
}

const add = (client: Client<Board>, area = AREA) => act(client, () => create(client.root, "note", "coral", area));

function look({ x, y, width, height, color, form }: Mirrored<Shape>): unknown {
  return [form.value, color.value, x.value, y.value, width.value, height.value];
}

describe("a note", () => {
  it("is there at once where it is made, and then everywhere, the same one", async () => {
    const { world, anna, ben } = await open();
    const note = add(anna);
    expect(look(note)).toEqual(["note", "coral", 40, 60, 200, 160]);
    await world.settle();
    expect(itemsOf(anna)).toEqual([note]);
    expect(itemsOf(ben).map((item) => look(item as Mirrored<Shape>))).toEqual([look(note)]);
  });

  it("has the text of all who write on it", async () => {
    const { world, anna, ben } = await open();
    const hers = add(anna);
    hers.text.set("milk");
    await world.settle();
    const his = itemsOf(ben)[0] as Mirrored<Shape>;
    hers.text.insert(4, " and bread");
    his.text.insert(0, "Oat ");
    await world.settle();
    expect([hers.text.value, his.text.value]).toEqual(["Oat milk and bread", "Oat milk and bread"]);
  });

  it("has one of two colours that it gets at once", async () => {
    const { world, anna, ben } = await open();
    const hers = add(anna);
    await world.settle();
    const his = itemsOf(ben)[0] as Mirrored<Shape>;
    act(anna, () => paint(hers, "blue"));
    act(ben, () => paint(his, "violet"));
    await world.settle();
    expect([hers.color.value, his.color.value]).toEqual(["violet", "violet"]);
  });

  it.each<[string, (note: Mirrored<Shape>) => void, string]>([
    ["that is far from the paper", (note) => note.x.set(1e6), "from -2400 to 2400"],
    ["that is too small", (note) => note.width.set(3), "from 48 to 1000"],
    ["of no colour", (note) => note.color.set("url(//evil)" as "blue"), "no such colour"],
    ["of no form", (note) => note.form.set("star" as "note"), "no such form"],
    ["that says too much", (note) => note.text.set("x".repeat(MAX_TEXT + 1)), "at most 1000 characters"],
  ])("is not one %s", async (_, write, message) => {
    const { world, anna } = await open();
    const note = add(anna);
    await world.settle();
    const before = look(note);
    const outcome = anna.transact(() => write(note));
    await world.settle();
    expect(await outcome).toMatchObject({ ok: false, code: "rejected", message: expect.stringContaining(message) });
    expect([look(note), note.text.value]).toEqual([before, ""]);
  });
});

describe("a group", () => {
  /** Two notes, and the group that Anna makes of them. */
  async function grouped() {
    const { world, anna, ben } = await open();
    const [one, other] = [add(anna), add(anna, { ...AREA, x: 300, y: 100 })];
    const made = act(anna, () => group(anna.root, [one, other], { x: 40, y: 60 }));
    return { world, anna, ben, one, other, made };
  }

  const places = (client: Client<Board>) =>
    client.root.search<Shape>({ type: "Shape" }).map(({ parent, x, y }) => [parent?.type, x.value, y.value]);

  it("has what is in it at the same place, seen from its corner, at once", async () => {
    const { world, anna, ben } = await grouped();
    const expected = [
      ["Group", 0, 0],
      ["Group", 260, 40],
    ];
    expect(places(anna)).toEqual(expected);
    await world.settle();
    expect([places(anna), places(ben)]).toEqual([expected, expected]);
  });

  it("is taken apart where it was moved to, by somebody else", async () => {
    const { world, ben, anna, made } = await grouped();
    act(anna, () => drop(made, { x: 50, y: 80, width: 0, height: 0 }));
    await world.settle();
    const his = itemsOf(ben)[0] as Mirrored<Group>;
    const items = act(ben, () => ungroup(ben.root, his));
    await world.settle();
    expect(itemsOf(ben)).toEqual(items);
    expect(places(anna)).toEqual([
      ["Board", 50, 80],
      ["Board", 310, 120],
    ]);
  });

  it("is one step: undo has the notes where they were, and redo has it again", async () => {
    const { world, anna, ben } = await grouped();
    const undone = anna.undo();
    await world.settle();
    expect(await undone).toMatchObject({ undone: true, skipped: 0 });
    const apart = [
      ["Board", 40, 60],
      ["Board", 300, 100],
    ];
    expect([places(anna), places(ben), itemsOf(ben).length]).toEqual([apart, apart, 2]);
    void anna.redo();
    await world.settle();
    expect(places(ben)).toEqual([
      ["Group", 0, 0],
      ["Group", 260, 40],
    ]);
  });

  it("has the colour that it is given on all that is in it", async () => {
    const { world, anna, ben, made } = await grouped();
    act(anna, () => paint(made, "green"));
    await world.settle();
    expect(ben.root.search<Shape>({ type: "Shape" }).map(({ color }) => color.value)).toEqual(["green", "green"]);
  });
});

describe("what is put down", () => {
  const names = (client: Client<Board>) => itemsOf(client).map((item) => (item as Mirrored<Shape>).text.value);

  async function three() {
    const { world, anna, ben } = await open();
    const [a, b, c] = [add(anna), add(anna), add(anna)];
    for (const [index, note] of [a, b, c].entries()) note.text.set("abc".charAt(index));
    await world.settle();
    return { world, anna, ben, a, b, c };
  }

  it("lies on top, in one step with its place", async () => {
    const { world, anna, ben, a } = await three();
    act(anna, () => drop(a, { ...AREA, x: 500 }));
    expect(names(anna)).toEqual(["b", "c", "a"]);
    await world.settle();
    expect(names(ben)).toEqual(["b", "c", "a"]);
    void anna.undo();
    await world.settle();
    expect([names(ben), a.x.value]).toEqual([["a", "b", "c"], 40]);
  });

  it("leaves what is not told of it as others have made it meanwhile", async () => {
    const { world, anna, ben, a } = await three();
    const his = ben.tree.get<Shape>(a.id) as Mirrored<Shape>;
    act(anna, () => drop(a, { x: 500, y: 600 }));
    act(ben, () => drop(his, { width: 300, height: 310 }));
    await world.settle();
    for (const note of [a, his]) expect(look(note)).toEqual(["note", "coral", 500, 600, 300, 310]);
  });

  it("stays below, where it is a rectangle that others may lie on", async () => {
    const { world, anna, ben, a } = await three();
    a.form.set("rectangle");
    act(anna, () => drop(a, { ...AREA, x: 500 }));
    await world.settle();
    expect(names(ben)).toEqual(["a", "b", "c"]);
  });

  it("goes to the front or the back as it lies on each other", async () => {
    const { world, anna, ben, a, b, c } = await three();
    act(anna, () => stack([a, b], true));
    await world.settle();
    expect(names(ben)).toEqual(["c", "a", "b"]);
    act(anna, () => stack([a, b], false));
    await world.settle();
    expect(names(ben)).toEqual(["a", "b", "c"]);
    expect(c.isDestroyed).toBe(false);
  });
});

describe("undo", () => {
  it("takes back one's own drag in one step, while somebody else drags something else", async () => {
    const { world, anna, ben } = await open();
    const [hers, other] = [add(anna), add(anna)];
    await world.settle();
    const his = ben.tree.get<Shape>(other.id) as Mirrored<Shape>;
    for (const [client, item] of [
      [anna, hers],
      [ben, his],
    ] as const) {
      const carries: Carried[] = [{ id: item.id, ...AREA }];
      for (let x = 0; x < 5; x++) personOf(client).pointer.set({ x, y: 0, carries });
      await world.settle();
      act(client, () => drop(item, { ...AREA, x: 700 }));
    }
    await world.settle();
    const undone = anna.undo();
    await world.settle();
    expect(await undone).toMatchObject({ undone: true, skipped: 0 });
    expect([hers.x.value, his.x.value]).toEqual([40, 700]);
  });

  it("brings back what was thrown away, with its text, where it was", async () => {
    const { world, anna, ben } = await open();
    const note = add(anna);
    note.text.set("keep me");
    add(anna);
    await world.settle();
    const { id } = note;
    act(anna, () => note.destroy());
    await world.settle();
    expect(itemsOf(ben)).toHaveLength(1);
    void anna.undo();
    await world.settle();
    const [first] = itemsOf(ben) as Mirrored<Shape>[];
    expect([first?.id, first?.text.value]).toEqual([id, "keep me"]);
  });
});

describe("a person", () => {
  it("is there for as long as the page is open, with a name and a colour of their own", async () => {
    const { world, anna, ben } = await open();
    const people = () =>
      anna.root.childrenOfType<Person>("Person").map(({ name, hue }) => `${name.value} ${hue.value}`);
    expect(new Set(people()).size).toBe(2);
    ben.close();
    await world.settle();
    expect(people()).toHaveLength(1);
  });

  it("is written by their own page alone", async () => {
    const { world, anna, ben } = await open();
    const hers = anna.root.childrenOfType<Person>("Person").find(({ client }) => client.value === ben.id);
    const outcome = anna.transact(() => hers?.name.set("Mallory"));
    personOf(ben).name.set("Ben");
    await world.settle();
    expect(await outcome).toMatchObject({ ok: false, message: "This is somebody else." });
    expect(hers?.name.value).toBe("Ben");
  });

  it("shows others where their pointer is and what they drag, the newest only, and it is no step to undo", async () => {
    const { world, anna, ben } = await open();
    const note = add(anna);
    const carries: Carried[] = [{ id: note.id, ...AREA }];
    for (let x = 0; x <= 30; x++) personOf(anna).pointer.set({ x, y: 5, carries });
    await world.advance(100);
    const his = ben.root.childrenOfType<Person>("Person").find(({ client }) => client.value === anna.id);
    expect(his?.pointer.value).toEqual({ x: 30, y: 5, carries });
    void anna.undo();
    await world.settle();
    expect([itemsOf(ben), his?.pointer.value?.x]).toEqual([[], 30]);
  });

  it.each<[string, unknown]>([
    ["no object", 5],
    ["without what it drags", { x: 1, y: 1 }],
    ["with a place that is none", { x: "1", y: 1, carries: [] }],
    ["that drags nonsense", { x: 1, y: 1, carries: [null] }],
    ["with more than a place", { x: 1, y: 1, z: 1, carries: [] }],
    ["that says more of what it drags", { x: 1, y: 1, carries: [{ id: 1, ...AREA, fill: 0 }] }],
    ["that drags what has no size", { x: 1, y: 1, carries: [{ id: 1, x: 1, y: 1, fill: 0, color: 0 }] }],
    ["that drags too much", { x: 1, y: 1, carries: Array.from({ length: 201 }, () => ({ id: 1, ...AREA })) }],
  ])("has no pointer %s", async (_, value) => {
    const { world, anna } = await open();
    const outcome = anna.transact(() => personOf(anna).pointer.set(value as never));
    await world.settle();
    expect(await outcome).toMatchObject({ ok: false, message: "This is no pointer." });
    expect(personOf(anna).pointer.value).toBe(null);
  });
});
