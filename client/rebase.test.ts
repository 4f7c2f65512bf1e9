/** The laws of rebasing, for all kinds: whatever happens below what is pending, the view is the confirmed value with it on top. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AnyKind, type Op, SET } from "../core/kind.ts";
import { kindNamed } from "../core/kinds.ts";
import { copyOf, KINDS, type KindUnderTest, type Maker, play, prepareAll } from "../test/kind-runs.ts";
import { isSameOp, type PendingOps, rebase, valueWith, withdraw } from "./rebase.ts";

/** What a client has of one attribute, kept up by nothing but the functions under test. */
class Model {
  confirmed: unknown;
  pending: readonly PendingOps[] = [];
  view: unknown;
  readonly #under: KindUnderTest;
  readonly #kind: AnyKind;

  constructor(under: KindUnderTest, start: unknown) {
    this.#under = under;
    this.#kind = under.kind;
    this.confirmed = this.#kind.fromWire(start);
    this.view = copyOf(this.#kind, this.confirmed);
  }

  /** The program writes, as one edit of several ops. */
  write(makers: readonly Maker[], isShown = true): void {
    const ops = prepareAll(this.#under, this.view, makers);
    if (ops.length === 0) return;
    this.pending = [...this.pending, { ops, isShown }];
    if (isShown) this.#show(ops);
  }

  /** Something is confirmed that is nobody's here. */
  hear(makers: readonly Maker[]): void {
    for (const op of prepareAll(this.#under, this.confirmed, makers)) {
      const { pending, shown } = rebase(this.#kind, this.pending, [op]);
      this.confirmed = this.#kind.apply(this.confirmed, op);
      this.#become(pending, shown);
    }
  }

  /** The oldest edit is confirmed as it is pending. */
  confirmAsSent(): void {
    const [first, ...others] = this.pending;
    if (!first) return;
    if (!first.isShown) return this.confirmAs(first.ops);
    this.confirmed = play(this.#kind, this.confirmed, first.ops);
    this.pending = others;
  }

  /** The oldest edit is confirmed, but with other ops. */
  confirmAs(ops: readonly Op[]): void {
    this.withdraw(0);
    for (const op of ops) {
      const { pending, shown } = rebase(this.#kind, this.pending, [op]);
      this.confirmed = this.#kind.apply(this.confirmed, op);
      this.#become(pending, shown);
    }
  }

  withdraw(at: number): void {
    if (this.pending.length === 0) return;
    const index = at % this.pending.length;
    const { pending, shown } = withdraw(
      this.#kind,
      this.confirmed,
      this.pending,
      (edit) => edit === this.pending[index],
    );
    this.pending = this.pending.filter((_, position) => position !== index);
    this.#become(pending, shown);
  }

  /** That the view is what it should be, and all that is pending can be carried out. */
  check(): void {
    const { confirmed, pending, view } = this;
    const expected = valueWith(this.#kind, confirmed, pending);
    if (!this.#kind.equals(view, expected)) expect(this.#kind.toWire(view)).toEqual(this.#kind.toWire(expected));
  }

  #become(pending: readonly (readonly Op[])[], shown: readonly Op[]): void {
    expect(pending).toHaveLength(this.pending.length);
    this.pending = this.pending.map(({ isShown }, index) => ({ ops: pending[index] as readonly Op[], isShown }));
    this.#show(shown);
  }

  #show(ops: readonly Op[]): void {
    for (const op of ops) {
      // It fits the value that it meets: `prepare` throws else. An event is only ever taken back here.
      if (!this.#kind.isEvent) this.#kind.prepare(this.view, op);
      this.view = this.#kind.apply(this.view, op);
    }
  }
}

describe.each(KINDS)("pending ops of the kind $name", (under) => {
  const { kind, starts } = under;
  const makers = fc.array(under.makers, { maxLength: 3 });
  const edits = fc.array(makers, { minLength: 1, maxLength: 4 });

  function modelWith(start: unknown, all: readonly (readonly Maker[])[]): Model {
    const model = new Model(under, start);
    for (const each of all) model.write(each);
    return model;
  }

  it("are on top of what others did: the view is what is confirmed by then, with them", () => {
    const property = fc.property(starts, edits, makers, (start, mine, theirs) => {
      const model = modelWith(start, mine);
      model.hear(theirs);
      model.check();
    });
    fc.assert(property);
  });

  it("become the same ops whether others' ops come one by one or all at once, as they do at the server", () => {
    const property = fc.property(starts, edits, makers, (start, mine, theirs) => {
      const model = modelWith(start, mine);
      const incoming = prepareAll(under, model.confirmed, theirs);
      const atOnce = rebase(kind, model.pending, incoming);
      model.hear(theirs);
      expect(model.pending.map(({ ops }) => ops)).toEqual(atOnce.pending);
    });
    fc.assert(property);
  });

  it("leave the view as it is when the oldest is confirmed as it was sent", () => {
    const property = fc.property(starts, edits, makers, (start, mine, theirs) => {
      const model = modelWith(start, mine);
      model.hear(theirs);
      const before = kind.toWire(model.view);
      while (model.pending.length > 0) {
        model.confirmAsSent();
        expect(kind.toWire(model.view)).toEqual(before);
        model.check();
      }
      expect(kind.equals(model.view, model.confirmed)).toBe(true);
    });
    fc.assert(property);
  });

  it("are on top of whatever the oldest was confirmed with", () => {
    const property = fc.property(starts, edits, makers, (start, mine, instead) => {
      const model = modelWith(start, mine);
      model.confirmAs(prepareAll(under, model.confirmed, instead));
      model.check();
    });
    fc.assert(property);
  });

  it("are as if one that is refused had never been, whichever it is", () => {
    const property = fc.property(starts, edits, fc.nat(3), makers, (start, mine, at, theirs) => {
      const model = modelWith(start, mine);
      model.withdraw(at);
      model.check();
      model.hear(theirs);
      model.check();
    });
    fc.assert(property);
  });

  it("leave what is confirmed when all are refused, in any order", () => {
    const property = fc.property(starts, edits, makers, fc.array(fc.nat(9)), (start, mine, theirs, order) => {
      const model = modelWith(start, mine);
      model.hear(theirs);
      for (let turn = 0; model.pending.length > 0; turn++) model.withdraw(order[turn] ?? 0);
      if (!kind.equals(model.view, model.confirmed)) {
        expect(kind.toWire(model.view)).toEqual(kind.toWire(model.confirmed));
      }
    });
    fc.assert(property);
  });

  it("that are not to be shown are not in the view, and are brought up to date all the same", () => {
    const property = fc.property(starts, edits, makers, edits, (start, hidden, theirs, mine) => {
      const model = new Model(under, start);
      for (const each of hidden) model.write(each, false);
      expect(kind.equals(model.view, model.confirmed)).toBe(true);
      model.hear(theirs);
      expect(kind.equals(model.view, model.confirmed)).toBe(true);
      for (const each of mine) model.write(each);
      while (model.pending.length > 0) {
        model.confirmAsSent();
        model.check();
      }
    });
    fc.assert(property);
  });

  it("make the view, after anything at all in any order", () => {
    let done = 0;
    const step = fc.record({
      what: fc.constantFrom("write", "write", "hide", "hear", "hear", "asSent", "otherwise", "withdraw"),
      with: makers,
      at: fc.nat(9),
    });
    const property = fc.property(starts, fc.array(step, { maxLength: 12 }), (start, steps) => {
      const model = new Model(under, start);
      for (const { what, with: given, at } of steps) {
        if (what === "write") model.write(given);
        if (what === "hide") model.write(given, false);
        if (what === "hear") model.hear(given);
        if (what === "asSent") model.confirmAsSent();
        if (what === "otherwise") model.confirmAs(prepareAll(under, model.confirmed, given));
        if (what === "withdraw") model.withdraw(at);
        model.check();
        done += model.pending.length;
      }
    });
    fc.assert(property, { numRuns: 200 });
    expect(done).toBeGreaterThan(100);
  });
});

describe("rebase", () => {
  const text = kindNamed("string") as AnyKind;
  const mine = (...ops: Op[]): PendingOps => ({ ops, isShown: true });

  it("shifts what is typed behind an insertion, and shows that before it", () => {
    expect(rebase(text, [mine([1, 5, 0, "!"])], [[1, 0, 0, "Oh. "]])).toEqual({
      pending: [[[1, 9, 0, "!"]]],
      shown: [[1, 0, 0, "Oh. "]],
    });
  });

  it("leaves nothing of a deletion of what somebody else has deleted", () => {
    expect(rebase(text, [mine([1, 1, 2, ""])], [[1, 0, 4, ""]])).toEqual({ pending: [[]], shown: [[1, 0, 2, ""]] });
  });

  it("keeps a register as it was written, and does not show what it covers", () => {
    const boolean = kindNamed("boolean") as AnyKind;
    expect(rebase(boolean, [mine([SET, true])], [[SET, false]])).toEqual({ pending: [[[SET, true]]], shown: [] });
  });

  it("withdraws what is typed from under what was typed behind it", () => {
    const first = mine([1, 1, 0, "xyz"]);
    expect(withdraw(text, "ab", [first, mine([1, 4, 0, "!"])], (edit) => edit === first)).toEqual({
      pending: [[[1, 1, 0, "!"]]],
      shown: [[1, 1, 3, ""]],
    });
  });

  it("changes neither the confirmed value nor the ops that it is given", () => {
    const list = kindNamed("list") as AnyKind;
    const confirmed = list.fromWire(["a", "b"]);
    const pending = [mine([1, 0, 1, []]), mine([2, 0, "c"])];
    expect(list.toWire(valueWith(list, confirmed, pending))).toEqual(["c"]);
    withdraw(list, confirmed, pending, (edit) => edit === pending[0]);
    rebase(list, pending, [[1, 0, 0, ["x"]]]);
    expect(list.toWire(confirmed)).toEqual(["a", "b"]);
    expect(pending).toEqual([mine([1, 0, 1, []]), mine([2, 0, "c"])]);
  });

  it("tells ops apart by their content", () => {
    expect(isSameOp([1, "k", { a: [1] }], [1, "k", { a: [1] }])).toBe(true);
    expect(isSameOp([1, 0, 0, Uint8Array.of(1)], [1, 0, 0, Uint8Array.of(1)])).toBe(true);
    expect(isSameOp([1, 0, 0, "a"], [1, 0, 0, "b"])).toBe(false);
    expect(isSameOp([1, "k", null], [2, "k"])).toBe(false);
  });
});
