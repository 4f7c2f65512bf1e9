import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import "./drafts.ts";
import { inTree } from "../test/committed.ts";
import type { Op } from "./kind.ts";
import { ListTopic } from "./list-topic.ts";

interface Item {
  id: number;
  tags: string[];
  child?: Item;
}

type Entry = Item | number;

/** What a recipe may do to an array; gives what the call gave, for comparison. */
type Step = (array: Entry[]) => unknown;

/** The id of items that steps have frozen, and leave alone then: an array's would throw. */
const FROZEN = -1000;

const isItem = (entry: Entry | undefined): entry is Item => typeof entry === "object" && entry.id !== FROZEN;

function holds(item: Item, other: Item): boolean {
  return item === other || (item.child !== undefined && holds(item.child, other));
}

let nextId = 0;

function makeItem(): Item {
  nextId++;
  return { id: nextId, tags: ["new"] };
}

/** Steps that take the same numbers on every array, and objects of each array's own. */
const steps: Readonly<Record<string, (first: number, second: number, third: number) => Step>> = {
  push: (a) => (array) => array.push(makeItem(), a),
  pop: () => (array) => array.pop(),
  "pop, change, push": () => (array) => {
    const entry = array.pop();
    if (isItem(entry)) entry.id++;
    if (entry !== undefined) array.push(entry);
  },
  shift: () => (array) => array.shift(),
  unshift: (a) => (array) => array.unshift(a, makeItem()),
  splice: (a, b, c) => (array) => array.splice(a - 4, b % 4, ...Array.from({ length: c % 3 }, makeItem)),
  "splice and back": (a) => (array) => {
    const gone = array.splice(a, 2);
    for (const entry of gone) if (isItem(entry)) entry.tags.push("moved");
    array.push(...gone.reverse());
  },
  sort: () => (array) => array.sort((a, b) => (isItem(a) ? a.id % 5 : a) - (isItem(b) ? b.id % 5 : b)) === array,
  reverse: () => (array) => array.reverse() === array,
  fill: (a, b, c) => (array) => void array.fill(a, b, c),
  "fill with an item": (a) => (array) => void array.fill(makeItem(), a - 2),
  copyWithin: (a, b, c) => (array) => void array.copyWithin(a, b, c),
  assign: (a, b) => (array) => {
    if (a < array.length) array[a] = b;
  },
  append: (a) => (array) => {
    array[array.length] = a;
  },
  "assign to another place": (a, b) => (array) => {
    if (a < array.length && b < array.length) array[a] = array[b] as Entry;
  },
  swap: (a, b) => (array) => {
    if (a < array.length && b < array.length) [array[a], array[b]] = [array[b] as Entry, array[a] as Entry];
  },
  "change inside": (a, b) => (array) => {
    const entry = array[a];
    if (isItem(entry)) entry.tags[b % 2] = `changed ${b}`;
  },
  "change inside and back": (a) => (array) => {
    const entry = array[a];
    if (isItem(entry)) {
      entry.tags.push("x");
      entry.tags.pop();
    }
  },
  "delete inside": (a) => (array) => {
    const entry = array[a];
    return isItem(entry) && delete entry.child;
  },
  "put inside": (a, b) => (array) => {
    const [outer, inner] = [array[a], array[b]];
    if (isItem(outer) && isItem(inner) && !holds(inner, outer)) outer.child = inner;
  },
  "put inside something new": (a) => (array) => {
    const inner = array[a];
    if (isItem(inner)) array.push({ id: -1, tags: inner.tags, child: inner });
  },
  "put inside something frozen": (a, b) => (array) => {
    const inner = array[a];
    if (!isItem(inner)) return;
    const frozen = Object.freeze({ id: FROZEN, tags: inner.tags, child: inner });
    if (b % 2) array.unshift(frozen);
    else array[array.length] = Object.freeze({ id: FROZEN, tags: ["new"], child: frozen });
  },
  "take out": (a) => (array) => {
    const entry = array[a];
    if (isItem(entry) && entry.child) array.unshift(entry.child);
  },
  "find and change": (a) => (array) => {
    const entry = array.find((each) => isItem(each) && each.id % 3 === a % 3);
    if (isItem(entry)) entry.id += 3;
  },
  "change each": () => (array) => {
    for (const entry of array) if (isItem(entry)) entry.id++;
    array.forEach((entry, index) => isItem(entry) && entry.tags.push(`${index}`));
  },
  shorten: (a) => (array) => {
    array.length = Math.min(a, array.length);
  },
  "filter and map": (a) => (array) => array.filter(isItem).map(({ id }) => id * a),
  "look around": (a) => (array) => [
    array.length,
    array.at(-1),
    array.indexOf(array[a] as Entry),
    array.includes(array[a] as Entry),
    array.lastIndexOf(a),
    a in array,
    "length" in array,
    "other" in array,
    Object.keys(array),
    JSON.stringify(array),
    [...array.entries()],
    array.slice(a, -1),
    array.concat([1], array),
    array.toSorted(() => 0).length,
    array.concat(0).with(0, 1),
    Array.isArray(array),
    Object.getPrototypeOf(array) === Array.prototype,
    Object.prototype.toString.call(array),
    array.toReversed(),
    { ...array },
    array.flatMap((entry) => (isItem(entry) ? entry.tags : [])),
  ],
};

const step = fc
  .tuple(fc.constantFrom(...Object.keys(steps)), fc.nat(7), fc.nat(7), fc.nat(7))
  .map(([name, ...numbers]) =>
    Object.assign(steps[name]?.(...numbers) as Step, { toString: () => `${name} ${numbers}` }),
  );

const start = fc.array(
  fc.oneof(
    fc.nat(9),
    fc.nat(9).map((id): Item => ({ id, tags: ["a", "b"] })),
  ),
  { maxLength: 7 },
);

/** Runs steps; gives the text of what each gave. */
function run(array: Entry[], recipe: readonly Step[]): string[] {
  nextId = 0;
  return recipe.map((each) => JSON.stringify(each(array)) ?? "nothing");
}

/** Assigns items to indexes. */
function write(array: number[], items: Readonly<Record<number, number>>): void {
  for (const [index, item] of Object.entries(items)) array[Number(index)] = item;
}

const copyOf = <T>(value: T): T => JSON.parse(JSON.stringify(value));

describe("the draft of a list", () => {
  it("[TO-39] does what an array does, whatever a recipe calls", () => {
    fc.assert(
      fc.property(start, fc.array(step, { maxLength: 12 }), (entries, recipe) => {
        const { topic, commits } = inTree(() => new ListTopic<Entry>(entries));
        const { value } = topic;
        const array = copyOf(entries);
        const given = run(array, recipe);
        let seen: unknown;
        topic.update((draft) => {
          seen = run(draft, recipe);
          expect(draft).toHaveLength(array.length);
        });
        expect(seen).toEqual(given);
        expect(topic.value).toEqual(array);
        expect(value).toEqual(entries);
        const ops = commits.flat();
        expect(commits.length).toBeLessThanOrEqual(1);
        // Minimal: nothing at either end is written again, and no two neighbours are written apart.
        if (array.length !== entries.length) expect(ops).toHaveLength(1);
        for (const op of ops) {
          const items = op[0] === 2 ? [op[2]] : (op[3] as unknown[]);
          const old = value.slice(op[1] as number, (op[1] as number) + (op[0] === 2 ? 1 : (op[2] as number)));
          if (items.length === 0 || old.length === 0) continue;
          expect(items[0]).not.toBe(old[0]);
          expect(items.at(-1)).not.toBe(old.at(-1));
        }
      }),
      { numRuns: 500 },
    );
  });

  it("[TO-39] keeps the items that a recipe has only looked at, moved, or changed and changed back", () => {
    const topic = new ListTopic<Entry>([
      { id: 1, tags: [] },
      { id: 2, tags: [] },
      { id: 3, tags: [] },
    ]);
    const before = topic.value;
    topic.update((draft) => {
      for (const entry of draft) expect(isItem(entry) && entry.tags).toEqual([]);
      draft.push(draft.shift() as Entry);
    });
    expect([...topic.value]).toEqual([before[1], before[2], before[0]]);
    for (const [index, from] of [1, 2, 0].entries()) expect(topic.value[index]).toBe(before[from]);
  });

  it.each<[string, (draft: number[]) => unknown, Op[]]>([
    ["an unshift", (draft) => draft.unshift(-2, -1), [[1, 0, 0, [-2, -1]]]],
    ["a push", (draft) => draft.push(7), [[1, 1000, 0, [7]]]],
    ["a pop", (draft) => draft.pop(), [[1, 999, 1, []]]],
    ["a splice", (draft) => draft.splice(500, 2, 7), [[1, 500, 2, [7]]]],
    ["an assignment", (draft) => write(draft, { 500: 7 }), [[2, 500, 7]]],
    ["an assignment beyond the end", (draft) => write(draft, { 1000: 7 }), [[1, 1000, 0, [7]]]],
    [
      "assignments to neighbours and elsewhere, in any order",
      (draft) => [write(draft, { 900: 7 }), write(draft, { 3: 8 }), write(draft, { 2: 9 })],
      [
        [1, 2, 2, [9, 8]],
        [2, 900, 7],
      ],
    ],
    ["a new length", (draft) => Object.assign(draft, { length: 998 }), [[1, 998, 2, []]]],
    ["a sort of what is sorted", (draft) => draft.sort((a, b) => a - b), []],
    ["a push and a pop", (draft) => draft.push(7) && draft.pop(), []],
    ["an assignment of what is there", (draft) => write(draft, { 5: 5 }), []],
    ["a swap", (draft) => write(draft, { 1: 2, 2: 1 }), [[1, 1, 2, [2, 1]]]],
  ])("[TO-39] makes the fewest ops in a list of a thousand: %s", (_, recipe, ops) => {
    const { topic, commits } = inTree(() => new ListTopic(Array.from({ length: 1000 }, (_, index) => index)));
    topic.update((draft) => {
      recipe(draft);
    });
    expect(commits).toEqual(ops.length === 0 ? [] : [ops]);
  });

  it("refuses what an array in a list cannot be", () => {
    const topic = new ListTopic<unknown>([1, 2]);
    expect(() =>
      topic.update((draft) => {
        delete draft[0];
      }),
    ).toThrow(expect.objectContaining({ code: "wrong_type" }));
    expect(() => topic.update((draft) => void Object.assign(draft, { other: 1 }))).toThrow(TypeError);
    expect(() => topic.update((draft) => void Object.defineProperty(draft, 0, { value: 1 }))).toThrow(TypeError);
    expect(() => topic.update((draft) => void Object.freeze(draft))).toThrow(TypeError);
    expect(() => topic.update((draft) => void Object.assign(draft, { length: -1 }))).toThrow(RangeError);
    expect(topic.value).toEqual([1, 2]);
  });
});
