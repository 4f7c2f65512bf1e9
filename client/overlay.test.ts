import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AnyKind, type Op, SET } from "../core/kind.ts";
import { kindNamed } from "../core/kinds.ts";
import type { SObject } from "../core/object.ts";
import { copyOf, KINDS, type KindUnderTest, type Maker, play, prepareAll, ROUNDING_KINDS } from "../test/kind-runs.ts";
import { Overlay } from "./overlay.ts";
import { PendingTransaction, type TopicEdit } from "./pending.ts";

/** An attribute that is shown, the overlay on it, and a server that has it too. */
class Bench {
  readonly kind: AnyKind;
  readonly overlay: Overlay;
  view: unknown;
  /** As the server has it. */
  server: unknown;
  /** The transactions that are pending, the oldest first, each with the edits in it that are left. */
  pending: { readonly transaction: PendingTransaction; readonly edit: TopicEdit }[] = [];
  readonly #under: KindUnderTest;

  constructor(under: KindUnderTest, start: unknown) {
    this.#under = under;
    this.kind = under.kind;
    this.view = this.kind.fromWire(start);
    this.server = copyOf(this.kind, this.view);
    this.overlay = new Overlay(this.kind, () => this.view);
  }

  /** The program writes one op. */
  write(
    make: Maker,
    isShown = true,
    { isLocal = false, transaction = new PendingTransaction(false) } = {},
  ): TopicEdit | undefined {
    const op = this.#under.prepare(this.view, make);
    if (!op) return undefined;
    const about = { type: "topic", object: {} as SObject, slot: 1, isLocal } as const;
    const edit: TopicEdit = { ...about, ops: [op], isShown, transaction };
    transaction.edits.push(edit);
    this.show(this.overlay.add(edit));
    this.pending.push({ transaction, edit });
    return edit;
  }

  /** Somebody else writes. */
  hear(makers: readonly Maker[]): void {
    for (const op of prepareAll(this.#under, this.server, makers)) {
      this.server = this.kind.apply(this.server, op);
      this.show(this.overlay.confirmOther(op));
    }
  }

  /** The oldest transaction comes back, with the ops that are pending or with others. */
  confirm(instead?: readonly Maker[]): void {
    const [first] = this.pending;
    if (!first) return;
    const { transaction, edit } = first;
    const ops = instead ? prepareAll(this.#under, this.server, instead) : edit.ops;
    for (const op of ops) {
      if (this.#isRefused(op)) break;
      this.server = this.kind.apply(this.server, op);
      if (this.overlay.confirmOwn(transaction, op)) continue;
      this.show(this.overlay.withdraw((each) => each.transaction === transaction));
      this.show(this.overlay.confirmOther(op));
    }
    this.refuse(0);
  }

  /** Whether the server would not carry it out: a sum may be out of range by now. */
  #isRefused(op: Op): boolean {
    if (this.kind.isEvent) return false;
    return this.#under.prepare(this.server, () => op) === undefined;
  }

  /** What is left of a transaction is taken back. */
  refuse(index: number): void {
    const [gone] = this.pending.splice(index, 1);
    if (gone) this.show(this.overlay.withdraw((edit) => edit.transaction === gone.transaction));
  }

  /** Two that are next to each other, and the last, become one. */
  absorb(): boolean {
    const [older, newer] = this.pending.slice(-2);
    if (!older || !newer || older.edit.isShown !== newer.edit.isShown) return false;
    const isOne = this.overlay.absorb(older.edit, newer.edit);
    if (isOne) this.pending.pop();
    return isOne;
  }

  show(ops: readonly Op[]): void {
    for (const op of ops) this.view = this.kind.apply(this.view, op);
  }

  /** That all is as it should be. Looks at the confirmed value, which is made by that. */
  check(): void {
    this.expectEqual(this.overlay.confirmed, this.server);
    this.expectEqual(this.view, this.overlay.expected);
  }

  expectEqual(one: unknown, other: unknown): void {
    if (!this.kind.equals(one, other)) expect(this.kind.toWire(one)).toEqual(this.kind.toWire(other));
  }
}

describe.each(KINDS)("an overlay on an attribute of the kind $name", (under) => {
  const makers = fc.array(under.makers, { maxLength: 3 });
  const step = fc.record({
    what: fc.constantFrom(
      "write",
      "write",
      "write",
      "hide",
      "hear",
      "asSent",
      "asSent",
      "otherwise",
      "refuse",
      "absorb",
    ),
    with: makers,
    at: fc.nat(9),
  });

  type Step = typeof step extends fc.Arbitrary<infer Some> ? Some : never;

  function run(start: unknown, steps: readonly Step[]): Bench {
    const bench = new Bench(under, start);
    for (const { what, with: given, at } of steps) {
      const [make] = given;
      if (what === "write" && make) bench.write(make);
      if (what === "hide" && make) bench.write(make, false);
      if (what === "hear") bench.hear(given);
      if (what === "asSent") bench.confirm();
      if (what === "otherwise") bench.confirm(given);
      if (what === "refuse" && bench.pending.length > 0) bench.refuse(at % bench.pending.length);
      if (what === "absorb") bench.absorb();
    }
    return bench;
  }

  it("shows the confirmed value with what is pending on top, whenever somebody looks", () => {
    fc.assert(
      fc.property(under.starts, fc.array(step, { maxLength: 10 }), (start, steps) => run(start, steps).check()),
      { numRuns: 200 },
    );
  });

  it("shows what the server has when nothing is pending, whatever was confirmed, refused or made one before", () => {
    fc.assert(
      fc.property(under.starts, fc.array(step, { maxLength: 10 }), fc.boolean(), (start, steps, isRefused) => {
        const bench = run(start, steps);
        while (bench.pending.length > 0) {
          if (isRefused) bench.refuse(bench.pending.length - 1);
          else bench.confirm();
        }
        expect(bench.overlay.isEmpty).toBe(true);
        bench.expectEqual(bench.view, bench.server);
      }),
      { numRuns: 200 },
    );
  });

  it("takes two that have become one back as one, and has them confirmed as one", () => {
    let count = 0;
    fc.assert(
      fc.property(under.starts, makers, fc.boolean(), fc.boolean(), (start, given, isLooked, isRefused) => {
        const bench = new Bench(under, start);
        for (const make of given) {
          bench.write(make);
          if (isLooked) void bench.overlay.confirmed;
          if (bench.absorb()) count++;
        }
        bench.check();
        while (bench.pending.length > 0) {
          if (isRefused) bench.refuse(bench.pending.length - 1);
          else bench.confirm();
        }
        bench.expectEqual(bench.view, bench.server);
      }),
      { numRuns: 200 },
    );
    // Events, and additions of fractions, stay apart.
    if (!under.kind.isEvent) expect(count).toBeGreaterThan(0);
  });
});

describe.each(ROUNDING_KINDS)("an overlay on an attribute of the kind $name, with sums that are rounded", (under) => {
  it("shows exactly the server's number when all is confirmed, whatever came in between", () => {
    let rounded = 0;
    const step = fc.record({ what: fc.constantFrom("write", "hear", "confirm", "refuse"), make: under.makers });
    fc.assert(
      fc.property(under.starts, fc.array(step, { maxLength: 10 }), (start, steps) => {
        const bench = new Bench(under, start);
        for (const { what, make } of steps) {
          if (what === "write") bench.write(make);
          if (what === "hear") bench.hear([make]);
          if (what === "confirm") bench.confirm();
          if (what === "refuse") bench.refuse(bench.pending.length - 1);
          expect(bench.overlay.confirmed).toBe(bench.server);
        }
        while (bench.pending.length > 0) bench.confirm();
        expect(bench.view).toBe(bench.server);
        if (!Number.isInteger(bench.view)) rounded++;
      }),
      { numRuns: 300 },
    );
    if (under.kind.name !== "int") expect(rounded).toBeGreaterThan(50);
  });
});

describe("an overlay", () => {
  const number = KINDS.find(({ name }) => name === "number") as KindUnderTest;
  const text = KINDS.find(({ name }) => name === "string") as KindUnderTest;
  const list = KINDS.find(({ name }) => name === "list") as KindUnderTest;

  /** A kind that counts how often a whole value is copied. */
  function counting(name: string): { readonly under: KindUnderTest; readonly copies: () => number } {
    let copies = 0;
    const original = KINDS.find((each) => each.name === name) as KindUnderTest;
    const toWire = (state: unknown) => {
      copies++;
      return original.kind.toWire(state);
    };
    return { under: { ...original, kind: { ...original.kind, toWire } }, copies: () => copies };
  }

  it("adds fractions up in the order of the server, whatever it has shown before", () => {
    const bench = new Bench(number, 0.1);
    bench.write(() => [1, 0.2]);
    expect(bench.view).toBe(0.1 + 0.2);
    bench.hear([() => [1, 0.7]]);
    expect(bench.view).toBe(0.1 + 0.7 + 0.2);
    bench.confirm();
    expect(bench.view).toBe(0.1 + 0.7 + 0.2);
  });

  it.each(["dict", "list", "set", "binary"])(
    "copies no %s that nobody else changes, however often it is written",
    (name) => {
      const { under, copies } = counting(name);
      const starts = fc.sample(under.starts, { numRuns: 20, seed: 1 });
      const writes = fc.sample(under.makers, { numRuns: 20, seed: 2 });
      const bench = new Bench(under, starts.find((start) => JSON.stringify(start).length > 10) ?? starts[0]);
      const before = copies();
      for (const make of writes) bench.write(make);
      expect(bench.pending.length).toBeGreaterThan(3);
      while (bench.pending.length > 0) bench.confirm();
      expect(copies()).toBe(before);
      bench.check();
    },
  );

  it("copies a list once when somebody else changes it, and not for each change after that", () => {
    const { under, copies } = counting("list");
    const bench = new Bench(under, ["a"]);
    bench.write((size) => [1, size, 0, ["mine"]]);
    bench.hear([(size) => [1, size, 0, ["b"]]]);
    const before = copies();
    for (let count = 0; count < 10; count++) bench.hear([(size) => [1, size, 0, ["c"]]]);
    // The server of the test copies once for each.
    expect(copies() - before).toBe(10);
  });

  it("has its own state of a container, which the view's changes do not reach", () => {
    const bench = new Bench(list, ["a"]);
    const { confirmed } = bench.overlay;
    bench.write(() => [2, 0, "b"]);
    expect(list.kind.toWire(confirmed)).toEqual(["a"]);
    expect(list.kind.toWire(bench.view)).toEqual(["b"]);
  });

  it("takes an op for its own only if it is the next one of that transaction, and shown", () => {
    const bench = new Bench(text, "");
    const first = bench.write(() => [1, 0, 0, "a"]) as TopicEdit;
    const second = bench.write(() => [1, 1, 0, "b"]) as TopicEdit;
    const { overlay } = bench;
    expect(overlay.confirmOwn(second.transaction as PendingTransaction, [1, 1, 0, "b"])).toBe(false);
    expect(overlay.confirmOwn(first.transaction as PendingTransaction, [1, 0, 0, "A"])).toBe(false);
    expect(overlay.confirmOwn(new PendingTransaction(false), [1, 0, 0, "a"])).toBe(false);
    expect(overlay.confirmed).toBe("");
    expect(overlay.confirmOwn(first.transaction as PendingTransaction, [1, 0, 0, "a"])).toBe(true);
    expect(overlay.confirmOwn(first.transaction as PendingTransaction, [1, 0, 0, "a"])).toBe(false);
    expect(overlay.confirmOwn(second.transaction as PendingTransaction, [1, 1, 0, "b"])).toBe(true);
    expect(overlay.confirmed).toBe("ab");
  });

  it("takes an op for its own, too, when several before it have been confirmed and are forgotten", () => {
    const bench = new Bench(text, "");
    const edits = ["a", "b", "c", "d"].map((letter, at) => bench.write(() => [1, at, 0, letter]) as TopicEdit);
    const confirm = ({ transaction, ops }: TopicEdit): boolean =>
      bench.overlay.confirmOwn(transaction as PendingTransaction, ops[0] as Op);
    expect(edits.slice(0, 3).map(confirm)).toEqual([true, true, true]);
    for (const { transaction } of edits.slice(0, 3)) {
      expect(bench.overlay.withdraw((each) => each.transaction === transaction)).toEqual([]);
    }
    expect(edits.slice(3).map(confirm)).toEqual([true]);
    expect(bench.overlay.confirmed).toBe("abcd");
  });

  it("shows what was hidden when it is confirmed, and not before", () => {
    const bench = new Bench(text, "x");
    bench.write(() => [1, 0, 0, "hidden "], false);
    bench.write(() => [1, 1, 0, "y"]);
    expect(bench.view).toBe("xy");
    bench.confirm();
    expect(bench.view).toBe("hidden xy");
    bench.check();
  });

  it("accepts all that a transaction did without being told of it, shown or hidden", () => {
    const bench = new Bench(text, "");
    const shown = bench.write(() => [1, 0, 0, "b"]) as TopicEdit;
    const hidden = bench.write(() => [1, 0, 0, "a"], false) as TopicEdit;
    const after = bench.write((size) => [1, size, 0, "c"]) as TopicEdit;
    bench.show(bench.overlay.accept(shown.transaction as PendingTransaction));
    expect([bench.view, bench.overlay.confirmed]).toEqual(["bc", "b"]);
    bench.show(bench.overlay.accept(hidden.transaction as PendingTransaction));
    expect([bench.view, bench.overlay.confirmed]).toEqual(["abc", "ab"]);
    expect(after.ops).toEqual([[1, 2, 0, "c"]]);
  });

  it("accepts nothing of a transaction behind one of which the server has not spoken", () => {
    const bench = new Bench(text, "x");
    bench.write(() => [1, 0, 0, "a"]);
    const second = bench.write(() => [1, 2, 0, "b"]) as TopicEdit;
    bench.show(bench.overlay.accept(second.transaction as PendingTransaction));
    expect([bench.view, bench.overlay.confirmed, second.ops]).toEqual(["axb", "x", [[1, 2, 0, "b"]]]);
    bench.check();
  });

  it.each([
    ["", false],
    [", below what is local", true],
  ])("[OC-12] has ops that are not shown follow each other in their transaction%s", (_, isBelow) => {
    const splice = fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      count: fc.nat(3),
      inserted: fc.constantFrom("", "x", "yz"),
      isTakenBack: fc.nat(5).map((dice) => dice === 0),
    });
    const digits = "0123456789";
    fc.assert(
      fc.property(fc.array(splice, { maxLength: 12 }), (splices) => {
        const bench = new Bench(text, digits);
        if (isBelow) bench.write(() => [1, 5, 0, "local"], true, { isLocal: true });
        const transaction = new PendingTransaction(true);
        const edits = new Set<TopicEdit>();
        const gone = new Set<string>();
        let came = "";
        for (const { at, count, inserted, isTakenBack } of splices) {
          const { view } = bench as { readonly view: string };
          const position = Math.floor(at * view.length);
          const edit = bench.write(() => [1, position, Math.min(count, view.length - position), inserted], false, {
            transaction,
          });
          if (!edit) continue;
          if (isTakenBack) bench.show(bench.overlay.withdraw((each) => each === edit));
          else {
            edits.add(edit);
            for (const digit of view.slice(position, position + count)) gone.add(digit);
            came += inserted;
          }
        }
        const result = play(
          text.kind,
          digits,
          [...edits].flatMap(({ ops }) => ops),
        ) as string;
        const left = (from: string, isMeant: (letter: string) => boolean): string => [...from].filter(isMeant).join("");
        const isDigit = (letter: string): boolean => digits.includes(letter);
        expect(left(result, isDigit)).toBe(left(digits, (digit) => !gone.has(digit)));
        expect(left(result, (letter) => !isDigit(letter)).length).toBe(came.length);
        bench.check();
      }),
    );
  });

  it("passes few ops where many that are not shown go to one place", () => {
    let steps = 0;
    const transform: AnyKind["transform"] = (...args) => {
      steps++;
      return text.kind.transform(...args);
    };
    const bench = new Bench({ ...text, kind: { ...text.kind, transform } }, "");
    const transaction = new PendingTransaction(true);
    for (let count = 0; count < 100; count++) bench.write(() => [1, 0, 0, "x"], false, { transaction });
    expect(steps).toBe(99);
  });

  it("leaves edits apart whose ops are several, or do not become one", () => {
    const bench = new Bench(text, "0123456789");
    const first = bench.write(() => [1, 0, 0, "a"]) as TopicEdit;
    const second = bench.write(() => [1, 9, 0, "b"]) as TopicEdit;
    expect(bench.overlay.absorb(first, second)).toBe(false);
    second.ops = [...second.ops, [1, 0, 1, ""]];
    expect(bench.overlay.absorb(first, second)).toBe(false);
    expect(bench.overlay.absorb({ ...first, ops: [] }, second)).toBe(false);
  });

  it.each<[string, unknown, readonly Op[]]>([
    [
      "set",
      ["a"],
      [
        [2, "a"],
        [1, "a"],
      ],
    ],
    [
      "set",
      [],
      [
        [1, "a"],
        [2, "a"],
      ],
    ],
    [
      "dict",
      ["k", 1],
      [
        [2, "k"],
        [1, "k", 1],
      ],
    ],
    [
      "dict",
      [],
      [
        [1, "k", 1],
        [2, "k"],
      ],
    ],
    [
      "value",
      [{ k: 1 }],
      [
        [2, ["k"]],
        [1, ["k"], 1],
      ],
    ],
    [
      "boolean",
      true,
      [
        [SET, false],
        [SET, true],
      ],
    ],
    [
      "string",
      "ab",
      [
        [1, 0, 1, ""],
        [1, 0, 0, "a"],
      ],
    ],
  ])(
    "leaves a %s of %j as it was where two ops that undo each other became one, which the server finds to be none",
    (name, start, ops) => {
      const under = KINDS.find((each) => each.name === name) as KindUnderTest;
      for (const isLooked of [false, true]) {
        const bench = new Bench(under, start);
        for (const op of ops) bench.write(() => op);
        if (isLooked) void bench.overlay.confirmed;
        expect([bench.absorb(), bench.pending.length]).toEqual([true, 1]);
        bench.refuse(0);
        expect(under.kind.toWire(bench.view)).toEqual(start);
      }
    },
  );

  it("shows no sum that has come to be out of range", () => {
    const integer = KINDS.find((each) => each.name === "int") as KindUnderTest;
    const bench = new Bench(integer, 0);
    bench.write(() => [1, 5]);
    bench.hear([() => [1, Number.MAX_SAFE_INTEGER]]);
    expect(bench.view).toBe(Number.MAX_SAFE_INTEGER);
    bench.hear([() => [1, -10]]);
    expect(bench.view).toBe(Number.MAX_SAFE_INTEGER - 5);
    bench.refuse(0);
    expect(bench.view).toBe(Number.MAX_SAFE_INTEGER - 10);
  });

  it("lets a register be written again and again before the first is confirmed", () => {
    const bench = new Bench(number, 0);
    for (const value of [1, 2, 3]) bench.write(() => [SET, value]);
    bench.confirm();
    expect([bench.view, bench.overlay.confirmed]).toEqual([3, 1]);
    bench.hear([() => [SET, 9]]);
    expect([bench.view, bench.overlay.confirmed]).toEqual([3, 9]);
    bench.refuse(1);
    expect(bench.view).toBe(2);
    bench.refuse(0);
    expect(bench.view).toBe(9);
    expect(bench.overlay.isEmpty).toBe(true);
  });
});

it("every kind is among those under test", () => {
  expect(KINDS.map(({ name }) => kindNamed(name))).toEqual(KINDS.map(({ kind }) => kind));
  expect(KINDS.length).toBeGreaterThan(10);
  expect(play(KINDS[0]?.kind as AnyKind, "a", [[1, 1, 0, "b"]])).toBe("ab");
});
