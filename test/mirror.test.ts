/**
 * A tree and its mirrors, without anything between them: random transactions, some of which fail in part or as a whole,
 * and what every mirror must then look like. A failure prints the seed and the shrunk transactions.
 */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MirrorTree } from "../client/mirror-tree.ts";
import { AuthorityTree } from "../core/authority.ts";
import { decode, encode, type Wire } from "../core/codec.ts";
import { DictTopic } from "../core/dict-topic.ts";
import { ObjectSyncError } from "../core/error.ts";
import { ListTopic } from "../core/list-topic.ts";
import { SObject } from "../core/object.ts";
import { objectInternals } from "../core/object-internals.ts";
import { ShapeTable, writeChanges, writeSnapshot } from "../core/object-writer.ts";
import { BooleanTopic, NumberTopic } from "../core/scalar-topics.ts";
import type { OpStream } from "../core/stream.ts";
import { StringTopic } from "../core/string-topic.ts";
import type { AnyTopic } from "../core/topic.ts";
import { transact } from "../core/transaction.ts";
import type { Tree } from "../core/tree.ts";
import { TypeRegistry } from "../core/types.ts";
import type { Json } from "../core/value.ts";
import { DEAF } from "./recorders.ts";

class Card extends SObject {
  readonly title = new StringTopic("untitled");
  readonly votes = new NumberTopic(3);
  readonly isDone = new BooleanTopic(true);
  readonly items = new ListTopic<Json>(["first", { deep: [1] }]);
  readonly labels = new DictTopic<Json>({ color: "red" });
}

class Deck extends SObject {
  static override readonly frontendType = "deck";
  readonly size = new NumberTopic();
  readonly name = new StringTopic();

  override build(count = 0): void {
    for (let index = 0; index < count; index++) this.add(Card).title.set(`card ${index}`);
    this.name.set("built");
  }

  override init(): void {
    // What rules make is in the stream like all else.
    this.name.rule("change", ({ value }) => this.size.set(value.length));
    this.name.rule("change", ({ value }) => {
      if (value.includes("!")) throw new ObjectSyncError("rejected", "no exclamations");
    });
  }
}

const TOPICS = ["title", "votes", "isDone", "items", "labels", "size", "name"] as const;

function topicsOf(object: SObject): [name: string, topic: AnyTopic][] {
  const fields = object as unknown as Partial<Record<string, AnyTopic>>;
  const names = TOPICS.filter((name) => name in object);
  return names.map((name) => [name, fields[name] as AnyTopic]);
}

/** All that can be seen of a tree. */
function picture(tree: Tree): unknown {
  let count = 0;
  const draw = (object: SObject): unknown => {
    count++;
    expect(tree.get(object.id)).toBe(object);
    if (object.key !== undefined) expect(tree.get(object.key)).toBe(object);
    const values = Object.fromEntries(topicsOf(object).map(([name, topic]) => [name, topic.value]));
    const { id, type, frontendType, key, isDestroyed } = object;
    return { id, type, frontendType, key, isDestroyed, values, children: object.children.map(draw) };
  };
  const drawn = draw(tree.root);
  expect(tree.size).toBe(count);
  return drawn;
}

/** A tree, and the streams that it gives. */
function makeServer() {
  const types = new TypeRegistry();
  for (const type of [SObject, Card, Deck]) types.register(type as never);
  const tree = new AuthorityTree(types, SObject);
  const shapes = new ShapeTable();
  const streams: OpStream[] = [];
  tree.onCommit = (changes) => streams.push(overTheWire(writeChanges(changes, shapes).ops));
  /** What was committed since the last time. */
  const take = (): readonly OpStream[] => streams.splice(0);
  return { tree, take, snapshot: () => overTheWire(writeSnapshot(tree, shapes)) };
}

function overTheWire(ops: OpStream): OpStream {
  return decode(encode(ops)) as OpStream;
}

function makeMirror(snapshot: OpStream): MirrorTree {
  const mirror = new MirrorTree(DEAF, ({ error }) => {
    throw error;
  });
  mirror.reset(snapshot);
  mirror.announce();
  return mirror;
}

function feed(mirror: MirrorTree, streams: readonly OpStream[]): void {
  // Each mirror gets bytes of its own.
  for (const stream of streams) mirror.apply(overTheWire(stream));
  mirror.announce();
}

const STEPS = [
  ...["add", "add", "add", "destroy", "move", "move", "title", "title", "votes", "isDone", "items", "items", "items"],
  ...["labels", "labels", "name", "savepoint", "many"],
] as const;

/** One step: what, and numbers to choose by. */
type Step = readonly [what: (typeof STEPS)[number], a: number, b: number, c: number, value: Json];

const json = fc.oneof(
  fc.constantFrom<Json>(null, true, 0, 1.5, "", "x\u{1f600}", [], {}),
  fc.jsonValue({ maxDepth: 2 }).filter((value) => !JSON.stringify(value).includes("__proto__")) as fc.Arbitrary<Json>,
);
const step: fc.Arbitrary<Step> = fc.tuple(fc.constantFrom(...STEPS), fc.nat(99), fc.nat(99), fc.nat(99), json);
const transaction = fc.record({
  steps: fc.array(step, { minLength: 1, maxLength: 6 }),
  fails: fc.integer({ min: 0, max: 5 }).map((number) => number === 0),
});
const transactions = fc.array(transaction, { maxLength: 15 });
type Transactions = readonly { readonly steps: readonly Step[]; readonly fails: boolean }[];

const FAIL = new Error("taken back on purpose");

function takeStep(tree: AuthorityTree, [what, a, b, c, value]: Step): unknown {
  const objects = [...tree.objects()];
  const pick = (number: number): SObject => objects[number % objects.length] as SObject;
  const cards = objects.filter((object) => object instanceof Card);
  const card = cards[a % cards.length];
  switch (what) {
    case "add": {
      const parent = pick(a);
      const options = {
        ...(b % 2 ? { index: b % (parent.children.length + 1) } : {}),
        ...(c % 4 === 0 ? { key: `key ${c % 5}` } : {}),
      };
      return c % 3 === 0 ? parent.add(Deck, b % 3, options) : parent.add(Card, undefined, options);
    }
    case "destroy":
      return pick(a).destroy();
    case "move": {
      const parent = b % 3 ? pick(b) : (pick(a).parent ?? tree.root);
      return pick(a).moveTo(parent, c % 2 ? { index: c % (parent.children.length + 1) } : {});
    }
    case "title":
      if (c % 4 === 0) return card?.title.set(JSON.stringify(value));
      return card?.title.splice(b % (card.title.length + 1), c % 3, ["", "ab", "\u{1f600}"][b % 3] as string);
    case "votes":
      return b % 2 ? card?.votes.set(a / 10) : card?.votes.add(c / 10 - 5);
    case "isDone":
      return card?.isDone.toggle();
    case "items": {
      const { items } = card ?? {};
      if (!items) return undefined;
      const [at, to] = [a % Math.max(items.length, 1), b % Math.max(items.length, 1)];
      switch (c % 6) {
        case 0:
          return items.set(Array.isArray(value) ? value : [value]);
        case 1:
          return items.insert(at, value, b);
        case 2:
          return items.put(at, value);
        case 3:
          return items.move(at, to);
        case 4:
          return items.splice(at, Math.min(c % 3, items.length - at), value, value);
        default:
          return items.pop(at);
      }
    }
    case "labels":
      if (b % 4 === 0) return card?.labels.delete(["color", "a", "b"][c % 3] as string);
      if (b % 4 === 1) return card?.labels.set({ b: value, [`k${c % 3}`]: a });
      return card?.labels.put(["color", "a", "b", "toString"][c % 4] as string, value);
    case "name": {
      const decks = objects.filter((object) => object instanceof Deck);
      return decks[a % decks.length]?.name.set(c % 3 === 0 ? "no!" : `name ${b}`);
    }
    case "savepoint":
      return transact(() => {
        takeStep(tree, ["add", a, b, c, value]);
        takeStep(tree, ["items", b, c, a, value]);
        takeStep(tree, [c % 2 ? "move" : "destroy", c, a, b, value]);
        throw FAIL;
      });
    case "many":
      // Into one gap, until it is crowded.
      for (let count = 0; count < 60; count++) {
        tree.root.add(Deck, 0, { index: Math.max(0, tree.root.children.length - 1) });
      }
      return undefined;
  }
}

/** Carries one transaction out. What a step may refuse, it may. */
function carryOut(tree: AuthorityTree, { steps, fails }: Transactions[number]): void {
  ignoring(() =>
    transact(() => {
      for (const each of steps) ignoring(() => takeStep(tree, each));
      if (fails) throw FAIL;
    }),
  );
}

function ignoring(run: () => unknown): void {
  try {
    run();
  } catch (error) {
    if (error !== FAIL && !(error instanceof ObjectSyncError)) throw error;
  }
}

/** Follows a tree by its events alone, from what it is now. */
class Follower {
  readonly #values = new Map<AnyTopic, unknown>();
  readonly #parents = new Map<SObject, SObject | null>();
  readonly #tree: Tree;
  readonly origins = new Set<string>();
  /** Topics and objects that events were about. */
  readonly touched = new Set<AnyTopic | SObject>();

  constructor(tree: Tree) {
    this.#tree = tree;
    tree.on("add", ({ object, parent, origin }) => {
      this.#note(object, origin);
      expect(this.#parents.has(object)).toBe(false);
      this.#enter(object, parent);
    });
    tree.on("move", ({ object, from, to, origin }) => {
      this.#note(object, origin);
      expect(this.#parents.get(object)).toBe(from);
      this.#parents.set(object, to);
    });
    tree.on("remove", ({ object, parent, origin }) => {
      this.#note(object, origin);
      expect(this.#parents.get(object)).toBe(parent);
      this.#leave(object);
    });
    for (const object of tree.objects()) this.#enter(object, object.parent);
  }

  /** That what the events said is what there is. */
  check(): void {
    for (const object of this.#tree.objects()) {
      expect(this.#parents.get(object)).toBe(object.parent);
      for (const [, topic] of topicsOf(object)) expect(this.#values.get(topic)).toEqual(topic.value);
    }
    expect(this.#parents.size).toBe(this.#tree.size);
  }

  #note(what: AnyTopic | SObject, origin: string): void {
    this.origins.add(origin);
    this.touched.add(what);
  }

  #enter(object: SObject, parent: SObject | null): void {
    this.#parents.set(object, parent);
    for (const [, topic] of topicsOf(object)) this.#follow(topic);
  }

  #leave(object: SObject): void {
    this.#parents.delete(object);
    for (const [child, parent] of this.#parents) if (parent === object) this.#leave(child);
  }

  #follow(topic: AnyTopic): void {
    const isKnown = this.#values.has(topic);
    this.#values.set(topic, topic.value);
    // What was destroyed and is brought back still has its listeners.
    if (isKnown) return;
    const update = (step: (value: never) => unknown): void => {
      this.#values.set(topic, step(this.#values.get(topic) as never));
    };
    topic.on("change", ({ origin }) => this.#note(topic, origin));
    if (topic instanceof StringTopic) {
      topic.on("delete", ({ position, text }) =>
        update((value: string) => value.slice(0, position) + value.slice(position + text.length)),
      );
      topic.on("insert", ({ position, text }) =>
        update((value: string) => value.slice(0, position) + text + value.slice(position)),
      );
    } else if (topic instanceof ListTopic) {
      topic.on("remove", ({ index }) => update((value: Json[]) => value.toSpliced(index, 1)));
      topic.on("insert", ({ index, item }) => update((value: Json[]) => value.toSpliced(index, 0, item)));
    } else if (topic instanceof DictTopic) {
      topic.on("delete", ({ key }) =>
        update((value: object) => Object.fromEntries(Object.entries(value).filter(([each]) => each !== key))),
      );
      topic.on("put", ({ key, item }) => update((value: object) => ({ ...value, [key]: item })));
    } else {
      topic.on("change", ({ value }) => update(() => value));
    }
  }
}

describe("a mirror", () => {
  it("equals the tree after every transaction, and its listeners can follow by events alone", () => {
    let committed = 0;
    fc.assert(
      fc.property(transactions, (list) => {
        const { tree, take, snapshot } = makeServer();
        const mirror = makeMirror(snapshot());
        const follower = new Follower(mirror);
        for (const each of list) {
          carryOut(tree, each);
          const streams = take();
          committed += streams.length;
          feed(mirror, streams);
          expect(picture(mirror)).toEqual(picture(tree));
          follower.check();
        }
        expect([...follower.origins].filter((origin) => origin !== "remote")).toEqual([]);
      }),
      { numRuns: 150 },
    );
    // Or nothing was proven.
    expect(committed).toBeGreaterThan(100);
  });

  it("equals the tree where nobody looked at it in between", () => {
    fc.assert(
      fc.property(transactions, (list) => {
        const { tree, take, snapshot } = makeServer();
        const mirror = makeMirror(snapshot());
        for (const each of list) carryOut(tree, each);
        feed(mirror, take());
        expect(picture(mirror)).toEqual(picture(tree));
      }),
      { numRuns: 100 },
    );
  });

  it("equals the tree when it joins late, and goes on from there", () => {
    fc.assert(
      fc.property(transactions, transactions, (before, after) => {
        const { tree, take, snapshot } = makeServer();
        for (const each of before) carryOut(tree, each);
        take();
        const mirror = makeMirror(snapshot());
        const unseen = makeMirror(snapshot());
        expect(picture(mirror)).toEqual(picture(tree));
        for (const each of after) carryOut(tree, each);
        const streams = take();
        feed(mirror, streams);
        feed(unseen, streams);
        expect(picture(mirror)).toEqual(picture(tree));
        expect(picture(unseen)).toEqual(picture(tree));
      }),
      { numRuns: 100 },
    );
  });

  it("takes a transaction that was taken back for nothing at all", () => {
    fc.assert(
      fc.property(transactions, transaction, (before, { steps }) => {
        const { tree, take } = makeServer();
        for (const each of before) carryOut(tree, each);
        take();
        const then = picture(tree);
        const follower = new Follower(tree);
        carryOut(tree, { steps, fails: true });
        expect(picture(tree)).toEqual(then);
        follower.check();
        expect(take()).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  it("becomes by `reset` what another snapshot says: one event, all objects new, the old ones destroyed", () => {
    const { tree, snapshot } = makeServer();
    const card = tree.root.add(Card, undefined, { key: "card" });
    const mirror = makeMirror(snapshot());
    const old = mirror.get("card") as Card;
    const events: string[] = [];
    for (const name of ["add", "remove", "move", "reset"] as const) mirror.on(name, () => events.push(name));
    card.title.set("new");
    mirror.reset(snapshot());
    expect(events).toEqual([]);
    mirror.announce();
    expect(events).toEqual(["reset"]);
    expect(old.isDestroyed).toBe(true);
    expect(mirror.get("card")).not.toBe(old);
    expect(picture(mirror)).toEqual(picture(tree));
  });

  it("tells listeners nothing before all of a frame is in place", () => {
    const { tree, take, snapshot } = makeServer();
    const [first, second] = [tree.root.add(Card), tree.root.add(Card)];
    take();
    const mirror = makeMirror(snapshot());
    const seen: unknown[] = [];
    const [one, other] = mirror.root.children as unknown as [Card, Card];
    one.title.on("change", () => seen.push(other.title.value));
    transact(() => {
      first.title.set("1");
      second.title.set("2");
    });
    for (const stream of take()) mirror.apply(stream);
    expect(seen).toEqual([]);
    mirror.announce();
    expect(seen).toEqual(["2"]);
  });
});

describe("reconcile", () => {
  it("equals the tree from any earlier state, keeps what is still there and tells only what differs", () => {
    fc.assert(
      fc.property(transactions, transactions, fc.boolean(), (before, after, isSeen) => {
        const { tree, take, snapshot } = makeServer();
        for (const each of before) carryOut(tree, each);
        const mirror = makeMirror(snapshot());
        const earlier = new Map([...mirror.objects()].map((object) => [object.id, object]));
        const serverThen = new Map([...tree.objects()].map((object) => [object.id, place(object)]));
        const follower = isSeen ? new Follower(mirror) : undefined;
        const valuesThen = new Map<AnyTopic, unknown>();
        const topicsThen = new Map<number, AnyTopic[]>();
        for (const object of isSeen ? mirror.objects() : []) {
          const topics = topicsOf(object).map(([, topic]) => topic);
          topicsThen.set(object.id, topics);
          for (const topic of topics) valuesThen.set(topic, topic.value);
        }

        for (const each of after) carryOut(tree, each);
        take();
        mirror.reconcile(snapshot());
        mirror.announce();

        expect(picture(mirror)).toEqual(picture(tree));
        for (const object of mirror.objects()) {
          const known = earlier.get(object.id);
          if (!known) continue;
          expect(object).toBe(known);
          const topics = topicsThen.get(object.id);
          if (topics) expect(topicsOf(object).map(([, topic]) => topic)).toEqual(topics);
        }
        for (const [id, object] of earlier) expect(object.isDestroyed).toBe(!tree.get(id));
        follower?.check();
        for (const each of follower?.touched ?? []) {
          if (each instanceof SObject) {
            const isMoved = place(tree.get(each.id)) !== serverThen.get(each.id);
            expect([each.id, isMoved]).toEqual([each.id, true]);
          } else {
            expect(each.value).not.toEqual(valuesThen.get(each));
          }
        }
        for (const origin of follower?.origins ?? []) expect(origin).toBe("restore");

        // And it can go on.
        for (const each of before) carryOut(tree, each);
        feed(mirror, take());
        expect(picture(mirror)).toEqual(picture(tree));
      }),
      { numRuns: 150 },
    );
  });

  it("gives a key to its new owner where the old one has gone", () => {
    const { tree, snapshot } = makeServer();
    const first = tree.root.add(Card, undefined, { key: "x" });
    const mirror = makeMirror(snapshot());
    first.destroy();
    const second = tree.root.add(Card, undefined, { key: "x" });
    mirror.reconcile(snapshot());
    mirror.settle();
    expect(mirror.get("x")?.id).toBe(second.id);
    expect(mirror.get(first.id)).toBeUndefined();
  });

  it("turns a parent and its child around", () => {
    const { tree, snapshot } = makeServer();
    const parent = tree.root.add(Card);
    const child = parent.add(Card);
    const below = child.add(Card);
    const mirror = makeMirror(snapshot());
    below.moveTo(tree.root);
    parent.moveTo(below);
    child.moveTo(parent);
    mirror.reconcile(snapshot());
    mirror.announce();
    expect(picture(mirror)).toEqual(picture(tree));
  });

  it("tells of a subtree that has gone once, whichever of it is older", () => {
    const { tree, take, snapshot } = makeServer();
    const mirror = makeMirror(snapshot());
    const child = tree.root.add(Card);
    const parent = tree.root.add(Card);
    child.moveTo(parent);
    feed(mirror, take());
    const removed: number[] = [];
    mirror.on("remove", ({ object }) => removed.push(object.id));
    parent.destroy();
    mirror.reconcile(snapshot());
    mirror.announce();
    expect(removed).toEqual([parent.id]);
    expect(mirror.size).toBe(1);
  });

  it("tells nothing where nothing differs", () => {
    const { tree, snapshot } = makeServer();
    tree.root.add(Deck, 3);
    const mirror = makeMirror(snapshot());
    const follower = new Follower(mirror);
    mirror.reconcile(snapshot());
    mirror.announce();
    expect([...follower.touched]).toEqual([]);
  });
});

/** Where an object hangs and in which order: what must be told if it changes. */
function place(object: SObject | undefined): string | undefined {
  return object && `${object.parent?.id} ${objectInternals.orderKey(object)}`;
}

describe("[CM-07] a garbled stream", () => {
  const replacement: fc.Arbitrary<Wire> = fc.oneof(
    fc.integer({ min: -40, max: 60 }),
    fc.constantFrom<Wire>(
      2 ** 53 - 1,
      -(2 ** 53 - 1),
      2 ** 32,
      0.5,
      1e300,
      true,
      false,
      null,
      "",
      "__proto__",
      "title",
    ),
    fc.constantFrom<Wire>([], [[]], {}, { valueOf: 1 }, [null], ["a", 1], new Uint8Array(1), "constructor", "list"),
    fc.constantFrom<Wire>(
      ["T", null, []],
      [
        "T",
        null,
        [
          ["a", "list", [], 0],
          ["a", "dict", [], 0],
        ],
      ],
    ),
    fc.constantFrom<Wire>(["T", null, [["root", "number", 0, 0]]], ["T", null, [["__proto__", "number", 0, 0]]]),
  );
  const mutation = fc.record({
    path: fc.array(fc.nat(10_000), { minLength: 1, maxLength: 5 }),
    how: fc.constantFrom("replace", "insert", "delete", "swap", "cut"),
    replacement,
  });

  /** A copy that differs at the place where the path leads. */
  function mutate(wire: readonly Wire[], path: readonly number[], how: string, by: Wire): Wire[] {
    const [first = 0, ...rest] = path;
    const copy = [...wire];
    if (copy.length === 0) return [by];
    const index = first % copy.length;
    const inner = copy[index];
    if (rest.length > 0 && Array.isArray(inner)) {
      copy[index] = mutate(inner, rest, how, by);
      return copy;
    }
    if (how === "replace") copy[index] = by;
    if (how === "insert") copy.splice(index, 0, by);
    if (how === "delete") copy.splice(index, 1);
    if (how === "swap") copy.push(...copy.splice(index, 1));
    if (how === "cut") copy.length = index;
    return copy;
  }

  function makeStreams(): { readonly snapshot: OpStream; readonly changes: readonly OpStream[] } {
    const { tree, take, snapshot } = makeServer();
    tree.root
      .add(Deck, 2)
      .add(Card)
      .items.set([1, [2], { three: 3 }]);
    tree.root.add(Card, undefined, { key: "x" }).labels.put("a", "b");
    const start = snapshot();
    take();
    const random = fc.sample(transaction, { seed: 7, numRuns: 25 });
    for (const each of random) carryOut(tree, { ...each, fails: false });
    return { snapshot: start, changes: take() };
  }

  it("is refused with an ObjectSyncError, whatever is wrong with it, and never pollutes a prototype", () => {
    const { snapshot, changes } = makeStreams();
    const counts = { refused: 0, taken: 0 };
    const way = fc.constantFrom("reset", "apply", "reconcile");
    const property = fc.property(
      way,
      fc.nat(99),
      fc.array(mutation, { minLength: 1, maxLength: 3 }),
      (how, at, list) => {
        const valid = how === "apply" ? (changes.flat() as OpStream).slice(at % 7 === 0 ? 0 : at) : snapshot;
        let stream = valid;
        for (const { path, how: what, replacement: by } of list) stream = mutate(stream, path, what, by);
        const mirror = makeMirror(overTheWire(snapshot));
        if (at % 2) picture(mirror);
        try {
          const received = overTheWire(stream);
          mirror[how](received);
          mirror.announce();
          for (const object of mirror.objects()) for (const [, topic] of topicsOf(object)) void topic.value;
          counts.taken++;
        } catch (error) {
          if (!(error instanceof ObjectSyncError)) throw error;
          counts.refused++;
        }
        expect(({} as { a?: unknown }).a).toBeUndefined();
        expect(Object.keys(Object.prototype)).toEqual([]);
      },
    );
    fc.assert(property, { numRuns: 1500 });
    expect(counts.refused).toBeGreaterThan(300);
    expect(counts.taken).toBeGreaterThan(30);
  });

  it.each<[string, OpStream]>([
    ["two objects to go to", [-201, -8, 0, 1, 0, null, null]],
    ["an op that a kind does not have", [-5, 8 + 7, 1]],
    ["a slot that a type does not have", [-5, 80, 1]],
    ["an object that is not there", [-99, 8, 1]],
    ["an object that is there already", [-5, 0, 0, 1, 0, null, null]],
    ["an unknown shape", [-99, 0, 77, 1, 0, null, null]],
    ["an unknown parent", [-99, 0, 0, 98, 0, null, null]],
    ["the end of the root", [-3, 1]],
    ["a move of the root", [-3, 2, 2, 0]],
    ["a move below itself", [-5, 2, 2, 0]],
    ["an op without its arguments", [-5, 2, 1]],
    ["a code that objects do not have", [-5, 6]],
    [
      "an attribute that stands twice",
      [
        7,
        9,
        [
          "T",
          null,
          [
            ["a", "list", [], 0],
            ["a", "list", [], 0],
          ],
        ],
      ],
    ],
    ["an unknown kind", [7, 9, ["T", null, [["a", "unknown", [], 0]]]]],
    ["a fraction for a tag", [0.5]],
  ])("is refused: %s", (_, stream) => {
    const { snapshot } = makeStreams();
    const mirror = makeMirror(overTheWire(snapshot));
    expect(() => mirror.apply(stream)).toThrow(expect.objectContaining({ code: "bad_message" }));
  });
});

it("[CM-07] a snapshot without a root is refused", () => {
  const mirror = new MirrorTree(DEAF, undefined);
  expect(() => mirror.reset([])).toThrow(expect.objectContaining({ code: "bad_message" }));
});
