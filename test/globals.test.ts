import type { connect } from "objectsync/client";
import { Server, SObject, StringTopic } from "objectsync/server";
import { describe, expect, expectTypeOf, it } from "vitest";
import { Sample } from "./sample-tree.ts";

class Database {
  readonly saved: string[] = [];
}

declare module "objectsync/server" {
  interface Globals {
    database: Database;
  }
}

class Note extends SObject {
  readonly text = new StringTopic();

  override build(): void {
    expectTypeOf(this.tree.globals.database).toEqualTypeOf<Database>();
    this.tree.globals.database.saved.push("built");
  }

  override init(): void {
    this.text.rule("change", ({ value }) => void this.tree.globals.database.saved.push(value));
  }
}

describe("globals", () => {
  it("[OM-41] are the very object that was given, in every object of every tree, from the first build on", () => {
    const globals = { database: new Database() };
    const server = new Server({ root: Note, globals });
    expect(server.globals).toBe(globals);
    server.root.add(Note).text.set("one");
    server.addTree("/other", { root: Note }).root.text.set("two");
    expect(globals.database.saved).toEqual(["built", "built", "one", "built", "two"]);
    expect(server.root.tree.globals).toBe(server.tree("/other").globals);
    // @ts-expect-error: nothing of this name was declared
    expect(server.globals.missing).toBeUndefined();
    // @ts-expect-error: what was declared is of its type
    server.globals.database = "a text";
  });

  it("[OM-41] can be filled later, and are a server's own", () => {
    const [one, two] = [new Server(), new Server()];
    one.register(Note);
    one.globals.database = new Database();
    const note = one.root.add(Note);
    expect(note.tree.globals.database.saved).toEqual(["built"]);
    expect(two.globals.database).toBeUndefined();
  });

  it("[OM-41] are never sent: no message has a trace of them, and a mirror has none", async () => {
    const sample = new Sample({ globals: { database: Object.assign(new Database(), { secret: "hunter2" }) } });
    const raw = await sample.raw();
    const client = await sample.connect();
    sample.addCard("public");
    await sample.network.settle();
    expect(JSON.stringify(raw.received)).toContain("public");
    expect(JSON.stringify(raw.received)).not.toMatch(/hunter2|database|globals/);
    const { tree } = client as unknown as { tree: { readonly globals: unknown } };
    expect(() => tree.globals).toThrow(expect.objectContaining({ code: "not_found" }));
    expectTypeOf<Awaited<ReturnType<typeof connect>>["tree"]>().not.toHaveProperty("globals");
  });
});

describe("unregistering", () => {
  const code = (value: string): Error => expect.objectContaining({ code: value }) as unknown as Error;

  it("[OM-04] wants a type that is known and of which no object is left, in any tree", () => {
    class Card extends SObject {}
    class Deck extends SObject {}
    const server = new Server({ models: [Card] });
    expect(() => server.unregister(Deck)).toThrow(code("unknown_type"));
    expect(() => server.unregister("Deck")).toThrow(code("unknown_type"));
    const { root } = server.addTree("/other");
    const card = root.add(SObject).add(Card);
    expect(() => server.unregister(Card)).toThrow(code("type_in_use"));
    expect(() => server.unregister("Card")).toThrow(code("type_in_use"));
    expect(() => server.unregister(SObject)).toThrow(code("type_in_use"));
    root.children[0]?.destroy();
    expect(card.isDestroyed).toBe(true);
    server.unregister(Card);
    expect(server.types).toEqual(["SObject"]);
    expect(() => root.add(Card)).toThrow(code("unknown_type"));
    expect(() => server.unregister(Card)).toThrow(code("unknown_type"));
    server.register(Card, { name: "card" });
    server.unregister("card");
    expect(server.types).toEqual(["SObject"]);
  });

  it("[OM-04] lets another class have the name, and clients see what it has", async () => {
    const first = class Card extends SObject {
      readonly title = new StringTopic("of the first");
    };
    const second = class Card extends SObject {
      readonly color = new StringTopic("of the second");
      readonly title = new StringTopic("of the second too");
    };
    const sample = new Sample({ models: [first] });
    const client = await sample.connect();
    const { server } = sample;
    const old = server.root.add(first);
    await sample.network.settle();
    expect(client.root.find<InstanceType<typeof first>>("Card").title.value).toBe("of the first");
    old.destroy();
    server.unregister("Card");
    server.register(second);
    server.root.add("Card");
    await sample.network.settle();
    for (const each of [client, await sample.connect()]) {
      const card = each.root.find<InstanceType<typeof second>>("Card");
      expect([card.color.value, card.title.value]).toEqual(["of the second", "of the second too"]);
    }
  });
});
