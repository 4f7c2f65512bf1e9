import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { binaryKind } from "./binary-topic.ts";
import type { AnyKind, Op, UncheckedOp } from "./kind.ts";
import { listKind } from "./list-topic.ts";
import { MOVE, PUT } from "./list-transform.ts";
import { OpHistory, type OpStep } from "./op-history.ts";
import { SPLICE } from "./splice.ts";
import { stringKind } from "./string-topic.ts";

/** A text or list, with all that was done to it. */
class Sheet {
  readonly kind: AnyKind;
  readonly history: OpHistory;
  state: unknown;
  bytes = 0;
  /** What was carried out by turning steps. */
  carried: Op[] = [];

  constructor(kind: AnyKind, initial: unknown) {
    this.kind = kind;
    this.state = kind.fromWire(initial);
    this.history = new OpHistory(kind, (bytes) => {
      this.bytes += bytes;
    });
  }

  get value(): unknown {
    const wire = this.kind.toWire(this.state);
    return wire instanceof Uint8Array ? [...wire] : Array.isArray(wire) ? [...wire] : wire;
  }

  get length(): number {
    return (this.value as { length: number }).length;
  }

  /** By a step, if one can undo it. */
  do(unchecked: UncheckedOp, step?: OpStep): boolean {
    const op = this.kind.prepare(this.state, unchecked);
    if (!op) return false;
    const inverse = this.kind.invert(this.state, op);
    this.state = this.kind.apply(this.state, op);
    this.history.note(op, inverse, step);
    return true;
  }

  /** A step of its own. */
  step(...ops: readonly UncheckedOp[]): OpStep {
    const step = { isUndone: false };
    for (const op of ops) this.do(op, step);
    return step;
  }

  turn(step: OpStep): boolean {
    return this.history.toggle(step, (unchecked) => {
      const op = this.kind.prepare(this.state, unchecked);
      if (!op) return undefined;
      const inverse = this.kind.invert(this.state, op);
      this.state = this.kind.apply(this.state, op);
      this.carried.push(op);
      return inverse;
    });
  }
}

const insertion = (position: number, text: string): UncheckedOp => [SPLICE, position, 0, text];
const deletion = (position: number, count: number): UncheckedOp => [SPLICE, position, count, ""];

const KINDS = [
  { name: "a text", kind: stringKind, initial: "0123456789" },
  { name: "bytes", kind: binaryKind, initial: Uint8Array.from([0, 1, 2, 3, 4, 5, 6]) },
  { name: "a list", kind: listKind, initial: [0, 1, 2, 3, 4, 5, 6, 7] },
] as const;

interface Deed {
  /** Which step does it; nobody's beyond the last. */
  readonly by: number;
  readonly at: number;
  readonly to: number;
  readonly count: number;
  readonly length: number;
  readonly sort: number;
}

const STEPS = 6;
const number = fc.nat({ max: 1_000 });
const deed: fc.Arbitrary<Deed> = fc.record({
  by: fc.nat({ max: STEPS + 1 }),
  at: number,
  to: number,
  count: fc.nat({ max: 4 }),
  length: fc.nat({ max: 3 }),
  sort: fc.nat({ max: 7 }),
});

/** The op that a deed is, for the state that it meets: each item that it brings in is another one. */
function opOf(sheet: Sheet, { at, to, count, length, sort }: Deed, mark: number): UncheckedOp {
  const { length: size } = sheet;
  if (sheet.kind === listKind && size > 0 && sort < 2) return [PUT, at % size, `put ${mark}`];
  if (sheet.kind === listKind && size > 0 && sort < 4) return [MOVE, at % size, to % size];
  const start = at % (size + 1);
  return [SPLICE, start, Math.min(count, size - start), runOf(sheet.kind, mark, length)];
}

function runOf(kind: AnyKind, mark: number, length: number): unknown {
  const items = Array.from({ length }, (_, index) => 3 * mark + index);
  if (kind === stringKind) return String.fromCodePoint(...items.map((item) => 0x4e00 + item));
  return kind === binaryKind ? Uint8Array.from(items) : items;
}

/** Carries deeds out; turns the steps that are named in between. */
function play(sheet: Sheet, deeds: readonly Deed[], isTurning = false): OpStep[] {
  const steps = Array.from({ length: STEPS }, () => ({ isUndone: false }));
  for (const [index, each] of deeds.entries()) {
    const step = steps[each.by];
    // What is undone is not added to.
    if (isTurning && step && (each.sort === 7 || step.isUndone)) sheet.turn(step);
    else sheet.do(opOf(sheet, each, index + 4), step);
  }
  return steps;
}

describe.each(KINDS)("the history of $name", ({ kind, initial }) => {
  const sheet = (): Sheet => new Sheet(kind, initial);
  const deeds = fc.array(deed, { maxLength: 25 });
  const order = fc.shuffledSubarray(
    Array.from({ length: STEPS }, (_, index) => index),
    { minLength: STEPS },
  );

  it("[HI-14] is back where it began when all steps are undone, in whatever order, and where it was when all are redone", () => {
    fc.assert(
      fc.property(deeds, order, order, (all, there, back) => {
        const text = sheet();
        const steps = play(
          text,
          all.map((each) => ({ ...each, by: each.by % STEPS })),
        );
        const [before, after] = [sheet().value, text.value];
        for (let round = 0; round < 2; round++) {
          for (const index of there) text.turn(steps[index] as OpStep);
          expect(text.value).toEqual(before);
          for (const index of back) text.turn(steps[index] as OpStep);
          expect(text.value).toEqual(after);
        }
      }),
    );
  });

  it("[HI-14] shows what follows from the steps that are in effect, whoever was first and whatever others do between", () => {
    fc.assert(
      fc.property(deeds, order, fc.array(fc.nat({ max: STEPS - 1 })), (all, there, detour) => {
        const text = sheet();
        const steps = play(text, all, true);
        const before = text.value;
        const undone = steps.filter(({ isUndone }) => isUndone);
        for (const index of detour) text.turn(steps[index] as OpStep);
        for (const index of there) {
          const step = steps[index] as OpStep;
          if (step.isUndone !== undone.includes(step)) text.turn(step);
        }
        expect(text.value).toEqual(before);
      }),
    );
  });

  it("[HI-14] takes a step back and puts it back to the very value, at any moment", () => {
    fc.assert(
      fc.property(deeds, fc.nat({ max: STEPS - 1 }), (all, index) => {
        const text = sheet();
        const step = play(text, all, true)[index] as OpStep;
        const before = text.value;
        const isChanged = text.turn(step);
        const between = text.value;
        expect(text.turn(step)).toBe(isChanged);
        expect(text.value).toEqual(before);
        if (!isChanged) expect(between).toEqual(before);
      }),
    );
  });

  it("[HI-14] keeps what nobody can undo, in its order, and brings nothing back of what that deleted", () => {
    fc.assert(
      fc.property(deeds, order, (all, there) => {
        const text = sheet();
        const others = new Set<unknown>();
        const steps = Array.from({ length: STEPS }, () => ({ isUndone: false }));
        for (const [index, each] of all.entries()) {
          // Without puts: what is put goes with the item that it is put in.
          const op = opOf(text, { ...each, sort: each.sort | 2 }, index + 4);
          const before = [...(text.value as Iterable<unknown>)];
          const isDone = text.do(op, steps[each.by]);
          if (!isDone || steps[each.by]) continue;
          const after = [...(text.value as Iterable<unknown>)];
          for (const item of after) if (!before.includes(item)) others.add(item);
          for (const item of before) if (!after.includes(item)) others.delete(item);
        }
        const old = [...(sheet().value as Iterable<unknown>)];
        for (const index of there) text.turn(steps[index] as OpStep);
        const left = [...(text.value as Iterable<unknown>)];
        expect(new Set(left.filter((item) => !old.includes(item)))).toEqual(new Set(others));
      }),
    );
  });

  it("[HI-08] needs nothing any more when all steps are released, and goes on as it is", () => {
    fc.assert(
      fc.property(deeds, order, (all, there) => {
        const text = sheet();
        const steps = play(text, all, true);
        const before = text.value;
        for (const index of there) text.history.release(steps[index] as OpStep);
        expect(text.bytes).toBe(0);
        for (const step of steps) expect(text.history.isSettled(step)).toBe(true);
        for (const step of steps) expect(text.turn(step)).toBe(false);
        expect(text.value).toEqual(before);
      }),
    );
  });

  it("[HI-08] takes those back that are left as if those that were released had always been so", () => {
    fc.assert(
      fc.property(deeds, order, fc.nat({ max: STEPS }), (all, there, count) => {
        const [text, twin] = [sheet(), sheet()];
        const [steps, twins] = [play(text, all, true), play(twin, all, true)];
        for (const index of there.slice(0, count)) text.history.release(steps[index] as OpStep);
        for (const index of there.slice(count)) {
          text.turn(steps[index] as OpStep);
          twin.turn(twins[index] as OpStep);
          expect(text.value).toEqual(twin.value);
        }
      }),
    );
  });

  it("[HI-22] leaves a step as it was where an op cannot be carried out", () => {
    fc.assert(
      fc.property(deeds, fc.nat({ max: STEPS - 1 }), fc.nat({ max: 4 }), (all, index, after) => {
        const text = sheet();
        const step = play(text, all, true)[index] as OpStep;
        const { isUndone } = step;
        const state = text.kind.fromWire(text.kind.toWire(text.state));
        const [before, { turn }] = [text.value, text];
        let count = 0;
        const fail = (): void =>
          void text.history.toggle(step, (unchecked) => {
            if (count++ === after) throw new Error("no room");
            const op = kind.prepare(text.state as never, unchecked) as Op | undefined;
            const inverse = op && kind.invert(text.state as never, op);
            if (op) text.state = kind.apply(text.state as never, op);
            return inverse;
          });
        try {
          fail();
        } catch {
          // As the transaction around it does.
          text.state = state;
          expect(step.isUndone).toBe(isUndone);
          turn.call(text, step);
        }
        turn.call(text, step);
        expect(text.value).toEqual(before);
      }),
    );
  });
});

describe("the history of a text", () => {
  it("[HI-14] is undone and redone as text editors have it", () => {
    const text = new Sheet(stringKind, "a");
    const insert = text.step(insertion(1, "bcde"));
    text.turn(insert);
    expect(text.value).toBe("a");
    text.turn(insert);
    expect(text.value).toBe("abcde");
    const cut = text.step(deletion(1, 3));
    text.turn(cut);
    expect(text.value).toBe("abcde");
    text.turn(cut);
    expect(text.value).toBe("ae");
    text.turn(cut);
    const three = text.step(insertion(2, "xxx"), deletion(1, 3), insertion(3, "yy"));
    expect(text.value).toBe("axcyyde");
    text.turn(three);
    expect(text.value).toBe("abcde");
    text.turn(three);
    expect(text.value).toBe("axcyyde");
  });

  it("[HI-07] shows no letter twice where one undoes what another has deleted a part of", () => {
    const text = new Sheet(stringKind, "");
    const ann = text.step(insertion(0, "abcd"));
    const bob = text.step(deletion(1, 2));
    const seen: unknown[] = [text.value];
    for (const step of [ann, bob, ann, bob]) {
      text.turn(step);
      seen.push(text.value);
    }
    expect(seen).toEqual(["ad", "", "", "abcd", "ad"]);
  });

  it("[HI-14] brings deleted text back around what was typed into its place, before it", () => {
    const text = new Sheet(stringKind, "abcd");
    const cut = text.step(deletion(1, 2));
    const typed = text.step(insertion(1, "X"));
    text.turn(cut);
    expect(text.value).toBe("aXbcd");
    text.turn(typed);
    expect(text.value).toBe("abcd");
  });

  it("[HI-14] brings text back where it lay between what others typed", () => {
    const text = new Sheet(stringKind, "");
    const ann = text.step(insertion(0, "abc"));
    text.do(insertion(1, "1"));
    text.do(insertion(3, "2"));
    text.turn(ann);
    expect(text.value).toBe("12");
    text.do(insertion(2, "3"));
    text.turn(ann);
    expect(text.value).toBe("a1b23c");
  });

  it("undoes with one op what was done with one, and what can be one", () => {
    const text = new Sheet(stringKind, "hello world");
    const set = text.step([SPLICE, 0, 5, "bye"]);
    text.turn(set);
    expect(text.carried).toEqual([[SPLICE, 0, 3, "hello"]]);
    const typed = text.step(...[..."typed"].map((letter, index) => insertion(index, letter)));
    text.turn(typed);
    const erased = text.step(deletion(4, 1), deletion(3, 1), deletion(2, 1));
    text.turn(erased);
    expect(text.carried.slice(1)).toEqual([
      [SPLICE, 0, 5, ""],
      [SPLICE, 2, 0, "llo"],
    ]);
  });

  it("never splits a pair of surrogates", () => {
    const text = new Sheet(stringKind, "");
    const smile = text.step(insertion(0, "\u{1f600}"));
    const typed = text.step(insertion(1, "x"));
    expect(text.value).toBe("x\u{1f600}");
    text.turn(smile);
    expect(text.value).toBe("x");
    text.turn(typed);
    text.turn(smile);
    expect(text.value).toBe("\u{1f600}");
  });

  it("tells whether a step has left anything", () => {
    const text = new Sheet(stringKind, "ab");
    const step = text.step(insertion(1, "xy"));
    expect(text.history.isTraced(step)).toBe(true);
    text.do(deletion(1, 2), step);
    expect([text.value, text.history.isTraced(step)]).toEqual(["ab", false]);
    text.do(deletion(0, 1), step);
    expect(text.history.isTraced(step)).toBe(true);
  });

  it("[HI-08] forgets the oldest steps of one that was torn into very many pieces", () => {
    const text = new Sheet(stringKind, ".".repeat(5_000));
    const steps: OpStep[] = [];
    for (let count = 0; count < 1_100; count++) steps.push(text.step(insertion(3 * count, "x")));
    const value = text.value as string;
    expect(text.turn(steps[0] as OpStep)).toBe(false);
    expect(text.value).toBe(value);
    expect(text.turn(steps.at(-1) as OpStep)).toBe(true);
    expect((text.value as string).length).toBe(value.length - 1);
    const { bytes } = text;
    for (let count = 0; count < 500; count++) text.step(insertion(2 * count, "y"));
    expect(text.bytes).toBeLessThan(1.1 * bytes);
  });

  it("[HI-08] forgets the step that is running after all others", () => {
    const text = new Sheet(stringKind, ".".repeat(3_000));
    const running = text.step([SPLICE, 0, 1, "r"]);
    const others = Array.from({ length: 15 }, (_, count) => {
      const places = Array.from({ length: 40 }, (_, index) => insertion(1_600 + 20 * index + count, "o"));
      return text.step(...places);
    });
    for (let index = 1; index < 450; index++) text.do([SPLICE, 3 * index, 1, "r"], running);
    expect(text.history.isSettled(others[0] as OpStep)).toBe(true);
    expect([others.at(-1), running].map((step) => text.history.isSettled(step as OpStep))).toEqual([false, false]);
    const value = text.value as string;
    text.turn(running);
    expect(text.value).toBe(value.replaceAll("r", "."));
    const more = Array.from({ length: 1_100 }, (_, index) => insertion(2 * index, "m"));
    text.step(...more);
    expect(text.history.isSettled(running)).toBe(true);
  });

  it("[HI-08] copies no more than a little when what lies side by side goes piece by piece", () => {
    const before = Array.from({ length: 3_000 }, (_, index) => index);
    let [copied, joins] = [0, 0];
    const merge: AnyKind["merge"] = (first, second) => {
      copied += (first[3] as unknown[]).length + (second[3] as unknown[]).length;
      joins++;
      return listKind.merge(first, second);
    };
    const counted = Object.create(listKind, { merge: { value: merge } }) as AnyKind;
    const watched = new Sheet(counted, before);
    const step = watched.step(...Array.from({ length: 2_000 }, (): UncheckedOp => [SPLICE, 0, 1, []]));
    expect(copied / joins).toBeLessThan(257);
    copied = 0;
    watched.turn(step);
    expect(watched.value).toEqual(before);
    expect(copied).toBeLessThan(2_000 * 4);
  });

  it("[HI-08] holds nothing of what was undone and released, or done and released", () => {
    const text = new Sheet(stringKind, "0123456789");
    text.step(insertion(5, "kept"));
    const { bytes } = text;
    const steps = Array.from({ length: 10 }, (_, index) => text.step(deletion(index, 1), insertion(index, "x")));
    for (const step of steps.toReversed()) text.turn(step);
    expect(text.bytes).toBeGreaterThan(2 * bytes);
    for (const step of steps) text.history.release(step);
    expect(text.bytes).toBe(bytes);
    for (const index of [0, 1, 2]) text.history.release(text.step(deletion(index, 1), insertion(index, "x")));
    expect(text.bytes).toBe(bytes);
  });

  it("[HI-08] holds nothing of what others do, however much that is", () => {
    const text = new Sheet(stringKind, "");
    const step = text.step(insertion(0, "mine"));
    const { bytes } = text;
    for (let count = 0; count < 500; count++) {
      text.do(insertion(count % 5, "their text"));
      text.do(deletion((7 * count) % 5, 9));
    }
    text.do([SPLICE, 0, text.length, "all new"]);
    expect(text.bytes).toBeLessThanOrEqual(bytes);
    expect(text.turn(step)).toBe(false);
    expect(text.value).toBe("all new");
  });
});

describe("the history of a list", () => {
  const list = (...items: string[]): Sheet => new Sheet(listKind, items);

  it("[HI-14] undoes a move where others have moved, put and inserted", () => {
    const items = list("a", "b", "c", "d");
    const move = items.step([MOVE, 0, 3]);
    items.do([SPLICE, 0, 0, ["x"]]);
    items.do([PUT, 4, "A"]);
    expect(items.value).toEqual(["x", "b", "c", "d", "A"]);
    items.turn(move);
    expect(items.value).toEqual(["x", "A", "b", "c", "d"]);
    expect(items.carried).toEqual([[MOVE, 4, 1]]);
    items.turn(move);
    expect(items.value).toEqual(["x", "b", "c", "d", "A"]);
  });

  it("[HI-14] leaves an item where another has moved it since", () => {
    const items = list("a", "b", "c", "d");
    const [ann, bob] = [items.step([MOVE, 0, 3]), items.step([MOVE, 3, 1])];
    expect(items.turn(ann)).toBe(false);
    expect(items.value).toEqual(["b", "a", "c", "d"]);
    items.turn(bob);
    expect(items.value).toEqual(["a", "b", "c", "d"]);
    items.turn(ann);
    expect(items.value).toEqual(["b", "c", "d", "a"]);
  });

  it("[HI-14] shows of several puts what the last one in effect has put", () => {
    const items = list("a");
    const [ann, bob] = [items.step([PUT, 0, "ann"]), items.step([PUT, 0, "bob"])];
    expect(items.turn(ann)).toBe(false);
    items.turn(bob);
    expect(items.value).toEqual(["a"]);
    items.turn(ann);
    expect(items.value).toEqual(["ann"]);
    items.do([PUT, 0, "server"]);
    items.turn(bob);
    items.turn(ann);
    expect(items.value).toEqual(["server"]);
  });

  it("[HI-08] holds one put and one place of an item for each step, however often that put and moved it", () => {
    const items = list("a", "b", "c");
    const step = items.step([PUT, 0, "x"], [MOVE, 0, 2]);
    const { bytes } = items;
    for (let count = 0; count < 300; count++) {
      items.do([PUT, 2, count % 2 === 0 ? "y" : "x"], step);
      items.do([MOVE, 2, 0], step);
      items.do([MOVE, 0, 2], step);
    }
    expect(items.bytes).toBe(bytes);
    items.turn(step);
    expect([items.value, items.carried.length]).toEqual([["a", "b", "c"], 2]);
    items.turn(step);
    expect(items.value).toEqual(["b", "c", "x"]);
  });

  it("[HI-08] forgets the oldest of very many steps that put or moved the same item, or deleted it by turns", () => {
    const put = list("a");
    const puts = Array.from({ length: 200 }, (_, index) => put.step([PUT, 0, `${index}`]));
    const moved = list("a", "b", "c");
    const moves = Array.from({ length: 200 }, (_, index) => moved.step([MOVE, index % 3, (index + 1) % 3]));
    const deleted = list("a");
    const deletions = Array.from({ length: 200 }, () => {
      const step = deleted.step([SPLICE, 0, 1, []]);
      deleted.turn(step);
      return step;
    });
    for (const [sheet, steps] of [[put, puts] as const, [moved, moves] as const, [deleted, deletions] as const]) {
      const left = steps.filter((step) => !sheet.history.isSettled(step));
      expect(left).toEqual(steps.slice(-left.length));
      expect(left.length).toBeGreaterThan(40);
      expect(left.length).toBeLessThan(60);
      expect(sheet.bytes).toBeLessThan(60 * 300);
      const { value } = sheet;
      expect(steps.map((step) => sheet.turn(step)).indexOf(true)).toBeGreaterThan(140);
      for (const step of steps) sheet.turn(step);
      expect(sheet.value).toEqual(value);
    }
  });

  it("[HI-14] takes very many moves back, and puts them back, in whatever order they were done", () => {
    const items = list(...Array.from({ length: 400 }, (_, index) => `${index}`));
    const before = items.value;
    const step = items.step(
      ...Array.from({ length: 700 }, (_, index): UncheckedOp => [MOVE, (index * 37) % 400, (index * 91) % 400]),
    );
    const after = items.value;
    items.turn(step);
    expect(items.value).toEqual(before);
    items.turn(step);
    expect(items.value).toEqual(after);
    expect(items.carried.length).toBeLessThanOrEqual(800);
  });

  it("[HI-14] brings an item back as it was put meanwhile, to where it was moved", () => {
    const items = list("a", "b", "c");
    const cut = items.step([SPLICE, 0, 1, []]);
    items.turn(cut);
    items.do([PUT, 0, "A"]);
    items.do([MOVE, 0, 2]);
    items.turn(cut);
    expect(items.value).toEqual(["b", "c"]);
    items.turn(cut);
    expect(items.value).toEqual(["b", "c", "A"]);
  });
});
