/**
 * Files that were saved once, by earlier versions. NEVER change a file in test/saved: what users have on their disks does
 * not change either. Whatever becomes of the library, and of the classes below, each of these files must load.
 *
 * A new format of the library: add a file of it. A new version of the example application: add a file of the last version,
 * and a migration.
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { AuthorityTree } from "../core/authority.ts";
import { BinaryTopic } from "../core/binary-topic.ts";
import { DictTopic } from "../core/dict-topic.ts";
import { EventTopic } from "../core/event-topic.ts";
import { TOPIC_CLASSES } from "../core/kinds.ts";
import { ListTopic } from "../core/list-topic.ts";
import { type ObjectClass, SObject } from "../core/object.ts";
import { RefDictTopic } from "../core/ref-dict-topic.ts";
import { RefListTopic } from "../core/ref-list-topic.ts";
import { RefSetTopic } from "../core/ref-set-topic.ts";
import { RefTopic } from "../core/ref-topic.ts";
import { forEachSaved, type Migration, renameTypes, SAVED_FORMAT, type SavedTree } from "../core/saved-tree.ts";
import { BooleanTopic, FloatTopic, IntTopic, NumberTopic } from "../core/scalar-topics.ts";
import { SetTopic } from "../core/set-topic.ts";
import { StringTopic } from "../core/string-topic.ts";
import { TypeRegistry } from "../core/types.ts";
import { ValueTopic } from "../core/value-topic.ts";

const folder = new URL("saved/", import.meta.url);

/** The hashes of what is in the files as they were committed. */
const COMMITTED: Record<string, string> = {
  "format-1.json": "dd667bbe893bebb6",
  "notes-1.json": "6857a7a38803298e",
  "notes-2.json": "96f3d95da510580f",
  "notes-3.json": "04449432bd3bea0c",
};

function read(file: string): SavedTree {
  return JSON.parse(readFileSync(new URL(file, folder), "utf8"));
}

function plant(
  root: ObjectClass,
  models: readonly ObjectClass[],
  migrations: readonly Migration[] = [],
): AuthorityTree {
  const types = new TypeRegistry();
  for (const each of [root, ...models]) types.register(each);
  return new AuthorityTree(types, root, { migrations });
}

describe("[OM-39] the files that were saved by earlier versions", () => {
  it("are those that were committed: never change one", () => {
    const files = readdirSync(folder).sort();
    const hashes = files.map((file) => {
      // However it is laid out.
      const hash = createHash("sha256").update(JSON.stringify(read(file)));
      return [file, hash.digest("hex").slice(0, 16)];
    });
    expect(Object.fromEntries(hashes)).toEqual(COMMITTED);
  });

  it("have one of each format of the library, and of each version of the example application but today's", () => {
    const files = Object.keys(COMMITTED);
    const formats = Array.from({ length: SAVED_FORMAT }, (_, index) => `format-${index + 1}.json`);
    const versions = migrations.map((_, index) => `notes-${index + 1}.json`);
    expect(files.sort()).toEqual([...formats, ...versions].sort());
  });
});

class Everything extends SObject {
  text = new StringTopic();
  number = new NumberTopic();
  int = new IntTopic();
  float = new FloatTopic();
  flag = new BooleanTopic();
  bytes = new BinaryTopic();
  list = new ListTopic();
  dict = new DictTopic();
  set = new SetTopic<string | number | boolean>();
  value = new ValueTopic();
  press = new EventTopic();
  one = new RefTopic();
  many = new RefListTopic();
  some = new RefSetTopic();
  named = new RefDictTopic();
  progress = new NumberTopic(0, { latest: true });

  first: Everything | undefined;
  size: NumberTopic | undefined;
}

class Branch extends Everything {
  static override readonly lazy = true;
}

class World extends Everything {}

describe("[OM-39][OM-36] format 1 of the library", () => {
  function load() {
    const tree = plant(World, [Everything, Branch]);
    tree.load(read("format-1.json"));
    const [root, first, branch, leaf] = [1, 2, 3, 4].map((id) => tree.get(id)) as Everything[] as [
      Everything,
      Everything,
      Everything,
      Everything,
    ];
    return { tree, root, first, branch, leaf };
  }

  it("has something of each kind that there was, and whatever kinds there are now load from it", () => {
    const kinds = ["string", "number", "int", "float", "boolean", "binary", "list", "dict", "set", "value", "event"];
    const references = ["ref", "refList", "refSet", "refDict"];
    const known = TOPIC_CLASSES.map((topicClass) => new topicClass().kind.name);
    expect(known).toEqual(expect.arrayContaining([...kinds, ...references]));
  });

  it("loads with all that is in it", () => {
    const { tree, root, first, branch, leaf } = load();
    expect([root, first, branch, leaf].map(({ type, key, parent }) => [type, key, parent?.id])).toEqual([
      ["World", undefined, undefined],
      ["Everything", "the first", 1],
      ["Branch", undefined, 1],
      ["Everything", undefined, 3],
    ]);
    expect(root.children).toEqual([branch, first]);
    expect(branch.isLazy).toBe(true);
    expect(first.text.value).toBe('text \u{1f600} \u2028 "quoted"\n');
    expect([first.number.value, first.int.value, first.float.value]).toEqual([-2.5, Number.MAX_SAFE_INTEGER, 0.1]);
    expect([first.flag.value, first.progress.value]).toEqual([true, 42]);
    expect(first.bytes.value).toEqual(Uint8Array.of(0, 127, 128, 255));
    expect(first.list.value).toEqual([1, null, "two", { three: [3, {}] }, []]);
    expect(first.dict.value).toEqual({ one: 1, $price: { $: [2] }, constructor: "no class" });
    expect(first.set.value).toEqual(new Set(["s", 2, true]));
    expect(first.value.value).toEqual({
      deep: { $bytes: Uint8Array.of(1, 2), list: [{ bytes: new Uint8Array() }] },
      nothing: null,
    });
    expect(first.one.value).toBe(branch);
    expect(first.many.value).toEqual([branch, leaf, branch]);
    expect(first.some.value).toEqual(new Set([root, leaf]));
    expect(first.named.value).toEqual({ x: first, "": leaf });
    expect([root.first, branch.first, leaf.one.value]).toEqual([first, leaf, first]);
    expect(root.value.value).toEqual([1.5, "any"]);
    expect([...first.tagNames].sort()).toEqual(["blüe", "red"]);
    expect(first.size).toBe(first.attribute("size", NumberTopic));
    expect(first.size?.value).toBe(4);
    expect(first.attribute("log", ListTopic).value).toEqual(["first", { second: 2 }]);
    expect(first.attribute("owner", RefTopic).value).toBe(root);
    expect(first.hasAttribute("bell")).toBe(true);
    expect(tree.root.add(Everything).id).toBe(6);
  });

  it("is saved and loaded again without a loss", () => {
    const { tree } = load();
    const saved = tree.save();
    const other = plant(World, [Everything, Branch]);
    other.load(JSON.parse(JSON.stringify(saved)));
    expect(other.save()).toEqual(saved);
    // What there was is there: today's save may say more.
    expect(saved).toMatchObject({ ...read("format-1.json"), format: SAVED_FORMAT });
  });
});

/** The example application, as it is today: version 4. */
class Notebook extends SObject {
  title = new StringTopic();
  pinned = new RefListTopic<Note>();
}

class Note extends SObject {
  text = new StringTopic();
  givenName = new StringTopic();
  familyName = new StringTopic();
  done = new BooleanTopic();
}

const migrations: readonly Migration[] = [
  renameTypes({ Memo: "Note" }),
  // An author was one text.
  (saved) =>
    forEachSaved(saved, ({ type, values }) => {
      if (type !== "Note" || !values) return;
      const { author = "" } = values;
      const [givenName = "", ...familyName] = String(author).split(" ");
      Object.assign(values, { givenName, familyName: familyName.join(" ") });
      delete values.author;
    }),
  // Whether a note is done was said by an object of its own below it.
  (saved) =>
    forEachSaved(saved, (object) => {
      if (object.type !== "Note") return;
      const { values = {}, children = [] } = object;
      const status = children.find(({ type }) => type === "Status");
      object.values = { ...values, done: status?.values?.done ?? false };
      object.children = children.filter((child) => child !== status);
      delete object.fields?.status;
    }),
];

describe("[OM-39] the example application", () => {
  it.each([1, 2, 3])("loads what its version %i saved", (version) => {
    const saved = read(`notes-${version}.json`);
    expect(saved.version).toBe(version);
    const tree = plant(Notebook, [Note], migrations);
    tree.load(saved);
    const [engine, program, brass] = [2, 4, 6].map((id) => tree.get(id)) as Note[] as [Note, Note, Note];
    const describeNote = ({ text, givenName, familyName, done }: Note): unknown[] =>
      [text, givenName, familyName, done].map(({ value }) => value);
    expect(describeNote(engine)).toEqual(["Build the engine", "Charles", "Babbage", false]);
    expect(describeNote(program)).toEqual(["Write the program", "Ada", "King Lovelace", true]);
    expect(describeNote(brass)).toEqual(["Order brass", "Joseph", "", true]);
    const { title, pinned, children } = tree.root as Notebook;
    expect([title.value, pinned.value, children]).toEqual(["My notebook", [program, engine], [engine, program]]);
    expect([brass.parent, program.key, program.hasTag("urgent"), tree.size]).toEqual([engine, "program", true, 4]);
    // The ids of what has become an attribute are not given again.
    expect(tree.root.add(Note).id).toBe(8);
    expect(tree.save().version).toBe(4);
    // The file's data is as it was.
    expect(saved).toEqual(read(`notes-${version}.json`));
  });

  it("says that it is too old for what a later version saved", () => {
    const tree = plant(Notebook, [Note], migrations.slice(0, 1));
    expect(() => tree.load(read("notes-3.json"))).toThrow(
      "version: expected 1 to 2, one more than there are migrations, got 3",
    );
  });
});
