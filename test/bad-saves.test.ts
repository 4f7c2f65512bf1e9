/**
 * Saved data in which something is wrong, from the file to the pages: whatever it is, there is an error that says so, the
 * tree is as before, and nobody has noticed anything.
 */
import { describe, expect, it } from "vitest";
import { ObjectSyncError } from "../core/error.ts";
import { SObject } from "../core/object.ts";
import { forEachSaved, type Migration, type SavedObject, type SavedTree } from "../core/saved-tree.ts";
import { Server } from "../server/server.ts";
import { grow, pickFrom, Root, Shelf, stateOf, Thing } from "./everything.ts";
import { Sample } from "./sample-tree.ts";

const MANY_LEVELS = 100_000;
const MAX_LEVELS = 500;

/** Changes nothing: there is a version more. */
const idle: Migration = () => {};

function plant(migrations: readonly Migration[] = []): Server {
  return new Server({ root: Root, models: [Thing, Shelf], migrations });
}

function errorOf(fn: () => unknown): Error {
  try {
    fn();
  } catch (error) {
    return error as Error;
  }
  throw new Error("expected an error");
}

/** Arrays inside one another, made without a stack. */
function nest(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level++) value = [value];
  return value;
}

/** A chain of objects below the root. */
function chain(levels: number): SavedObject {
  let root: SavedObject | undefined;
  for (let id = levels; id > 0; id--) {
    root = { id, type: id === 1 ? "Root" : "Thing", ...(root && { children: [root] }) };
  }
  return root as SavedObject;
}

const savedTree = (root: unknown): SavedTree => ({ format: 1, version: 1, lastId: 600, root: root as SavedObject });

/** A root with one object that holds a value. */
function holding(values: unknown): SavedTree {
  return savedTree({ id: 1, type: "Root", children: [{ id: 2, type: "Thing", values }] });
}

describe("[OM-48] saved data", () => {
  /**
   * Fails unless the data is refused, with and without a migration, by `load` with this message, and neither the tree nor a
   * client has changed.
   */
  async function expectRefusal(saved: unknown, message: string | RegExp = ""): Promise<void> {
    for (const migrations of [[], [idle]]) {
      const sample = new Sample({ root: Root, models: [Thing, Shelf], migrations });
      const { server, network } = sample;
      const tree = server.tree();
      const kept = tree.root.add(Thing, undefined, { key: "kept" });
      const client = await sample.connect();
      const before = JSON.stringify(tree.save());
      const { messages: sent } = network.lastLink.toClient.sent;
      const error = errorOf(() => tree.load(saved));
      expect(error).toMatchObject({ code: "invalid_save" });
      expect(error.message).toMatch(message);
      for (const attempt of [() => tree.restore(saved, kept), () => tree.clone(saved as SavedTree, kept)]) {
        expect(errorOf(attempt)).toMatchObject({ code: "invalid_save" });
      }
      await network.settle();
      const { lastId, ...rest } = JSON.parse(before);
      // A clone that was begun has taken ids.
      expect(JSON.parse(JSON.stringify(tree.save()))).toEqual({ ...rest, lastId: expect.any(Number) });
      expect(tree.save().lastId).toBeGreaterThanOrEqual(lastId);
      expect(network.lastLink.toClient.sent.messages).toBe(sent);
      expect([kept.isDestroyed, client.tree.get("kept")?.id, sample.errors]).toEqual([false, kept.id, []]);
      client.close();
    }
  }

  it("that was cut off anywhere is no JSON, and as a text it is refused", async () => {
    const server = plant();
    grow(server.root as Root, pickFrom(1), 60);
    const text = JSON.stringify(server.tree().save());
    const before = stateOf(server.root, () => true);
    for (let length = 0; length < text.length; length += 97) {
      const part = text.slice(0, length);
      expect(errorOf(() => server.tree().load(JSON.parse(part)))).toBeInstanceOf(SyntaxError);
    }
    expect(stateOf(server.root, () => true)).toEqual(before);
    await expectRefusal(text, "expected an object, got a text: `JSON.parse` makes one of it");
  });

  it("with as many levels as there may be is saved, printed, loaded and cloned", () => {
    for (const migrations of [[], [idle]]) {
      const server = plant(migrations);
      const tree = server.tree();
      let object: SObject = server.root;
      for (let level = 1; level < MAX_LEVELS; level++) object = object.add(Thing);
      (object as Thing).value.set(nest(40) as never);
      const saved = JSON.parse(JSON.stringify(tree.save()));
      const other = plant(migrations).tree();
      other.load({ ...saved, version: 1 });
      expect(JSON.stringify(other.save())).toBe(JSON.stringify(saved));
      const copy = tree.save(tree.get(3));
      object.parent?.parent?.destroy();
      expect(() => tree.clone(copy, server.root.children[0] as SObject)).not.toThrow();
      expect(errorOf(() => tree.clone(copy, tree.get(3) as SObject))).toMatchObject({ code: "invalid_save" });
    }
  });

  it("with more levels is refused: one too many, or very many", async () => {
    const tooMany = /too many levels|too many arrays and objects/;
    await expectRefusal(savedTree(chain(MAX_LEVELS + 1)), tooMany);
    await expectRefusal(savedTree(chain(MANY_LEVELS)), tooMany);
  });

  it("with a value of very many levels is refused", async () => {
    const tooMany = /too many arrays and maps|too many arrays and objects/;
    const deep = nest(MANY_LEVELS);
    for (const values of [{ value: deep }, { list: [deep] }, { dict: { deep } }, { text: deep }]) {
      await expectRefusal(holding(values), tooMany);
    }
    const text = `{"value":${"[".repeat(MANY_LEVELS)}${"]".repeat(MANY_LEVELS)}}`;
    await expectRefusal(holding(JSON.parse(text)), tooMany);
    for (const member of ["type", "id", "key", "added", "tags", "fields", "children"]) {
      await expectRefusal(savedTree({ id: 1, type: "Root", [member]: deep }));
    }
  });

  it("that is inside itself is refused", async () => {
    const below = chain(3);
    Object.assign((below.children as SavedObject[])[0] as SavedObject, { children: [below] });
    await expectRefusal(savedTree(below));
    const list: unknown[] = [];
    list.push(list);
    const record: Record<string, unknown> = {};
    record.record = record;
    for (const value of [list, record]) {
      await expectRefusal(holding({ value }));
      await expectRefusal(holding({ list: [value] }));
      await expectRefusal(holding(value));
      await expectRefusal({ ...savedTree(chain(2)), root: value });
    }
  });

  class Tree implements SavedTree {
    format = 1;
    version = 1;
    lastId = 9;
    root = chain(2);
  }

  it.each<[what: string, value: unknown]>([
    ["a BigInt", 5n],
    ["a symbol", Symbol("s")],
    ["a function", () => 1],
    ["a class", Thing],
    ["an instance", new Tree()],
    ["a Map", new Map([["text", "x"]])],
    ["a Set", new Set([1])],
    ["a Date", new Date(0)],
    ["bytes", Uint8Array.of(1)],
    ["a promise", Promise.resolve(1)],
    ["an object that inherits", Object.create({ text: "x" })],
    ["an array with holes", new Array(2)],
    ["NaN", Number.NaN],
    ["an infinity", Number.POSITIVE_INFINITY],
  ])("with %s anywhere in it is refused", async (_what, value) => {
    const spare = chain(2);
    const places: unknown[] = [
      value,
      { ...savedTree(spare), format: value },
      { ...savedTree(spare), version: value },
      { ...savedTree(spare), lastId: value },
      savedTree(value),
      ...["id", "type", "key", "values", "added", "tags", "fields", "children"].map((member) =>
        savedTree({ ...spare, [member]: value }),
      ),
      savedTree({ ...spare, children: [value] }),
      savedTree({ ...spare, tags: [value] }),
      savedTree({ ...spare, added: { x: value } }),
      savedTree({ ...spare, fields: { first: value } }),
      ...["kind", "write", "latest", "optimistic", "history"].map((member) =>
        savedTree({ ...spare, added: { x: { kind: "value", [member]: value } } }),
      ),
      savedTree({ ...spare, added: { x: { kind: "value", value: [value] } } }),
      holding({ value }),
      holding({ value: [{ deep: value }] }),
      holding({ text: value }),
      holding({ bytes: value }),
      holding({ list: value }),
      holding({ dict: value }),
      holding({ dict: { x: value } }),
      holding({ one: value }),
      holding({ many: [value] }),
    ];
    for (const place of places) await expectRefusal(place);
  });

  it("with a name from the prototype anywhere in it is refused, and reaches no prototype", async () => {
    for (const name of ["__proto__", "constructor", "toString", "destroy", "isLazy"]) {
      const member = (value: unknown): unknown => JSON.parse(`{"${name}":${JSON.stringify(value)}}`);
      for (const root of [
        { ...chain(2), values: member("x") },
        { ...chain(2), fields: member(2) },
        { ...chain(2), added: member({ kind: "int" }) },
        { ...chain(2), type: name },
        { ...chain(2), ...(member("x") as object), [name]: "x" },
      ]) {
        await expectRefusal(savedTree(root));
      }
    }
    await expectRefusal(holding({ value: JSON.parse('[{"__proto__":{"polluted":true}}]') }));
    await expectRefusal(holding({ dict: JSON.parse('{"__proto__":{"polluted":true}}') }));
    await expectRefusal(savedTree({ ...chain(2), key: "__proto__" }));
    await expectRefusal(savedTree({ ...chain(2), tags: ["__proto__"] }));
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it("with ids that are too large to be told to anybody is refused", async () => {
    await expectRefusal({ ...savedTree(chain(2)), lastId: Number.MAX_SAFE_INTEGER }, "lastId: expected");
    await expectRefusal(savedTree({ ...chain(1), children: [{ id: 2 ** 51, type: "Thing" }] }), "root.children");
    const server = plant();
    server.tree().load({ ...savedTree(chain(2)), lastId: 2 ** 51 - 1 });
    expect(server.root.add(Thing).id).toBe(2 ** 51);
  });

  it("whose added attributes could not have been added is refused", async () => {
    for (const added of [
      { "~tags": { kind: "set" } },
      { "a b": { kind: "int" } },
      { "": { kind: "int" } },
      { x: { kind: "event", latest: true } },
      { x: { kind: "event", value: [] } },
      { x: { kind: "int", write: "nobody at all" } },
      { text: { kind: "string" } },
    ]) {
      await expectRefusal(savedTree({ ...chain(1), added }), "root.added");
    }
  });

  it("whose fields have the name of an accessor or a method of the class is refused", () => {
    class Guarded extends SObject {
      get first(): SObject | undefined {
        return this.children[0];
      }
      set second(_child: SObject) {
        throw new Error("a setter was run");
      }
      third(): void {}
    }
    const server = new Server({ root: Guarded, models: [Thing] });
    for (const name of ["first", "second", "third"]) {
      const root = { id: 1, type: "Guarded", fields: { [name]: 2 }, children: [{ id: 2, type: "Thing" }] };
      const error = errorOf(() => server.tree().load(savedTree(root)));
      expect(error).toMatchObject({ code: "invalid_save" });
      expect(error.message).toContain(`root.fields.${name}: `);
    }
  });

  it("that throws when it is read is refused with what it throws, and nothing has happened", () => {
    const server = plant();
    const tree = server.tree();
    const kept = server.root.add(Thing);
    const before = JSON.stringify(tree.save());
    const thrown = new Error("read me not");
    const trap = (object: object, name: string): object =>
      Object.defineProperty(object, name, {
        enumerable: true,
        get: () => {
          throw thrown;
        },
      });
    const traps: unknown[] = [];
    for (const member of ["format", "version", "lastId", "root"]) traps.push(trap({ ...savedTree(chain(2)) }, member));
    for (const member of ["id", "type", "key", "values", "added", "tags", "fields", "children"]) {
      traps.push(savedTree(trap({ ...chain(2) }, member)));
      traps.push(
        savedTree({ ...chain(1), children: [{ id: 2, type: "Thing" }, trap({ id: 3, type: "Thing" }, member)] }),
      );
    }
    for (const values of [trap({}, "text"), { value: trap({}, "x") }, { list: trap([1, 2], "1") }]) {
      traps.push(holding(values));
    }
    for (const saved of traps) {
      const error = errorOf(() => tree.load(saved));
      expect(error).toBe(thrown);
    }
    expect([JSON.stringify(tree.save()), kept.isDestroyed]).toEqual([before, false]);
  });

  it("that a migration spoils is refused, and so is one that throws or returns a promise", () => {
    const thrown = new Error("cannot be migrated");
    const spoilers: [Migration, unknown][] = [
      [() => ({}) as SavedTree, expect.objectContaining({ code: "invalid_save" })],
      [() => null as never, expect.objectContaining({ code: "invalid_save" })],
      [(async () => {}) as never, expect.objectContaining({ code: "async_transaction" })],
      [
        () => {
          throw thrown;
        },
        thrown,
      ],
      [
        (saved) => {
          saved.root.children = [saved.root];
        },
        expect.objectContaining({ code: "invalid_save" }),
      ],
      [
        (saved) => {
          Object.assign(saved.root, { values: { text: undefined } });
        },
        expect.objectContaining({ message: "root.values.text: expected JSON data, got undefined" }),
      ],
    ];
    for (const [migration, expected] of spoilers) {
      const server = plant([migration]);
      server.root.add(Thing);
      const before = server.tree().save();
      const saved = savedTree(chain(3));
      expect(errorOf(() => server.tree().load(saved))).toEqual(expected);
      expect(server.tree().save()).toEqual(before);
      expect(saved).toEqual(savedTree(chain(3)));
    }
  });

  it("of which members are `undefined` is what is left of it", () => {
    for (const migrations of [[], [idle]]) {
      const tree = plant(migrations).tree();
      const root = { id: 1, type: "Root", key: undefined, values: undefined, tags: undefined, children: undefined };
      tree.load({ ...savedTree(root), comment: undefined });
      expect(tree.root.children).toEqual([]);
    }
  });

  it("is not changed by what is made of it", () => {
    const tree = plant([
      (saved) => forEachSaved(saved, (object) => void Object.assign(object, { tags: ["x"] })),
    ]).tree();
    const saved = JSON.parse(JSON.stringify(savedTree(chain(4))));
    const before = JSON.stringify(saved);
    tree.load(saved);
    expect([JSON.stringify(saved), tree.root.hasTag("x")]).toEqual([before, true]);
  });
});

describe("[OM-12][OM-15] an object whose `init` ran before another one's threw", () => {
  const ended: number[] = [];

  class Counted extends Thing {
    override init(): void {
      if (this.text.value === "bad") throw new Error("init failed");
    }
    override onDestroy(): void {
      ended.push(this.id);
    }
  }

  it("is told that it has gone, once, and none of before is", () => {
    const server = new Server({ models: [Counted] });
    const tree = server.tree();
    tree.root.add(Counted).add(Counted);
    const saved = JSON.parse(JSON.stringify(tree.save()));
    saved.root.children.push({ id: 8, type: "Counted" }, { id: 9, type: "Counted", values: { text: "bad" } });
    expect(errorOf(() => tree.load(saved)).message).toBe("init failed");
    expect(ended.splice(0)).toEqual([3, 2, 8]);
    expect(tree.get(2)?.isDestroyed).toBe(false);
    saved.root.children.pop();
    tree.load(saved);
    expect(ended.splice(0)).toEqual([3, 2]);
  });
});

describe("[OM-35] an object that is destroyed, or of another tree,", () => {
  it("is not saved by this one; one that is alive can be cloned from another tree, without references out of it", () => {
    const server = plant();
    const tree = server.tree();
    const other = plant().tree();
    const [thing, target] = [other.root.add(Thing), other.root.add(Thing)];
    thing.one.set(target);
    thing.many.set([thing, target]);
    server.root.add(Thing).add(Thing);
    expect(errorOf(() => tree.save(thing))).toMatchObject({ code: "wrong_tree" });
    const copy = tree.clone(thing, tree.root);
    expect([copy.one.id, copy.many.value]).toEqual([0, [copy]]);
    thing.destroy();
    for (const attempt of [() => other.save(thing), () => tree.clone(thing, tree.root)]) {
      expect(errorOf(attempt)).toMatchObject({ code: "destroyed" });
    }
    expect(errorOf(() => tree.restore(other.save(target), other.root))).toBeInstanceOf(ObjectSyncError);
  });
});
