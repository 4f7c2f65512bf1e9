/** A tree of everything, made at random, is the same after it was saved and loaded, restored or cloned. */
import { describe, expect, it } from "vitest";
import { AuthorityTree } from "../core/authority.ts";
import { TOPIC_CLASSES } from "../core/kinds.ts";
import type { SObject } from "../core/object.ts";
import { forEachSaved, type SavedObject, type SavedTree } from "../core/saved-tree.ts";
import { Topic } from "../core/topic.ts";
import { TypeRegistry } from "../core/types.ts";
import { grow, type Pick, pickFrom, pickOf, Root, Shelf, Thing } from "./everything.ts";

const SEEDS = Array.from({ length: 40 }, (_, index) => Number(process.env.FUZZ_SEED ?? 1) + index);

const throughJson = (saved: SavedTree): SavedTree => JSON.parse(JSON.stringify(saved));

/** A tree of everything. */
function plant(pick?: Pick): AuthorityTree {
  const types = new TypeRegistry();
  for (const each of [Root, Thing, Shelf]) types.register(each);
  const tree = new AuthorityTree(types, Root);
  if (pick) grow(tree.root as Root, pick, 120);
  return tree;
}

/** Saved data whose ids are counted from the top, but for those of others, and without keys. */
function renumbered(saved: SavedTree): SavedObject {
  const { root } = throughJson(saved);
  const ids = new Map<number, number>();
  forEachSaved({ ...saved, root }, ({ id }) => ids.set(id, -1 - ids.size));
  const mapped = (id: number): number => ids.get(id) ?? id;
  forEachSaved({ ...saved, root }, (object) => {
    object.id = mapped(object.id);
    delete object.key;
    const values = object.values as { one: number; many: number[]; some: number[]; named: Record<string, number> };
    values.one = mapped(values.one);
    values.many = values.many.map(mapped);
    values.some = values.some.map(mapped).sort((a, b) => a - b);
    for (const [name, id] of Object.entries(values.named)) values.named[name] = mapped(id);
    for (const [name, target] of Object.entries(object.fields ?? {})) {
      if (typeof target === "number") (object.fields as Record<string, number>)[name] = mapped(target);
    }
  });
  return root;
}

describe("a tree of everything, made at random,", () => {
  it("has an attribute of each kind", () => {
    const kinds = Object.values(new Thing()).flatMap((value) => (value instanceof Topic ? [value.kind] : []));
    expect(new Set(kinds)).toEqual(new Set(TOPIC_CLASSES.map((topicClass) => new topicClass().kind)));
  });

  it.each(SEEDS)("[OM-35][OM-36] is the same when it was saved, printed, parsed and loaded: seed %i", (seed) => {
    const tree = plant(pickFrom(seed));
    const saved = tree.save();
    const copy = throughJson(saved);
    expect(copy).toEqual(saved);
    const other = plant();
    other.load(copy);
    expect(other.save()).toEqual(saved);
    expect(copy).toEqual(saved);
  });

  it.each(SEEDS)("[OM-37] is the same but for its ids in a clone of any part: seed %i", (seed) => {
    const pick = pickFrom(seed);
    const tree = plant(pick);
    const objects = tree.root.search();
    const [source, parent] = [pickOf(objects.slice(1), pick), pickOf(objects, pick)];
    const before = tree.save();
    const original = tree.save(source);
    const copy = tree.clone(source, parent);
    expect(renumbered(tree.save(copy))).toEqual(renumbered(original));
    copy.destroy();
    expect(tree.save().root).toEqual(before.root);
  });

  it.each(SEEDS)("[OM-36] is the same when any part of it went and came back: seed %i", (seed) => {
    const pick = pickFrom(seed);
    const tree = plant(pick);
    const before = tree.save();
    const { id, parent } = pickOf(tree.root.search().slice(1), pick);
    const object = tree.get(id) as SObject;
    const index = (parent as SObject).children.indexOf(object);
    const saved = throughJson(tree.save(object));
    object.destroy();
    tree.restore(saved, parent as SObject, { index });
    const fields = new Map<number, SavedObject["fields"]>();
    forEachSaved(before, (each) => fields.set(each.id, each.fields));
    const after = tree.save();
    // The parent's field had the object that went.
    forEachSaved(after, (each) => {
      const known = fields.get(each.id);
      if (each.id === parent?.id && known) each.fields = known;
    });
    expect(after).toEqual(before);
  });
});
