import { describe, expect, it } from "vitest";
import { AuthorityTree } from "./authority.ts";
import { encode, type Wire } from "./codec.ts";
import { SObject } from "./object.ts";
import { ShapeTable, writeChanges, writeSnapshot } from "./object-writer.ts";
import { NumberTopic } from "./scalar-topics.ts";
import { isSameShape } from "./shape.ts";
import { readShape, writeShape } from "./shape-wire.ts";
import { ObjectCode, type OpStream, readStream, type StreamReader, StreamWriter } from "./stream.ts";
import { StringTopic } from "./string-topic.ts";
import { transact } from "./transaction.ts";
import { TypeRegistry } from "./types.ts";

class Card extends SObject {
  readonly title = new StringTopic();
  readonly votes = new NumberTopic(3, { write: "everyone" });
}

function setUp() {
  const types = new TypeRegistry();
  types.register(SObject);
  types.register(Card);
  const tree = new AuthorityTree(types, SObject);
  const shapes = new ShapeTable();
  const written: { readonly ops: OpStream; readonly derived: readonly number[] }[] = [];
  tree.onCommit = (changes) => written.push(writeChanges(changes, shapes));
  return { tree, root: tree.root, shapes, written };
}

/** What a stream says, in words. */
function read(ops: OpStream): string[] {
  const said: string[] = [];
  const kinds = [new StringTopic().kind, new NumberTopic().kind];
  const reader: StreamReader = {
    kind: (_, slot) => kinds[slot - 1] as never,
    topic: (id, slot, op) => said.push(`${id}.${slot} ${JSON.stringify(op)}`),
    shape: (index, { name, attributes }) => said.push(`shape ${index} ${name} ${attributes.map((each) => each.name)}`),
    make: (id, type, parent, orderKey, key, args) =>
      said.push(`make ${id}, a ${type} below ${parent} at ${orderKey}, ${key}, ${JSON.stringify(args)}`),
    create: (id, shape, parent, orderKey, key, values) =>
      said.push(`create ${id} of ${shape} below ${parent} at ${orderKey}, ${key}, ${JSON.stringify(values)}`),
    destroy: (id) => said.push(`destroy ${id}`),
    move: (id, parent, orderKey) => said.push(`move ${id} below ${parent} at ${orderKey}`),
    addAttribute: (id, slot, { name, kind }) => said.push(`${id}.${slot} is ${name}, a ${kind.name}`),
    removeAttribute: (id, slot) => said.push(`${id}.${slot} is gone`),
    leave: (id) => said.push(`${id} leaves`),
  };
  readStream(ops, reader);
  return said;
}

describe("the stream of a transaction", () => {
  it("says what was done, in order, and a shape once, before the first object that has it", () => {
    const { root, written } = setUp();
    const card = root.add(Card);
    const other = root.add(Card, undefined, { key: "other", index: 0 });
    transact(() => {
      other.votes.add(2);
      card.title.set("x");
      card.moveTo(other);
    });
    other.destroy();
    expect(written.map(({ ops }) => read(ops))).toEqual([
      ["shape 0 Card title,votes", expect.stringMatching(/^create 2 of 0 below 1 at 0, null, null$/)],
      ["create 3 of 0 below 1 at -1, other, null"],
      ["3.2 [1,2]", '2.1 [1,0,0,"x"]', "move 2 below 3 at 0"],
      ["destroy 3"],
    ]);
  });

  it("writes a new object once, with the values that it has at the end", () => {
    const { root, written } = setUp();
    transact(() => {
      const card = root.add(Card);
      card.votes.add(1);
      card.title.set("early");
      card.title.set("late");
    });
    const said = read(written[0]?.ops ?? []);
    expect(said).toHaveLength(2);
    expect(said[1]).toContain('"late"');
    expect(said[1]).not.toContain("early");
  });

  it("counts which ops rules made, without the announced shapes and what a new object has swallowed", () => {
    const { root, written } = setUp();
    const [one, other] = [root.add(Card), root.add(Card)];
    written.length = 0;
    one.votes.rule("change", () => other.votes.add(1));
    other.votes.rule("change", () => {
      root.add(Card).title.set("by rule");
    });
    transact(() => {
      one.votes.add(1);
      one.title.set("own");
    });
    expect(read(written[0]?.ops ?? []).map((said) => said.slice(0, 8))).toEqual([
      "2.2 [1,1",
      "3.2 [1,1",
      "create 4",
      "2.1 [1,0",
    ]);
    expect(written[0]?.derived).toEqual([1, 2]);
  });

  it("names an object only when it is another one than before", () => {
    const { root, written } = setUp();
    const card = root.add(Card);
    written.length = 0;
    transact(() => {
      for (let count = 0; count < 10; count++) card.title.insert(count, "x");
    });
    const ops = written[0]?.ops ?? [];
    expect(ops.filter((each) => typeof each === "number" && each < 0)).toHaveLength(1);
  });

  it("does not change any more when the tree does", () => {
    const { root, written } = setUp();
    const card = transact(() => {
      const made = root.add(Card);
      made.title.set("then");
      return made;
    });
    const bytes = encode(written[0]?.ops ?? []);
    card.title.set("now");
    card.votes.add(1);
    expect(encode(written[0]?.ops ?? [])).toEqual(bytes);
  });
});

describe("the stream of a client", () => {
  class Writer extends StreamWriter {
    make(id: number, ...operands: Wire[]): void {
      this.write(id, ObjectCode.make, ...operands);
    }
  }

  it("asks for objects by their types' names, and for the rest as a transaction says it", () => {
    const writer = new Writer();
    writer.make(70, "Card", 1, 0.5, "first", [{ title: "x" }]);
    writer.topic(70, 1, [1, 0, 0, "y"]);
    writer.make(71, "Card", 70, -1, null, []);
    expect(read(writer.ops)).toEqual([
      'make 70, a Card below 1 at 0.5, first, [{"title":"x"}]',
      '70.1 [1,0,0,"y"]',
      "make 71, a Card below 70 at -1, null, []",
    ]);
    expect(writer.ops.slice(0, 8)).toEqual([-141, 6, "Card", 1, 0.5, "first", [{ title: "x" }], 9]);
  });

  it.each<[string, Wire[]]>([
    ["a type", [5, 1, 0, null, []]],
    ["a parent", ["Card", "root", 0, null, []]],
    ["an order key", ["Card", 1, null, null, []]],
    ["a key", ["Card", 1, 0, 1, []]],
    ["arguments", ["Card", 1, 0, null, {}]],
    ["an end", ["Card", 1, 0, null]],
  ])("is none where an object is asked for without %s", (_, operands) => {
    expect(() => read([-5, ObjectCode.make, ...operands])).toThrow(expect.objectContaining({ code: "bad_message" }));
  });
});

describe("shapes in a stream", () => {
  class Leaf extends SObject {}
  class Branch extends SObject {
    static override readonly access = { add: ["Leaf", "Branch", "Missing"] };
  }
  class Trunk extends SObject {
    static override readonly access = { add: ["Branch"], move: "everyone" } as const;
    readonly quiet = new StringTopic("", { write: "everyone", optimistic: false });
  }

  it("come with those of all types that clients may add below, and below these, each once", () => {
    const types = new TypeRegistry();
    for (const each of [SObject, Leaf, Branch, Trunk]) types.register(each);
    const tree = new AuthorityTree(types, SObject);
    const shapes = new ShapeTable((name) => tree.shapeNamed(name));
    const written: OpStream[] = [];
    tree.onCommit = (changes) => written.push(writeChanges(changes, shapes).ops);
    tree.root.add(Trunk);
    tree.root.add(Leaf);
    expect(written.map((ops) => read(ops).map((said) => said.replace(/ (below|quiet).*/, "")))).toEqual([
      ["shape 0 Trunk", "shape 1 Branch ", "shape 2 Leaf ", "create 2 of 0"],
      ["create 3 of 2"],
    ]);
    expect(read(writeSnapshot(tree, shapes)).filter((said) => said.startsWith("shape"))).toHaveLength(4);
  });

  it("say what is open to clients, and that a write is not shown before it is confirmed", () => {
    const types = new TypeRegistry();
    const { shape } = types.register(Trunk);
    expect(writeShape(shape)).toEqual(["Trunk", null, false, [["quiet", "string", "", 9]], 1 << 2, ["Branch"]]);
    const seen = readShape(writeShape(shape) as Wire[]);
    expect(isSameShape(seen, shape)).toBe(true);
    expect([seen.access, seen.attributes[0]?.isOptimistic]).toEqual([shape.access, false]);
    const closed = types.register(Leaf).shape;
    expect(writeShape(closed)).toEqual(["Leaf", null, false, []]);
    expect(readShape(["Leaf", null, false, []]).access).toEqual(closed.access);
  });

  it.each<[string, Wire[]]>([
    ["an unknown level of access", ["Leaf", null, false, [], 2, []]],
    ["no list of types", ["Leaf", null, false, [], 1]],
    ["a type that is no name", ["Leaf", null, false, [], 1, [5]]],
  ])("are none with %s", (_, shape) => {
    expect(() => readShape(shape)).toThrow(expect.objectContaining({ code: "bad_message" }));
  });
});

describe("a snapshot", () => {
  it("says all shapes announced so far, then each object after its parent, in order", () => {
    const { tree, root, shapes } = setUp();
    const card = root.add(Card);
    root.add(Card, undefined, { index: 0, key: "first" });
    card.add(SObject);
    expect(read(writeSnapshot(tree, shapes)).map((said) => said.replace(/,.*/, ""))).toEqual([
      "shape 0 Card title",
      "shape 1 SObject ",
      "create 1 of 1 below 0 at 0",
      "create 3 of 0 below 1 at -1",
      "create 2 of 0 below 1 at 0",
      "create 4 of 1 below 2 at 0",
    ]);
  });

  it("is the same however often it is written", () => {
    const { tree, root, shapes } = setUp();
    root.add(Card).title.set("x");
    expect(encode(writeSnapshot(tree, shapes))).toEqual(encode(writeSnapshot(tree, shapes)));
  });
});
