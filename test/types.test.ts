// What the compiler promises. Checked by `tsc`: a line that should not compile has `@ts-expect-error` above it.
import type { connect, Mirrored, MirroredTree } from "objectsync/client";
import {
  type AuthorityTree,
  DictTopic,
  ListTopic,
  NumberTopic,
  type SavedTree,
  Server,
  SObject,
  StringTopic,
} from "objectsync/server";
import { expect, expectTypeOf, it } from "vitest";

interface Point {
  x: number;
  y: number;
}

class Plain extends SObject {}

class Card extends SObject {
  readonly title = new StringTopic();
  readonly votes = new NumberTopic();
  readonly style = new DictTopic<string>();
  readonly points = new ListTopic<Point>();
  readonly secret = "not synced";

  override build({ title }: { title: string }): void {
    this.title.set(title);
  }

  serverOnly(): void {}
}

it("[DX-02] `add` wants the arguments of `build`, and gives the class back", () => {
  const server = new Server();
  server.register(Card, Plain);
  const { root } = server;
  expectTypeOf(root.add(Card, { title: "one" })).toEqualTypeOf<Card>();
  expectTypeOf(root.add(Plain)).toEqualTypeOf<Plain>();
  expectTypeOf(root.add<Card>("Card", { title: "two" })).toEqualTypeOf<Card>();
  expectTypeOf(root.find(Card)).toEqualTypeOf<Card>();
  expectTypeOf(root.childrenOfType(Card)).toEqualTypeOf<Card[]>();
  // @ts-expect-error: `build` needs a title
  expect(() => root.add(Card)).toThrow();
  // @ts-expect-error: a title is a string
  expect(() => root.add(Card, { title: 1 })).toThrow();
});

it("[DX-02] `add` of a name wants them too where it is told the class, and takes anything where it is not", () => {
  const server = new Server();
  server.register(Card, Plain);
  const { root } = server;
  const card: Card = root.add("Card", { title: "one" });
  expectTypeOf(root.add<Plain>("Plain")).toEqualTypeOf<Plain>();
  expectTypeOf(root.add("Plain", "anything", { index: 0 })).toEqualTypeOf<SObject>();
  expect(card.title.value).toBe("one");
  // @ts-expect-error: `build` needs a title
  expect(() => root.add<Card>("Card")).toThrow();
  // @ts-expect-error: a title is a string
  expect(() => root.add<Card>("Card", { title: 1 })).toThrow();
  const add = (): Card => {
    // @ts-expect-error: what is to be returned needs a title
    return root.add("Card");
  };
  expect(add).toThrow();
});

it("[CM-04] a mirrored object has the topics of its class and none of the server's own members", () => {
  type Seen = Mirrored<Card>;
  expectTypeOf<Seen["title"]>().toEqualTypeOf<StringTopic>();
  expectTypeOf<Seen["points"]>().toEqualTypeOf<ListTopic<Point>>();
  expectTypeOf<
    keyof Seen & ("serverOnly" | "secret" | "build" | "init" | "onDestroy" | "addTag")
  >().toEqualTypeOf<never>();
  expectTypeOf<Awaited<ReturnType<typeof connect>>["root"]>().toEqualTypeOf<Mirrored>();
});

it("[CM-04] an object's tree is the server's in its class, and none that can be written in a mirror", () => {
  class Archivist extends SObject {
    saved(): SavedTree {
      return this.tree.save(this);
    }
  }
  const server = new Server();
  server.register(Archivist);
  const { root } = server;
  const saved = root.add(Archivist).saved();
  expectTypeOf(root.tree).toEqualTypeOf<AuthorityTree>();
  expect(root.tree.clone<Archivist>(saved, root)).toBeInstanceOf(Archivist);
  expectTypeOf<Mirrored<Archivist>["tree"]>().toEqualTypeOf<MirroredTree>();
  expectTypeOf<
    keyof Mirrored["tree"] & ("save" | "load" | "restore" | "clone" | "end" | "globals")
  >().toEqualTypeOf<never>();
  expectTypeOf(server.addTree("/model", { root: Archivist }).root).toExtend<Archivist>();
  expectTypeOf(server.tree("/model").root).toEqualTypeOf<SObject>();
  expectTypeOf(server.tree<Archivist>("/model").root).toExtend<Archivist>();
});

it("a topic takes and gives values of its own type", () => {
  const card = new Card();
  card.points.push({ x: 1, y: 2 });
  expectTypeOf(card.points.value).toEqualTypeOf<readonly Point[]>();
  expectTypeOf(card.style.value).toEqualTypeOf<Readonly<Record<string, string>>>();
  card.points.on("insert", ({ index, item }) => {
    expectTypeOf(index).toEqualTypeOf<number>();
    expectTypeOf(item).toEqualTypeOf<Point>();
  });
  card.title.on("change", (change) => expectTypeOf(change.inserted).toEqualTypeOf<string>());
  // @ts-expect-error: no such event
  card.title.on("push", () => {});
  // @ts-expect-error: a number is no string
  expect(() => card.title.set(1)).toThrow();
  // @ts-expect-error: a value that was handed out cannot be changed
  expect(() => card.points.value.push({ x: 0, y: 0 })).toThrow();
});
