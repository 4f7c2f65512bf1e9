import { describe, expect, expectTypeOf, it } from "vitest";
import "./drafts.ts";
import { inTree } from "../test/committed.ts";
import { DictTopic } from "./dict-topic.ts";
import { ListTopic } from "./list-topic.ts";
import { NumberTopic } from "./scalar-topics.ts";
import { SetTopic } from "./set-topic.ts";
import type { AnyTopic } from "./topic.ts";
import { transact } from "./transaction.ts";
import type { Json } from "./value.ts";
import { ValueTopic } from "./value-topic.ts";

type Draft = Record<string, unknown>;
// biome-ignore lint/suspicious/noExplicitAny: each kind has drafts of its own type
type AnyRecipe = (draft: any) => any;

/** A topic of any kind that has drafts, and what a recipe may do to one: something, something wrong, something else. */
interface Kind {
  readonly make: () => AnyTopic & { update(recipe: AnyRecipe): void };
  readonly change: AnyRecipe;
  readonly spoil: AnyRecipe;
  readonly whole: unknown;
}

const KINDS: Readonly<Record<string, Kind>> = {
  list: {
    make: () => new ListTopic<unknown>([{ inner: { x: 1 } }, 2]),
    change: (draft: unknown[]) => draft.push(3),
    spoil: (draft: unknown[]) => draft.push(4, new Date()),
    whole: [5],
  },
  dict: {
    make: () => new DictTopic<unknown>({ a: { inner: { x: 1 } }, b: 2 }),
    change: (draft: Draft) => Object.assign(draft, { c: 3 }),
    spoil: (draft: Draft) => Object.assign(draft, { c: 4, d: undefined }),
    whole: { a: 5 },
  },
  set: {
    make: () => new SetTopic<unknown>(["a", 2] as never),
    change: (draft: Set<unknown>) => draft.add(3),
    spoil: (draft: Set<unknown>) => draft.add(4).add({}),
    whole: new Set([5]),
  },
  value: {
    make: () => new ValueTopic<unknown>({ a: { inner: { x: 1 } }, b: 2 }),
    change: (draft: { a: { inner: Draft } }) => Object.assign(draft.a.inner, { x: 3 }),
    spoil: (draft: { a: Draft }) => Object.assign(draft.a, { c: 4, d: Number.NaN }),
    whole: 5,
  },
};

/** A recipe that does several things. */
const run =
  (...parts: readonly AnyRecipe[]): AnyRecipe =>
  (draft) => {
    for (const part of parts) part(draft);
  };

describe.each(Object.entries(KINDS))("update of a %s", (_, { make, change, spoil, whole }) => {
  it("[TO-39] makes all changes in one transaction, and none where nothing changed", () => {
    const { topic, commits } = inTree(make);
    topic.update(() => {});
    expect(commits).toEqual([]);
    topic.update(run(change));
    expect(commits).toHaveLength(1);
    transact(() => {
      topic.update(() => whole as never);
      topic.update(() => {});
    });
    expect(commits).toHaveLength(2);
    expect(topic.value).toEqual(whole);
  });

  it("[TO-39] changes nothing where the recipe throws, or leaves what the topic cannot hold", () => {
    const { topic, commits } = inTree(make);
    const before = topic.value;
    const error = new Error("mine");
    const fail = (): never => {
      throw error;
    };
    expect(() => topic.update(run(change, fail))).toThrow(error);
    expect(() => topic.update(run(spoil))).toThrow(expect.objectContaining({ name: "ObjectSyncError" }));
    expect(topic.value).toEqual(before);
    expect(commits).toEqual([]);
  });

  it("[TO-39] takes what a recipe returns as the new whole, the draft itself as nothing, and not both", () => {
    const topic = make();
    const before = topic.value;
    expect(() =>
      topic.update((draft) => {
        change(draft);
        return 7;
      }),
    ).toThrow(expect.objectContaining({ code: "wrong_type", message: expect.stringContaining("returned 7") }));
    expect(topic.value).toEqual(before);
    topic.update((draft) => {
      change(draft);
      return draft;
    });
    expect(topic.value).not.toEqual(before);
    topic.update(() => whole);
    expect(topic.value).toEqual(whole);
  });

  it("[TO-40] refuses a recipe that returns a promise", () => {
    const topic = make();
    const before = topic.value;
    for (const recipe of [
      async (draft: unknown): Promise<void> => change(draft),
      // Fails later, which nobody is to hear of.
      async (draft: unknown): Promise<void> => {
        await null;
        change(draft);
      },
    ]) {
      expect(() => topic.update(recipe)).toThrow(expect.objectContaining({ code: "async_transaction" }));
    }
    expect(topic.value).toEqual(before);
  });

  it.each([
    ["alone", () => ({ topic: make(), commits: [] })],
    ["in a tree", () => inTree(make)],
  ])("[TO-40] refuses what a recipe writes to the topic itself, which stays as it was, %s", (_, setUp) => {
    const { topic, commits } = setUp();
    const before = topic.value;
    const writing = (): void => topic.update(run(change));
    expect(() => topic.update(run(writing, change))).toThrow(expect.objectContaining({ code: "stale" }));
    expect([topic.value, commits]).toEqual([before, []]);
    topic.update(() => whole);
    expect(topic.value).toEqual(whole);
  });

  it.each([
    ["alone", () => ({ topic: make(), commits: [] })],
    ["in a tree", () => inTree(make)],
  ])("[TO-39] takes back what a recipe that fails wrote to other topics, %s", (_, setUp) => {
    const { topic, commits } = setUp();
    const before = topic.value;
    const other = new NumberTopic(1);
    const count = (): void => other.add(1);
    const fail = (): never => {
      throw new Error("no");
    };
    for (const recipe of [run(count, change, fail), run(count, spoil), run(count, () => topic.update(run(change)))]) {
      expect(() => topic.update(recipe)).toThrow();
    }
    expect([other.value, topic.value, commits]).toEqual([1, before, []]);
    topic.update(run(count, change));
    expect(other.value).toBe(2);
  });

  it("[TO-40] leaves a draft of no use afterwards, also where the recipe throws", () => {
    const topic = make();
    const kept: unknown[] = [];
    topic.update((draft) => void kept.push(draft));
    expect(() =>
      topic.update((draft) => {
        kept.push(draft);
        throw new Error("no");
      }),
    ).toThrow("no");
    expect(kept).toHaveLength(2);
    for (const draft of kept) expect(() => change(draft)).toThrow(TypeError);
  });
});

describe("update", () => {
  it("[TO-40] leaves no draft of an item of use either, at any depth", () => {
    const kept: Draft[] = [];
    const keep = (item: unknown): void => {
      kept.push(item as Draft, (item as { inner: Draft }).inner);
    };
    new ListTopic([{ inner: { x: 1 } }]).update((draft) => keep(draft[0]));
    new DictTopic({ a: { inner: { x: 1 } } }).update((draft) => keep(draft.a));
    new ValueTopic({ a: { inner: { x: 1 } } }).update((draft) => keep(draft.a));
    new ValueTopic({ a: [{ inner: { x: 1 } }] }).update((draft) => keep(draft.a[0]));
    expect(kept).toHaveLength(8);
    for (const item of kept) {
      expect(() => {
        item.x = 1;
      }).toThrow(TypeError);
      expect(() => item.x).toThrow(TypeError);
      expect(() => Object.keys(item)).toThrow(TypeError);
    }
  });

  it("[TO-39] takes what a recipe has frozen around a draft, at any depth, before or after it was put there", () => {
    const list = new ListTopic<unknown>([{ at: 1 }, { tags: [1] }]);
    list.update((draft) => {
      const [first, second] = draft as [Draft, { tags: unknown[] }];
      const late = { inner: first };
      draft.push(Object.freeze({ inner: first }), Object.freeze([{ deep: Object.freeze([first]) }]), late);
      Object.freeze(late);
      second.tags.push(Object.freeze({ inner: first }));
      for (const item of draft) expect(JSON.stringify(item)).toContain("1");
      first.at = 12;
    });
    expect(list.value).toEqual([
      { at: 12 },
      { tags: [1, { inner: { at: 12 } }] },
      { inner: { at: 12 } },
      [{ deep: [{ at: 12 }] }],
      { inner: { at: 12 } },
    ]);
    const dict = new DictTopic<unknown>({ a: { at: 1 } });
    dict.update((draft) => {
      draft.b = Object.freeze({ inner: draft.a });
      expect((draft.b as Draft).inner).toBe(draft.a);
      put(draft.a, 2, "at");
    });
    expect(dict.value).toEqual({ a: { at: 2 }, b: { inner: { at: 2 } } });
    const value = new ValueTopic<unknown>({ a: { at: 1 } });
    value.update((draft) => Object.freeze({ b: Object.freeze([draft]) }));
    expect(value.value).toEqual({ b: [{ a: { at: 1 } }] });
  });

  it("has drafts also of items that a recipe took from a topic's value", () => {
    const [list, other] = [new ListTopic<Draft>([{ at: 1 }]), new ListTopic<Draft>([{ at: 2 }])];
    list.update((draft) => {
      draft.push(other.at(0) as Draft, list.at(0) as Draft);
      for (const item of draft) item.at = `${item.at}!`;
    });
    expect([list.value, other.value]).toEqual([[{ at: "1!" }, { at: "2!" }, { at: "1!" }], [{ at: 2 }]]);
  });

  it("does not share or freeze what a recipe brings in", () => {
    const topic = new DictTopic<unknown>({ a: { x: 1 } });
    const mine = { deep: [1] };
    topic.update((draft) => {
      draft.b = mine;
      draft.c = { mine, a: draft.a };
    });
    mine.deep.push(2);
    const list = new ValueTopic<unknown[][]>([[]]);
    list.update((draft) => {
      draft[0]?.push(mine);
    });
    mine.deep.push(3);
    expect(list.value).toEqual([[{ deep: [1, 2] }]]);
    expect(topic.value).toEqual({ a: { x: 1 }, b: { deep: [1] }, c: { mine: { deep: [1] }, a: { x: 1 } } });
  });

  it("takes items that were moved into each other's insides", () => {
    const topic = new ListTopic<Draft>([{ x: { at: 1 } }, { y: { at: 2 } }]);
    topic.update((draft) => {
      const [first, second] = draft as [Draft, Draft];
      first.partner = second.y;
      second.partner = [first.x];
      (second.y as Draft).at = 3;
      (first.x as Draft).at = 4;
    });
    expect(topic.value).toEqual([
      { x: { at: 4 }, partner: { at: 3 } },
      { y: { at: 3 }, partner: [{ at: 4 }] },
    ]);
  });

  it("takes a draft inside of what a recipe returns", () => {
    const list = new ListTopic([{ n: 1 }, { n: 2 }, { n: 3 }]);
    const kept = list.at(2);
    list.update((draft) => draft.filter(({ n }) => n !== 2));
    expect(list.value).toEqual([{ n: 1 }, { n: 3 }]);
    expect(list.at(1)).toBe(kept);
    const value = new ValueTopic<unknown>({ a: [1] });
    value.update((draft) => ({ before: draft }));
    expect(value.value).toEqual({ before: { a: [1] } });
  });

  it.each<[string, () => void]>([
    ["a list's item", () => new ListTopic<Draft>([{}]).update((draft) => put(draft[0], draft[0]))],
    ["a dict's item", () => new DictTopic<Draft>({ a: {} }).update((draft) => put(draft.a, draft.a))],
    ["a dict", () => new DictTopic<unknown>({ a: {} }).update((draft) => put(draft, draft))],
    ["a list", () => new ListTopic<unknown>([{}]).update((draft) => put(draft[0], draft))],
    ["an object in a value", () => new ValueTopic({ a: {} }).update((draft) => put(draft.a, draft.a))],
    ["a value", () => new ValueTopic({ a: {} }).update((draft) => put(draft.a, draft))],
    ["an array in a value", () => new ValueTopic<unknown>({ a: [{}] }).update((draft) => put(first(draft), draft))],
    ["something new", () => new DictTopic<unknown>().update((draft) => put(draft, cyclic))],
    ["something frozen", () => new ListTopic<unknown>([]).update((draft) => void draft.push(frozenCyclic))],
  ])("refuses %s that is put into itself", (_, update) => {
    expect(update).toThrow(expect.objectContaining({ code: "too_deep" }));
  });

  it("takes a name that objects have for a key, and refuses `__proto__`", () => {
    const topic = new DictTopic<unknown>({});
    topic.update((draft) => {
      expect([draft.constructor, "toString" in draft, draft.toString]).toEqual([undefined, false, undefined]);
      draft.constructor = 1 as never;
    });
    expect(topic.keys()).toEqual(["constructor"]);
    for (const draft of [new DictTopic<unknown>(), new ValueTopic<unknown>({})]) {
      expect(() => draft.update((record) => put(record, 1, "__proto__"))).toThrow(
        expect.objectContaining({ code: "invalid_value" }),
      );
    }
    expect(({} as Draft).polluted).toBeUndefined();
  });

  it("may be nested, of one topic in another's, and other topics may be written meanwhile", () => {
    const [outer, inner, count] = [new ListTopic<number>(), new ListTopic<number>(), new NumberTopic()];
    outer.update((draft) => {
      draft.push(1);
      inner.update((other) => void other.push(draft.length));
      count.add(1);
      draft.push(inner.length);
    });
    expect([outer.value, inner.value, count.value]).toEqual([[1, 1], [1], 1]);
  });

  it("runs rules, and is taken back with its transaction", () => {
    const { topic, commits } = inTree(() => new ListTopic<number>([1]));
    topic.rule("insert", ({ item }) => {
      if (item > 9) throw new Error("too large");
    });
    expect(() => topic.update((draft) => void draft.push(3, 10))).toThrow("too large");
    expect(() =>
      transact(() => {
        topic.update((draft) => void draft.push(3));
        throw new Error("no");
      }),
    ).toThrow("no");
    expect([topic.value, commits]).toEqual([[1], []]);
  });

  it("has drafts that can be changed, of types that cannot, and refuses a recipe that returns something else", () => {
    const list = new ListTopic<{ readonly at: readonly [number, number]; readonly tags?: readonly string[] }>([]);
    list.update((draft) => {
      expectTypeOf(draft).toEqualTypeOf<{ at: [number, number]; tags?: string[] }[]>();
    });
    new ValueTopic<{ readonly raw: Uint8Array; readonly by: Readonly<Record<string, number>> } | null>(null).update(
      (draft) => {
        expectTypeOf(draft).toEqualTypeOf<{ raw: Uint8Array; by: Record<string, number> } | null>();
      },
    );
    new DictTopic<Json>().update((draft) => {
      draft.a = [{ b: 1 }];
      if (Array.isArray(draft.a)) draft.a.push({ c: [] });
    });
    new ValueTopic().update(() => ({ raw: [Uint8Array.of(1)] }));
    new ValueTopic<unknown>().update((draft) => expectTypeOf(draft).toBeUnknown());
    new SetTopic<"a" | "b">().update((draft) => {
      expectTypeOf(draft).toEqualTypeOf<Set<"a" | "b">>();
    });
    const numbers = new ListTopic<number>();
    // @ts-expect-error: what `push` returns is no list
    expect(() => numbers.update((draft) => draft.push(1))).toThrow(expect.objectContaining({ code: "wrong_type" }));
    // @ts-expect-error: nor is a promise
    expect(() => numbers.update(async () => {})).toThrow(expect.objectContaining({ code: "async_transaction" }));
  });

  it("[TO-39] of one of ten thousand items costs at most 50 times the op itself", () => {
    const items = Array.from({ length: 10_000 }, (_, id) => ({ id, isDone: false }));
    const list = new ListTopic(items);
    const dict = new DictTopic(Object.fromEntries(items.map((item) => [`item ${item.id}`, item])));
    const value = new ValueTopic({ items: dict.value });
    let count = 0;
    const pairs: [op: () => void, draft: () => void][] = [
      [
        () => list.put(5000, { id: count++, isDone: true }),
        () => list.update((draft) => put(draft[5000], count++, "id")),
      ],
      [
        () => dict.put("item 5000", { id: count++, isDone: true }),
        () => dict.update((draft) => put(draft["item 5000"], count++, "id")),
      ],
      [
        () => value.put(["items", "item 5000", "id"], count++),
        () => value.update((draft) => put(draft.items["item 5000"], count++, "id")),
      ],
    ];
    for (const [op, draft] of pairs) {
      const ratios = Array.from({ length: 31 }, () => {
        const once = timeOf(op);
        return timeOf(draft) / once;
      });
      expect(ratios.sort((a, b) => a - b)[15]).toBeLessThan(50);
    }
  });
});

function timeOf(run: () => void): number {
  const begin = performance.now();
  for (let time = 0; time < 50; time++) run();
  return performance.now() - begin;
}

const cyclic: Draft = {};
cyclic.self = { cyclic };

const frozenCyclic: Draft = {};
frozenCyclic.self = [frozenCyclic, frozenCyclic];
Object.freeze(frozenCyclic.self);
Object.freeze(frozenCyclic);

function put(object: unknown, value: unknown, key = "self"): void {
  (object as Draft)[key] = value;
}

function first(draft: unknown): unknown {
  return (draft as { a: unknown[] }).a[0];
}
