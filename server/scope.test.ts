import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MirrorTree } from "../client/mirror-tree.ts";
import { AuthorityTree } from "../core/authority.ts";
import { decode, type Wire } from "../core/codec.ts";
import { SObject } from "../core/object.ts";
import { ROOT_SCOPE } from "../core/scope.ts";
import type { OpStream } from "../core/stream.ts";
import { TopicChange } from "../core/topic.ts";
import { type Author, transact, transactAs } from "../core/transaction.ts";
import { Creation, type TreeChange } from "../core/tree-changes.ts";
import { TypeRegistry } from "../core/types.ts";
import { parseTransaction } from "../core/wire.ts";
import { DEAF } from "../test/recorders.ts";
import { Card, Marker, stateOf } from "../test/sample-tree.ts";
import { Membership } from "./membership.ts";
import { type Recipient, Scope } from "./scope.ts";

function setUp(maxLogBytes = 1e6) {
  const types = new TypeRegistry();
  for (const each of [SObject, Card, Marker]) types.register(each);
  const tree = new AuthorityTree(types, SObject);
  const scope = new Scope(ROOT_SCOPE, tree, new Membership(tree.root), maxLogBytes);
  tree.onCommit = (changes, author) => commit(scope, changes, author);
  return { tree, scope };
}

function commit(scope: Scope, changes: readonly TreeChange[], author?: Author): void {
  for (const change of changes) {
    scope.add(change, change instanceof TopicChange ? (change.topic.object as SObject) : (change.object as SObject));
  }
  scope.end(author);
}

const VIEWER: Recipient = {
  scopes: new Set(),
  sendFrame() {},
  sendState() {},
  sendCommitted() {},
  sendOwed() {},
  sendRefused() {},
  restart() {},
};

/** What was committed since the last frame, as its transactions. */
function takeSection(scope: Scope): unknown {
  const section = scope.takeSection(false);
  return section && decode(section.bytes);
}

/** A frame of state, taken apart. */
function snapshotOf(scope: Scope) {
  const [code, section] = decode(scope.snapshotFrame()) as [number, Wire[]];
  const [id, version, ops, ...log] = section as [number, number, OpStream, ...Wire[]];
  expect([code, id]).toEqual([0, 1]);
  return { version, ops, log };
}

/** What somebody sees who joins now. */
function joined(scope: Scope): unknown {
  const { ops, log } = snapshotOf(scope);
  const mirror = new MirrorTree(DEAF, undefined);
  mirror.reset(ops);
  for (const wire of log) mirror.apply(parseTransaction(wire).ops);
  return stateOf(mirror);
}

type Step = (tree: AuthorityTree, pick: (count: number) => number) => void;

const STEPS: readonly Step[] = [
  (tree) => void tree.root.add(Card),
  (tree, pick) => void pickOf(tree, pick).add<SObject>(pick(2) === 0 ? Card : Marker),
  (tree, pick) => {
    const object = pickOf(tree, pick);
    if (object.parent) object.destroy();
  },
  (tree, pick) => {
    const [object, parent] = [pickOf(tree, pick), pickOf(tree, pick)];
    if (object.parent && !object.contains(parent)) object.moveTo(parent, { index: 0 });
  },
  (tree, pick) => cardOf(tree, pick)?.text.set("long ".repeat(pick(20))),
  (tree, pick) => cardOf(tree, pick)?.tags.push(`tag ${pick(9)}`),
  (tree, pick) => cardOf(tree, pick)?.notes.put(`key ${pick(3)}`, `${pick(9)}`),
  (tree, pick) => cardOf(tree, pick)?.done.toggle(),
];

function pickOf(tree: AuthorityTree, pick: (count: number) => number): SObject {
  return [...tree.objects()][pick(tree.size)] as SObject;
}

function cardOf(tree: AuthorityTree, pick: (count: number) => number): Card | undefined {
  const cards = tree.root.search({ type: Card });
  return cards[pick(cards.length)];
}

describe("a scope", () => {
  const numbers = fc.array(fc.nat(1000), { minLength: 1, maxLength: 40 });

  it("gives whoever joins the present state, whether its snapshot is fresh or kept with a log", () => {
    let kept = 0;
    fc.assert(
      fc.property(numbers, fc.boolean(), fc.constantFrom(50, 1e6), (picks, isWatched, maxLogBytes) => {
        const { tree, scope } = setUp(maxLogBytes);
        const base = tree.root.add(Card);
        base.text.set("so that the snapshot has some length ".repeat(20));
        if (isWatched) scope.audience.add(VIEWER);
        joined(scope);
        for (const [index, number] of picks.entries()) {
          let rest = number;
          const pick = (count: number): number => {
            const picked = count === 0 ? 0 : rest % count;
            rest = Math.floor(rest / Math.max(count, 1)) + index;
            return picked;
          };
          const step = STEPS[pick(STEPS.length)] as Step;
          transactAs({ author: number % 3 === 0 ? { client: 1, transaction: index } : undefined }, () =>
            step(tree, pick),
          );
          if (number % 7 > 0) continue;
          if (snapshotOf(scope).log.length > 0) kept++;
          expect(joined(scope)).toEqual(stateOf(tree));
        }
        const { version, log } = snapshotOf(scope);
        expect(version + log.length).toBe(scope.version);
        expect(joined(scope)).toEqual(stateOf(tree));
      }),
      { numRuns: 150, seed: 20_261_120 },
    );
    expect(kept).toBeGreaterThan(20);
  });

  it("counts every transaction that changes something, and no other: versions have no gaps", () => {
    const { tree, scope } = setUp();
    const card = tree.root.add(Card);
    expect(scope.version).toBe(1);
    card.votes.set(0);
    transact(() => {});
    expect(scope.version).toBe(1);
    transact(() => {
      card.votes.set(1);
      card.text.set("both are one");
    });
    expect(() => card.votes.set(5000)).toThrow("at most");
    expect(scope.version).toBe(2);
    scope.audience.add(VIEWER);
    card.votes.set(2);
    card.votes.set(3);
    expect(takeSection(scope)).toEqual([1, expect.any(Array), expect.any(Array)]);
    expect(scope.version).toBe(4);
    expect(snapshotOf(scope)).toMatchObject({ version: 4, log: [] });
  });

  it("takes a frame of what was committed since the last one, and none of nothing", () => {
    const { tree, scope } = setUp();
    const card = tree.root.add(Card);
    scope.audience.add(VIEWER);
    expect(takeSection(scope)).toBeUndefined();
    transactAs({ author: { client: 9, transaction: 4 } }, () => card.done.set(true));
    // The client's own op, and two that rules have made of it.
    expect(takeSection(scope)).toEqual([1, [[9, 4, 1, 2], ...Array(9).fill(expect.anything())]]);
    expect(takeSection(scope)).toBeUndefined();
  });

  it("encodes nothing while nobody looks and nothing is kept", () => {
    const { scope } = setUp();
    const untouchable = Object.assign(Object.create(Creation.prototype), {
      writeTo() {
        throw new Error("encoded");
      },
    }) as Creation;
    commit(scope, [untouchable]);
    expect(scope.version).toBe(1);
    scope.audience.add(VIEWER);
    expect(() => commit(scope, [untouchable])).toThrow("encoded");
    scope.audience.delete(VIEWER);
    scope.snapshotFrame();
    expect(() => commit(scope, [untouchable])).toThrow("encoded");
  });

  it("keeps a snapshot while the log is less than half of it, and within its limit", () => {
    for (const [maxLogBytes, most] of [
      [1e6, 5_100],
      [1000, 1_000],
    ] as const) {
      const { tree, scope } = setUp(maxLogBytes);
      const card = tree.root.add(Card);
      card.text.set("x".repeat(10_000));
      const first = snapshotOf(scope).version;
      let bytes = 0;
      for (let count = 0; count < 1000 && snapshotOf(scope).version === first; count++) {
        card.notes.put("k", `${count}`.padEnd(100));
        bytes += 108;
      }
      expect(bytes).toBeLessThan(most + 250);
      expect(bytes).toBeGreaterThan(most - 250);
    }
  });
});
