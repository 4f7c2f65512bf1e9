import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import "./drafts.ts";
import { inTree } from "../test/committed.ts";
import { DictTopic } from "./dict-topic.ts";
import { execute } from "./topic.ts";
import { type Data, equals } from "./value.ts";
import { ValueTopic } from "./value-topic.ts";

type Tree = { [key: string]: Tree | Tree[] | number | null };

/** What a recipe may do to an object; gives what the call gave, for comparison. */
type Step = (tree: Tree) => unknown;

const isTree = (value: unknown): value is Tree => typeof value === "object" && value !== null && !Array.isArray(value);

/** The objects in a value, itself included, in an order that does not depend on how they were made. */
function trees(value: unknown): Tree[] {
  if (Array.isArray(value)) return value.flatMap(trees);
  if (!isTree(value)) return [];
  const keys = Object.keys(value).sort();
  return [value, ...keys.flatMap((key) => trees(value[key]))];
}

/** The content, whatever the order of keys. */
function textOf(value: unknown): string {
  return (
    JSON.stringify(value, (_, part) =>
      isTree(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part,
    ) ?? "nothing"
  );
}

const KEYS = ["a", "b", "constructor", "1"];
const keyOf = (number: number): string => KEYS[number % KEYS.length] as string;
const pick = (tree: Tree, number: number): Tree => trees(tree)[number % trees(tree).length] as Tree;

/** A key that the object itself has; plain objects inherit some of the names. */
const own = (tree: Tree, key: string): Tree[string] | undefined => (Object.hasOwn(tree, key) ? tree[key] : undefined);

const steps: Readonly<Record<string, (first: number, second: number, third: number) => Step>> = {
  put: (a, b, c) => (tree) => {
    pick(tree, a)[keyOf(b)] = c;
  },
  "put an object": (a, b, c) => (tree) => {
    pick(tree, a)[keyOf(b)] = { a: c, b: { a: null } };
  },
  "put an array": (a, b, c) => (tree) => {
    pick(tree, a)[keyOf(b)] = [{ a: c }, {}];
  },
  delete: (a, b) => (tree) => delete pick(tree, a)[keyOf(b)],
  "delete all": (a) => (tree) => {
    const part = pick(tree, a);
    for (const key of Object.keys(part)) delete part[key];
  },
  "put and delete": (a) => (tree) => {
    const part = pick(tree, a);
    part.passing = { a: 1 };
    delete part.passing;
  },
  "delete and put back": (a, b) => (tree) => {
    const part = pick(tree, a);
    const item = own(part, keyOf(b));
    delete part[keyOf(b)];
    if (item !== undefined) part[keyOf(b)] = item;
  },
  move: (a, b, c) => (tree) => {
    const [from, to] = [pick(tree, a), pick(tree, b)];
    const item = own(from, keyOf(c));
    // Never into itself.
    if (item === undefined || trees(item).includes(to)) return;
    if (JSON.stringify(item).length < 200) to[keyOf(b)] = item;
  },
  "change in an array": (a, b, c) => (tree) => {
    const array = own(pick(tree, a), keyOf(b));
    if (!Array.isArray(array)) return;
    if (isTree(array[0])) array[0].a = c;
    array.push(c as never);
  },
  assign: (a, b, c) => (tree) => void Object.assign(pick(tree, a), { [keyOf(b)]: c, a: { b } }),
  spread: (a, b) => (tree) => {
    pick(tree, a)[keyOf(b)] = { ...(own(pick(tree, a), "a") as Tree), b: 1 };
  },
  "look around": (a, b) => (tree) => [
    Object.keys(pick(tree, a)).sort(),
    keyOf(b) in pick(tree, a) && Object.hasOwn(pick(tree, a), keyOf(b)),
    Object.entries(pick(tree, a)).length,
    textOf(pick(tree, a)),
  ],
};

const step = fc
  .tuple(fc.constantFrom(...Object.keys(steps)), fc.nat(20), fc.nat(20), fc.nat(20))
  .map(([name, ...numbers]) =>
    Object.assign(steps[name]?.(...numbers) as Step, { toString: () => `${name} ${numbers}` }),
  );
const recipes = fc.array(step, { maxLength: 12 });

const { tree: start } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc
    .dictionary(
      fc.constantFrom(...KEYS),
      fc.oneof({ maxDepth: 3 }, fc.nat(9), fc.constant(null), fc.array(tie("tree"), { maxLength: 2 }), tie("tree")),
    )
    .map((tree) => ({ ...tree })),
}));

/** Runs steps; gives the text of what each gave. */
const run = (tree: Tree, recipe: readonly Step[]): string[] => recipe.map((each) => textOf(each(tree)));

describe("the draft of a dict", () => {
  it("[TO-39] does what an object does, and makes one op of each key that is another", () => {
    fc.assert(
      fc.property(start, recipes, (items, recipe) => {
        const { topic, commits } = inTree(() => new DictTopic<Tree[string]>(items));
        const before = topic.value;
        const model = structuredClone(items);
        const given = run(model, recipe);
        let seen: unknown;
        topic.update((draft) => {
          seen = run(draft, recipe);
        });
        expect(seen).toEqual(given);
        expect(textOf(topic.value)).toBe(textOf(model));
        const differing = [...new Set([...Object.keys(items), ...Object.keys(model)])].filter(
          (key) => !equals(before[key] as Data | undefined, own(model, key) as Data | undefined),
        );
        expect(commits.length).toBe(differing.length === 0 ? 0 : 1);
        expect(commits.flat().map(([, key]) => key)).toHaveLength(differing.length);
        expect(new Set(commits.flat().map(([, key]) => key))).toEqual(new Set(differing));
      }),
      { numRuns: 500 },
    );
  });

  it("[TO-39] keeps the parts of an item that a recipe has not changed", () => {
    const topic = new DictTopic({ a: { left: { x: 1 }, right: { x: 1 } } });
    const before = topic.value;
    topic.update((draft) => {
      if (draft.a) draft.a.left.x = 2;
    });
    expect(topic.value.a).toEqual({ left: { x: 2 }, right: { x: 1 } });
    expect(topic.value.a?.right).toBe(before.a?.right);
  });
});

describe("the draft of a value", () => {
  it("[TO-39] does what an object does, and its ops lead others there too", () => {
    fc.assert(
      fc.property(start, recipes, fc.boolean(), (value, recipe, isWritten) => {
        const { topic, commits } = inTree(() => new ValueTopic<Tree>(value));
        const other = new ValueTopic<Tree>(value);
        // What was written into before is kept otherwise than what was not.
        const prepare = (each: ValueTopic<Tree>): void => {
          if (!isWritten || !isTree(value.a)) return;
          each.put(["a", "b"], { a: {} });
          each.put(["a", "b", "a", "b"], 1);
        };
        prepare(topic);
        prepare(other);
        commits.length = 0;
        const model = JSON.parse(JSON.stringify(topic.value));
        const given = run(model, recipe);
        let seen: unknown;
        topic.update((draft) => {
          seen = run(draft as Tree, recipe);
        });
        expect(seen).toEqual(given);
        expect(textOf(topic.value)).toBe(textOf(model));
        expect(commits.length).toBeLessThanOrEqual(1);
        for (const op of commits.flat()) execute(other, op);
        expect(textOf(other.value)).toBe(textOf(model));
      }),
      { numRuns: 500 },
    );
  });

  it("[TO-39] makes one op of each path", () => {
    const { topic, commits } = inTree(
      () => new ValueTopic<Tree>({ view: { zoom: 1, layers: { roads: 1, rivers: 1 } }, marks: [{}] }),
    );
    topic.update((draft) => {
      const view = draft.view as Tree & { layers: Tree };
      view.zoom = 2;
      delete view.layers.roads;
      view.layers.towns = { b: 1 };
      (view.layers.towns as Tree).a = null;
      (draft.marks as Tree[]).push({ a: 3 });
      draft.gone = 1;
      delete draft.gone;
    });
    expect(commits).toEqual([
      [
        [1, ["view", "zoom"], 2],
        [2, ["view", "layers", "roads"]],
        [1, ["view", "layers", "towns"], { b: 1, a: null }],
        [1, ["marks"], [{}, { a: 3 }]],
      ],
    ]);
  });

  it("[TO-39] is an array where the value is one, and the value itself where it is neither", () => {
    const { topic, commits } = inTree(() => new ValueTopic<unknown>([1, { a: 2 }]));
    const value = topic as ValueTopic<[number, { a: number }]>;
    value.update((draft) => {
      draft[1].a = 3;
    });
    value.update((draft) => {
      draft[1].a = 3;
    });
    topic.update((array) => (array as unknown[]).length);
    topic.update((count) => (count as number) + 1);
    topic.update(() => {});
    topic.update(() => ({ a: null }));
    expect(commits).toEqual([[[0, [[1, { a: 3 }]]]], [[0, [2]]], [[0, [3]]], [[0, [{ a: null }]]]]);
  });

  it("[TO-39] has bytes that can be changed in place, at any depth, and are the topic's only then", () => {
    const { topic, commits } = inTree(
      () => new ValueTopic({ raw: Uint8Array.of(1), list: [[Uint8Array.of(2)]], kept: { raw: [Uint8Array.of(3)] } }),
    );
    topic.update((draft) => {
      expect([draft.raw[0], draft.list[0]?.[0], draft.kept.raw[0]]).toEqual([1, Uint8Array.of(2), Uint8Array.of(3)]);
    });
    expect(commits).toEqual([]);
    topic.update((draft) => {
      draft.raw[0] = 7;
      draft.list[0]?.[0]?.fill(8);
      expect(topic.value).toMatchObject({ raw: Uint8Array.of(1), list: [[Uint8Array.of(2)]] });
    });
    expect(commits).toEqual([
      [
        [1, ["raw"], Uint8Array.of(7)],
        [1, ["list"], [[Uint8Array.of(8)]]],
      ],
    ]);
    const array = new ValueTopic([Uint8Array.of(1)]);
    array.update((draft) => {
      draft[0]?.fill(9);
    });
    expect(array.value).toEqual([Uint8Array.of(9)]);
  });

  it("[TO-39] keeps the parts that a recipe has not changed", () => {
    const topic = new ValueTopic({ a: { b: { c: 1 }, d: { e: 1 } }, f: {} } as Record<string, Tree>);
    const before = topic.value;
    topic.update((draft) => {
      Object.assign(draft.a?.b as Tree, { c: 2 });
    });
    expect(topic.value.a?.b).toEqual({ c: 2 });
    expect(topic.value.a?.d).toBe(before.a?.d);
    expect(topic.value.f).toBe(before.f);
  });
});
