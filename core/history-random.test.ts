// What holds of histories whatever anybody does.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { factsOf } from "../test/fuzz/facts.ts";
import { Part } from "../test/parts.ts";
import { TestClock } from "../testing/test-clock.ts";
import { AuthorityTree } from "./authority.ts";
import { BinaryTopic } from "./binary-topic.ts";
import { ObjectSyncError } from "./error.ts";
import { RefDictTopic } from "./ref-dict-topic.ts";
import { RefListTopic } from "./ref-list-topic.ts";
import { RefSetTopic } from "./ref-set-topic.ts";
import { StringTopic } from "./string-topic.ts";
import { transact, transactAs } from "./transaction.ts";
import { TypeRegistry } from "./types.ts";

class Thing extends Part {
  readonly bytes = new BinaryTopic();
  readonly refs = new RefListTopic();
  readonly some = new RefSetTopic();
  readonly named = new RefDictTopic();

  override build(children = 0): void {
    for (let count = 0; count < children; count++) this.add(Thing);
    this.text.set("built");
  }

  override init(): void {
    this.flag.rule("change", () => this.int.add(1));
    this.text.rule("change", ({ inserted }) => {
      if (inserted === "make") this.add(Thing);
    });
  }
}

interface Deed {
  readonly sort: number;
  readonly at: number;
  readonly to: number;
  readonly count: number;
}

type Act = (thing: Thing, other: Thing, deed: Deed, mark: number) => void;

const KEYS = ["a", "b", "c"];

function within(length: number, at: number): number {
  return length === 0 ? 0 : at % length;
}

const WRITES: readonly Act[] = [
  ({ text }, _, { at, count }, mark) => text.splice(within(text.length, at), 0, `${mark}`.repeat(count)),
  ({ text }, _, { at, count }) =>
    text.delete(within(text.length, at), Math.min(count, text.length - (at % text.length))),
  ({ text }, _, { sort }, mark) => text.set(sort > 500 ? "make" : `set ${mark}`),
  ({ list }, _, { at, count }, mark) =>
    list.splice(
      within(list.value.length, at),
      0,
      ...Array.from({ length: count }, (__, index) => `${10 * mark + index}`),
    ),
  ({ list }, _, { at }) => list.splice(within(list.value.length, at), 1),
  ({ list }, _, { at }, mark) => list.put(within(list.value.length, at), `${-mark}`),
  ({ list }, _, { at, to }) => list.move(within(list.value.length, at), within(list.value.length, to)),
  ({ bytes }, _, { at, count }, mark) =>
    bytes.splice(within(bytes.length, at), 0, new Uint8Array(count).fill(mark % 256)),
  ({ number }, _, { at, sort }) => (sort % 2 === 0 ? number.set(at) : number.add(at + 1)),
  ({ int }, _, { at, sort }) => (sort % 3 === 0 ? int.set(at) : int.add(at + 1)),
  ({ float }, _, { at, sort }) => (sort % 4 === 0 ? float.set(at / 7) : float.add((at + 1) / 10)),
  ({ flag }) => flag.toggle(),
  ({ dict }, _, { at, sort }, mark) => {
    const key = KEYS[at % 3] as string;
    if (sort % 4 === 0) dict.delete(key);
    else if (sort % 7 === 0) dict.set({ [key]: mark });
    else dict.put(key, mark);
  },
  ({ set }, _, { at, sort }) => {
    const item = KEYS[at % 3] as string;
    if (sort % 3 === 0) set.delete(item);
    else if (sort % 7 === 0) set.set([item]);
    else set.add(item);
  },
  ({ value }, _, { at, sort }, mark) => {
    const key = KEYS[at % 3] as string;
    if (sort % 5 === 0) value.set({ [key]: { x: mark } });
    else if (sort % 5 === 1) value.put([key, "x"], mark);
    else if (sort % 5 === 2) value.delete([key]);
    else value.put([key], { x: mark });
  },
  ({ ref }, other) => ref.set(other),
  ({ refs }, other, { at }) => refs.splice(within(refs.value.length, at), at % 2, other),
  ({ some }, other, { sort }) => (sort % 2 === 0 ? some.add(other) : some.delete(other)),
  ({ named }, other, { at }) => named.put(KEYS[at % 3] as string, other),
];

const SHAPES: readonly Act[] = [
  (thing, _, { count }) => void thing.add(Thing, count),
  (thing, _, { at, count }) => void thing.add(Thing, count, { index: within(thing.children.length, at) }),
  (thing, _, { at }) => void thing.add(Thing, 0, { key: KEYS[at % 3] as string }),
  (thing) => thing.destroy(),
  (thing) => thing.destroy(),
  (thing, other) => thing.moveTo(other),
  (thing, other, { at }) => thing.moveTo(other, { index: within(other.children.length, at) }),
  (thing, _, { at }) => void thing.addAttribute(`more${at % 2}`, new StringTopic("more")),
  (thing, _, { at }) => thing.removeAttribute(`more${at % 2}`),
  (thing, _, { at }, mark) => thing.attribute(`more${at % 2}`, StringTopic).insert(0, `${mark}`),
];

const ACTS: readonly Act[] = [...WRITES, ...SHAPES, ...SHAPES];

const nat = fc.nat({ max: 1_000 });
const deed: fc.Arbitrary<Deed> = fc.record({ sort: nat, at: nat, to: nat, count: fc.nat({ max: 3 }) });

const [SERVER, ANN, BOB] = [0, 1, 2];

class World {
  readonly tree: AuthorityTree;
  readonly clock = new TestClock();
  #count = 0;

  constructor(record: "all" | "labelled" = "labelled", mergeMs = 100) {
    const types = new TypeRegistry();
    types.register(Thing);
    this.tree = new AuthorityTree(types, Thing, { history: { record, mergeMs, clock: this.clock } });
    this.tree.root.add(Thing, 2);
    this.tree.root.add(Thing);
    this.tree.history.clear();
  }

  get facts(): unknown {
    return Object.fromEntries(factsOf(this.tree));
  }

  /** One transaction; of what cannot be done nothing is. */
  do(client: number, deeds: readonly Deed[]): void {
    const act = (): void => {
      for (const each of deeds) {
        const things = [...this.tree.objects()] as Thing[];
        const [thing, other] = [things[each.at % things.length], things[each.to % things.length]] as [Thing, Thing];
        try {
          (ACTS[each.sort % ACTS.length] as Act)(thing, other, each, ++this.#count);
        } catch (error) {
          if (!(error instanceof ObjectSyncError)) throw error;
        }
      }
    };
    if (client === SERVER) transact(act);
    else transactAs({ author: { client, transaction: this.#count } }, act);
  }
}

interface Turn {
  readonly client: number;
  readonly pauseMs: number;
  readonly deeds: readonly Deed[];
  /** What is done instead, now and then. */
  readonly other: "undo" | "redo" | undefined;
}

const turn: fc.Arbitrary<Turn> = fc.record({
  client: fc.constantFrom(SERVER, ANN, BOB),
  pauseMs: fc.constantFrom(0, 50, 500),
  deeds: fc.array(deed, { minLength: 1, maxLength: 5, size: "max" }),
  other: fc.option(fc.constantFrom("undo" as const, "redo" as const), { nil: undefined, freq: 2 }),
});

// Half of what a test may take: the rest is for shrinking.
const settings = { numRuns: Number(process.env.FUZZ_RUNS ?? 60), interruptAfterTimeLimit: 15_000 };

describe("whatever one does", () => {
  it("[HI-01] undone, all is as it was, and redone as it had become, as often as one likes", () => {
    let steps = 0;
    fc.assert(
      fc.property(fc.array(turn, { maxLength: 12, size: "max" }), (turns) => {
        const world = new World("all");
        const states = [world.facts];
        for (const { pauseMs, deeds } of turns) {
          world.clock.advance(pauseMs);
          const count = world.tree.history.entries.length;
          world.do(SERVER, deeds);
          const grown = world.tree.history.entries.length - count;
          // Of quick edits, and of such as leave nothing, the last state counts.
          if (grown < 1) states.length += grown - 1;
          states.push(world.facts);
        }
        steps += states.length;
        for (let round = 0; round < 2; round++) {
          for (const expected of states.slice(0, -1).reverse()) {
            expect(world.tree.undo()).toMatchObject({ undone: true, skipped: 0 });
            expect(world.facts).toEqual(expected);
          }
          expect(world.tree.undo()).toMatchObject({ reason: "not_found" });
          for (const expected of states.slice(1)) {
            expect(world.tree.redo()).toMatchObject({ undone: true, skipped: 0 });
            expect(world.facts).toEqual(expected);
          }
          expect(world.tree.redo()).toMatchObject({ reason: "not_found" });
        }
      }),
      settings,
    );
    expect(steps).toBeGreaterThan(100);
  });
});

describe("whatever several do", () => {
  it("[HI-07] an undo and a redo right after it leave all as it was, for each, at any moment", () => {
    let undone = 0;
    fc.assert(
      fc.property(fc.array(turn, { maxLength: 25, size: "max" }), (turns) => {
        const world = new World();
        const { history } = world.tree;
        for (const { client, pauseMs, deeds, other } of turns) {
          world.clock.advance(pauseMs);
          if (other && client !== SERVER) history[other]({ client });
          else if (other) world.tree[other]();
          else world.do(client, deeds);
          for (const scope of [{}, { client: ANN }, { client: BOB }]) {
            const before = world.facts;
            const result = history.undo(scope);
            if (result.reason === "not_found") continue;
            expect(history.redo(scope)).toEqual(result);
            expect(world.facts).toEqual(before);
            if (result.undone) undone++;
          }
        }
      }),
      settings,
    );
    expect(undone).toBeGreaterThan(100);
  });

  it("[HI-07] what could not be redone is not redone by the next redo either, which undoes no more than its undo did", () => {
    const world = new World("labelled", 0);
    const { root, history } = world.tree;
    const [thing] = root.children as [Thing];
    transactAs({ author: { client: BOB, transaction: 1 } }, () => thing.text.insert(0, "Bob "));
    world.tree.undo();
    transactAs({ author: { client: ANN, transaction: 2 } }, () => thing.destroy());
    expect(history.redo({ client: BOB })).toMatchObject({ undone: false, reason: "conflict" });
    expect(history.undo({ client: ANN })).toMatchObject({ undone: true });
    expect(history.undo({ client: BOB })).toMatchObject({ undone: false });
    expect(history.redo({ client: BOB })).toMatchObject({ undone: false });
    expect((world.tree.get(thing.id) as Thing).text.value).toBe("built");
  });

  it("[HI-07] nothing is undone or redone twice, by whatever parts and authors", () => {
    const move = fc.record({
      client: fc.constantFrom(ANN, BOB),
      part: fc.nat({ max: 5 }),
      what: fc.constantFrom("add", "add", "undo", "undo", "redo", "redo", "both"),
      isOwn: fc.boolean(),
    });
    let turned = 0;
    fc.assert(
      fc.property(fc.array(move, { maxLength: 40, size: "max" }), (moves) => {
        const world = new World("labelled", 0);
        const { root, history } = world.tree;
        const parts = [...world.tree.objects()] as Thing[];
        let next = 0;
        /** The bits that a step has added, by part. */
        const steps: (readonly (readonly [part: Thing, bit: number])[])[] = [];
        for (const { client, part, what, isOwn } of moves) {
          const below = parts[part % parts.length] as Thing;
          if (what === "undo" || what === "redo") {
            const { undone } = history[what](isOwn ? { client, below } : { below });
            if (undone) turned++;
          } else {
            const added = [below, ...(what === "both" ? [root as Thing] : [])].map(
              (each) => [each, 2 ** next++] as const,
            );
            transactAs({ author: { client, transaction: next } }, () => {
              for (const [each, bit] of added) each.int.add(bit);
            });
            steps.push(added);
          }
          // Each bit is there once, or not at all, and those of one step together.
          const isThere = steps.map((added) => {
            const [first, ...others] = added.map(([each, bit]) => Math.floor(each.int.value / bit) % 2 === 1);
            for (const other of others) expect(other).toBe(first);
            return first;
          });
          const sums = new Map<Thing, number>();
          for (const [index, added] of steps.entries()) {
            for (const [each, bit] of added) sums.set(each, (sums.get(each) ?? 0) + (isThere[index] ? bit : 0));
          }
          for (const [each, sum] of sums) expect(each.int.value).toBe(sum);
          const done = isThere.filter(Boolean).length;
          expect(history.entries.filter(({ isUndone }) => !isUndone)).toHaveLength(done);
        }
      }),
      settings,
    );
    expect(turned).toBeGreaterThan(100);
  });

  it("[HI-14] what one wrote into a text stays when all that the other did is undone, in whatever order", () => {
    const act = fc.record({
      client: fc.constantFrom(ANN, BOB),
      at: nat,
      count: fc.nat({ max: 4 }),
      deleted: fc.nat({ max: 3 }),
      part: fc.nat({ max: 2 }),
      pauseMs: fc.constantFrom(0, 500),
      other: fc.option(fc.constantFrom("undo" as const, "redo" as const), { nil: undefined, freq: 3 }),
    });
    let left = 0;
    fc.assert(
      fc.property(fc.array(act, { maxLength: 40, size: "max" }), (acts) => {
        const world = new World();
        const { root, history } = world.tree;
        const parts = [root, ...root.children] as Thing[];
        for (const { text } of parts) text.set("");
        const kept = new Set<string>();
        let next = 0x4e00;
        for (const { client, at, count, deleted, part, pauseMs, other } of acts) {
          world.clock.advance(pauseMs);
          const { text } = parts[part] as Thing;
          if (other && client === ANN) {
            history[other]({ client, below: parts[part] as Thing });
            continue;
          }
          const start = within(text.length + 1, at);
          const typed = String.fromCharCode(...Array.from({ length: count }, () => next++));
          const gone = text.value.slice(start, start + deleted);
          transactAs({ author: { client, transaction: next } }, () => text.splice(start, gone.length, typed));
          if (client === ANN) continue;
          for (const letter of typed) kept.add(letter);
          for (const letter of gone) kept.delete(letter);
        }
        while (history.undo({ client: ANN }).reason !== "not_found");
        const letters = [...parts.map(({ text }) => text.value).join("")];
        expect(letters.toSorted()).toEqual([...kept].toSorted());
        left += letters.length;
      }),
      settings,
    );
    expect(left).toBeGreaterThan(100);
  });
});
