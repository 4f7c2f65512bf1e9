import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AuthorityOptions, AuthorityTree } from "./authority.ts";
import { BinaryTopic } from "./binary-topic.ts";
import { DictTopic } from "./dict-topic.ts";
import { EventTopic } from "./event-topic.ts";
import { ListTopic } from "./list-topic.ts";
import { attributeOf, type InitContext, SObject } from "./object.ts";
import { objectInternals } from "./object-internals.ts";
import { RefDictTopic } from "./ref-dict-topic.ts";
import { RefListTopic } from "./ref-list-topic.ts";
import { RefSetTopic } from "./ref-set-topic.ts";
import { RefTopic } from "./ref-topic.ts";
import { forEachSaved, type Migration, renameTypes, type SavedObject, type SavedTree } from "./saved-tree.ts";
import { BooleanTopic, FloatTopic, IntTopic, NumberTopic } from "./scalar-topics.ts";
import { SetTopic } from "./set-topic.ts";
import { StringTopic } from "./string-topic.ts";
import { transact } from "./transaction.ts";
import { TypeRegistry } from "./types.ts";
import { ValueTopic } from "./value-topic.ts";

const calls: string[] = [];

class Everything extends SObject {
  text = new StringTopic("as it begins");
  number = new NumberTopic(1);
  int = new IntTopic();
  float = new FloatTopic();
  flag = new BooleanTopic();
  bytes = new BinaryTopic();
  list = new ListTopic();
  dict = new DictTopic();
  set = new SetTopic<string>();
  value = new ValueTopic();
  press = new EventTopic();
  one = new RefTopic<Everything>();
  many = new RefListTopic<Everything>();
  some = new RefSetTopic<Everything>();
  named = new RefDictTopic<Everything>();

  /** What a program keeps beside its topics. */
  first: Everything | undefined;
  size: NumberTopic | undefined;
  note = "private";

  override build(isParent?: boolean): void {
    calls.push("build");
    if (isParent) this.first = this.add(Everything);
  }
  override init({ isNew }: InitContext): void {
    calls.push(`init ${isNew} ${this.children.length}`);
    this.text.rule("change", () => this.number.add(1));
    if (this.text.value === "bad") throw new Error("init failed");
    if (this.text.value === "writes") this.number.set(3);
  }
  override onDestroy(): void {
    calls.push(`destroy ${this.id}`);
  }
}

class Root extends SObject {}

function setUp(options: Pick<AuthorityOptions, "migrations" | "history"> = {}) {
  calls.length = 0;
  const types = new TypeRegistry();
  for (const each of [SObject, Root, Everything]) types.register(each);
  const errors: string[] = [];
  const tree = new AuthorityTree(types, Root, { ...options, onError: ({ where }) => errors.push(where) });
  return { tree, types, errors };
}

/** A tree with something of all there is. */
function full() {
  const { tree, types } = setUp();
  const a = tree.root.add(Everything, true, { key: "a" });
  const b = tree.root.add(Everything, false, { index: 0 });
  const child = a.first as Everything;
  transact(() => {
    a.text.set("text \u{1f600}");
    a.number.set(-2.5);
    a.int.set(7);
    a.float.set(0.1);
    a.flag.set(true);
    a.bytes.set(Uint8Array.of(0, 255));
    a.list.set([1, { $x: null }, ["y"]]);
    a.dict.set({ one: 1, $two: { three: [3] } });
    a.set.set(["p", "q"]);
    a.value.set({ deep: { $bytes: Uint8Array.of(1), n: 0 } });
    a.one.set(b);
    a.many.set([b, child, b]);
    a.some.set([child]);
    a.named.set({ x: a, y: b });
    child.one.set(tree.root as never);
    a.size = a.addAttribute("size", new NumberTopic(4, { write: "everyone", latest: true }));
    b.addAttribute("log", new ListTopic<string>(["l"]));
    b.addAttribute("press2", new EventTopic());
    b.addTag("red");
    b.addTag("blue");
  });
  return { tree, types, a, b, child };
}

const throughJson = (saved: SavedTree): SavedTree => JSON.parse(JSON.stringify(saved));

function changed(saved: SavedTree, change: (root: SavedObject, saved: Record<string, unknown>) => void): unknown {
  const copy = throughJson(saved);
  change(copy.root, copy as never);
  return copy;
}

describe("[OM-35] a saved tree", () => {
  it("is plain JSON with a format and a version", () => {
    const { tree } = full();
    const saved = tree.save();
    expect(saved).toMatchObject({ format: 1, version: 1, lastId: 4 });
    expect(throughJson(saved)).toEqual(saved);
  });

  it("says what a person would look for", () => {
    const { tree } = full();
    const { children } = tree.save().root;
    expect(children?.[1]).toMatchObject({
      id: 2,
      type: "Everything",
      key: "a",
      values: {
        text: "text \u{1f600}",
        number: -2.5,
        bytes: { $bytes: "AP8=" },
        dict: { one: 1, $$two: { three: [3] } },
        set: ["p", "q"],
        value: { deep: { $$bytes: { $bytes: "AQ==" }, n: 0 } },
        one: 4,
        many: [4, 3, 4],
        named: { x: 2, y: 4 },
      },
      added: { size: { kind: "number", value: 4, write: "everyone", latest: true } },
      fields: { first: 3, size: "size" },
    });
    expect(children?.[0]).toMatchObject({ tags: ["red", "blue"], added: { log: { kind: "list", value: ["l"] } } });
    expect(children?.[0]).not.toHaveProperty("values.press");
  });

  it("leaves out references to what is gone", () => {
    const { tree, a, b } = full();
    b.destroy();
    expect(tree.save(a).root.values).toMatchObject({ one: 0, many: [3], named: { x: 2 } });
  });
});

describe("[OM-36][OM-40] what was saved", () => {
  it("is loaded as it was: ids, keys, values, order, tags, added attributes, references", () => {
    const { tree } = full();
    const saved = throughJson(tree.save());
    const { tree: other } = setUp();
    other.load(saved);
    expect(other.save()).toEqual(saved);
    const a = other.get("a") as Everything;
    expect(a.many.value.map((each) => each?.id)).toEqual([4, 3, 4]);
    expect(a.bytes.value).toEqual(Uint8Array.of(0, 255));
    expect(other.root.children.map(({ id }) => id)).toEqual([4, 2]);
    expect(other.root.children[0]?.hasTag("red")).toBe(true);
  });

  it("[OM-11] goes on with ids that nobody had", () => {
    const { tree } = full();
    tree.root.add(Everything).destroy();
    const { tree: other } = setUp();
    other.load(throughJson(tree.save()));
    expect(other.root.add(Everything).id).toBe(6);
  });

  it("[OM-13][OM-14] has its fields again, without `build`, and `init` runs with everything there, children first", () => {
    const { tree } = full();
    const saved = throughJson(tree.save());
    const { tree: other } = setUp();
    other.load(saved);
    expect(calls).toEqual(["init false 0", "init false 0", "init false 1"]);
    const a = other.get("a") as Everything;
    expect(a.first).toBe(a.children[0]);
    expect(a.size).toBe(a.attribute("size", NumberTopic));
    expect(a.note).toBe("private");
    a.text.set("rules are there");
    expect(a.number.value).toBe(-1.5);
  });

  it("destroys what was there, and listeners of the tree hear of it", () => {
    const { tree } = full();
    const saved = tree.save();
    const { tree: other } = setUp();
    const old = other.root.add(Everything);
    const heard: unknown[] = [];
    other.on("reset", ({ root }) => heard.push(root));
    other.load(saved);
    expect(heard).toEqual([other.root]);
    expect(old.isDestroyed).toBe(true);
    expect(calls).toContain("destroy 2");
  });

  it("is not loaded inside of a transaction", () => {
    const { tree } = full();
    const saved = tree.save();
    expect(() => transact(() => tree.load(saved))).toThrow(expect.objectContaining({ code: "in_transaction" }));
  });

  it("is restored below an object, with its ids; references out of it stay", () => {
    const { tree, a, b } = full();
    const saved = throughJson(tree.save(a));
    a.destroy();
    calls.length = 0;
    const again = tree.restore<Everything>(saved, tree.root, { index: 0 });
    expect(tree.save(again)).toEqual({ ...saved, lastId: 4 });
    expect(again).not.toBe(a);
    expect(again.one.value).toBe(b);
    expect([tree.root.children[0], tree.get("a")]).toEqual([again, again]);
    expect(calls).toEqual(["init false 0", "init false 1"]);
  });

  it("[OM-14] is in the field of its parent again that held it", () => {
    const { tree, a, child } = full();
    const saved = throughJson(tree.save(child));
    child.destroy();
    const again = tree.restore<Everything>(saved, a);
    expect(again).not.toBe(child);
    expect(a.first).toBe(again);
    expect(tree.save(a).root.fields).toMatchObject({ first: child.id });
  });

  it("is taken back with the transaction in which it was restored", () => {
    const { tree, a } = full();
    const saved = tree.save(a);
    a.destroy();
    const before = tree.save();
    calls.length = 0;
    expect(() =>
      transact(() => {
        tree.restore(saved, tree.root);
        throw new Error("no");
      }),
    ).toThrow("no");
    expect(tree.save().root).toEqual(before.root);
    expect(calls).toEqual(["init false 0", "init false 1", "destroy 3", "destroy 2"]);
  });

  it("cannot be written in `init`, and an `init` that throws leaves nothing behind", () => {
    const { tree, a } = full();
    for (const [text, code] of [
      ["bad", undefined],
      ["writes", "observer_write"],
    ] as const) {
      const saved = changed(tree.save(), ({ children }) => {
        (children?.[0]?.values as Record<string, unknown>).text = text;
      });
      const before = tree.save();
      const matcher = code ? expect.objectContaining({ code }) : "init failed";
      expect(() => tree.load(saved)).toThrow(matcher as never);
      expect(tree.save()).toEqual(before);
      expect(a.isDestroyed).toBe(false);
      const part = { ...(saved as SavedTree), root: (saved as SavedTree).root.children?.[0] };
      a.parent?.children[0]?.destroy();
      const size = tree.size;
      expect(() => tree.restore(part, tree.root)).toThrow(matcher as never);
      expect(tree.size).toBe(size);
      tree.load(before);
      break;
    }
  });
});

describe("[OM-36][OM-37] the options of an added attribute", () => {
  const OPTIONS = { write: "everyone", optimistic: false, history: false } as const;

  /** What was saved, loaded, restored or cloned, by turns: an object with an attribute and a tag, and how it came. */
  const ways: readonly (readonly [string, (tree: AuthorityTree, object: SObject) => SObject])[] = [
    [
      "load",
      (tree) => {
        tree.load(throughJson(tree.save()));
        return tree.root.child(2);
      },
    ],
    [
      "restore",
      (tree, object) => {
        const saved = throughJson(tree.save(object));
        object.destroy();
        return tree.restore(saved, tree.root);
      },
    ],
    ["clone", (tree, object) => tree.clone(object, tree.root)],
  ];

  it.each(ways)("are by `%s` as they were, and whatever it is then is saved as it was", (_, way) => {
    const { tree } = setUp({ history: { record: "all" } });
    const object = tree.root.add(SObject);
    object.addAttribute("secret", new StringTopic("s", OPTIONS));
    object.addAttribute("plain", new StringTopic("p"));
    object.addTag("red");
    const { added, tags } = tree.save(object).root;
    expect(added).toEqual({
      secret: { kind: "string", value: "s", ...OPTIONS },
      plain: { kind: "string", value: "p" },
    });
    const copy = way(tree, object);
    expect(tree.save(copy).root).toMatchObject({ added, tags });
    const { attributes } = objectInternals.shape(copy);
    expect(attributeOf(copy, attributes.length + 1)).toMatchObject({ write: "everyone", isOptimistic: false });
    tree.history.clear();
    copy.attribute("secret", StringTopic).set("other");
    copy.addTag("blue");
    copy.removeTag("red");
    expect(tree.history.entries).toHaveLength(0);
    copy.attribute("plain", StringTopic).set("other");
    expect(tree.history.entries).toHaveLength(1);
  });
});

describe("[OM-37] a clone", () => {
  it("has ids of its own; references inside it lead to the copy, others stay; it has no keys", () => {
    const { tree, a, b } = full();
    const copy = tree.clone(a, b);
    expect([copy.id, copy.first?.id]).toEqual([5, 6]);
    expect(copy.first).toBe(copy.children[0]);
    expect(copy.many.ids).toEqual([4, 6, 4]);
    expect(copy.named.value).toEqual({ x: copy, y: b });
    expect(copy.first?.one.value).toBe(tree.root);
    expect(copy.key).toBeUndefined();
    expect(copy.text.value).toBe(a.text.value);
    expect(tree.get("a")).toBe(a);
  });

  it("may be one of saved objects, and of an object into itself", () => {
    const { tree, a, b } = full();
    const saved = throughJson(tree.save(a));
    a.destroy();
    expect(tree.clone(saved, b).children).toHaveLength(1);
    expect(tree.clone(b, b).children).toHaveLength(1);
  });

  it("leaves out references to what is not there any more", () => {
    const { tree, a, b } = full();
    const saved = tree.save(a);
    b.destroy();
    expect(tree.clone<Everything>(saved, tree.root).many.ids).toEqual([6]);
  });
});

describe("saved data of an older version", () => {
  it("[OM-38] has its types renamed, at every depth", () => {
    const { tree } = full();
    const saved = throughJson(tree.save());
    forEachSaved(saved, (object) => {
      if (object.type === "Everything") object.type = "Thing";
    });
    const { tree: other } = setUp({ migrations: [renameTypes({ Thing: "Everything" })] });
    other.load(saved);
    expect(other.root.search({ type: Everything })).toHaveLength(3);
    expect(saved.root.children?.[0]?.type).toBe("Thing");
    expect(other.save().version).toBe(2);
  });

  it("[OM-39] goes through each migration since, in order, and through none that it has behind it", () => {
    const ran: number[] = [];
    const migrations: Migration[] = [1, 2, 3].map((number) => (saved) => {
      ran.push(number);
      forEachSaved(saved, ({ values }) => {
        if (values) values.text = `${values.text} ${number}`;
      });
    });
    const { tree } = full();
    const saved = { ...throughJson(tree.save()), version: 2 };
    const { tree: other } = setUp({ migrations });
    other.load(saved);
    expect(ran).toEqual([2, 3]);
    expect((other.get("a") as Everything).text.value).toBe("text \u{1f600} 2 3");
    other.load(other.save());
    expect(ran).toEqual([2, 3]);
  });

  it("may be replaced by a migration", () => {
    const { tree } = setUp({
      migrations: [() => ({ format: 1, version: 2, lastId: 9, root: { id: 1, type: "Root" } })],
    });
    tree.load({ format: 1, version: 1, lastId: 1, root: { id: 1, type: "Old" } });
    expect(tree.root.add(Everything).id).toBe(10);
  });
});

/** What is to be something else. */
type Edit = (root: SavedObject, saved: Record<string, unknown>) => [holder: object, member: string, value: unknown];

describe("[OM-48] bad saved data", () => {
  const values = (root: SavedObject): Record<string, unknown> => root.children?.[1]?.values as Record<string, unknown>;
  const second = (root: SavedObject): Record<string, unknown> => root.children?.[1] as never;
  const withProto = (): unknown => JSON.parse('{"__proto__": 1}');

  it.each<[what: string, place: string, edit: Edit]>([
    ["an unknown format", "format: expected 1, got 2", (_, saved) => [saved, "format", 2]],
    ["a version that is not there yet", "version: expected 1 to 1", (_, saved) => [saved, "version", 2]],
    ["no version", "version: ", (_, saved) => [saved, "version", undefined]],
    ["no root", "root: expected an object, got undefined", (_, saved) => [saved, "root", undefined]],
    ["no last id", "lastId: ", (_, saved) => [saved, "lastId", undefined]],
    ["a root of another type", "root.type: ", (root) => [root, "type", "Everything"]],
    ["a root with another id", "root.id: the id of a root is 1", (root) => [root, "id", 9]],
    ["an unknown type", "root.children[1].type: no type Nothing", (root) => [second(root), "type", "Nothing"]],
    ["the type __proto__", "root.children[1].type: no type __proto__", (root) => [second(root), "type", "__proto__"]],
    ["a type that is no name", "root.children[1].type: ", (root) => [second(root), "type", 3]],
    ["a duplicate id", "root.children[1].id: the id 4 occurs twice", (root) => [second(root), "id", 4]],
    ["an id that is none", "root.children[1].id: ", (root) => [second(root), "id", -1]],
    ["a duplicate key", "root.children[1].key: the key", (root) => [root.children?.[0] as SavedObject, "key", "a"]],
    ["the key __proto__", "root.children[1].key: ", (root) => [second(root), "key", "__proto__"]],
    [
      "a value of the wrong type",
      "root.children[1].values.text: expected a string, got 5",
      (root) => [values(root), "text", 5],
    ],
    ["bytes that are none", "root.children[1].values.bytes: ", (root) => [values(root), "bytes", { $bytes: "%" }]],
    ["an unknown attribute", "root.children[1].values.title: ", (root) => [values(root), "title", "x"]],
    ["a value of an event", "root.children[1].values.press: ", (root) => [values(root), "press", 1]],
    [
      "__proto__ as an attribute",
      "root.children[1].values.__proto__: ",
      (root) => [second(root), "values", withProto()],
    ],
    ["__proto__ in a dict", "root.children[1].values.dict: ", (root) => [values(root), "dict", withProto()]],
    ["__proto__ in a value", "root.children[1].values.value: ", (root) => [values(root), "value", [withProto()]]],
    [
      "__proto__ as a field",
      "root.children[1].fields.__proto__: ",
      (root) => [second(root), "fields", JSON.parse('{"__proto__": 3}')],
    ],
    ["a method as a field", "root.children[1].fields.destroy: ", (root) => [second(root), "fields", { destroy: 3 }]],
    ["a field of nobody's child", "root.children[1].fields.first: ", (root) => [second(root), "fields", { first: 4 }]],
    [
      "a dangling reference",
      "root.children[1].values.one: a reference to object 99",
      (root) => [values(root), "one", 99],
    ],
    [
      "a dangling reference in a list",
      "root.children[1].values.many: a reference to object 98",
      (root) => [values(root), "many", [3, 98]],
    ],
    ["an unknown member", 'root.children[1]: there is no member "kids"', (root) => [second(root), "kids", []]],
    [
      "children that are none",
      "root.children[1].children: expected an array",
      (root) => [second(root), "children", {}],
    ],
    [
      "a child that is none",
      "root.children[1].children[0]: expected an object, got null",
      (root) => [second(root), "children", [null]],
    ],
    ["tags that are none", "root.children[1].tags: ", (root) => [second(root), "tags", [1]]],
    [
      "an added attribute of no kind",
      "root.children[1].added.x: ",
      (root) => [second(root), "added", { x: { kind: "no" } }],
    ],
    [
      "an added attribute that a method has",
      "root.children[1].added.destroy: ",
      (root) => [second(root), "added", { destroy: { kind: "int" } }],
    ],
    [
      "an added value of the wrong type",
      "root.children[1].added.x.value: ",
      (root) => [second(root), "added", { x: { kind: "int", value: "s" } }],
    ],
  ])("with %s is refused with the place, and nothing is loaded", (_what, place, edit) => {
    const { tree } = full();
    const before = tree.save();
    calls.length = 0;
    const saved = changed(before, (root, all) => {
      const [holder, member, value] = edit(root, all);
      Object.assign(holder, { [member]: value });
    });
    const error = codeOf(() => tree.load(saved));
    expect(error).toMatchObject({ code: "invalid_save" });
    expect((error as Error).message).toContain(place);
    expect(tree.save()).toEqual(before);
    expect(calls).toEqual([]);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it("that is below itself is refused", () => {
    const { tree } = full();
    const saved = throughJson(tree.save());
    const child = saved.root.children?.[0] as SavedObject;
    child.children = [child];
    expect(codeOf(() => tree.load(saved))).toMatchObject({ code: "invalid_save" });
  });

  it("that is too deep, or would be where it is put, is refused", () => {
    const { tree } = full();
    let root: SavedObject = { id: 1000, type: "Everything" };
    for (let id = 999; id > 500; id--) root = { id, type: "Everything", children: [root] };
    const saved = { ...tree.save(), root };
    expect(codeOf(() => tree.restore(saved, tree.root))).toMatchObject({ code: "invalid_save" });
    const fitting = { ...saved, root: root.children?.[0] as SavedObject };
    tree.restore(fitting, tree.root);
    expect(codeOf(() => tree.clone(fitting as SavedTree, tree.get(1000) as SObject))).toMatchObject({
      code: "invalid_save",
    });
  });

  it("whose ids or keys are in use is refused", () => {
    const { tree, a } = full();
    const saved = tree.save(a);
    expect(codeOf(() => tree.restore(saved, tree.root))).toMatchObject({
      message: expect.stringContaining("root.id: there is an object 2"),
    });
    const other = { ...saved, root: { id: 50, type: "Everything", key: "a" } };
    expect(codeOf(() => tree.restore(other, tree.root))).toMatchObject({
      message: expect.stringContaining("root.key: the key a"),
    });
  });

  it("that is anything at all is refused with a code", () => {
    const { tree } = full();
    const saved = tree.save();
    const before = JSON.stringify(tree.save());
    fc.assert(
      fc.property(fc.nat(1e6), fc.jsonValue(), (where, junk) => {
        // Something else in the place of any one value of the data.
        const copy = throughJson(saved);
        const places: [Record<string, unknown>, string][] = [];
        const collect = (value: unknown): void => {
          if (typeof value !== "object" || value === null) return;
          for (const [name, item] of Object.entries(value)) {
            places.push([value as Record<string, unknown>, name]);
            collect(item);
          }
        };
        collect(copy);
        const [holder, name] = places[where % places.length] as [Record<string, unknown>, string];
        holder[name] = junk;
        const { tree: target } = setUp();
        const error = codeOf(() => target.load(copy));
        if (error) expect(error).toMatchObject({ code: "invalid_save" });
        else target.save();
      }),
      { numRuns: 500, seed: 20_261_120 },
    );
    expect(JSON.stringify(tree.save())).toBe(before);
  });
});

function codeOf(fn: () => unknown): unknown {
  try {
    fn();
  } catch (error) {
    return error;
  }
  return undefined;
}
