import { describe, expect, it } from "vitest";
import { MirrorTree } from "../client/mirror-tree.ts";
import { AuthorityTree } from "../core/authority.ts";
import { decode, encode } from "../core/codec.ts";
import { SObject } from "../core/object.ts";
import { ShapeTable, writeSnapshot } from "../core/object-writer.ts";
import type { OpStream } from "../core/stream.ts";
import { StringTopic } from "../core/string-topic.ts";
import { TypeRegistry } from "../core/types.ts";
import { DEAF } from "./recorders.ts";

class Folder extends SObject {
  readonly name = new StringTopic();

  override build(name: string): void {
    this.name.set(name);
  }
}
class Leaf extends Folder {}

describe("[CM-12] the queries of a mirror", () => {
  const types = new TypeRegistry();
  for (const each of [SObject, Folder, Leaf]) types.register(each);
  const server = new AuthorityTree(types, SObject);
  const home = server.root.add(Folder, "home", { key: "home" });
  const first = home.add(Leaf, "first");
  const inner = home.add(Folder, "inner", { index: 0 });
  inner.add(Leaf, "second").add(Leaf, "below a leaf");
  server.root.add(Leaf, "last");
  const mirror = new MirrorTree(DEAF, undefined);
  mirror.reset(decode(encode(writeSnapshot(server, new ShapeTable()))) as OpStream);

  const ids = (objects: readonly SObject[]): number[] => objects.map(({ id }) => id);
  const queries: Record<string, (root: SObject) => unknown> = {
    children: (root) => ids(root.children),
    "children below": (root) => ids(root.find("Folder").children),
    parent: (root) => root.find("Leaf").parent?.id,
    "parent of the root": (root) => root.parent,
    "an object by id": (root) => root.tree.get(first.id)?.type,
    "an object by key": (root) => root.tree.get("home")?.id,
    "a key": (root) => root.find("Folder").key,
    "a child by id": (root) => root.child(home.id).id,
    "a child of a type": (root) => root.childOfType("Leaf").id,
    "children of a type": (root) => ids(root.find("Folder").childrenOfType("Leaf")),
    "all below": (root) => ids(root.search()),
    "all of a type": (root) => ids(root.search({ type: "Leaf" })),
    "all that are accepted": (root) => ids(root.search({ accept: ({ id }) => id % 2 === 0 })),
    "all above those that stop": (root) => ids(root.search({ stop: ({ type }) => type === "Leaf" })),
    "what contains what": (root) => root.find("Folder").contains(root.find("Leaf")),
  };

  it.each(Object.keys(queries))("give what the server's give: %s", (name) => {
    const query = queries[name] as (root: SObject) => unknown;
    expect(query(mirror.root)).toEqual(query(server.root));
  });

  it.each([
    ["a child that is not there", (root: SObject) => root.child(inner.id)],
    ["a child of a type without one", (root: SObject) => root.find("Leaf").childOfType("Folder")],
    ["an object of a type without one", (root: SObject) => root.find("Nothing")],
  ])("throw as the server's do: %s", (_, query) => {
    for (const root of [server.root, mirror.root]) {
      expect(() => query(root)).toThrow(expect.objectContaining({ code: "not_found" }));
    }
  });
});
