import { beforeEach, describe, expect, it } from "vitest";
import { DONE } from "../test/parts.ts";
import { AuthorityTree } from "./authority.ts";
import { BinaryTopic } from "./binary-topic.ts";
import { DictTopic } from "./dict-topic.ts";
import { EventTopic } from "./event-topic.ts";
import { ListTopic } from "./list-topic.ts";
import { type InitContext, SObject } from "./object.ts";
import { MAX_TREE_DEPTH } from "./place.ts";
import { RefDictTopic } from "./ref-dict-topic.ts";
import { RefListTopic } from "./ref-list-topic.ts";
import { RefSetTopic } from "./ref-set-topic.ts";
import { RefTopic } from "./ref-topic.ts";
import { NumberTopic } from "./scalar-topics.ts";
import { SetTopic } from "./set-topic.ts";
import { StringTopic } from "./string-topic.ts";
import { topicInternals } from "./topic.ts";
import { track } from "./track.ts";
import { transact, transactAs } from "./transaction.ts";
import { TypeRegistry } from "./types.ts";
import { ValueTopic } from "./value-topic.ts";

const calls: string[] = [];

class Thing extends SObject {
  readonly text = new StringTopic("as it begins");
  readonly number = new NumberTopic(1);
  readonly bytes = new BinaryTopic();
  readonly list = new ListTopic<unknown>();
  readonly dict = new DictTopic<unknown>();
  readonly set = new SetTopic<string>();
  readonly value = new ValueTopic<unknown>();
  readonly press = new EventTopic();
  readonly one = new RefTopic<Thing>();
  readonly many = new RefListTopic<Thing>();
  readonly some = new RefSetTopic<Thing>();
  readonly named = new RefDictTopic<Thing>();

  /** What a program keeps beside its topics. */
  first: Thing | undefined;
  size: NumberTopic | undefined;
  readonly made = [0];

  override build(children = 0): void {
    calls.push("build");
    for (let count = 0; count < children; count++) this.add(Thing);
    this.first = this.children[0] as Thing | undefined;
  }

  override init({ isNew }: InitContext): void {
    const fields = `first ${this.first?.id ?? "none"}, size ${this.size?.value ?? "none"}`;
    calls.push(`init ${this.id} ${isNew}, ${this.text.value}, ${this.children.length} below, ${fields}`);
    this.number.rule("change", () => this.text.set("ruled"));
  }

  override onDestroy(): void {
    calls.push(`destroy ${this.id}`);
  }
}

class Other extends Thing {}

let tree: AuthorityTree;
let types: TypeRegistry;
let root: Thing;

beforeEach(() => {
  types = new TypeRegistry();
  for (const each of [Thing, Other]) types.register(each);
  tree = new AuthorityTree(types, Thing, { history: { record: "all", mergeMs: 0 } });
  root = tree.root as Thing;
  calls.length = 0;
});

const CONFLICT = { undone: false, skipped: 1, reason: "conflict" };

/** An object with something of all that there is, in the middle of others, to which and from which references lead. */
function full(): Thing {
  const [before, thing] = [root.add(Thing), root.add(Thing, 2, { key: "thing" })];
  root.add(Thing);
  const [first, second] = thing.children as [Thing, Thing];
  transact(() => {
    thing.number.set(-2.5);
    thing.text.set("text \u{1f600}");
    thing.bytes.set(Uint8Array.of(1, 2, 3));
    thing.list.push({ a: [1] }, null, "x");
    thing.dict.set({ a: 1, b: [2] });
    thing.set.set(["z", "a", "m"]);
    thing.value.set({ deep: { bytes: Uint8Array.of(9) } });
    thing.addTag("red");
    second.addTag("blue");
    thing.size = thing.addAttribute("size", new NumberTopic(7, { write: "everyone", optimistic: false }));
    first.addAttribute("log", new StringTopic("log", { history: false })).insert(3, "ged");
    first.text.set("first");
    second.moveTo(thing, { index: 0 });
    first.add(Other, undefined, { key: "deep" }).text.set("deep");
    thing.one.set(first);
    thing.many.push(thing, before, second);
    before.one.set(thing);
    before.many.push(second, thing);
    before.some.add(first);
    before.named.put("thing", thing);
    root.one.set(thing);
  });
  return thing;
}

function revived<T extends SObject>({ id }: T): T {
  return tree.get(id) as T;
}

describe("what comes back by an undo", () => {
  it("[OM-17] is saved as it was before it was destroyed: with ids, keys, values, tags, attributes and order", () => {
    const thing = full();
    const before = tree.save();
    thing.destroy();
    const without = tree.save();
    expect(without).not.toEqual(before);
    for (let round = 0; round < 3; round++) {
      expect(root.undo()).toEqual(DONE);
      expect(tree.save()).toEqual(before);
      expect(root.redo()).toEqual(DONE);
      expect(tree.save()).toEqual(without);
    }
  });

  it("[OM-17] are new instances with the ids of the old, which stay as they were", () => {
    const thing = full();
    const [second, first] = thing.children as [Thing, Thing];
    thing.destroy();
    root.undo();
    const again = revived(thing);
    expect(again).not.toBe(thing);
    expect([again.isDestroyed, thing.isDestroyed, again.constructor]).toEqual([false, true, Thing]);
    expect(again.children).toEqual([revived(second), revived(first)]);
    expect([tree.get("thing"), tree.get("deep")]).toEqual([again, revived(first).children[0]]);
    expect(tree.get("deep")).toBeInstanceOf(Other);
    expect([...again.tagNames, ...(again.children[0] as Thing).tagNames]).toEqual(["red", "blue"]);
    again.list.push("more");
    again.bytes.insert(0, Uint8Array.of(0));
    expect([thing.list.value.length, thing.bytes.length, thing.text.value]).toEqual([3, 3, "text \u{1f600}"]);
  });

  it("[OM-13][OM-14] starts without `build`, children first, with its fields, and cannot be written then", () => {
    const thing = full();
    const [second, first] = thing.children as [Thing, Thing];
    thing.destroy();
    calls.length = 0;
    root.undo();
    const deep = revived(first).children[0] as Thing;
    expect(calls).toEqual([
      `init ${second.id} false, as it begins, 0 below, first none, size none`,
      `init ${deep.id} false, deep, 0 below, first none, size none`,
      `init ${first.id} false, first, 1 below, first none, size none`,
      `init ${thing.id} false, text \u{1f600}, 2 below, first ${first.id}, size 7`,
    ]);
    const again = revived(thing);
    expect([again.first, again.size]).toEqual([revived(first), again.attribute("size", NumberTopic)]);
    expect(again.made).toEqual([0]);
    again.number.set(3);
    expect(again.text.value).toBe("ruled");
  });

  it("[OM-14] is again in the field of its parent that held it", () => {
    const thing = root.add(Thing, 1);
    const child = thing.first as Thing;
    child.destroy();
    root.undo();
    expect(thing.first).toBe(revived(child));
    thing.first = undefined;
    root.redo();
    root.undo();
    expect(thing.first).toBeUndefined();
  });

  it("[OM-15] is told of each end once", () => {
    const thing = root.add(Thing, 1);
    const child = thing.children[0] as Thing;
    calls.length = 0;
    thing.destroy();
    root.undo();
    root.redo();
    expect(calls.filter((call) => call.startsWith("destroy"))).toEqual([
      `destroy ${child.id}`,
      `destroy ${thing.id}`,
      `destroy ${child.id}`,
      `destroy ${thing.id}`,
    ]);
  });

  it("[OM-33] is what references lead to again, those from outside, within and above", () => {
    const thing = full();
    const [before] = root.children as [Thing];
    const seen: unknown[] = [];
    const stop = track(() => seen.push(before.one.value?.id));
    thing.destroy();
    expect([before.one.value, root.one.value, before.many.value]).toEqual([null, null, [null, null]]);
    root.undo();
    const again = revived(thing);
    const [second, first] = again.children as [Thing, Thing];
    expect([before.one.value, root.one.value, before.named.value]).toEqual([again, again, { thing: again }]);
    expect([before.many.value, [...before.some.value]]).toEqual([[second, again], [first]]);
    expect([again.one.value, again.many.value]).toEqual([first, [again, before, second]]);
    expect(seen).toEqual([thing.id, undefined, thing.id]);
    stop();
  });

  it("[OM-17] has its attributes beyond its type as they were, with all that is said of them", () => {
    const thing = full();
    const [, first] = thing.children as [Thing, Thing];
    thing.destroy();
    root.undo();
    const size = revived(thing).attribute("size", NumberTopic);
    expect([topicInternals.writeAccess(size), topicInternals.isOptimistic(size), size.value]).toEqual([
      "everyone",
      false,
      7,
    ]);
    const log = revived(first).attribute("log", StringTopic);
    log.set("not recorded");
    expect(root.redo()).toEqual(DONE);
    root.undo();
    expect(revived(first).attribute("log", StringTopic).value).toBe("not recorded");
  });

  it("[TO-35] can have its attributes undone and redone like any other", () => {
    const thing = root.add(Thing);
    thing.addAttribute("a", new StringTopic("a")).insert(1, "b");
    thing.addAttribute("gone", new StringTopic("gone"));
    thing.removeAttribute("gone");
    thing.destroy();
    root.undo();
    // It has no slot that was used before.
    transactAs({ author: { client: 1, transaction: 1 } }, () => {
      revived(thing).addAttribute("more", new StringTopic("more"));
    });
    expect(tree.history.undo({ client: 0 })).toEqual(DONE);
    expect(revived(thing).attribute("gone", StringTopic).value).toBe("gone");
    expect(tree.history.undo({ client: 1 })).toEqual(DONE);
    expect([revived(thing).hasAttribute("more"), revived(thing).hasAttribute("gone")]).toEqual([false, true]);
    for (let count = 0; count < 3; count++) expect(root.undo()).toEqual(DONE);
    expect([revived(thing).hasAttribute("gone"), revived(thing).hasAttribute("a")]).toEqual([false, false]);
    root.redo();
    expect(revived(thing).attribute("a", StringTopic).value).toBe("a");
    root.redo();
    expect(revived(thing).attribute("a", StringTopic).value).toBe("ab");
  });

  it("[OM-17] is at the place where it was, or beside who has it", () => {
    const things = Array.from({ length: 4 }, () => root.add(Thing));
    const ids = (): number[] => root.children.map(({ id }) => id);
    const before = ids();
    (things[1] as Thing).destroy();
    tree.root.add(Thing, 0, { index: 1 });
    const between = root.children[1] as Thing;
    tree.history.undo({ below: root });
    tree.history.undo({ below: root });
    expect(ids()).toEqual(before);
    root.redo();
    root.redo();
    expect(ids()).toEqual([before[0], between.id, before[2], before[3]]);
  });

  it("[OM-12] leaves no trace where its `init` throws, and is told that it ended if it had started", () => {
    class Picky extends Thing {
      override init(context: InitContext): void {
        if (!context.isNew) throw new Error("cannot come back");
        super.init(context);
      }
    }
    types.register(Picky);
    const picky = root.add(Picky, 1);
    const child = picky.children[0] as Thing;
    picky.destroy();
    const before = tree.save();
    calls.length = 0;
    expect(() => root.undo()).toThrow("cannot come back");
    expect(tree.save()).toEqual(before);
    expect([tree.get(picky.id), tree.get(child.id)]).toEqual([undefined, undefined]);
    expect(calls).toEqual([
      `init ${child.id} false, as it begins, 0 below, first none, size none`,
      `destroy ${child.id}`,
    ]);
  });

  it("[AT-26] cannot write in its `init`", () => {
    class Writer extends Thing {
      override init({ isNew }: InitContext): void {
        if (!isNew) this.text.set("written");
      }
    }
    types.register(Writer);
    root.add(Writer).destroy();
    expect(() => root.undo()).toThrow(expect.objectContaining({ code: "observer_write" }));
  });

  it("[HI-15] stays away where its key is in use, its type is gone or it would be too deep", () => {
    const thing = root.add(Thing, 0, { key: "thing" });
    thing.destroy();
    transact(() => root.add(Thing, 0, { key: "thing" }));
    expect(tree.history.entries).toHaveLength(3);
    const same = tree.get("thing") as Thing;
    const other = same.add(Other);
    other.destroy();
    types.unregister("Other");
    expect(root.undo()).toMatchObject(CONFLICT);
    // The step that made it.
    expect(root.undo()).toMatchObject(CONFLICT);
    tree.history.clear();
    const [low, high] = [root.add(Thing), root.add(Thing)];
    let deepest: SObject = high;
    for (let depth = 3; depth < MAX_TREE_DEPTH; depth++) deepest = deepest.add(Thing);
    const part = low.add(Thing);
    part.add(Thing);
    tree.history.clear();
    part.destroy();
    low.moveTo(deepest);
    expect(tree.history.undo({ below: low })).toMatchObject(CONFLICT);
    expect(low.children).toEqual([]);
  });
});
